"""A virtual county lives as a real one would, and leaves nothing behind that does not hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from onedoor.core.instants import end_of_day
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, queries
from onedoor.domain.cases.engine.terms import Kind, Stage
from onedoor.domain.cases.events import BundleKind
from onedoor.domain.cases.models import Bundle
from onedoor.domain.cases.terms import Answer
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import queries as offices
from onedoor.plumbing.crypto import SigningKey
from onedoor.plumbing.home import Home
from onedoor.simulation import presence
from onedoor.simulation.county import live
from onedoor.simulation.life import Refusal
from onedoor.simulation.tally import Tally
from onedoor.simulation.world import Plan
from onedoor.site.wiring import FOLLOWERS, HEADS, jobs
from tests.county import County
from tests.factories.cases import filed, staff

FIRST, LAST = date(2026, 9, 3), date(2026, 9, 18)
#: An identity number, a credit code of the county, or a telephone, in full.
IDENTITY = re.compile(r"\d{17}[\dX]|9\d990722[0-9A-Z]{10}|1[3-9]\d{9}")
_BUNDLE_FACTS = """
    SELECT b.package_code, f.kind, f.effective_at, f.recorded_at
    FROM journal_fact f JOIN cases_bundle b ON b.id = f.stream_id ORDER BY b.created_at, b.package_code, f.seq"""
_FACTS = """
    SELECT c.service_code, f.kind, f.effective_at, f.recorded_at, f.principal, f.data
    FROM journal_fact f JOIN cases_case c ON c.id = f.stream_id ORDER BY c.created_at, c.service_code, f.seq"""


def a_fortnight(county: County, cases: int = 9, seed: int = 5) -> Tally:
    plan = Plan(county.tenant_id, FIRST, end_of_day(LAST), cases, seed)
    return live(plan, following=FOLLOWERS["cases.bundles"])


def facts() -> list[tuple[Any, ...]]:
    """Every fact of every case, without what is new in every database: ids, salted digests."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS)
        rows = cursor.fetchall()
    return [(*row[:5], _plain(row[5])) for row in rows]


def _plain(data: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(data)
    for new in ("dossier", "bundle"):
        read.pop(new, None)
    return read


def bundle_facts() -> list[tuple[Any, ...]]:
    """Every fact of every package that was filed, by kind and instants."""
    with connection.cursor() as cursor:
        cursor.execute(_BUNDLE_FACTS)
        return cursor.fetchall()


@contextmanager
def another_connection() -> Iterator[None]:
    """Inside, Django uses a second connection to the same database."""
    first = connection.connection
    connection.connection = None
    try:
        yield
    finally:
        connection.close()
        connection.connection = first


def test_a_fortnight_reaches_everything_and_holds(county: County, tmp_path: Path) -> None:
    tally = a_fortnight(county, cases=16)
    happened = facts()
    kinds = Counter(fact[1] for fact in happened)
    # A draft lives for months.
    assert kinds.keys() == {kind.value for kind in Kind} - {Kind.DRAFT_EXPIRED.value}
    stages = queries.stage_counts(staff("ducha"))
    # A refusal is handed over within days, so that at any one moment there may be none; drafts are not shown.
    assert stages.keys() >= {stage.value for stage in Stage} - {"new", "draft", "refused"}
    assert min(tally.refused, tally.drafts) > 0

    assert list(queries.differences()) == []
    key = SigningKey.of(Home.current()).public
    assert journal.verify(anchors_path=tmp_path / "none", public_key=key, heads=HEADS).faults == ()
    assert max(max(fact[2], fact[3]) for fact in happened) <= end_of_day(LAST)
    assert not [fact for fact in happened if IDENTITY.search(json.dumps(fact[5]))]
    _agrees(tally, kinds)
    _lived_together(tally)


def _lived_together(tally: Tally) -> None:
    """Packages are in mid-life: what waited was opened in its turn, and a refusal left the others as they are."""
    filed = list(Bundle.objects.exclude(stage__in=("draft", "withdrawn")))
    assert len(filed) == tally.together > 3
    assert {bundle.channel for bundle in filed} >= {"window"}
    states = [{member["state"] for member in bundle.members} for bundle in filed]
    assert any({"granted", "refused"} <= each for each in states), states
    assert any("open" in each for each in states)
    kinds = Counter(fact[1] for fact in bundle_facts())
    assert kinds[BundleKind.MEMBER_OPENED] > 0
    assert all(fact[2] <= fact[3] <= end_of_day(LAST) for fact in bundle_facts())


def _agrees(tally: Tally, kinds: Counter[str]) -> None:
    """What was counted on the way is what the journal holds."""
    assert kinds[Kind.SUBMITTED] == tally.filed
    assert kinds[Kind.ACCEPTED] == tally.accepted
    assert kinds[Kind.DEEMED_ACCEPTED] == tally.deemed
    assert kinds[Kind.CORRECTED] == tally.corrected
    assert kinds[Kind.DECLINED] == tally.declined
    assert kinds[Kind.WITHDRAWN] == tally.withdrawn
    assert kinds[Kind.SUSPENDED] == tally.suspended
    assert kinds[Kind.RESUMED] <= tally.suspended
    assert kinds[Kind.EXTENDED] == tally.extended
    assert kinds[Kind.DECIDED] == tally.decided
    assert kinds[Kind.DELIVERED] == tally.delivered
    assert kinds[Kind.RATED] == tally.rated
    overdue = sum(count.overdue for count in queries.department_counts(staff("ducha")))
    assert overdue == tally.overdue
    assert tally.left == 0
    assert tally.mean_working_days is not None
    assert 0.5 < tally.mean_working_days < 10


def test_the_same_seed_gives_the_same_facts(county: County) -> None:
    first, again, other = (_facts_of(county, seed) for seed in (5, 5, 6))
    assert len(first) > 100
    assert again == first
    assert other != first


def _facts_of(county: County, seed: int) -> list[tuple[Any, ...]]:
    """The facts of a life that is undone. Accounts are told apart by staff or not: their ids are new each time."""
    with transaction.atomic():
        plan = Plan(county.tenant_id, FIRST, end_of_day(date(2026, 9, 8)), 9, seed)
        live(plan, following=FOLLOWERS["cases.bundles"])
        working = {member.key for member in offices.staff(county.tenant_id)}
        happened = [
            (*fact[:4], fact[4] if not fact[4].startswith("user:") or fact[4] in working else "", fact[5])
            for fact in facts()
        ]
        happened += bundle_facts()
        transaction.set_rollback(True)
    return happened


def test_an_unexpected_refusal_stops_the_county(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**act: Any) -> Answer:
        raise Refused("out_of_paper", "没有纸了。")

    monkeypatch.setattr(actions, "perform", refuse)
    with pytest.raises(Refusal, match=r"99072220260903.*out_of_paper"):
        a_fortnight(county)
    assert not presence.is_living()


def test_a_case_that_somebody_takes_over_is_left_to_them(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = actions.perform
    taken: list[str] = []

    def with_a_stranger(*, number: str, verb: str, at: datetime, **more: Any) -> Answer:
        if verb == "accept" and not taken:
            taken.append(number)
            perform(number=number, verb=verb, payload={}, actor=staff("chuangkou"), at=at)
        return perform(number=number, verb=verb, at=at, **more)

    monkeypatch.setattr(actions, "perform", with_a_stranger)
    tally = a_fortnight(county)
    assert tally.left == 1
    assert [fact.kind for fact in queries.facts(taken[0], actor=staff("ducha"), at=end_of_day(LAST))][:2] == [
        "case.submitted",
        "case.accepted",
    ]


def test_the_sweep_waits_while_a_county_lives(county: County) -> None:
    sweep = next(job for job in jobs() if job.name == "cases.sweep")
    answer = filed()
    assert answer.due_at is not None
    with presence.living(), another_connection():
        assert presence.is_living()
        assert sweep.run(answer.due_at) == 0
        with pytest.raises(Refused, match="正在进行"), presence.living():
            pass
    with another_connection():
        assert sweep.run(answer.due_at) == 1


def test_only_a_demo_county_is_played_with(county: County, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("UPDATE offices_tenant SET region_code = '220822'")
    with pytest.raises(Refused) as refused:
        a_fortnight(county)
    assert refused.value.code == "not_a_demo_county"


def test_before_the_first_item_there_is_nothing_to_do(county: County) -> None:
    with pytest.raises(Refused) as refused:
        live(Plan(county.tenant_id, date(2025, 9, 1), end_of_day(date(2025, 9, 2)), 9))
    assert refused.value.code == "nothing_in_force"
