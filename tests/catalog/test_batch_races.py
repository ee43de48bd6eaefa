"""Two who approve the same batch at the same instant, and two who publish it: it is approved and published once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.batches import actions, applying, files, rows
from onedoor.domain.catalog.batches import rules as batch_rules
from onedoor.domain.catalog.models import Batch, Version
from onedoor.domain.journal import queries as journal
from tests.catalog.conftest import make_tenant
from tests.catalog.editors import editor
from tests.catalog.samples import food
from tests.catalog.test_batches import handed_in, step

#: How long one waits for the other between looking at the batch and changing it.
PATIENCE = 0.7


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "imports")
    yield
    connection.close()


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Several acts in threads of their own; the refusals by code, faults of the database as `fault`."""
    said: list[str] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            act()
        except Refused as refused:
            said.append(refused.code)
        except DatabaseError:
            said.append("fault")
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def approving(monkeypatch: pytest.MonkeyPatch) -> tuple[Batch, list[str]]:
    """A batch that two have looked at and approve at the same instant, and what they were told."""
    tenant = make_tenant()
    found = step(handed_in(tenant, [food(code="NEW")]), "check", 8)
    both, check = Barrier(2), batch_rules.check_revision

    def slow(now: int, seen: int) -> None:
        with suppress(BrokenBarrierError):
            both.wait(PATIENCE)
        check(now, seen)

    monkeypatch.setattr(batch_rules, "check_revision", slow)

    def approve(number: int) -> None:
        actions.approve(
            actor=editor(tenant, number), batch_id=found.id, revision=found.revision, at=datetime.now(UTC)
        )

    said = at_once(lambda: approve(9), lambda: approve(10))
    return Batch.objects.get(pk=found.id), said


def test_of_two_who_approve_at_once_one_is_refused(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, said = approving(monkeypatch)
    assert said == ["batch_state"]
    assert [fact.kind for fact in journal.facts(row.pk)].count("catalog.batch_approved") == 1


def test_without_the_locks_both_pass_the_look(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "hold", lambda tenant: None)
    monkeypatch.setattr(rows, "locked", lambda pk, **also: Batch.objects.filter(pk=pk, **also).first())
    _, said = approving(monkeypatch)
    assert said != ["batch_state"], "nobody was told that it had been approved"
    assert "batch_state" not in said


def publishing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A batch that two workers publish at the same instant, and what they met."""
    tenant = make_tenant()
    step(step(handed_in(tenant, [food(code="NEW")]), "check", 8), "approve", 9)
    both, look = Barrier(2), applying.moved

    def slow(row: Batch) -> tuple[str, ...]:
        with suppress(BrokenBarrierError):
            both.wait(PATIENCE)
        return look(row)

    monkeypatch.setattr(applying, "moved", slow)
    at = datetime.now(UTC)
    return at_once(*[lambda: actions.apply_next(at=at)] * 2)


def test_two_workers_publish_once(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert publishing(monkeypatch) == []
    assert Version.objects.count() == 1
    assert [fact.kind for fact in journal.facts(Batch.objects.get().pk)].count("catalog.batch_applied") == 1


def test_without_the_lock_two_workers_collide(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying.package_actions, "hold", lambda tenant: None)
    monkeypatch.setattr(applying, "locked", lambda pk: Batch.objects.filter(pk=pk).first())
    late = list[object]()
    monkeypatch.setattr(applying, "_give_back", lambda batch_id, refused, at: late.append(refused.code))
    said = publishing(monkeypatch)
    assert late or said, "the second has found out only when it wrote"
