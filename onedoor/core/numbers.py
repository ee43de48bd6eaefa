"""Case numbers and query codes.

A case number is written on papers and read aloud, so it carries a check character; its format is pluggable,
since provinces have rules of their own (national limit: 50 places). A query code is the secret half: a case
is never shown for its number alone.
"""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import Protocol

from onedoor.core.identifiers import check_character
from onedoor.core.refusals import Refused

#: The longest case number the national exchange tables take.
LONGEST = 50

#: Crockford's base 32: no I, L, O, U, so that a code read aloud or from paper is not misread.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110", " -—–_\t")
_CODE_LENGTH, _GROUP = 10, 5
_CODE = re.compile(rf"[{_CROCKFORD}]{{{_CODE_LENGTH}}}")


class NumberFormat(Protocol):
    """How a tenant writes its case numbers."""

    def make(self, region6: str, date: date, department_short: str, serial: int) -> str:
        """The number of a department's `serial`-th case of a day; refused when a part does not fit."""
        ...

    def check(self, text: str) -> bool:
        """Whether a text is a number of this format with a right check character."""
        ...


class StandardNumberFormat:
    """Region 6, day 8, department 2 to 4, serial 5, check character (ISO 7064 MOD 37,36).

    `990722 20261013 SCJG 00042 K` without the blanks. A department may have 99,999 cases a day.
    """

    _region = re.compile(r"[0-9]{6}")
    _department = re.compile(r"[0-9A-Z]{2,4}")
    _number = re.compile(r"[0-9]{6}(?P<day>[0-9]{8})[0-9A-Z]{2,4}[0-9]{5}[0-9A-Z]")
    _last_serial = 99_999

    def make(self, region6: str, date: date, department_short: str, serial: int) -> str:
        """See `NumberFormat.make`."""
        if not self._region.fullmatch(region6):
            raise Refused("number_region", "办件编号中的行政区划代码应为 6 位数字，请修改本中心的区划设置。")
        if not self._department.fullmatch(department_short):
            raise Refused("number_department", "部门简码应为 2 至 4 位大写字母或数字，请修改部门设置。")
        if not 0 < serial <= self._last_serial:
            raise Refused("number_serial", "该部门当日办件流水号已超出 1 至 99999，请联系系统管理员。")
        body = f"{region6}{date:%Y%m%d}{department_short}{serial:05d}"
        return body + check_character(body)

    def check(self, text: str) -> bool:
        """See `NumberFormat.check`."""
        match = self._number.fullmatch(text)
        return match is not None and _is_day(match["day"]) and check_character(text[:-1]) == text[-1]


#: The format of a tenant that has not chosen another.
STANDARD: NumberFormat = StandardNumberFormat()


def new_query_code() -> str:
    """A fresh random query code in its canonical spelling, such as `7K3QX-9MZ4T`: 50 random bits."""
    return _grouped("".join(secrets.choice(_CROCKFORD) for _ in range(_CODE_LENGTH)))


def normalise_query_code(text: str) -> str:
    """The canonical spelling of a query code a person typed.

    Any case, with or without hyphen, O for 0, I or L for 1. Refused when it cannot be a query code.
    """
    code = text.strip().upper().translate(_MISREAD)
    if not _CODE.fullmatch(code):
        raise Refused(
            "query_code_malformed", "查询码应为 10 位数字和字母，请对照收件凭证上的查询码重新输入。"
        )
    return _grouped(code)


def _grouped(code: str) -> str:
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True
