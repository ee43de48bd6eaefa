"""What a package calls for, as an application meets it: one merged form, of which every member gets its part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.packages import portions
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import Plan, PlannedMaterial, PlannedMember
from onedoor.domain.catalog.terms import UNKNOWN_LIMIT, CaseKind, Procedure, Result, Section, ServiceVersion
from onedoor.domain.people.terms import AgentGiven

from . import agency, filing
from .filing import Papers

#: Beside a question of the form that the package's questions have answered.
ANSWERED: Final = "按前面的回答填好了，不用再改"


def plan_for(tenant_id: int, package: str, answers: Mapping[str, Any], at: datetime) -> Plan:
    """The plan that cases can be made of. Raises Refused: unknown_package (404), answers_invalid, answers_missing,
    package_not_ready."""
    plan = packages.plan(tenant_id, package, answers, at)
    if plan.missing:
        problems = tuple(
            Problem(f"/answers/{field.code}", "answer_missing", f"请先回答“{field.label}”。")
            for field in plan.missing
        )
        detail = "还有问题没有回答，答完才知道要办哪些事项。"
        raise Refused("answers_missing", detail, errors=problems)
    if not plan.members:
        raise Refused("nothing_to_do", "按您的回答，这件事没有要办的事项；请核对回答，或者到窗口咨询。")
    if not plan.can_be_filed:
        names = "”“".join(member.name for member in plan.lacking)
        why = f"其中“{names}”还不能在这里申请，" if names else ""
        raise Refused("package_not_ready", f"这件一件事{why}请到窗口咨询，或者逐项申请。")
    return plan


def merged(plan: Plan) -> ServiceVersion:
    """The plan as one version: the merged form and list, open to whom and where every member is open."""
    package, services = plan.package, [member.service for member in plan.members]
    return ServiceVersion(
        id=0,
        tenant_id=package.tenant_id,
        code=package.code,
        number=package.number,
        name=package.name,
        plain_name=package.plain_name,
        national_code="",
        type="",
        level="",
        department=package.lead,
        department_name=package.lead_name,
        audience=_common(package.audience, (service.audience for service in services)),
        themes=package.themes,
        case_kind=CaseKind.COMMITTED,
        statutory_limit=UNKNOWN_LIMIT,
        promised_limit=package.promised_limit or UNKNOWN_LIMIT,
        procedure=Procedure(()),
        result=Result(""),
        materials=tuple(planned.material for planned in plan.materials),
        sections=_noted(plan),
        visits=package.visits,
        channels=_common(services[0].channels, (service.channels for service in services)),
    )


def _noted(plan: Plan) -> tuple[Section, ...]:
    """The pages of the merged form; what is answered already says so."""
    known = {planned.field.code for planned in plan.fields if planned.answer is not None}
    return tuple(
        replace(
            page,
            fields=tuple(
                replace(each, hint=ANSWERED) if each.code in known else each for each in page.fields
            ),
        )
        for page in plan.sections
    )


def _common(first: Iterable[str], others: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    found = tuple(first)
    for other in others:
        found = tuple(each for each in found if each in other)
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """What a member gets of the merged application, by its own codes."""

    member: PlannedMember
    body: Papers


@dataclass(frozen=True, slots=True)
class Checked:
    """A merged application as it is kept, every member's part of it, and every fault with its pointer into the merged
    application."""

    body: Papers
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]


def checked(
    plan: Plan, body: Papers, agent: AgentGiven | None, *, at_counter: bool, owners: frozenset[str]
) -> Checked:
    """Check a merged application once, by the law of every member.

    As for a single item, incomplete papers are received at the counter. `owners` are the principals whose uploads may
    be used.
    """
    version = agency.with_letter(merged(plan), agent)
    body = replace(body, form=agency.said(body.form, version, agent))
    form = forms.clean_answers(version, with_answers(plan, body.form))
    listed = filing.materials_to_json(body.materials)
    wanting = _with_letter(plan, agent)
    materials = (*portions.check_materials(wanting, form, listed), *_letter_missing(body, agent))
    if at_counter:
        materials = tuple(p for p in materials if p.code != "material_missing")
    problems = (
        *portions.check_form(plan, body.form),
        *agency.contradictions(body.form, version, agent),
        *filing.unprintable_answers(form),
        *materials,
        *filing.upload_problems(body.materials, owners),
    )
    kept = Papers(form, filing.settle(body.materials, version, form))
    parts = tuple(Part(member, _part(plan, member, body, form, agent)) for member in plan.members)
    return Checked(kept, parts, problems)


def with_answers(plan: Plan, form: Mapping[str, Any]) -> dict[str, Any]:
    """The form with what the package's questions have answered filled in."""
    known = {planned.field.code: planned.answer for planned in plan.fields if planned.answer is not None}
    return {**known, **form}


def _part(
    plan: Plan, member: PlannedMember, body: Papers, form: Mapping[str, Any], agent: AgentGiven | None
) -> Papers:
    service = member.service
    answers = forms.clean_answers(service, portions.portion(plan, service.code, form))
    own = portions.portion_materials(plan, service.code, filing.materials_to_json(body.materials), form)
    letter = tuple(material for material in body.materials if material.code == agency.LETTER)
    given = (*letter, *filing.materials_from(own))
    return Papers(answers, filing.settle(given, agency.with_letter(service, agent), answers))


def _with_letter(plan: Plan, agent: AgentGiven | None) -> Plan:
    """The plan with the letter of an agent among its materials, which every member wants."""
    letter = next(
        (m for m in agency.with_letter(merged(plan), agent).materials if m.code == agency.LETTER), None
    )
    if letter is None:
        return plan
    services = tuple(member.service.code for member in plan.members)
    sources = tuple((code, agency.LETTER) for code in services)
    return replace(plan, materials=(PlannedMaterial(letter, services, sources, ""), *plan.materials))


def _letter_missing(body: Papers, agent: AgentGiven | None) -> tuple[Problem, ...]:
    if agent is None or agent.entrustment or any(m.code == agency.LETTER for m in body.materials):
        return ()
    detail = f"缺少代办人的授权材料（{agency.LETTER}），请提供。"
    return (Problem("/materials", "material_missing", detail),)
