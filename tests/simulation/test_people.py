"""The people of the virtual county pass every check, and are nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from onedoor.core.calendar import seed_calendar
from onedoor.core.identifiers import validate_id_number, validate_mobile, validate_uscc
from onedoor.core.instants import SHANGHAI, civil_date
from onedoor.domain.catalog import forms
from onedoor.domain.catalog import queries as catalog
from onedoor.simulation import hours, people
from onedoor.simulation.answers import Lively, Plain, fill_in, hand_in
from tests.county import County
from tests.factories.cases import AT, SHOP, version_of


@pytest.mark.parametrize("index", [0, 1, 12_345, people.CITIZENS - 1])
def test_citizens_are_well_formed_and_nobody(index: int) -> None:
    who = people.citizen(index)
    validate_id_number(who.id_number)
    validate_mobile(who.phone)
    assert who.id_number[14:17] == "000"
    assert who.phone.startswith("130000")


@pytest.mark.parametrize("index", [0, 7, people.ORGANIZATIONS - 1])
def test_bodies_are_well_formed_and_owned(index: int) -> None:
    who = people.organization(index)
    validate_uscc(who.id_number)
    assert who.id_number[2:8] == "990722"
    assert people.owner_of(who) == people.citizen(index).name


def test_nobody_is_two_people() -> None:
    everyone = [people.citizen(index) for index in range(0, people.CITIZENS, 97)]
    bodies = [people.organization(index) for index in range(0, people.ORGANIZATIONS, 97)]
    assert len({who.id_number for who in everyone}) == len({who.phone for who in everyone}) == len(everyone)
    assert len({who.id_number for who in bodies}) == len(bodies)


def test_every_form_can_be_filled_in(county_db: County) -> None:
    codes = [card.code for card in catalog.listing(county_db.tenant_id, limit=100).items if card.ready]
    assert len(codes) > 70
    rng = Random(3)
    for code in codes:
        version = version_of(code)
        for answering in (Plain(SHOP), Lively(rng, SHOP, ("上柳村",), civil_date(AT))):
            answers = fill_in(version, answering)
            assert forms.check_answers(version, answers) == ()
            given = [{"code": m.code, "provided": m.provided} for m in hand_in(version, answers)]
            assert forms.check_materials(version, answers, given) == ()


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        ("2026-09-18T09:00", 30, "2026-09-18T09:30"),
        ("2026-09-18T11:50", 20, "2026-09-18T13:10"),
        ("2026-09-18T20:00", 1, "2026-09-20T09:01"),  # Sunday the 20th makes up for a holiday
        ("2026-09-24T16:59", 2, "2026-09-28T09:01"),  # 中秋节
        ("2026-09-18T09:00", 420, "2026-09-20T09:00"),
    ],
)
def test_work_is_done_in_opening_hours(since: str, minutes: int, until: str) -> None:
    begun, done = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (since, until))
    assert hours.at_work(begun, minutes, seed_calendar()) == done


def test_nobody_works_before_they_began() -> None:
    rng = Random(1)
    for _ in range(200):
        since = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=rng.uniform(0, 700))
        assert hours.at_work(since, rng.uniform(0, 3000), seed_calendar()) >= since
        assert hours.at_leisure(since, rng.uniform(0, 5), rng) > since
    assert 9 <= hours.moment(rng, date(2026, 9, 1), hours.AT_COUNTER).hour < 17
