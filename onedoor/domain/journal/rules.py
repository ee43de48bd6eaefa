"""What makes a stream sound, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from onedoor.domain.journal.canonical import encode, fact_hash
from onedoor.domain.journal.terms import GENESIS, Fact, Fault, FaultKind

#: How many places to either side a fact that does not fit is tried, to tell a moved fact from an edited one.
_NEIGHBOURHOOD = 8


def recompute(fact: Fact) -> bytes:
    """The hash that the columns of a fact give."""
    return fact_hash(
        stream_id=fact.stream_id,
        seq=fact.seq,
        tenant_id=fact.tenant_id,
        stream_kind=fact.stream_kind,
        kind=fact.kind,
        version=fact.version,
        effective_at=fact.effective_at,
        recorded_at=fact.recorded_at,
        principal=fact.principal,
        command_id=fact.command_id,
        command_hash=fact.command_hash,
        body=encode(fact.data),
        prev_hash=fact.prev_hash,
    )


def check(fact: Fact, before: Fact | None) -> Iterator[Fault]:
    """The faults of a fact, given the one before it in the same stream (None at the stream's start)."""
    expected = before.seq + 1 if before else 1
    if fact.seq != expected:
        yield _removed(fact, expected)
    if recompute(fact) != fact.hash:
        yield _changed(fact)
    elif fact.seq == expected and fact.prev_hash != (before.hash if before else GENESIS):
        yield Fault(
            FaultKind.BROKEN,
            fact.stream_id,
            fact.seq,
            f"第 {fact.seq} 条与前一条衔接不上，前一条或这一条被整条改写过。",
        )


def _removed(fact: Fact, expected: int) -> Fault:
    which = f"第 {expected} 条" if fact.seq - expected == 1 else f"第 {expected} 至 {fact.seq - 1} 条"
    return Fault(FaultKind.REMOVED, fact.stream_id, expected, f"{which}记录缺失，被人删除了。")


def _changed(fact: Fact) -> Fault:
    for seq in range(max(1, fact.seq - _NEIGHBOURHOOD), fact.seq + _NEIGHBOURHOOD + 1):
        if recompute(replace(fact, seq=seq)) == fact.hash:
            detail = f"第 {fact.seq} 条的位置上放着原来的第 {seq} 条，顺序被人调换了。"
            return Fault(FaultKind.MOVED, fact.stream_id, fact.seq, detail)
    return Fault(
        FaultKind.EDITED, fact.stream_id, fact.seq, f"第 {fact.seq} 条的内容被人改动过，与写入时的摘要不符。"
    )
