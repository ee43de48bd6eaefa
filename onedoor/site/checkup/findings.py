"""What a check says: how it stands, the figure, and the mend where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How something stands."""

    WELL = "well"
    NOTICE = "notice"
    FAULT = "fault"


LEVEL_NAMES: Final = {Level.WELL: "正常", Level.NOTICE: "注意", Level.FAULT: "故障"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `mend` is empty when all is well. What `can_wait` is a reminder, not yet a fault.

    `figure` is the bare number behind `detail`, for programs: bytes, seconds or a count.
    """

    name: str
    detail: str
    mend: str = ""
    can_wait: bool = False
    figure: float | None = None

    @property
    def well(self) -> bool:
        """Whether nothing has to be mended now."""
        return self.level is not Level.FAULT

    @property
    def level(self) -> Level:
        """正常, 注意 or 故障."""
        if not self.mend:
            return Level.WELL
        return Level.NOTICE if self.can_wait else Level.FAULT

    @property
    def word(self) -> str:
        """The level as people read it."""
        return LEVEL_NAMES[self.level]


@dataclass(frozen=True, slots=True)
class Section:
    """Findings about one part of the installation."""

    name: str
    findings: tuple[Finding, ...]


#: A check gives one finding or several; its docstring is the name of what it looks at.
Check = Callable[[], Finding | Iterable[Finding]]


def looked(checks: Iterable[Check]) -> Iterator[Finding]:
    """The findings of `checks`; one that cannot be made is itself a finding."""
    for check in checks:
        try:
            answer = check()
            yield from [answer] if isinstance(answer, Finding) else list(answer)
        except Exception as error:
            name = (check.__doc__ or "检查").splitlines()[0].rstrip("。.")
            yield Finding(
                name, f"无法检查（{type(error).__name__}）", "请先解决上面的问题，再运行 onedoor doctor。"
            )


def size_zh(count: float) -> str:
    """Bytes in words: 3.2 GB, 210 MB."""
    if count >= 1024**3:
        return f"{count / 1024**3:.1f} GB"
    return f"{count / 1024**2:.0f} MB" if count >= 1024**2 else f"{count / 1024:.0f} KB"


def ago_zh(span: timedelta) -> str:
    """How long ago: 刚刚, 12 分钟前, 3 小时前, 5 天前."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} 秒前"
    if seconds < 3600:
        return f"{seconds // 60} 分钟前"
    return f"{seconds // 3600} 小时前" if seconds < 86_400 * 2 else f"{seconds // 86_400} 天前"


def since(instant: datetime, at: datetime) -> str:
    """How long ago an instant was at `at`."""
    return ago_zh(at - instant)
