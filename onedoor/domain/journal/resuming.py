"""Anchoring again after the database was restored to an earlier state than the anchor file remembers.

The file is never shortened in silence: what the database no longer knows is set aside whole under a name of its
own, and a fact says which anchors those were, who went on without them, and why. That fact is under the next anchor.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions, anchor_file
from onedoor.domain.journal.queries import anchors_agree, newest_anchor
from onedoor.domain.journal.terms import Anchor, NewFact, named_stream
from onedoor.plumbing import crypto
from onedoor.plumbing.home import Home

#: The kind of the fact, in a stream of the county's anchors.
SET_ASIDE: Final = "journal.anchors_set_aside"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The newest anchor of the file, and the newest one that database and file share (None: none)."""

    filed: Anchor
    shared: Anchor | None

    @property
    def lost(self) -> int:
        """How many anchors only the file holds."""
        return self.filed.number - (self.shared.number if self.shared else 0)


def disagreement(home: Home) -> Disagreement:
    """What the file holds beyond the database.

    Raises Refused: anchors_agree; anchors_foreign where the database is no earlier state of what was anchored.
    """
    path = home.anchors_file
    if anchors_agree(path):
        raise Refused("anchors_agree", "锚点文件与数据库一致，不需要登记。", status=409)
    filed, shared = anchor_file.newest(path), newest_anchor()
    known = _numbered(path, shared.number) if shared else None
    signed = filed is not None and crypto.verify(
        crypto.SigningKey.of(home).public, anchor_file.payload(filed), filed.signature
    )
    if filed is None or not signed or known != shared:
        raise Refused(
            "anchors_foreign",
            "数据库不是锚点文件所记录的较早状态：两边共有的锚点也不一致，或签名不对。这不是恢复备份造成的，"
            "请停止系统，保存整个数据目录，交审计管理员查明。",
            status=409,
        )
    return Disagreement(filed, shared)


def resume(*, reason: str, tenant_id: int, principal: str, at: datetime, home: Home) -> Path:
    """File the disagreement as a fact, set the file aside, go on from the shared anchor.

    Returns where the former file lies. Raises as `disagreement`, and reason_missing.
    """
    if not reason.strip():
        raise Refused(
            "reason_missing", "请用 --reason 写明原因，例如：11 月 22 日磁盘损坏，恢复了前一夜的备份。"
        )
    found = disagreement(home)
    kept = home.anchors / f"anchors-set-aside-{found.filed.number}-{at:%Y%m%d%H%M%S}.jsonl"
    with transaction.atomic():
        actions.append(
            stream_id=named_stream("anchors", tenant_id),
            tenant_id=tenant_id,
            stream_kind="anchors",
            principal=principal,
            at=at,
            facts=[NewFact(SET_ASIDE, _told(found, kept, reason.strip()), at)],
        )
    # The fact first: a crash in between leaves a disagreement that is still seen, never one that is hidden.
    _set_aside(home.anchors_file, kept, found.shared.number if found.shared else 0)
    return kept


def _told(found: Disagreement, kept: Path, reason: str) -> dict[str, str | int]:
    return {
        "reason": reason,
        "shared": found.shared.number if found.shared else 0,
        "filed": found.filed.number,
        "filed_root": found.filed.root.hex(),
        "filed_at": found.filed.at.isoformat(),
        "positions_lost": found.filed.position - (found.shared.position if found.shared else 0),
        "kept_as": kept.name,
    }


def _numbered(path: Path, number: int) -> Anchor | None:
    return next((anchor for anchor in anchor_file.lines(path) if anchor and anchor.number == number), None)


def _set_aside(path: Path, kept: Path, shared: int) -> None:
    """Keep the whole file as `kept`, then let the lines up to number `shared` take its place."""
    shutil.copy2(path, kept)
    draft = path.with_suffix(".new")
    with kept.open("rb") as whole, draft.open("wb") as file:
        for line, anchor in zip(whole, anchor_file.lines(kept), strict=False):
            if anchor is None or anchor.number > shared:
                break
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
        os.fsync(whole.fileno())
    draft.replace(path)
