"""How dates, limits and personal data are put into words on pages."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

CIVIL = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
UNITS = {"working": "个工作日", "calendar": "天", "hours": "小时", "working-hours": "个工作小时"}
STAR = "*"


def date_zh(value: date | datetime | str | None) -> str:
    """2026年10月13日（周二）. A text is taken as an ISO date; None gives an empty text."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    day = value.astimezone(CIVIL).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def day_zh(value: date | datetime | None) -> str:
    """10月13日, where the year is plain from the page."""
    if value is None:
        return ""
    day = value.astimezone(CIVIL).date() if isinstance(value, datetime) else value
    return f"{day.month}月{day.day}日"


def instant_zh(value: datetime | None) -> str:
    """2026年10月13日（周二）15:02, civil time."""
    if value is None:
        return ""
    return f"{date_zh(value)}{value.astimezone(CIVIL):%H:%M}"


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


def mask_name(name: str) -> str:
    """张*: the first character stays, one star for each of the others."""
    return name[:1] + STAR * max(1, len(name) - 1) if name else ""


def mask_id(number: str) -> str:
    """2208**********1234: four at each end stay; a short number loses all but its last two."""
    if len(number) < 12:
        return STAR * max(0, len(number) - 2) + number[-2:]
    return number[:4] + STAR * (len(number) - 8) + number[-4:]


def mask_phone(number: str) -> str:
    """138****1234."""
    if len(number) < 8:
        return STAR * max(0, len(number) - 2) + number[-2:]
    return number[:3] + STAR * (len(number) - 7) + number[-4:]


MASKS = {"name": mask_name, "id": mask_id, "phone": mask_phone}
