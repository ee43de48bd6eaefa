"""Place codes: counties, towns and villages in the 12-digit form, county 6 + town 3 + village 3.

Scopes are stored as significant prefixes: 6 digits a county, 9 a town, 12 a village, "" everywhere.
"""

from __future__ import annotations

import re
from enum import StrEnum

from onedoor.core.refusals import Refused

_CODE = re.compile(r"[0-9]{12}")
_PREFIX = re.compile(r"(?:[0-9]{2}){0,2}|[0-9]{6}|[0-9]{9}|[0-9]{12}")


class DivisionLevel(StrEnum):
    """What kind of place a code names."""

    PROVINCE = "province"  # 省
    CITY = "city"  # 市（州、地区）
    COUNTY = "county"  # 县（市、区）
    TOWN = "town"  # 乡镇（街道）
    VILLAGE = "village"  # 村（社区）


_PREFIX_LENGTHS = {
    DivisionLevel.PROVINCE: 2,
    DivisionLevel.CITY: 4,
    DivisionLevel.COUNTY: 6,
    DivisionLevel.TOWN: 9,
    DivisionLevel.VILLAGE: 12,
}


def validate_division_code(text: str) -> None:
    """Refuse what is not 12 digits, or names a place without naming the place it lies in."""
    if not _CODE.fullmatch(text) or text.startswith("00"):
        raise Refused(
            "division_code_malformed", "区划代码应为 12 位数字：县 6 位、乡镇 3 位、村 3 位，不足补 0。"
        )
    village, town, county, city = text[9:], text[6:9], text[4:6], text[2:4]
    if village != "000" and town == "000":
        raise Refused("division_code_gap", "区划代码有村代码却没有乡镇代码，请核对第 7 至 9 位。")
    if town != "000" and county == "00":
        # Five prefecture cities have towns and no counties; their codes read 441900 and the like.
        if city == "00":
            raise Refused("division_code_gap", "区划代码有乡镇代码却没有县级代码，请核对前 6 位。")
    elif county != "00" and city == "00":
        raise Refused("division_code_gap", "区划代码有县级代码却没有市级代码，请核对第 3、4 位。")


def is_valid_division_code(text: str) -> bool:
    """Whether `validate_division_code` accepts it."""
    try:
        validate_division_code(text)
    except Refused:
        return False
    return True


def level(code: str) -> DivisionLevel:
    """The kind of place a 12-digit code names."""
    validate_division_code(code)
    if code[9:] != "000":
        return DivisionLevel.VILLAGE
    if code[6:9] != "000":
        return DivisionLevel.TOWN
    if code[4:6] != "00":
        return DivisionLevel.COUNTY
    return DivisionLevel.CITY if code[2:4] != "00" else DivisionLevel.PROVINCE


def significant_prefix(code: str) -> str:
    """The digits of a 12-digit code that every place within begins with."""
    return code[: _PREFIX_LENGTHS[level(code)]]


def full_code(prefix: str) -> str:
    """The 12-digit code of a significant prefix (2, 4, 6, 9 or 12 digits)."""
    _check_prefix(prefix)
    code = prefix.ljust(12, "0")
    validate_division_code(code)
    return code


def contains(prefix: str, code: str) -> bool:
    """Whether the place of a significant prefix is or holds the place of a 12-digit code; "" holds all.

    A prefix of 12 digits may also be the full code of a county or town, which is cut to what is significant.
    """
    _check_prefix(prefix)
    return code.startswith(significant_prefix(prefix) if len(prefix) == 12 else prefix)


def parent(code: str) -> str | None:
    """The 12-digit code of the place in which this one lies; None for a province."""
    order = list(_PREFIX_LENGTHS)
    place = order.index(level(code))
    for wider in reversed(order[:place]):
        candidate = code[: _PREFIX_LENGTHS[wider]].ljust(12, "0")
        if level(candidate) is wider:
            return candidate
    return None


def _check_prefix(prefix: str) -> None:
    if not _PREFIX.fullmatch(prefix):
        raise Refused(
            "division_prefix_malformed", "区划范围应为 6 位（县）、9 位（乡镇）或 12 位（村）数字。"
        )
