"""Setting up a county from its document, and loading a calendar notice."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from onedoor.core.calendar import DayKind
from onedoor.core.refusals import Refused
from onedoor.domain.offices import queries
from onedoor.site.commands import calendar
from onedoor.site.county import check_county, set_up_county
from onedoor.site.demo.loader import county_document

AT = datetime(2026, 11, 22, tzinfo=UTC)

FAULTS: list[tuple[list[Any], Any, str]] = [
    (["tenant", "region_code"], "99072", "/tenant/region_code"),
    (["departments", 1, "code"], "zwzx", "/departments/1/code"),
    (["departments", 0, "uscc"], "12990722712345007A", "/departments/0/uscc"),
    (["places", 0, "code"], "110101000000", "/places/0/code"),
    (["halls", 0, "windows", 0, "departments"], ["nobody"], "/halls/0/windows/0/departments"),
]


@pytest.mark.parametrize(("path", "value", "pointer"), FAULTS)
def test_a_faulty_county_is_named_by_pointer(path: list[Any], value: Any, pointer: str) -> None:
    document = deepcopy(county_document())
    assert check_county(document) == ()
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert pointer in [problem.pointer for problem in check_county(document)]


@pytest.mark.django_db
def test_a_county_is_set_up_once() -> None:
    tenant_id = set_up_county(county_document(), principal="test", at=AT)
    assert "scjg" in queries.departments(tenant_id)
    assert queries.current_calendar(tenant_id).is_working(date(2026, 2, 14))
    with pytest.raises(Refused, match="county_exists"):
        set_up_county(county_document(), principal="test", at=AT)


@pytest.mark.django_db
def test_a_notice_replaces_its_years_only(tmp_path: Path) -> None:
    tenant_id = set_up_county(county_document(), principal="test", at=AT)
    notice = tmp_path / "2027.csv"
    notice.write_text("date,kind\n2027-01-01,假日\n2027-01-02,holiday\n2027-01-03,补班\n", "utf-8")
    assert queries.current_calendar(tenant_id).is_provisional(date(2027, 1, 4))
    assert calendar._load(calendar.read_days(notice)) == 2
    present = queries.current_calendar(tenant_id)
    assert present.kind(date(2027, 1, 3)) is DayKind.MAKE_UP
    assert not present.is_provisional(date(2027, 1, 4))
    assert present.kind(date(2026, 10, 1)) is DayKind.HOLIDAY


@pytest.mark.parametrize("line", ["2027-02-30,假日", "2027-01-01,休", "2027/01/01,假日", ""])
def test_a_faulty_notice_is_refused_whole(tmp_path: Path, line: str) -> None:
    notice = tmp_path / "bad.csv"
    notice.write_text(f"date,kind\n{line}\n", "utf-8")
    with pytest.raises(Refused, match="invalid_calendar"):
        calendar.read_days(notice)
