"""A merged form and merged materials, as each member of the plan has its own. Pure; open to other rooms and pages.

A merged form is a mapping of `PlannedField.field.code` to values; what the package's questions have answered need not
be repeated in it. Merged materials are a list of `{code, provided, …}` by `PlannedMaterial.material.code`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms, schema
from onedoor.domain.catalog.answers import is_blank, read_answer
from onedoor.domain.catalog.reading import pointer_to
from onedoor.domain.catalog.terms import Material, Necessity, ServiceVersion

from .terms import Plan, PlannedField, PlannedMaterial

__all__ = [
    "asked",
    "called_for",
    "check_form",
    "check_materials",
    "form_schema",
    "portion",
    "portion_materials",
]


def portion(plan: Plan, service_code: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of one member's own form, by its own field codes. The package's questions have the first word."""
    return {
        code: value
        for field in plan.fields
        for service, code in field.sources
        if service == service_code and not is_blank(value := _value(field, form))
    }


def _value(field: PlannedField, form: Mapping[str, Any]) -> Any:
    return form.get(field.field.code) if field.answer is None else field.answer


def portion_materials(
    plan: Plan,
    service_code: str,
    materials: Sequence[Mapping[str, Any]],
    form: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """One member's own materials out of the merged ones, each entry as given but for its code.

    With the merged `form`, a material that this member does not call for stays with the members that do.
    """
    given = {str(entry.get("code")): entry for entry in materials}
    found = [
        {**given[each.material.code], "code": code}
        for each in plan.materials
        for service, code in each.sources
        if service == service_code and each.material.code in given
    ]
    if form is None:
        return found
    version = _version(plan, service_code)
    wanted = {each.code for each in forms.materials_for(version, portion(plan, service_code, form))}
    return [entry for entry in found if entry["code"] in wanted or _alone(plan, service_code, entry["code"])]


def _version(plan: Plan, service_code: str) -> ServiceVersion:
    return next(member.service for member in plan.members if member.service.code == service_code)


def _alone(plan: Plan, service_code: str, code: str) -> bool:
    """Whether no other member has the material in its list."""
    return any(each.sources == ((service_code, code),) for each in plan.materials)


def asked(plan: Plan, form: Mapping[str, Any]) -> tuple[PlannedField, ...]:
    """The questions of the merged form that these answers bring up, each by the law of the members that ask it."""
    up = {
        (member.service.code, field.code)
        for member in plan.members
        for field in forms.fields_for(member.service, portion(plan, member.service.code, form))
    }
    return tuple(field for field in plan.fields if up.intersection(field.sources))


def called_for(plan: Plan, form: Mapping[str, Any]) -> tuple[PlannedMaterial, ...]:
    """The materials of the merged list that these answers call for."""
    up = _called_for(plan, form)
    return tuple(material for material in plan.materials if up.intersection(material.sources))


def _called_for(plan: Plan, form: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (member.service.code, material.code)
        for member in plan.members
        for material in forms.materials_for(member.service, portion(plan, member.service.code, form))
    }


def check_form(plan: Plan, form: object) -> tuple[Problem, ...]:
    """Everything wrong with a merged form, each fault once, at `/form/<merged code>`; () if all members take it."""
    if not isinstance(form, Mapping):
        return (Problem("/form", "wrong_type", "表单内容应为“字段代码: 值”的对象，请修改。"),)
    own = (*_strangers(plan, form), *_contradictions(plan, form))
    found = {(problem.pointer, problem.code): problem for problem in own}
    for member in plan.members:
        service = member.service.code
        codes = {code: each.field.code for each in plan.fields for of, code in each.sources if of == service}
        for problem in forms.check_answers(member.service, portion(plan, service, form)):
            moved = _moved(problem, codes)
            found.setdefault((moved.pointer, moved.code), moved)
    return tuple(found.values())


def _strangers(plan: Plan, form: Mapping[Any, Any]) -> Iterator[Problem]:
    known = {field.field.code for field in plan.fields}
    for key in form:
        if key not in known:
            detail = f"合并后的表单里没有“{str(key)[:60]}”这一项，请核对或删去。"
            yield Problem(pointer_to("/form", str(key)[:60]), "unknown_field", detail)


def _contradictions(plan: Plan, form: Mapping[Any, Any]) -> Iterator[Problem]:
    """Answers that differ from what the same person has said to the package's questions."""
    for field in plan.fields:
        value = form.get(field.field.code)
        if field.answer is not None and not is_blank(value) and not _says(field, value):
            detail = f"“{field.field.label}”与前面问题的回答不一致，请改成一样，或回去改前面的回答。"
            yield Problem(pointer_to("/form", field.field.code), "contradicts_answer", detail)


def _says(field: PlannedField, value: object) -> bool:
    """Whether a value is the answer that is known. Numbers may be written in several ways."""
    try:
        said = read_answer(field.field, value)
    except Refused:
        return False
    return said == field.answer or str(said) == str(field.answer)


def _moved(problem: Problem, codes: Mapping[str, str]) -> Problem:
    """A problem of a member's form at its place in the merged one."""
    _, form, *rest = problem.pointer.split("/")
    if not rest:
        return problem
    return replace(problem, pointer="/".join(("", form, codes.get(rest[0], rest[0]), *rest[1:])))


def check_materials(plan: Plan, form: object, materials: object) -> tuple[Problem, ...]:
    """Everything wrong with merged materials, at `/materials/<index>`; what is missing, at `/materials`."""
    if not isinstance(materials, list | tuple):
        return (Problem("/materials", "wrong_type", "材料应为列表，每项写明 code 和 provided，请修改。"),)
    if not plan.members:
        return ()
    up = _called_for(plan, form if isinstance(form, Mapping) else {})
    # A list that no single item has, in a version that asks nothing: the judgement is the same as of an item's list.
    version = replace(
        plan.members[0].service,
        sections=(),
        materials=tuple(_as_called_for(plan, material, up) for material in plan.materials),
    )
    return forms.check_materials(version, {}, materials)


def _as_called_for(plan: Plan, each: PlannedMaterial, up: set[tuple[str, str]]) -> Material:
    """A merged material as strict as the strictest member that calls for it; what nobody calls for is never missed."""
    own = {(member.service.code, m.code): m for member in plan.members for m in member.service.materials}
    calling = [own[source] for source in each.sources if source in up]
    if not calling:
        return replace(each.material, when="false")
    deferrable = all(material.necessity is Necessity.DEFERRABLE for material in calling)
    return replace(
        each.material, necessity=Necessity.DEFERRABLE if deferrable else Necessity.REQUIRED, when=""
    )


def form_schema(plan: Plan) -> dict[str, Any]:
    """The merged form as JSON Schema; see `catalog.schema`. What is known already is a `default`, not required."""
    known = {field.field.code: field.answer for field in plan.fields if field.answer is not None}
    pages = [
        replace(
            page,
            fields=tuple(
                replace(each, required=each.required and each.code not in known) for each in page.fields
            ),
        )
        for page in plan.sections
    ]
    made = schema.described(f"urn:onedoor:package:{plan.code}:{plan.number}:form", plan.package.name, pages)
    for code, answer in known.items():
        made["properties"][code]["default"] = answer
    return made
