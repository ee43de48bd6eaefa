"""The demo county shows what an item can say: situations, delegation, intermediary services, fees, answers."""

from __future__ import annotations

import pytest

from onedoor.domain.catalog.guides.guide import guide_data
from onedoor.domain.catalog.guides.situations import answers_in, called_for, questions_of
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.site.demo.loader import demo_items

ITEMS = {version.code: version for version in map(parse_content, demo_items())}
WITH_SITUATIONS = [version for version in ITEMS.values() if version.details.situations]


def test_there_is_something_of_everything() -> None:
    assert len(WITH_SITUATIONS) >= 10
    told = [version.details for version in ITEMS.values()]
    for part in ("delegations", "intermediaries", "fees", "special"):
        assert sum(bool(getattr(each, part)) for each in told) >= 2, part
    assert all(version.questions for version in WITH_SITUATIONS)


@pytest.mark.parametrize("version", WITH_SITUATIONS, ids=lambda version: version.code)
def test_situations_of_an_item_call_for_different_things(version: ServiceVersion) -> None:
    asked = questions_of(version)
    called = []
    for situation in version.details.situations:
        found, problems = called_for(version, answers_in(situation, asked))
        assert problems == ()
        called.append(
            tuple(tuple(each.code for each in part) for part in (found.bring, found.free, found.perhaps))
        )
    assert len(set(called)) >= min(3, len(called)) - 1 > 0


def test_the_printed_guide_has_room_for_it() -> None:
    data = guide_data(ITEMS["MZJ-DIBAO"], {})
    assert data["situations"][0]["label"] == "家里有人生大病"
    assert "审批专用章" in data["delegations"][0]
    assert guide_data(ITEMS["STHJ-EIA"], {})["intermediaries"]
