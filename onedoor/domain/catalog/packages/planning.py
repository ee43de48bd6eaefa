"""From a package and answers to its questions to everything that is needed 一次告知. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import conditions, rows
from onedoor.domain.catalog.reading import pointer_to
from onedoor.domain.catalog.terms import Field, ServiceVersion

from .figures import figures
from .form import Known, planned_fields, planned_materials, sections
from .merging import Merging
from .order import in_order, without
from .terms import (
    LackingMember,
    OpenMember,
    PackageMember,
    PackageVersion,
    Plan,
    PlannedMember,
    SkippedMember,
)

_ALWAYS = "办这件事都要办理这一项。"


@dataclass(frozen=True, slots=True)
class Heard:
    """Answers as they were understood. `unsettled` are questions whose answer may still change what is needed."""

    answers: Mapping[str, Any]
    context: Mapping[str, Any]
    asked: tuple[Field, ...]
    missing: tuple[Field, ...]
    unsettled: frozenset[str]


def plan(
    package: PackageVersion, items: Mapping[str, ServiceVersion], merged: Merging, answers: object
) -> Plan:
    """What the answers call for. `items` are the members' versions in force, `merged` what they have in common.

    Raises Refused("answers_invalid") for answers that are no answers to the package's questions, at pointers
    `/answers/<code>`; questions without an answer are said in the plan.
    """
    heard = hear(package.questions, answers)
    sorted_out = _Sorting(package, items, heard)
    members = sorted_out.planned()
    versions = [member.service for member in members]
    known = Known.of(merged, versions, heard.answers)
    fields = planned_fields(merged, versions, known)
    materials = planned_materials(merged, members, known)
    return Plan(
        package=package,
        answers=heard.answers,
        members=members,
        skipped=tuple(sorted_out.skipped()),
        open=tuple(sorted_out.open()),
        lacking=tuple(sorted_out.lacking()),
        fields=fields,
        sections=sections(fields, versions),
        materials=materials,
        missing=heard.missing,
        figures=figures(package, members, fields, materials, known, len(heard.asked)),
    )


def hear(questions: Sequence[Field], answers: object) -> Heard:
    """Answers to a package's questions, as far as there are any. Raises Refused("answers_invalid")."""
    if not isinstance(answers, Mapping):
        problem = Problem("/answers", "wrong_type", "回答应为“问题代码: 值”的对象，请修改。")
        raise _invalid([problem])
    problems = list(_strangers(questions, answers))
    context: dict[str, Any] = {field.code: conditions.seen(field, None) for field in questions}
    kept: dict[str, Any] = {}
    asked: list[Field] = []
    missing: list[Field] = []
    for field, value, wrong in rows.walk(questions, answers, context, "/answers"):
        asked.append(field)
        if value is not None:
            kept[field.code] = value
        elif wrong and all(problem.code == "required" for problem in wrong):
            missing.append(field)
        else:
            problems += wrong
    if problems:
        raise _invalid(problems)
    return Heard(kept, context, tuple(asked), tuple(missing), _unsettled(questions, asked, missing))


def _invalid(problems: Sequence[Problem]) -> Refused:
    detail = f"对问题的回答有 {len(problems)} 处不对，请按提示修改后再试。"
    return Refused("answers_invalid", detail, errors=tuple(problems))


def _strangers(questions: Sequence[Field], answers: Mapping[Any, Any]) -> Iterator[Problem]:
    known = {field.code for field in questions}
    for key in answers:
        if key not in known:
            offered = "、".join(field.code for field in questions) or "没有问题要回答"
            detail = f"这件一件事没有“{str(key)[:40]}”这个问题，请核对或删去（{offered}）。"
            yield Problem(pointer_to("/answers", str(key)[:60]), "unknown_question", detail)


def _unsettled(
    questions: Sequence[Field], asked: Sequence[Field], missing: Sequence[Field]
) -> frozenset[str]:
    """Questions without an answer, and those that may be asked depending on them."""
    found = {field.code for field in missing}
    for field in questions:
        if field not in asked and found & set(conditions.compiled(field.when).variables()):
            found.add(field.code)
    return frozenset(found)


@dataclass(slots=True)
class _Sorting:
    """Which members are needed, which are not, and of which that cannot be said yet."""

    package: PackageVersion
    items: Mapping[str, ServiceVersion]
    heard: Heard

    def _verdicts(self) -> Iterator[tuple[PackageMember, bool | None]]:
        for member in self.package.members:
            yield member, conditions.settled(member.when, self.heard.context, self.heard.unsettled)

    def _item(self, member: PackageMember) -> ServiceVersion | None:
        found = self.items.get(member.service)
        return found if found is not None and found.ready else None

    def _name(self, member: PackageMember) -> str:
        item = self.items.get(member.service)
        return item.name if item is not None else member.name or member.service

    def planned(self) -> tuple[PlannedMember, ...]:
        """The members that are needed and offered, in the order in which they are done."""
        needed = {
            member.service: (member, item)
            for member, verdict in self._verdicts()
            if verdict and (item := self._item(member)) is not None
        }
        whole = {member.service: member.after for member in self.package.members if member.service}
        chain = without(whole, list(needed))
        return tuple(
            PlannedMember(
                needed[code][1], needed[code][0].why or _ALWAYS, chain[code], needed[code][0].optional
            )
            for code in in_order(chain)
        )

    def skipped(self) -> Iterator[SkippedMember]:
        """The members that are not needed."""
        for member, verdict in self._verdicts():
            if verdict is False:
                why = "按您的回答，这一项不用办。" + (f"（{member.why.rstrip('。')}）" if member.why else "")
                yield SkippedMember(member.service, self._name(member), why)

    def open(self) -> Iterator[OpenMember]:
        """The members of which it cannot be said yet."""
        for member, verdict in self._verdicts():
            if verdict is None:
                waits = set(conditions.compiled(member.when).variables()) & self.heard.unsettled
                labels = [field for field in self.package.questions if field.code in waits]
                why = f"回答“{'”“'.join(field.label for field in labels)}”后才知道要不要办。"
                yield OpenMember(
                    member.service, self._name(member), why, tuple(field.code for field in labels)
                )

    def lacking(self) -> Iterator[LackingMember]:
        """The members that are needed and cannot be applied for here."""
        for member, verdict in self._verdicts():
            if not verdict or self._item(member) is not None:
                continue
            item = self.items.get(member.service)
            department = item.department_name if item is not None else member.department_name
            why = "这一项的办事指南还不完整，请向办理部门了解。"
            if item is None:
                why = "本县事项目录里还没有这一项，请直接向办理部门申请。"
            yield LackingMember(member.service, self._name(member), department, why)
