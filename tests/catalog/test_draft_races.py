"""Two editors who save the same draft at the same instant: one is told of the other."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import rules as draft_rules
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.models import Draft as Row
from tests.catalog.conftest import make_tenant
from tests.catalog.editors import begun, published, saved

#: How long one waits for the other between looking at the draft and changing it.
PATIENCE = 0.5


def saved_at_once(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two editors look at the same draft and then both save; the codes of the refusals."""
    both, check, refusals = Barrier(2), draft_rules.check_revision, list[str]()

    def slow(now: int, seen: int) -> None:
        with suppress(BrokenBarrierError):
            both.wait(PATIENCE)
        check(now, seen)

    def edit(number: int) -> None:
        try:
            saved(draft, number, visits=number)
        except Refused as refused:
            refusals.append(refused.code)
        finally:
            connection.close()

    monkeypatch.setattr(draft_rules, "check_revision", slow)
    threads = [Thread(target=edit, args=(number,)) for number in (8, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def test_one_of_two_savings_at_once_is_refused(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant()
    published(tenant)
    assert saved_at_once(begun(tenant), monkeypatch) == ["draft_changed"]
    assert Row.objects.get().revision == 2


def test_without_the_lock_one_overwrites_the_other(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(draft_id: int, **also: Any) -> Row | None:
        return Row.objects.select_related("item").filter(pk=draft_id, **also).first()

    tenant = make_tenant()
    published(tenant)
    draft = begun(tenant)
    monkeypatch.setattr(drafting, "_locked", unlocked)
    assert saved_at_once(draft, monkeypatch) == []
    assert Row.objects.get().revision == 2, "two changes have become one"
