"""Which department a name in a file means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onedoor.domain.catalog.spelling import spell

#: The county in front of a department's name (县…, 仪陇县…, 区…), and remarks in brackets behind it.
_PLACE = re.compile(r"^[^县区]{0,6}[县区](?=.{2})")
_REMARK = re.compile(r"[（(].*?[)）]")


def bare(name: str) -> str:
    """A department's name without the place it works in: 县市场监督管理局 and 明渠县市场监督管理局 are the same."""
    return _PLACE.sub("", _REMARK.sub("", name).strip())


@dataclass(slots=True)
class Directory:
    """The county's departments by name. `known` maps each code to its full name."""

    known: Mapping[str, str]
    _by_name: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {bare(name): code for code, name in self.known.items()}

    def code(self, name: str, given: str = "") -> str:
        """The code of a department: the county's own for a name it knows, else the given one, else its initials."""
        return self._by_name.get(bare(name)) or given or spell(bare(name))[1].replace("\n", "")[:32]

    def name(self, code: str, given: str) -> str:
        """The county's own name of a department, else the given one."""
        return self.known.get(code, given)

    def note(self, code: str, name: str = "") -> tuple[str, ...]:
        """What to do about a department that the county has not set up yet."""
        if code in self.known:
            return ()
        return (f"部门“{name or code}”尚未在系统中建立，建立后才能受理该事项。",)

    def strangers(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """A note for each department of an item and its steps that the county has not set up."""
        steps = document.get("procedure")
        acting = (
            [step.get("department") for step in steps if isinstance(step, Mapping)]
            if isinstance(steps, list)
            else []
        )
        codes = dict.fromkeys(code for code in (document.get("department"), *acting) if isinstance(code, str))
        return tuple(note for code in codes if code for note in self.note(code))
