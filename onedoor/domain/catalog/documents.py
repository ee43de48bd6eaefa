"""The item document and its parsed form: what it is made of, key by key, in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any

from onedoor.core.refusals import Problem
from onedoor.domain.offices.terms import Role

from .item_documents import ADDRESS, read_details
from .item_terms import Origin
from .reading import Reader
from .states import EX_OFFICIO
from .terms import (
    UNKNOWN_LIMIT,
    Basis,
    CaseKind,
    Field,
    Hall,
    Join,
    LimitTerm,
    Material,
    Necessity,
    Option,
    Procedure,
    Question,
    Result,
    Section,
    ServiceVersion,
    Source,
    Step,
    StepKind,
)

#: Item types of GB/T 39046-2020 A.1. Those in `EX_OFFICIO` nobody applies for; they never come to a hall.
TYPES: dict[str, str] = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
UNITS = ("working", "calendar", "hours", "working-hours")
FIELD_TYPES = (
    "text", "textarea", "choice", "choices", "date", "number", "money", "phone", "id_number", "uscc",
    "address", "boolean", "group",
)  # fmt: skip
#: The most rows that a group may have, and the most questions that each of them is asked.
MOST_ROWS, MOST_COLUMNS = 50, 20
ACTING_ROLES = (Role.CLERK, Role.REVIEWER, Role.DECIDER, Role.HEAD, Role.ISSUER, Role.TOWN)

_CODE = r"[A-Za-z0-9-]{1,64}"
_DEPARTMENT = r"[A-Za-z0-9-]{1,32}"
_WORD = r"[a-z][a-z0-9_]{0,39}"
_ELEMENT = r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,3}"

#: Attributes of a version that the table knows and the document does not.
_OUTSIDE = frozenset({"id", "tenant_id", "number", "published_at", "digest"})


def read_document(value: object) -> tuple[ServiceVersion, tuple[Problem, ...]]:
    """A version made of a document, and every fault of form. With faults, the version is for looking only."""
    problems: list[Problem] = []
    doc = Reader(value, "", problems)
    kind = doc.one_of("type", tuple(TYPES), required=True)
    ready = doc.flag("ready", default=kind not in EX_OFFICIO)
    version = ServiceVersion(
        id=0,
        tenant_id=0,
        number=0,
        code=doc.text("code", required=True, most=64, pattern=_CODE),
        name=doc.text("name", required=True),
        plain_name=doc.text("plain_name"),
        national_code=doc.text("national_code", most=40),
        type=kind,
        level=doc.one_of("level", tuple("1234567"), required=ready),
        department=doc.text("department", required=True, most=32, pattern=_DEPARTMENT),
        department_name=doc.text("department_name", most=100),
        audience=doc.texts("audience", options=("person", "organization")),
        themes=doc.texts("themes", most=30),
        case_kind=doc.member("case_kind", CaseKind, default=CaseKind.UNKNOWN, required=ready),
        statutory_limit=read_limit(doc, "statutory_limit", required=ready) or UNKNOWN_LIMIT,
        promised_limit=read_limit(doc, "promised_limit", required=ready) or UNKNOWN_LIMIT,
        procedure=Procedure(tuple(_step(reader) for reader in doc.objects("procedure"))),
        result=_result(doc, required=ready),
        basis=tuple(_basis(reader) for reader in doc.objects("basis")),
        conditions=doc.texts("conditions", most=500),
        materials=tuple(_material(reader) for reader in doc.objects("materials")),
        sections=tuple(_section(reader) for reader in doc.objects("sections")),
        fee=doc.text("fee", most=500, lines=True),
        visits=doc.integer("visits", low=0, high=20, default=1),
        channels=doc.texts("channels", options=("window", "web", "mobile", "kiosk", "agent"))
        if doc.has("channels")
        else ("window", "web", "mobile"),
        location=doc.text("location"),
        hours=doc.text("hours"),
        phone=doc.text("phone", most=60),
        complaint_phone=doc.text("complaint_phone", most=60),
        keywords=doc.texts("keywords", most=30),
        questions=tuple(_question(reader) for reader in doc.objects("questions")),
        ready=ready,
        basic_code=doc.text("basic_code", most=40, pattern=_CODE),
        main_item=doc.text("main_item"),
        hall=Hall(doc.one_of("hall", tuple(hall.value for hall in Hall if hall.value))),
        details=read_details(doc),
    )
    doc.close()
    return version, tuple(problems)


def read_limit(doc: Reader, key: str, *, required: bool = False) -> LimitTerm | None:
    """The limit at `key`, None if absent; an unknown one if it is not well-formed."""
    reader = doc.object(key)
    if reader is None:
        if required:
            doc.problem(key, "required", f"缺少“{key}”，请写明时限的数量和单位。")
        return None
    faults = len(doc.problems)
    limit = LimitTerm(
        amount=reader.integer("amount", low=0, high=7320, required=True),
        unit=reader.one_of("unit", UNITS, default="working"),
        note=reader.text("note"),
    )
    # A limit that is not well-formed cannot be held against another one.
    if len(doc.problems) > faults:
        limit = UNKNOWN_LIMIT
    reader.close()
    return limit


def _result(doc: Reader, *, required: bool) -> Result:
    reader = doc.object("result")
    if reader is None:
        if required:
            doc.problem("result", "required", "缺少“result”，请写明办理结果的名称。")
        return Result("")
    result = Result(
        name=reader.text("name", required=True),
        kind=reader.one_of("kind", ("licence", "approval", "reply"), default="licence"),
        validity_months=reader.integer("validity_months", low=0, high=1200),
        sample=reader.text("sample", most=500, pattern=ADDRESS),
    )
    reader.close()
    return result


def _basis(reader: Reader) -> Basis:
    return Basis(reader.text("title", required=True), reader.text("article"))


def _question(reader: Reader) -> Question:
    return Question(
        question=reader.text("question", required=True),
        answer=reader.text("answer", required=True, most=2000, lines=True),
    )


def _material(reader: Reader) -> Material:
    return Material(
        code=reader.text("code", required=True, pattern=_WORD),
        name=reader.text("name", required=True),
        necessity=reader.member("necessity", Necessity, default=Necessity.REQUIRED),
        when=reader.text("when", most=2000),
        source=reader.member("source", Source, default=Source.APPLICANT),
        licence_type=reader.text("licence_type", most=60),
        form=reader.one_of("form", ("original", "copy", "electronic"), default="original"),
        originals=reader.integer("originals", low=0, high=50, default=1),
        copies=reader.integer("copies", low=0, high=50),
        basis=reader.text("basis"),
        note=reader.text("note", most=500, lines=True),
        kind=reader.text("kind", most=60),
        origin=Origin(reader.one_of("origin", tuple(each.value for each in Origin if each.value))),
        origin_note=reader.text("origin_note"),
        issuer=reader.text("issuer"),
        proves=reader.text("proves"),
        paper_size=reader.text("paper_size", most=60),
        accept_standard=reader.text("accept_standard", most=500, lines=True),
        fill_note=reader.text("fill_note", most=500, lines=True),
        blank_form=reader.text("blank_form", most=500, pattern=ADDRESS),
        sample=reader.text("sample", most=500, pattern=ADDRESS),
    )


def _section(reader: Reader) -> Section:
    return Section(
        code=reader.text("code", required=True, pattern=_WORD),
        title=reader.text("title", required=True, most=60),
        fields=tuple(read_field(field) for field in reader.objects("fields")),
    )


def read_field(reader: Reader, *, in_group: bool = False) -> Field:
    """A question; one of a group is not a group itself."""
    types = tuple(kind for kind in FIELD_TYPES if kind != "group") if in_group else FIELD_TYPES
    return Field(
        code=reader.text("code", required=True, pattern=_WORD),
        element=reader.text("element", required=True, pattern=_ELEMENT),
        label=reader.text("label", required=True, most=100),
        type=reader.one_of("type", types, default="text"),
        required=reader.flag("required", default=True),
        hint=reader.text("hint"),
        max_length=reader.integer("max_length", low=1, high=5000, default=200),
        options=tuple(_option(option) for option in reader.objects("options")),
        when=reader.text("when", most=2000),
        fields=()
        if in_group
        else tuple(
            read_field(asked, in_group=True) for asked in reader.objects("fields", count=MOST_COLUMNS)
        ),
        most=20 if in_group else reader.integer("most", low=1, high=MOST_ROWS, default=20),
    )


def _option(reader: Reader) -> Option:
    return Option(
        value=reader.text("value", required=True, most=60),
        label=reader.text("label", required=True, most=100),
    )


def _step(reader: Reader) -> Step:
    return Step(
        code=reader.text("code", required=True, pattern=_WORD),
        name=reader.text("name", required=True, most=60),
        kind=reader.member("kind", StepKind, default=StepKind.REVIEW, required=True),
        department=reader.text("department", required=True, pattern=_DEPARTMENT),
        role=reader.one_of("role", ACTING_ROLES, required=True),
        after=reader.texts("after"),
        join=reader.member("join", Join, default=Join.ALL),
        quorum=reader.integer("quorum", low=0, high=100),
        limit=read_limit(reader, "limit"),
        when=reader.text("when", most=2000),
    )


def write_document(version: ServiceVersion) -> dict[str, Any]:
    """The document of a version in its one normal form: keys that only repeat the default are left out.

    `read_document(write_document(version))` gives the version back, without what only the table knows.
    """
    written: dict[str, Any] = plain(version)
    document = {key: value for key, value in written.items() if key not in _OUTSIDE}
    for key in ("statutory_limit", "promised_limit"):
        if not getattr(version, key).known:
            document.pop(key, None)
    if not version.result.name:
        document.pop("result", None)
    document["procedure"] = document["procedure"].get("steps", [])
    return document


def plain(value: Any) -> Any:
    """A value of the catalogue as a document has it: attributes that only repeat the default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: plain(getattr(value, item.name))
            for item in fields(value)
            if item.default is MISSING or getattr(value, item.name) != item.default
        }
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    return value.value if isinstance(value, StrEnum) else value


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that a document's digest covers: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
