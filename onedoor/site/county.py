"""Setting up a county from one document: its offices, places and windows, with the seed calendar.

The document is the YAML that `onedoor county template` prints; the demo county is one of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onedoor.core.calendar import seed_calendar
from onedoor.core.divisions import is_valid_division_code
from onedoor.core.identifiers import is_valid_uscc
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries
from onedoor.domain.offices.actions import PlaceGiven, TenantGiven, WindowGiven
from onedoor.domain.offices.queries import DepartmentView
from onedoor.plumbing.schemas import Checker

_TEXT = {"type": "string", "minLength": 1, "maxLength": 100}
_DEPARTMENT = {
    "type": "object",
    "required": ["code", "name", "short_name", "number_prefix", "organ_word"],
    "properties": {
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9]{1,31}$"},
        "name": _TEXT,
        "short_name": {**_TEXT, "maxLength": 30},
        "number_prefix": {"type": "string", "pattern": "^[A-Z0-9]{2,4}$"},
        "organ_word": {**_TEXT, "maxLength": 20},
        "uscc": {"type": "string", "maxLength": 18},
        "phone": {"type": "string", "maxLength": 30},
    },
}
_HALL = {
    "type": "object",
    "required": ["name", "windows"],
    "properties": {
        "name": {**_TEXT, "maxLength": 60},
        "windows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["number", "name"],
                "properties": {
                    "number": {"type": ["string", "integer"]},
                    "name": {**_TEXT, "maxLength": 60},
                    "departments": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_COUNTY = Checker(
    {
        "type": "object",
        "required": ["tenant", "departments", "places"],
        "properties": {
            "tenant": {
                "type": "object",
                "required": ["name", "region_code"],
                "properties": {"name": _TEXT, "region_code": {"type": "string", "pattern": "^[0-9]{6}$"}},
            },
            "departments": {"type": "array", "minItems": 1, "items": _DEPARTMENT},
            "places": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "name"],
                    "properties": {"code": {"type": "string"}, "name": {**_TEXT, "maxLength": 60}},
                },
            },
            "halls": {"type": "array", "items": _HALL},
        },
    }
)


def check_county(document: Any) -> tuple[Problem, ...]:
    """Every fault of a county document, with pointers into it."""
    found = _COUNTY.problems(document)
    if found:
        return found
    return (*_department_faults(document), *_place_faults(document))


def _department_faults(document: Mapping[str, Any]) -> list[Problem]:
    found = []
    seen: dict[str, set[str]] = {"code": set(), "number_prefix": set()}
    for at, department in enumerate(document["departments"]):
        for key, former in seen.items():
            if department[key] in former:
                detail = f"“{department[key]}”已被前面的部门使用，请换一个。"
                found.append(Problem(f"/departments/{at}/{key}", "twice", detail))
            former.add(department[key])
        if department.get("uscc") and not is_valid_uscc(department["uscc"]):
            detail = "统一社会信用代码的校验位不对，请核对；没有可以留空。"
            found.append(Problem(f"/departments/{at}/uscc", "wrong_uscc", detail))
    for hall_at, hall in enumerate(document.get("halls", ())):
        for at, window in enumerate(hall["windows"]):
            strangers = set(window.get("departments", ())) - seen["code"]
            if strangers:
                detail = f"没有部门“{'、'.join(sorted(strangers))}”，请先在 departments 中列出。"
                found.append(
                    Problem(f"/halls/{hall_at}/windows/{at}/departments", "unknown_department", detail)
                )
    return found


def _place_faults(document: Mapping[str, Any]) -> list[Problem]:
    county = document["tenant"]["region_code"]
    return [
        Problem(
            f"/places/{at}/code", "wrong_place", "区划代码应为 12 位数字，并以本县 6 位代码开头，请核对。"
        )
        for at, place in enumerate(document["places"])
        if not is_valid_division_code(place["code"]) or not place["code"].startswith(county)
    ]


def set_up_county(document: Any, *, principal: str, at: datetime) -> int:
    """Set up the county of a document and return its tenant id.

    Raises Refused: county_exists, invalid_county with one problem a fault.
    """
    if queries.first_tenant() is not None:
        raise Refused(
            "county_exists", "这个数据目录已经有一个县（市、区）。另一个县请用另一个 ONEDOOR_HOME。"
        )
    problems = check_county(document)
    if problems:
        raise Refused("invalid_county", "本县数据有误，请按提示修改后再导入。", errors=problems)
    calendar = seed_calendar()
    return offices.set_up_tenant(
        tenant=TenantGiven(document["tenant"]["name"], document["tenant"]["region_code"]),
        departments=[_department(d) for d in document["departments"]],
        places=[PlaceGiven(p["code"], p["name"]) for p in document["places"]],
        windows=[_window(hall["name"], w) for hall in document.get("halls", ()) for w in hall["windows"]],
        exceptions=calendar.exceptions,
        years=calendar.known_years,
        principal=principal,
        at=at,
    )


def _department(given: Mapping[str, Any]) -> DepartmentView:
    return DepartmentView(
        given["code"],
        given["name"],
        given["short_name"],
        given["number_prefix"],
        given["organ_word"],
        given.get("uscc", ""),
        given.get("phone", ""),
    )


def _window(hall: str, given: Mapping[str, Any]) -> WindowGiven:
    """A window that serves several departments, or all, is a comprehensive one."""
    departments = given.get("departments", ())
    return WindowGiven(
        hall, str(given["number"]), given["name"], departments[0] if len(departments) == 1 else None
    )
