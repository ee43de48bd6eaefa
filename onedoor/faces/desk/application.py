"""The application on one dense page: who applies, every question that applies, materials to tick and upload."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases.terms import Applicant, MaterialGiven
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Field, Material, Necessity, ServiceVersion, Source
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import actions as papers_actions
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.faces import groups
from onedoor.faces.controls import Control, choices_of, control_of

KINDS = {"person": "个人", "organization": "单位"}
ID_TYPES = {"person": "resident_id", "organization": "uscc"}
#: Questions whose answer the applicant part already holds, by data element and kind of applicant.
KNOWN = {
    ("person.name", "person"): "name",
    ("person.phone", "person"): "phone",
    ("person.id_number", "person"): "id_number",
    ("org.name", "organization"): "name",
    ("org.uscc", "organization"): "id_number",
}
#: Up to this many choices stand beside other questions.
FEW = 3
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Filled:
    """An application as it stands on the page: answers as sent, by field code; ways and uploads by material code.
    `fresh` is the group to which a row was just added."""

    applicant: Applicant
    answers: Mapping[str, Any] = field(default_factory=dict)
    ways: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, tuple[UploadView, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fresh: str = ""

    def materials(self, codes: Iterable[str]) -> tuple[MaterialGiven, ...]:
        """What is handed in, of the materials with these codes."""
        return tuple(
            MaterialGiven(code, self.ways[code], tuple(str(view.id) for view in self.uploads.get(code, ())))
            for code in codes
            if self.ways.get(code)
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on the page, or the place of one that the answers do not bring up (`control` is None).

    `drives` tells that other questions or materials depend on its answer, `slot` names a place that comes and
    goes with other answers; `reason` and `mend` are what a correction says of it.
    """

    code: str
    control: Control | None
    drives: bool = False
    slot: str = ""
    reason: str = ""
    mend: str = ""

    @property
    def full(self) -> bool:
        """Whether it needs a line of its own."""
        return self.control is not None and (
            len(self.control.choices) > FEW or self.control.kind in ("textarea", "group")
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A titled group of questions; one without any question now is kept as an empty place."""

    title: str
    asked: tuple[Asked, ...]
    slot: str = ""

    @property
    def shown(self) -> bool:
        """Whether there is anything to answer."""
        return any(each.control for each in self.asked)


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material to be ticked."""

    code: str
    name: str
    words: str
    control: Control
    uploads: tuple[UploadView, ...]
    reason: str = ""
    mend: str = ""


def nobody(version: ServiceVersion) -> Filled:
    """An empty application of a kind that the item is for."""
    kind = version.audience[0] if version.audience else "person"
    return Filled(Applicant(kind, "", ID_TYPES[kind], "", ""))


def read(
    request: HttpRequest,
    version: ServiceVersion,
    principal: Principal,
    at: datetime,
    kept: frozenset[UUID] = frozenset(),
) -> Filled:
    """What was sent. Files are stored at once, so that a mistake elsewhere does not cost them.

    Uploads of earlier rounds must be this principal's own or among `kept`, those the case already has.
    """
    sent = request.POST
    applicant = _applicant(sent, version)
    answers = {f.code: _answer(f, sent) for section in version.sections for f in section.fields}
    stored, problems = _store(request, version, principal, at)
    uploads = {m.code: _held(m.code, sent, stored, principal, kept) for m in version.materials}
    ways = {m.code: sent.get(f"way-{m.code}", "") for m in version.materials}
    ways |= {code: "upload" for code, views in uploads.items() if views and not ways[code]}
    answers = {code: value for code, value in answers.items() if value is not None}
    step = groups.step_of(sent)
    fresh = step.group if step and step.place is None else ""
    return Filled(applicant, _with_known(version, answers, applicant), ways, uploads, problems, fresh)


def redrawn(sent: QueryDict) -> bool:
    """Whether the page is only to be drawn anew: one of its groups got or lost a row, or 更新 was pressed."""
    return sent.get("form-act") == "refresh" or groups.step_of(sent) is not None


def _applicant(sent: QueryDict, version: ServiceVersion) -> Applicant:
    kind = sent.get("applicant-kind", "")
    if kind not in KINDS:
        kind = version.audience[0] if version.audience else "person"
    name, number, phone = (sent.get(f"applicant-{part}", "") for part in ("name", "id_number", "phone"))
    return Applicant(kind, name, ID_TYPES[kind], number, phone)


def _answer(asked: Field, sent: QueryDict) -> Any:
    """The answer as the form takes it; None if the page did not have the question."""
    if asked.type == "choices":
        return sent.getlist(asked.code) or None
    if asked.type == "group":
        return groups.typed(asked, sent) or None
    text = sent.get(asked.code)
    if asked.type == "boolean":
        return {"true": True, "false": False}.get(text or "")
    return text


def _with_known(version: ServiceVersion, answers: dict[str, Any], applicant: Applicant) -> dict[str, Any]:
    """Blank answers that the applicant part already gives."""
    known = {
        f.code: getattr(applicant, part)
        for section in version.sections
        for f in section.fields
        if (part := KNOWN.get((f.element, applicant.kind))) and not answers.get(f.code)
    }
    return answers | {code: text for code, text in known.items() if text}


def _store(
    request: HttpRequest, version: ServiceVersion, principal: Principal, at: datetime
) -> tuple[dict[str, list[UUID]], tuple[Problem, ...]]:
    """Store the files that were sent, by material, and say what is wrong with the others."""
    found: dict[str, list[UUID]] = {}
    problems = []
    for code in (material.code for material in version.materials):
        for file in request.FILES.getlist(f"file-{code}"):
            try:
                ref = papers_actions.upload(
                    tenant_id=principal.tenant_id,
                    owner=principal.key,
                    name=file.name or "",
                    content=file.read(),
                    declared=file.content_type or "",
                    at=at,
                )
            except Refused as refused:
                problems.append(Problem(f"/way-{code}", refused.code, f"“{file.name}”：{refused.detail}"))
            else:
                found.setdefault(code, []).append(ref.id)
    return found, tuple(problems)


def _held(
    code: str,
    sent: QueryDict,
    stored: Mapping[str, list[UUID]],
    principal: Principal,
    kept: frozenset[UUID],
) -> tuple[UploadView, ...]:
    """The uploads of a material: those of earlier rounds, then the new ones."""
    ids = [*_ids(sent.getlist(f"upload-{code}")), *stored.get(code, ())]
    views = papers.uploads(ids) if ids else ()
    return tuple(view for view in views if view.owner == principal.key or view.id in kept)


def _ids(listed: list[str]) -> list[UUID]:
    """The ids of uploads of earlier rounds; what is no id is dropped."""
    found = []
    for text in listed[:20]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def received_all(version: ServiceVersion, filled: Filled) -> Filled:
    """Every material that was not ticked yet is ticked as received at the counter."""
    called_for = forms.materials_for(version, filled.answers)
    ways = {m.code: filled.ways.get(m.code) or proof_of(m) or "original" for m in called_for}
    return replace(filled, ways={**filled.ways, **ways})


def proof_of(material: Material) -> str:
    """How a material is proved without being handed in; "" if it must be."""
    return {Source.LICENCE: "licence", Source.RECORD: "data"}.get(material.source, "")


def parts(version: ServiceVersion, filled: Filled, faults: Mapping[str, str]) -> tuple[Part, ...]:
    """The questions that the answers bring up, section by section, and the places of the others."""
    visible = {asked.code for asked in forms.fields_for(version, filled.answers)}
    drivers = drivers_of(version)
    found = []
    for section in version.sections:
        comes_and_goes = all(f.when for f in section.fields)
        asked = tuple(
            Asked(
                code=f.code,
                control=control(version, f, filled, faults) if f.code in visible else None,
                drives=f.code in drivers or any(inner.when for inner in f.fields),
                slot=f"slot-{f.code}" if f.when and not comes_and_goes else "",
            )
            for f in section.fields
        )
        found.append(Part(section.title, asked, f"part-{section.code}" if comes_and_goes else ""))
    return tuple(found)


def slots(found: Iterable[Part]) -> str:
    """What is drawn anew when an answer changes, as a list of selectors; everything else stays as it is typed."""
    places = [part.slot for part in found if part.slot]
    asked = [each for part in found for each in part.asked]
    places += [each.slot for each in asked if each.slot]
    rows = [row for each in asked if each.control for row in each.control.rows]
    places += [slot for row in rows for slot, _ in row.cells if slot]
    return ",".join(f"#{place}" for place in (*places, "materials"))


def control(
    version: ServiceVersion, asked: Field, filled: Filled, faults: Mapping[str, str], *, known: bool = True
) -> Control:
    """One question with its present answer; `known` tells in a hint what need not be typed."""
    if asked.type == "group":
        return groups.control(version, asked, filled.answers, faults, fresh=asked.code == filled.fresh)
    drawn = control_of(asked, filled.answers.get(asked.code), fault=faults.get(asked.code, ""))
    if known and (asked.element, filled.applicant.kind) in KNOWN:
        return replace(drawn, hint="与上面的申请人信息相同时不用填")
    return drawn


def drivers_of(version: ServiceVersion) -> frozenset[str]:
    """The fields that a condition of this version names."""
    conditions = [f.when for section in version.sections for f in section.fields]
    conditions += [material.when for material in version.materials]
    return frozenset(word for condition in conditions for word in _WORD.findall(condition))


def material_lines(
    version: ServiceVersion, filled: Filled, faults: Mapping[str, str]
) -> tuple[MaterialLine, ...]:
    """The materials that the answers call for, each with the ways it may be provided."""
    return tuple(material_line(m, filled, faults) for m in forms.materials_for(version, filled.answers))


def material_line(material: Material, filled: Filled, faults: Mapping[str, str]) -> MaterialLine:
    """One material as a row of ticks."""
    name = f"way-{material.code}"
    ways = ways_of(material)
    chosen = filled.ways.get(material.code) or proof_of(material)
    control = Control(
        name=name,
        id=f"id_{name}",
        label=material.name,
        type="choice",
        choices=choices_of(f"id_{name}", ways.items(), {chosen}),
        fault=faults.get(name, ""),
        required=material.necessity is Necessity.REQUIRED,
    )
    return MaterialLine(
        material.code, material.name, words_of(material), control, filled.uploads.get(material.code, ())
    )


def ways_of(material: Material) -> dict[str, str]:
    """How a material may be provided at the counter, with the words of its tick."""
    counts = [f"原件 {material.originals}"] if material.originals else []
    counts += [f"复印件 {material.copies}"] if material.copies else []
    ways = {"": "未交"} if not proof_of(material) else {}
    ways |= {"licence": "电子证照核验"} if material.source is Source.LICENCE else {}
    ways |= {"data": "数据共享核验"} if material.source is Source.RECORD else {}
    ways |= {"original": f"收取（{'、'.join(counts)}）" if counts else "收取", "upload": "上传"}
    return ways | ({"deferred": "容缺后补"} if material.necessity is Necessity.DEFERRABLE else {})


def words_of(material: Material) -> str:
    """What there is to know about a material while receiving it."""
    kind = {Necessity.REQUIRED: "必要", Necessity.CONDITIONAL: "视情形", Necessity.DEFERRABLE: "可容缺"}
    return "，".join(part for part in (kind[material.necessity], material.note) if part)


def applicant_controls(
    version: ServiceVersion, applicant: Applicant, faults: Mapping[str, str]
) -> tuple[Control, ...]:
    """Who applies: kind (if the item is for both), name, number, phone."""
    organization = applicant.kind == "organization"
    both = len(version.audience) != 1
    kinds = [(kind, KINDS[kind]) for kind in (version.audience or tuple(KINDS))]
    named = (
        ("name", "单位名称" if organization and not both else "姓名或单位名称" if both else "姓名", "name"),
        (
            "id_number",
            "身份证号或统一社会信用代码" if both else "统一社会信用代码" if organization else "身份证号",
            "id_number",
        ),
        ("phone", "手机号码", "phone"),
    )
    kind = Control(
        name="applicant-kind",
        id="id_applicant-kind",
        label="申请人类型",
        type="choice" if both else "hidden",
        value=applicant.kind,
        choices=choices_of("id_applicant-kind", kinds, {applicant.kind}),
        fault=faults.get("applicant-kind", ""),
    )
    asked = (
        Control(
            name=f"applicant-{part}",
            id=f"id_applicant-{part}",
            label=label,
            type=kind_of_control,
            value=getattr(applicant, part),
            fault=faults.get(f"applicant-{part}", ""),
            max_length=120 if part == "name" else 40,
        )
        for part, label, kind_of_control in named
    )
    return (kind, *asked)


def problems_at(problems: Iterable[Problem], given: tuple[MaterialGiven, ...]) -> tuple[Problem, ...]:
    """What was refused, with each pointer ending in the name of the control at fault."""
    return tuple(Problem(f"/{_place(p.pointer, given)}", p.code, p.detail) for p in problems)


def _place(pointer: str, given: tuple[MaterialGiven, ...]) -> str:
    parts = pointer.removeprefix("/payload").strip("/").split("/")
    if parts[0] == "applicant" and len(parts) > 1:
        return "applicant-kind" if parts[1] == "id_type" else f"applicant-{parts[1]}"
    if parts[0] == "agent" and len(parts) > 1:
        return f"agent-{parts[1]}"
    if parts[0] == "form" and len(parts) > 1:
        return "-".join(parts[1:])
    if parts[0] == "materials" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(given):
        return f"way-{given[int(parts[1])].code}"
    return parts[0] if parts[0].startswith("way-") else ""
