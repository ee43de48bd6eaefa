"""A package is filed as one: all members or none, once, each outcome learned once, nothing granted undone."""

from __future__ import annotations

import pytest

from onedoor.domain.cases import queries
from onedoor.domain.cases.models import Bundle, Case
from onedoor.domain.journal import queries as journal
from tests.county import County
from tests.factories.cases import FOOD, staff
from tests.factories.packages import (
    FIRE,
    SIGN,
    decided,
    delivered,
    filed,
    number_of,
    published,
    told,
)


@pytest.fixture
def diner(county_db: County) -> County:
    published()
    return county_db


@pytest.mark.usefixtures("diner")
def test_members_become_cases_and_one_waits() -> None:
    answer = filed()
    assert (answer.state, answer.seq) == ("in_hand", 1)
    assert [(line.service, line.state, bool(line.number)) for line in answer.members] == [
        (FOOD, "open", True),
        (SIGN, "open", True),
        (FIRE, "waiting", False),
    ]
    assert Case.objects.filter(parent__number=answer.number).count() == 2
    food = number_of(answer, FOOD)
    decided(food)
    told(food)
    bundle = Bundle.objects.get(number=answer.number)
    print([ (f.kind, f.data) for f in journal.facts(bundle.id)])
    print(list(queries.differences()))
