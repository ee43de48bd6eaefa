"""How dates, limits and personal data are put into words on pages."""

from __future__ import annotations

from datetime import date, datetime

from onedoor.core.identifiers import mask_id, mask_name, mask_phone
from onedoor.core.instants import civil_date, page_date, page_instant

UNITS = {"working": "个工作日", "calendar": "天", "hours": "小时", "working-hours": "个工作小时"}


def date_zh(value: date | datetime | str | None) -> str:
    """2026年10月13日（周二）. A text is taken as an ISO date; None gives an empty text."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return page_date(civil_date(value) if isinstance(value, datetime) else value)


def day_zh(value: date | datetime | None) -> str:
    """10月13日, where the year is plain from the page."""
    if value is None:
        return ""
    day = civil_date(value) if isinstance(value, datetime) else value
    return f"{day.month}月{day.day}日"


def instant_zh(value: datetime | None) -> str:
    """2026年10月13日（周二）15:02, civil time."""
    return page_instant(value) if value else ""


def moment_zh(value: datetime | None, at: datetime) -> str:
    """14:03 for an instant of the day of `at`, 10月13日 14:03 for one of another day."""
    if value is None:
        return ""
    hour = page_instant(value)[-5:]
    return hour if civil_date(value) == civil_date(at) else f"{day_zh(value)} {hour}"


def limit_zh(amount: int, unit: str = "working") -> str:
    """A limit: 8 个工作日; 0 is the same day."""
    return f"{amount} {UNITS.get(unit, unit)}" if amount else "当日办结"


def left_zh(amount: int | None, unit: str = "working") -> str:
    """What is left of a limit; below zero is overdue, None is a clock that stands still."""
    if amount is None:
        return "暂停计时"
    if amount == 0:
        return "今天到期"
    words = f"{abs(amount)} {UNITS.get(unit, unit)}"
    return f"还有 {words}" if amount > 0 else f"已超期 {words}"


MASKS = {"name": mask_name, "id": mask_id, "phone": mask_phone}
