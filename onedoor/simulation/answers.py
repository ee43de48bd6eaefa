"""Filling in the form of any item: what every made-up application is made with, here and in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from onedoor.domain.cases.terms import Applicant, MaterialGiven
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Field, ServiceVersion

from . import people

#: What somebody answers to a question; None leaves it open.
Answering = Callable[[Field], Any]

#: How a material comes to the office when nothing is uploaded.
_WAYS: Final = {"licence": "licence", "record": "data"}


def fill_in(version: ServiceVersion, answer: Answering) -> dict[str, Any]:
    """Answers to every question of a version that the answers before bring up, clean as the office keeps them."""
    answers: dict[str, Any] = {}
    while asked := [field for field in forms.fields_for(version, answers) if field.code not in answers]:
        for field in asked:
            is_group = field.type == "group"
            answers[field.code] = _rows(version, field, answers, answer) if is_group else answer(field)
    return dict(forms.clean_answers(version, answers))


def _rows(
    version: ServiceVersion, group: Field, answers: Mapping[str, Any], answer: Answering
) -> list[dict[str, Any]]:
    """Two rows of a group, as far as it takes so many."""
    rows = []
    for _ in range(min(2, group.most)):
        row: dict[str, Any] = {}
        while asked := [f for f in forms.fields_of_row(version, group, answers, row) if f.code not in row]:
            row.update({field.code: answer(field) for field in asked})
        rows.append(row)
    return rows


def hand_in(version: ServiceVersion, answers: Mapping[str, Any]) -> tuple[MaterialGiven, ...]:
    """Every material that the answers call for, as originals where nothing else proves it."""
    return tuple(
        MaterialGiven(material.code, _WAYS.get(material.source.value, "original"))
        for material in forms.materials_for(version, answers)
    )


@dataclass(frozen=True, slots=True)
class Plain:
    """Answers with the first thing that will do, always the same."""

    applicant: Applicant
    day: date = date(2026, 5, 6)

    def __call__(self, field: Field) -> Any:
        match field.type:
            case "choice":
                return field.options[0].value
            case "choices":
                return [field.options[0].value]
            case "boolean":
                return True
            case "date":
                return self.day.isoformat()
            case "number":
                return 12
            case "money":
                return "100000"
            case "phone":
                return self.applicant.phone
            case "id_number":
                return people.citizen(0).id_number
            case "uscc":
                return people.organization(0).id_number
        return "明渠县中街 1 号"[: field.max_length]


#: Days before (negative) or after the application, by the last word of a data element.
_DAYS: Final[Mapping[str, tuple[int, int]]] = {
    "birth_date": (-2500, -1200),
    "admit_date": (-60, -30),
    "discharge_date": (-25, -5),
    "paid_on": (-90, -3),
    "happened_on": (-20, -2),
    "since": (-900, -200),
    "licence_since": (-3000, -1200),
    "due_date": (60, 200),
    "finish_date": (200, 500),
}
_SOON: Final = (3, 40)
_TRADES: Final = (
    "竹制品加工",
    "冷链仓储",
    "蔬菜大棚",
    "农产品初加工",
    "便民市场改造",
    "村道硬化",
    "水渠修缮",
)
_SENTENCES: Final = ("情况属实，见所附材料。", "按要求办理，请予审核。", "因经营需要，特此申请。")


@dataclass(frozen=True, slots=True)
class Lively:
    """Answers as somebody of the county might: mostly the usual choice, sometimes another."""

    rng: Random
    applicant: Applicant
    places: Sequence[str]
    day: date

    def __call__(self, field: Field) -> Any:
        if not field.required and self.rng.random() < 0.3:
            return None
        make = _MAKERS.get(field.type, _text)
        return make(self, field)

    def person(self) -> str:
        """The name of somebody of the county."""
        return people.citizen(self.rng.randrange(people.CITIZENS)).name

    def place(self) -> str:
        """A village or neighbourhood."""
        return self.rng.choice(self.places) if self.places else "中街社区"


def _choice(by: Lively, field: Field) -> str:
    usual = by.rng.random() < 0.65
    return field.options[0].value if usual else by.rng.choice(field.options).value


def _choices(by: Lively, field: Field) -> list[str]:
    amount = by.rng.randint(1, min(2, len(field.options)))
    return [option.value for option in by.rng.sample(field.options, amount)]


def _date(by: Lively, field: Field) -> str:
    days = by.rng.randint(*_DAYS.get(field.element.rpartition(".")[2], _SOON))
    return (by.day + timedelta(days=days)).isoformat()


def _number(by: Lively, field: Field) -> int:
    return by.rng.choice((1, 2, 3, 5, 8, 12, 20, 36, 60, 85))


def _money(by: Lively, field: Field) -> str:
    return str(by.rng.randint(2, 300) * 1000)


def _address(by: Lively, field: Field) -> str:
    return f"明渠县{by.place()} {by.rng.randint(1, 180)} 号"[: field.max_length]


def _id_number(by: Lively, field: Field) -> str:
    return people.citizen(by.rng.randrange(people.CITIZENS)).id_number


def _uscc(by: Lively, field: Field) -> str:
    return people.organization(by.rng.randrange(people.ORGANIZATIONS)).id_number


def _text(by: Lively, field: Field) -> str:
    return _words(by, field)[: field.max_length]


def _words(by: Lively, field: Field) -> str:
    label = field.label
    if label.endswith(("姓名", "人", "员", "师")):
        return by.person()
    if label.endswith(("号", "代码", "账号")):
        # Numbers that nobody bears: they begin with zeros.
        return f"000{by.rng.randrange(10**9):09d}"
    if "名称" in label or field.element.endswith("name"):
        return _title(by, field)
    if "村" in label or (field.type == "text" and "位置" in label):
        return by.place()
    return by.rng.choice(_SENTENCES)


def _title(by: Lively, field: Field) -> str:
    if field.element.startswith("project"):
        return f"{by.place()}{by.rng.choice(_TRADES)}项目"
    if by.applicant.kind == "organization":
        return by.applicant.name
    return people.organization(by.rng.randrange(people.ORGANIZATIONS)).name


_MAKERS: Final[Mapping[str, Callable[[Lively, Field], Any]]] = {
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "number": _number,
    "money": _money,
    "address": _address,
    "phone": lambda by, field: by.applicant.phone,
    "id_number": _id_number,
    "uscc": _uscc,
    "boolean": lambda by, field: by.rng.random() < 0.5,
}
