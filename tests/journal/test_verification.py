"""Every way to tamper with a journal, done by a superuser, is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal import anchor_file, queries, tasks
from onedoor.domain.journal.actions import APPEND_CTE, append_params, chain
from onedoor.domain.journal.rules import recompute
from onedoor.domain.journal.terms import Fact, FactRow, FaultKind, Head, NewFact, Verification
from onedoor.plumbing.crypto import SigningKey
from onedoor.plumbing.home import Home

Append = Callable[..., list[FactRow]]
Superuser = psycopg.Connection[Any]

A, B, C = UUID(int=0xA), UUID(int=0xB), UUID(int=0xC)


@dataclass
class Journal:
    """Three streams of five facts: A and B anchored up to their fourth fact, C not yet; all facts placed."""

    home: Home
    superuser: Superuser
    append: Append

    def verify(self, heads: tuple[Head, ...] | None = None, **more: Any) -> Verification:
        sources = () if heads is None else (lambda: iter(heads),)
        key = SigningKey.of(self.home).public
        return queries.verify(anchors_path=self.home.anchors_file, public_key=key, heads=sources, **more)

    def found(
        self, heads: tuple[Head, ...] | None = None, **more: Any
    ) -> set[tuple[FaultKind, UUID | None, int]]:
        return {(fault.kind, fault.stream_id, fault.seq) for fault in self.verify(heads, **more).faults}

    def heads(self) -> tuple[Head, ...]:
        return tuple(
            (facts[-1].stream_id, facts[-1].seq, facts[-1].hash) for facts in map(queries.facts, (A, B, C))
        )

    def rewrite(self, stream_id: UUID, seq: int) -> None:
        """Change a fact and make the chain after it consistent again, as only a superuser could."""
        facts = queries.facts(stream_id)
        previous = facts[seq - 2].hash if seq > 1 else bytes(32)
        for fact in facts[seq - 1 :]:
            data = {"n": 99} if fact.seq == seq else fact.data
            changed = replace(fact, data=data, prev_hash=previous)
            previous = recompute(changed)
            self.superuser.execute(
                "UPDATE journal_fact SET data = %s, prev_hash = %s, hash = %s WHERE stream_id = %s AND seq = %s",
                [json.dumps(data), changed.prev_hash, previous, stream_id, fact.seq],
            )


@pytest.fixture
def journal(
    own_database: str, superuser_connection: Superuser, home: Home, append: Append, at: datetime
) -> Iterator[Journal]:
    for stream_id in (A, B):
        append(2, stream_id=stream_id)
    tasks.sequence()
    tasks.anchor(at, home=home)
    for stream_id in (A, B):
        append(2, stream_id=stream_id)
    tasks.sequence()
    tasks.anchor(at + timedelta(minutes=5), home=home)
    for stream_id, count in ((A, 1), (B, 1), (C, 5)):
        append(count, stream_id=stream_id)
    tasks.sequence()
    return Journal(home, superuser_connection, append)


def test_an_untouched_journal_has_no_fault(journal: Journal) -> None:
    """Control for everything below."""
    result = journal.verify(journal.heads(), every_signature=True)
    assert result.sound, result.faults
    assert (result.streams, result.facts, result.anchors, result.heads) == (3, 15, 2, 3)


def test_an_empty_journal_has_no_fault(own_database: str, home: Home) -> None:
    result = queries.verify(anchors_path=home.anchors_file, public_key=SigningKey.of(home).public)
    assert result.sound
    assert (result.streams, result.facts, result.anchors) == (0, 0, 0)


EDITS = [
    "data = '{\"n\": 7}'",
    "kind = 'case.decided'",
    "principal = 'user:2'",
    "tenant_id = 2",
    "stream_kind = 'licence'",
    "version = 2",
    "effective_at = effective_at - interval '1 day'",
    "recorded_at = recorded_at + interval '1 microsecond'",
    "command_id = 'k9'",
    "command_hash = '\\x00'",
    "prev_hash = hash",
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.split()[0])
def test_an_edited_column_is_found(journal: Journal, edit: str) -> None:
    journal.superuser.execute(f"UPDATE journal_fact SET {edit} WHERE stream_id = %s AND seq = 3", [B])
    assert journal.found(journal.heads()) == {(FaultKind.EDITED, B, 3)}


def test_a_float_smuggled_in_is_an_edit(journal: Journal) -> None:
    journal.superuser.execute(
        """UPDATE journal_fact SET data = '{"n": 1.5}' WHERE stream_id = %s AND seq = 5""", [C]
    )
    assert journal.found() == {(FaultKind.EDITED, C, 5)}


TAMPERINGS: dict[str, tuple[str, set[tuple[FaultKind, UUID, int]]]] = {
    "one deleted": (
        f"DELETE FROM journal_fact WHERE stream_id = '{B}' AND seq = 3",
        {(FaultKind.REMOVED, B, 3)},
    ),
    "several deleted": (
        f"DELETE FROM journal_fact WHERE stream_id = '{A}' AND seq IN (2, 3)",
        {(FaultKind.REMOVED, A, 2)},
    ),
    "the first deleted": (
        f"DELETE FROM journal_fact WHERE stream_id = '{C}' AND seq = 1",
        {(FaultKind.REMOVED, C, 1)},
    ),
    "two swapped": (
        (
            f"UPDATE journal_fact SET seq = seq + 100 WHERE stream_id = '{C}' AND seq IN (2, 3);"
            f"UPDATE journal_fact SET seq = 105 - seq WHERE stream_id = '{C}' AND seq > 100"
        ),
        {(FaultKind.MOVED, C, 2), (FaultKind.MOVED, C, 3)},
    ),
    "moved between streams": (
        f"UPDATE journal_fact SET stream_id = '{C}', seq = 6 WHERE stream_id = '{A}' AND seq = 5",
        {(FaultKind.TRUNCATED, A, 5), (FaultKind.EDITED, C, 6), (FaultKind.INSERTED, C, 6)},
    ),
    "the tail cut off behind the last anchor": (
        f"DELETE FROM journal_fact WHERE stream_id = '{A}' AND seq = 5",
        {(FaultKind.TRUNCATED, A, 5)},
    ),
    "the tail cut off with its positions": (
        (
            f"DELETE FROM journal_fact WHERE stream_id = '{A}' AND seq >= 4;"
            f"DELETE FROM journal_position WHERE stream_id = '{A}' AND seq >= 4"
        ),
        {(FaultKind.TRUNCATED, A, 4)},
    ),
    "a stream gone": (
        f"DELETE FROM journal_fact WHERE stream_id = '{C}'",
        {(FaultKind.TRUNCATED, C, 1)},
    ),
    "the table emptied": (
        "TRUNCATE journal_fact",
        {(FaultKind.TRUNCATED, A, 1), (FaultKind.TRUNCATED, B, 1), (FaultKind.TRUNCATED, C, 1)},
    ),
    "the positions emptied": (
        "TRUNCATE journal_position",
        {(FaultKind.INSERTED, stream, seq) for stream in (A, B, C) for seq in range(1, 6)},
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_its_place_named(journal: Journal, name: str) -> None:
    statements, expected = TAMPERINGS[name]
    for statement in statements.split(";"):
        journal.superuser.execute(statement)
    found = journal.found()
    assert expected <= found
    assert {place[1:] for place in found} - {place[1:] for place in expected} <= _later(expected)


def _later(expected: set[tuple[FaultKind, UUID, int]]) -> set[tuple[UUID, int]]:
    """Places that an anchor remembers behind a tampered one; naming them too is right."""
    return {(stream, seq) for _, stream, first in expected for seq in range(first, 6)}


def test_an_inserted_fact_is_found_although_it_fits_the_chain(journal: Journal, append: Append) -> None:
    append(1, stream_id=C)
    journal.superuser.execute("DELETE FROM journal_outbox")
    assert journal.found() == {(FaultKind.INSERTED, C, 6)}


def test_a_fact_the_projection_does_not_know_is_found(journal: Journal, append: Append) -> None:
    heads = journal.heads()
    append(1, stream_id=C)
    assert journal.found() == set()
    assert journal.found(heads) == {(FaultKind.INSERTED, C, 6)}


def test_an_anchored_fact_cannot_be_rewritten_with_its_whole_chain(journal: Journal) -> None:
    journal.rewrite(A, 3)
    assert journal.found() == {(FaultKind.REWRITTEN, A, 4)}


def test_behind_the_last_anchor_the_projection_notices_a_rewriting(journal: Journal) -> None:
    heads = journal.heads()
    journal.rewrite(C, 2)
    assert journal.found() == set()  # control: the chain alone does not tell
    assert journal.found(heads) == {(FaultKind.REWRITTEN, C, 5)}


def test_behind_the_last_anchor_the_projection_notices_a_cut_tail(journal: Journal) -> None:
    heads = journal.heads()
    for table in ("journal_fact", "journal_position"):
        journal.superuser.execute(f"DELETE FROM {table} WHERE stream_id = %s AND seq > 3", [C])
    assert journal.found() == set()  # control
    assert journal.found(heads) == {(FaultKind.TRUNCATED, C, 4)}


def test_a_database_emptied_of_everything_is_betrayed_by_the_file(journal: Journal) -> None:
    for table in ("fact", "position", "outbox", "anchor", "anchor_leaf"):
        journal.superuser.execute(f"TRUNCATE journal_{table}")
    assert {(FaultKind.ANCHOR_LOST, None, 1), (FaultKind.ANCHOR_LOST, None, 2)} <= journal.found()


ANCHOR_TAMPERINGS = {
    "the newest removed": ("DELETE FROM journal_anchor WHERE number = 2", FaultKind.ANCHOR_LOST, 2),
    "an old one removed": ("DELETE FROM journal_anchor WHERE number = 1", FaultKind.ANCHOR_LOST, 1),
    "a root edited": (
        "UPDATE journal_anchor SET root = '\\x00' WHERE number = 1",
        FaultKind.ANCHOR_ALTERED,
        1,
    ),
    "an instant edited": (
        "UPDATE journal_anchor SET at = now() WHERE number = 2",
        FaultKind.ANCHOR_ALTERED,
        2,
    ),
    "leaves removed": ("DELETE FROM journal_anchor_leaf WHERE number = 2", FaultKind.ANCHOR_ALTERED, 2),
    "a leaf edited": (
        f"UPDATE journal_anchor_leaf SET seq = 1 WHERE number = 1 AND stream_id = '{A}'",
        FaultKind.ANCHOR_ALTERED,
        1,
    ),
}


@pytest.mark.parametrize("name", ANCHOR_TAMPERINGS)
def test_an_altered_anchor_is_found(journal: Journal, name: str) -> None:
    statement, kind, number = ANCHOR_TAMPERINGS[name]
    journal.superuser.execute(statement)
    assert (kind, None, number) in journal.found()


def test_removing_the_newest_anchor_with_its_leaves_is_found_when_its_facts_are_gone_too(
    journal: Journal,
) -> None:
    for table in ("anchor", "anchor_leaf"):
        journal.superuser.execute(f"DELETE FROM journal_{table} WHERE number = 2")
    assert journal.found() == set()  # an anchor whose maker died looks like this; the next call takes it over
    for table in ("fact", "position"):
        journal.superuser.execute(f"DELETE FROM journal_{table} WHERE stream_id = %s AND seq > 3", [A])
    assert (FaultKind.ANCHOR_LOST, None, 2) in journal.found()


def test_a_forged_anchor_is_found_by_its_signature(journal: Journal, at: datetime, tmp_path: Any) -> None:
    stranger = replace(journal.home, root=tmp_path / "stranger").ensure()
    stranger.anchors_file.write_bytes(journal.home.anchors_file.read_bytes())
    journal.rewrite(A, 3)
    forged = tasks.anchor(at + timedelta(minutes=10), home=stranger)
    assert forged is not None
    journal.home.anchors_file.write_bytes(stranger.anchors_file.read_bytes())
    assert (FaultKind.ANCHOR_FORGED, None, 3) in journal.found()


def test_a_line_edited_in_the_file_is_found(journal: Journal) -> None:
    path = journal.home.anchors_file
    lines = path.read_text().splitlines(keepends=True)
    first = json.loads(lines[0])
    path.write_text(json.dumps(first | {"leaves": 1}) + "\n" + lines[1])
    assert (FaultKind.ANCHOR_FORGED, None, 1) in journal.found()
    path.write_text("不是锚点\n" + lines[1])
    assert {(FaultKind.ANCHOR_FORGED, None, 1), (FaultKind.ANCHOR_LOST, None, 1)} <= journal.found()
    path.write_text(lines[1] + lines[0])
    assert (FaultKind.ANCHOR_LOST, None, 1) in journal.found()


def test_an_old_signature_replaced_on_both_sides_is_found_by_the_thorough_check(journal: Journal) -> None:
    path = journal.home.anchors_file
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(json.dumps(json.loads(lines[0]) | {"signature": "00" * 64}) + "\n" + lines[1])
    journal.superuser.execute("UPDATE journal_anchor SET signature = %s WHERE number = 1", [bytes(64)])
    assert journal.found(every_signature=True) == {(FaultKind.ANCHOR_FORGED, None, 1)}


def test_a_shortened_or_deleted_file_is_found(journal: Journal) -> None:
    path = journal.home.anchors_file
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0])
    assert journal.found() == {(FaultKind.ANCHOR_LOST, None, 2)}
    path.write_text(lines[0] + lines[1][:-20])
    assert journal.found() == {(FaultKind.ANCHOR_LOST, None, 2)}
    path.unlink()
    assert journal.found() == {(FaultKind.ANCHOR_LOST, None, 1), (FaultKind.ANCHOR_LOST, None, 2)}


def test_writers_at_work_are_no_fault(journal: Journal, at: datetime) -> None:
    heads = journal.heads()
    rows = chain(
        stream_id=C,
        seq=5,
        prev_hash=heads[2][2],
        tenant_id=1,
        stream_kind="case",
        principal="user:1",
        recorded_at=at,
        facts=[NewFact("case.reviewed", {}, at)],
    )

    def growing() -> Iterator[Head]:
        journal.superuser.execute(f"WITH {APPEND_CTE} SELECT 1", append_params(rows))
        yield from heads

    key = SigningKey.of(journal.home).public
    assert queries.verify(anchors_path=journal.home.anchors_file, public_key=key, heads=[growing]).sound
    assert journal.found(heads) == {(FaultKind.INSERTED, C, 6)}  # control: the writer did commit meanwhile


def test_faults_beyond_the_kept_ones_are_counted(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onedoor.domain.journal.verification.KEPT_FAULTS", 4)
    journal.superuser.execute("UPDATE journal_fact SET principal = 'user:9'")
    result = journal.verify()
    assert (len(result.faults), result.fault_count) == (4, 15)


class TestAnchoring:
    """Making anchors, also after a crash in the middle."""

    def test_nothing_new_makes_no_anchor(self, journal: Journal, at: datetime) -> None:
        assert tasks.anchor(at, home=journal.home) is not None
        assert tasks.anchor(at, home=journal.home) is None

    def test_an_anchor_covers_what_changed_since_the_one_before(self, journal: Journal, at: datetime) -> None:
        before = queries.anchor_status()
        assert before.newest is not None
        assert (before.newest.number, before.newest.leaves, before.uncovered) == (2, 2, 7)
        made = tasks.anchor(at, home=journal.home)
        assert made is not None
        assert (made.number, made.leaves, made.previous_root) == (3, 3, before.newest.root)
        assert queries.anchor_status().newest == made
        assert queries.anchor_status().uncovered == 0
        assert list(anchor_file.lines(journal.home.anchors_file))[-1] == made
        assert journal.verify(every_signature=True).sound

    def test_an_anchor_has_a_bounded_span(
        self, journal: Journal, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("onedoor.domain.journal.anchoring.SPAN", 3)
        made = [tasks.anchor(at, home=journal.home) for _ in range(4)]
        assert [anchor.position if anchor else None for anchor in made] == [11, 14, 15, None]
        assert journal.verify().sound

    def test_an_anchor_that_only_reached_the_file_is_taken_over(self, journal: Journal, at: datetime) -> None:
        with transaction.atomic():
            made = tasks.anchor(at, home=journal.home)
            transaction.set_rollback(True)
        assert journal.verify().sound
        assert tasks.anchor(at + timedelta(minutes=1), home=journal.home) == made
        assert queries.anchor_status().newest == made
        assert len(list(anchor_file.lines(journal.home.anchors_file))) == 3
        assert journal.verify(every_signature=True).sound

    def test_a_line_torn_by_a_crash_is_cut_off(self, journal: Journal, at: datetime) -> None:
        with journal.home.anchors_file.open("ab") as file:
            file.write(b'{"number": 3, "at": "20')
        assert journal.verify().sound
        assert tasks.anchor(at, home=journal.home) is not None
        assert len(list(anchor_file.lines(journal.home.anchors_file))) == 3
        assert journal.verify().sound

    def test_a_file_ahead_of_a_changed_database_stops_anchoring(self, journal: Journal, at: datetime) -> None:
        for table in ("anchor", "anchor_leaf"):
            journal.superuser.execute(f"DELETE FROM journal_{table} WHERE number = 2")
        journal.rewrite(A, 3)
        with pytest.raises(Refused) as refused:
            tasks.anchor(at, home=journal.home)
        assert refused.value.code == "anchors_disagree"


def test_a_fault_says_in_chinese_what_and_where(journal: Journal) -> None:
    journal.superuser.execute("DELETE FROM journal_fact WHERE stream_id = %s AND seq IN (2, 3)", [C])
    (fault,) = journal.verify().faults
    assert fault.detail == "第 2 至 3 条记录缺失，被人删除了。"


def test_facts_read_back_recompute_to_their_hash(journal: Journal) -> None:
    facts: tuple[Fact, ...] = queries.facts(A)
    assert all(recompute(fact) == fact.hash for fact in facts)
