"""The form and the materials of a version: what is asked, what was answered, what must be handed in.

Pure functions over `ServiceVersion`, open to other rooms and pages: answers are a mapping of field code to
value, provided materials a list of `{code, provided, …}` as the interface takes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onedoor.core.refusals import Problem

from . import conditions, rows
from .answers import Answer
from .reading import pointer_to
from .schema import form_schema
from .terms import Field, Material, Necessity, ServiceVersion, Source

__all__ = [
    "PROVIDED",
    "check_answers",
    "check_materials",
    "clean_answers",
    "fields_for",
    "fields_of_row",
    "form_schema",
    "materials_for",
    "settle_materials",
    "skipped_steps",
]

#: How a material may be provided 提交方式, with the word pages show.
PROVIDED: dict[str, str] = {
    "upload": "上传",
    "original": "交原件",
    "licence": "电子证照核验",
    "data": "数据共享核验",
    "deferred": "容缺后补",
}

#: The ways to provide a material without the applicant's doing anything, and what can prove it so.
_PROVED_BY = {"licence": (Source.LICENCE,), "data": (Source.RECORD, Source.LICENCE)}


def fields_for(version: ServiceVersion, answers: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields that these answers bring up, in the order of the form."""
    return tuple(field for field, _, _ in _walk(version, answers))


def fields_of_row(
    version: ServiceVersion, group: Field, answers: Mapping[str, Any], row: Mapping[str, Any]
) -> tuple[Field, ...]:
    """The questions of a group that a row of it brings up, given the answers around it."""
    context = conditions.context_of(version, clean_answers(version, answers))
    context |= {field.code: conditions.seen(field, None) for field in group.fields}
    return tuple(field for field, _, _ in rows.walk(group.fields, row, context, ""))


def check_answers(version: ServiceVersion, answers: object) -> tuple[Problem, ...]:
    """Everything wrong with answers, at pointers `/form/<field code>` and, in a group,
    `/form/<field code>/<row>/<field code>`; () if they can be handed in.

    Answers to fields that the other answers hide are not looked at; `clean_answers` drops them.
    """
    if not isinstance(answers, Mapping):
        return (Problem("/form", "wrong_type", "表单内容应为“字段代码: 值”的对象，请修改。"),)
    wrong = (problem for _, _, problems in _walk(version, answers) for problem in problems)
    return (*_strangers(version, answers), *wrong)


def clean_answers(version: ServiceVersion, answers: Mapping[str, Any]) -> dict[str, Answer]:
    """The acceptable answers as they are kept: without stray spaces, hidden fields, blanks and faulty values.

    Works on an unfinished draft as well as on answers that `check_answers` has found right.
    """
    return {field.code: value for field, value, _ in _walk(version, answers) if value is not None}


def _walk(version: ServiceVersion, answers: Mapping[str, Any]) -> Iterator[rows.Looked]:
    """Every field that is asked, with its clean answer or what is wrong with it."""
    context = conditions.context_of(version, {})
    for section in version.sections:
        yield from rows.walk(section.fields, answers, context, "/form")


def _strangers(version: ServiceVersion, answers: Mapping[str, Any]) -> Iterator[Problem]:
    known = {field.code for section in version.sections for field in section.fields}
    for key in answers:
        if key not in known:
            shown = str(key)[:40]
            yield Problem(
                pointer_to("/form", key), "unknown_field", f"本事项表单没有“{shown}”这一项，请核对或删去。"
            )


def materials_for(version: ServiceVersion, answers: Mapping[str, Any]) -> tuple[Material, ...]:
    """The materials that these answers call for; what an office makes itself is never called for."""
    context = conditions.context_of(version, clean_answers(version, answers))
    return tuple(
        material
        for material in version.materials
        if material.source is not Source.MADE and conditions.holds(material.when, context)
    )


def settle_materials(
    version: ServiceVersion, answers: Mapping[str, Any], provided: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Material, str], ...]:
    """Each material with how it is provided: as given, or by the licence or record that proves it.

    Expects what `check_materials` has found right. Materials neither given nor proved are left out.
    """
    given = {str(entry.get("code")): str(entry.get("provided")) for entry in provided}
    called_for = {material.code for material in materials_for(version, answers)}
    settled = (
        (material, given.get(material.code) or (_proof(material) if material.code in called_for else ""))
        for material in version.materials
    )
    return tuple((material, way) for material, way in settled if way)


def _proof(material: Material) -> str:
    """How a material is proved without the applicant; "" if it must be handed in."""
    return {Source.LICENCE: "licence", Source.RECORD: "data"}.get(material.source, "")


def check_materials(version: ServiceVersion, answers: object, provided: object) -> tuple[Problem, ...]:
    """Everything wrong with provided materials, at `/materials/<index>`; what is missing, at `/materials`.

    A material that a licence or a shared record proves need not be named. One that the answers do not call
    for may be handed in all the same.
    """
    if not isinstance(provided, list | tuple):
        return (Problem("/materials", "wrong_type", "材料应为列表，每项写明 code 和 provided，请修改。"),)
    known = {material.code: material for material in version.materials}
    called_for = materials_for(version, answers if isinstance(answers, Mapping) else {})
    named = {entry.get("code") for entry in provided if isinstance(entry, Mapping) and _named(entry)}
    return (*_entries(known, provided), *_missing(called_for, named))


def _named(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("code"), str)


def _entries(known: Mapping[str, Material], provided: Sequence[object]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, entry in enumerate(provided):
        pointer = f"/materials/{index}"
        if not isinstance(entry, Mapping) or not _named(entry):
            yield Problem(pointer, "wrong_type", "材料应写明代码 code 和提交方式 provided，请补上。")
            continue
        code = str(entry["code"])
        if code not in known:
            yield Problem(
                f"{pointer}/code", "unknown_material", f"本事项没有代码为“{code[:40]}”的材料，请核对。"
            )
        elif code in seen:
            yield Problem(
                f"{pointer}/code", "duplicate_material", f"材料“{known[code].name}”重复，请只保留一项。"
            )
        else:
            yield from _way(known[code], entry.get("provided"), f"{pointer}/provided")
        seen.add(code)


def _way(material: Material, way: object, pointer: str) -> Iterator[Problem]:
    """What is wrong with the way a material is provided."""
    if not isinstance(way, str) or way not in PROVIDED:
        words = "、".join(f"{key}（{word}）" for key, word in PROVIDED.items())
        yield Problem(pointer, "unknown_provided", f"材料“{material.name}”的提交方式应为 {words} 之一。")
    elif way == "deferred" and material.necessity is not Necessity.DEFERRABLE:
        yield Problem(pointer, "material_not_deferrable", f"材料“{material.name}”不能容缺后补，请现在提供。")
    elif way in _PROVED_BY and material.source not in _PROVED_BY[way]:
        yield Problem(
            pointer,
            "material_not_provable",
            f"材料“{material.name}”不能以“{PROVIDED[way]}”提供，请上传或交原件。",
        )


def _missing(called_for: Sequence[Material], named: set[Any]) -> Iterator[Problem]:
    for material in called_for:
        if material.code not in named and not _proof(material):
            hint = "，也可选择容缺后补" if material.necessity is Necessity.DEFERRABLE else ""
            yield Problem(
                "/materials",
                "material_missing",
                f"缺少材料“{material.name}”（{material.code}），请提供{hint}。",
            )


def skipped_steps(version: ServiceVersion, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of the procedure's steps whose condition does not hold for these answers."""
    context = conditions.context_of(version, clean_answers(version, answers))
    return tuple(step.code for step in version.procedure.steps if not conditions.holds(step.when, context))
