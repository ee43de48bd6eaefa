"""The filters of a list of cases: read from an address, drawn as controls, kept under names."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from unicodedata import normalize
from urllib.parse import urlencode

from django.http import HttpRequest

from onedoor.core.identifiers import canonical
from onedoor.core.instants import parse_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import CaseFilter
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import queries as people
from onedoor.plumbing.crypto import Keyring, Unreadable

from .casework import STAGES, ServiceAsked, service_asked
from .parts import Tab
from .wording import date_zh

#: The lists that have filters, with their addresses.
PLACES: Final[Mapping[str, str]] = {"desk": "/desk/cases", "watch": "/watch/cases"}
#: What an address may ask for.
NAMES: Final = (
    "q", "named", "tail", "who", "stage", "service", "version", "department", "place", "channel", "lamp", "since",
    "until", "overdue", "open", "ended",
)  # fmt: skip
#: What stands behind 更多条件.
RARE: Final = ("tail", "version", "department", "place", "channel", "since", "until")
LAMPS: Final = (
    ("red", "红灯（已超期）"),
    ("yellow", "黄灯（剩 1 个工作日内）"),
    ("green", "绿灯（期限内）"),
    ("special", "特别程序超过预计"),
)
#: What no applicant is called.
NOBODY: Final = "（链接已失效，请重新查找）"
#: What tells who somebody is; the record of an export says only that it was asked for.
PERSONAL: Final = frozenset({"q", "named", "tail", "who"})
_MOST_WHO: Final = 20
_WORD_LENGTH: Final = 60
#: A sealed name is longer than what is typed.
_SEALED_LENGTH: Final = 500
_SEALED: Final = "desk.search"
_PHONE = re.compile(r"1\d{10}")
_ID_NUMBER = re.compile(r"\d{17}[\dX]|\d{15}|[0-9A-HJ-NPQRTUWXY]{18}")
#: A whole number among other words: it alone is looked for.
_WITHIN = re.compile(r"(?<!\d)(?:\d{17}[\dX]|1[3-9]\d{9})(?![\dX])")
_NUMBER = re.compile(r"[0-9]{1,5}")
_TAIL = re.compile(r"\d{3}[\dX]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a list: its own words, what they mean, and the item that is meant by words."""

    words: Mapping[str, str]
    filter: CaseFilter
    service: ServiceAsked
    kept: str = ""

    @property
    def name(self) -> str:
        """The number or the beginning of a name that is asked for."""
        return self.filter.q

    @property
    def given(self) -> dict[str, str]:
        """The words that narrow something."""
        return {name: word for name, word in self.words.items() if word}


def read(request: HttpRequest, principal: Principal, at: datetime) -> Asked:
    """What an address asks for. Raises Refused: date_malformed."""
    sent = request.POST if request.method == "POST" else request.GET
    words = {name: sent.get(name, "").strip()[:_SEALED_LENGTH] for name in NAMES}
    words = {name: word if name == "named" else word[:_WORD_LENGTH] for name, word in words.items()}
    service = service_asked(principal, words["service"], at)
    if not service.code:
        # A number alone is of no item.
        words["version"] = ""
    found = CaseFilter(
        q=_opened(words["named"]) or words["q"],
        stage=words["stage"],
        service=service.code,
        department=words["department"],
        place=words["place"],
        channel=words["channel"],
        lamp=words["lamp"],
        tail=words["tail"],
        subjects=_subjects(words["who"]) if words["who"] else None,
        since=_day(words["since"]),
        until=_day(words["until"]),
        overdue=bool(words["overdue"]),
        in_hand=bool(words["open"]),
        ended=bool(words["ended"]),
        version=_number(words["version"]) if words["version"] else None,
    )
    return Asked(words, found, service, sent.get("filter", ""))


def _sealed(name: str) -> str:
    """A name as it stands in an address: readable here alone."""
    return base64.urlsafe_b64encode(Keyring.current().seal(_SEALED, name)).decode().rstrip("=")


def _opened(text: str) -> str:
    """The name that an address holds; what does not open is nobody's."""
    if not text:
        return ""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Keyring.current().open_(_SEALED, sealed)
    except (ValueError, Unreadable):
        return NOBODY


def _day(text: str) -> date | None:
    return parse_date(text) if text else None


def _number(text: str) -> int:
    """The number of a version; what is none is nobody's."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def _subjects(text: str) -> tuple[int, ...]:
    """Ids with dots between them; what is no id is nobody's."""
    return tuple(int(part) for part in text.split(".")[:_MOST_WHO] if part.isdecimal() and len(part) < 16)


def searched(text: str, principal: Principal, place: str, at: datetime) -> str:
    """Where a search leads: to the case of a number, else to a list.

    Names stand in its address sealed, whole identity numbers and telephones not at all: browsers and logs keep
    addresses.
    """
    within = _WITHIN.search(normalize("NFKC", text).upper())
    number = within.group() if within else canonical(text)
    if not number:
        return PLACES[place]
    for pattern, name in ((_PHONE, "phone"), (_ID_NUMBER, "id_number")):
        if pattern.fullmatch(number):
            ids = people.subject_ids(principal.tenant_id, **{name: number}, limit=_MOST_WHO)
            if ids or within or name == "phone":
                return onto(place, who=".".join(map(str, ids)) or "0")
    if _TAIL.fullmatch(number):
        return onto(place, tail=number)
    only = cases.cases(principal, at=at, asked=CaseFilter(q=text), limit=1).items
    if only and only[0].number == text.strip().upper():
        return f"{PLACES[place]}/{only[0].number}"
    return onto(place, named=_sealed(text.strip()[:_WORD_LENGTH]))


def onto(place: str, **words: str) -> str:
    """The address of a list with these conditions, always in the same order."""
    given = {name: words[name] for name in (*NAMES, "filter") if words.get(name)}
    return f"{PLACES[place]}?{urlencode(given)}" if given else PLACES[place]


def controls(asked: Asked, principal: Principal) -> dict[str, object]:
    """What the filters' template needs."""
    towns = [(p.code[:9], p.name) for p in offices.places(principal.tenant_id) if _is_town(p.code)]
    departments = {code: view.name for code, view in offices.departments(principal.tenant_id).items()}
    return {
        "asked": asked.words,
        "asked_name": asked.name,
        "given": asked.given,
        "narrowed": bool(asked.given),
        "said": said(asked, departments, dict(towns)),
        "rare_open": any(asked.words[name] for name in RARE),
        "stages": STAGES,
        "lamps": LAMPS,
        "channels": list(cases.CHANNEL_NAMES.items()),
        "departments": list(departments.items()),
        "towns": towns,
        "service": asked.service,
        "department_names": departments,
    }


def said(asked: Asked, departments: Mapping[str, str], towns: Mapping[str, str]) -> tuple[str, ...]:
    """The conditions in words, for where their controls are folded away."""
    words = asked.words
    found = {
        "编号或申请人": asked.name,
        "证件号码": f"后四位 {words['tail']}" if words["tail"] else "",
        "申请人": "按证件号码或手机号码查到" if words["who"] else "",
        "事项": asked.service.name or words["service"],
        "事项版本": f"第 {words['version']} 版" if words["version"] else "",
        "状态": dict(STAGES).get(words["stage"], words["stage"]),
        "时限": dict(LAMPS).get(words["lamp"], words["lamp"]),
        "主办部门": departments.get(words["department"], words["department"]),
        "收件地点": towns.get(words["place"], words["place"]),
        "申请渠道": cases.CHANNEL_NAMES.get(words["channel"], words["channel"]),
        "收件自": date_zh(asked.filter.since),
        "收件至": date_zh(asked.filter.until),
    }
    marks = (("在办", "open"), ("已办结", "ended"), ("曾超过时限", "overdue"))
    flags = [name for name, word in marks if words[word]]
    return (*(f"{name} {word}" for name, word in found.items() if word), *flags)


def by_due(asked: Asked) -> bool:
    """Whether a list is read for what is pressing: cases in hand by their lamp, the most urgent first."""
    return asked.filter.in_hand and bool(asked.filter.lamp or asked.filter.overdue)


def _is_town(code: str) -> bool:
    return code.endswith("000") and not code.endswith("000000")


def tabs(asked: Asked, principal: Principal, place: str) -> list[Tab]:
    """The whole list, and every filter that is kept for it."""
    kept = cases.filters_of(principal, place)
    if not kept:
        return []
    current = next((each for each in kept if str(each.id) == asked.kept), None)
    whole = Tab("全部", f"{PLACES[place]}?all=1", current is None and not asked.given)
    return [whole] + [
        Tab(each.name, onto(place, **each.asked, filter=str(each.id)), each is current) for each in kept
    ]


def opening(request: HttpRequest, principal: Principal, place: str) -> str:
    """Where a list without conditions leads: to the filter it opens with; "" if there is none."""
    if request.GET:
        return ""
    default = next((each for each in cases.filters_of(principal, place) if each.is_default), None)
    return onto(place, **default.asked, filter=str(default.id)) if default else ""


def told(asked: Asked) -> dict[str, str]:
    """The conditions of a list for a record that names nobody."""
    return {name: "已填" if name in PERSONAL else word for name, word in asked.given.items()}


def place_of(text: str) -> str:
    """A list that has filters. Raises Refused("unknown_list", 404)."""
    if text not in PLACES:
        raise Refused("unknown_list", "没有这个列表，请从页面上的链接进入。", status=404)
    return text
