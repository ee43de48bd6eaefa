"""What a version must be before it may be published. Pure: documents in, versions or refusals out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from onedoor.core.identifiers import validate_service_code
from onedoor.core.refusals import Problem, Refused

from . import conditions, item_rules, procedures
from .documents import TYPES, read_document
from .terms import CaseKind, Field, LimitTerm, Material, Necessity, ServiceVersion, Source

#: Units that can be compared: their family and how many of its smallest units one is. A working day has seven
#: opening hours.
_FAMILIES = {
    "working": ("working", 7),
    "working-hours": ("working", 1),
    "calendar": ("day", 24),
    "hours": ("day", 1),
}


def parse_content(document: object) -> ServiceVersion:
    """The version a document describes, not yet numbered or published.

    Raises Refused("item_invalid") with every problem found.
    """
    version, problems = examine(document)
    if problems:
        raise Refused(
            "item_invalid", f"事项内容有 {len(problems)} 处问题，请按提示逐项修改后再提交。", errors=problems
        )
    return version


def examine(document: object) -> tuple[ServiceVersion, tuple[Problem, ...]]:
    """A version made of a document, and everything wrong with it, in form first and then in meaning."""
    version, problems = read_document(document)
    # A fault of form leaves a gap that would be reported once more as a fault of meaning.
    gaps = [problem.pointer for problem in problems]
    return version, (
        *problems,
        *(p for p in _meaning(version) if not any(overlap(p.pointer, g) for g in gaps)),
    )


def overlap(one: str, other: str) -> bool:
    """Whether one JSON pointer is, or lies within, the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _meaning(version: ServiceVersion) -> Iterator[Problem]:
    yield from _limits(version)
    yield from _codes(version)
    yield from _fields(version)
    yield from _materials(version)
    yield from item_rules.problems_of(version)
    if version.ex_officio and version.ready:
        yield Problem(
            "/ready",
            "ex_officio",
            f"{TYPES.get(version.type, version.type)}由部门依职权办理，没有人申请。请改为只公布信息，或核对事项类型。",
        )
    if version.ready:
        yield from _readiness(version)
    if version.ready or version.procedure.steps:
        yield from procedures.problems_of(version.procedure)
        yield from _step_conditions(version)


def _readiness(version: ServiceVersion) -> Iterator[Problem]:
    if not version.audience:
        yield Problem("/audience", "required", "缺少服务对象，请填写 person（个人）或 organization（法人）。")
    if not version.channels:
        yield Problem("/channels", "required", "缺少办理渠道，请至少填写一个，如 window。")
    if version.case_kind is CaseKind.UNKNOWN:
        yield Problem(
            "/case_kind", "required", "缺少办件类型，请填写 instant（即办件）或 committed（承诺件）。"
        )


def longer(one: LimitTerm, other: LimitTerm) -> bool | None:
    """Whether a limit is longer than another; None if their units cannot be compared (工作日 and 自然日)."""
    if not (one.known and other.known):
        return None
    family, size = _FAMILIES[one.unit]
    other_family, other_size = _FAMILIES[other.unit]
    return one.amount * size > other.amount * other_size if family == other_family else None


def shortened(promised: LimitTerm, statutory: LimitTerm) -> Fraction | None:
    """By which share a promise is shorter than the law's limit; None if they cannot be compared or the law gives no
    time at all."""
    if longer(promised, statutory) is None or not statutory.amount:
        return None
    size, whole = _FAMILIES[promised.unit][1], _FAMILIES[statutory.unit][1]
    return 1 - Fraction(promised.amount * size, statutory.amount * whole)


def _limits(version: ServiceVersion) -> Iterator[Problem]:
    if longer(version.promised_limit, version.statutory_limit):
        yield Problem(
            "/promised_limit",
            "promise_longer_than_law",
            "承诺时限长于法定时限，请缩短承诺时限或核对法定时限。",
        )


def _codes(version: ServiceVersion) -> Iterator[Problem]:
    yield from _national_code(version.national_code)
    fields = [field for section in version.sections for field in section.fields]
    yield from repeated("/materials", "材料", (material.code for material in version.materials))
    yield from repeated("/sections", "表单分组", (section.code for section in version.sections))
    # A row of a group sees the answers around it, so its questions may not bear their names.
    inner = [asked.code for field in fields for asked in field.fields]
    yield from repeated("/sections", "填写项", (*(field.code for field in fields), *inner))


def _national_code(code: str) -> Iterator[Problem]:
    try:
        if code:
            validate_service_code(code)
    except Refused as refused:
        yield Problem("/national_code", refused.code, refused.detail)


def repeated(pointer: str, what: str, codes: Iterable[str]) -> Iterator[Problem]:
    """A problem at `pointer` for every code that several things bear."""
    for code, times in Counter(codes).items():
        if times > 1:
            yield Problem(
                pointer, "duplicate_code", f"{what}代码“{code}”出现了 {times} 次，请改用不同的代码。"
            )


def _fields(version: ServiceVersion) -> Iterator[Problem]:
    earlier: list[str] = []
    for page, section in enumerate(version.sections):
        for index, field in enumerate(section.fields):
            pointer = f"/sections/{page}/fields/{index}"
            yield from field_problems(field, pointer, earlier)
            yield from _group(field, pointer, earlier)
            earlier.append(field.code)


def _group(field: Field, pointer: str, earlier: list[str]) -> Iterator[Problem]:
    """The questions of a group's rows; a condition there may name the row's own earlier questions."""
    if field.type == "group" and not field.fields:
        yield Problem(
            f"{pointer}/fields", "fields_missing", f"填写组“{field.label}”没有填写项，请至少写一个。"
        )
    if field.type != "group" and field.fields:
        yield Problem(
            f"{pointer}/fields", "fields_unexpected", f"“{field.label}”不是填写组，请删去 fields 或改类型。"
        )
    known = list(earlier)
    for index, asked in enumerate(field.fields):
        yield from field_problems(asked, f"{pointer}/fields/{index}", known)
        known.append(asked.code)


def field_problems(field: Field, pointer: str, earlier: list[str]) -> Iterator[Problem]:
    """What is wrong with a question; its condition may name the fields asked `earlier`."""
    if field.code in conditions.RESERVED:
        yield Problem(f"{pointer}/code", "reserved_word", f"“{field.code}”是保留字，请换一个字段代码。")
    choice = field.type in ("choice", "choices")
    if choice and not field.options:
        yield Problem(
            f"{pointer}/options", "options_missing", f"选择项“{field.label}”没有选项，请至少写一个。"
        )
    if not choice and field.options:
        yield Problem(
            f"{pointer}/options", "options_unexpected", f"“{field.label}”不是选择项，请删去选项或改类型。"
        )
    yield from repeated(f"{pointer}/options", "选项", (option.value for option in field.options))
    yield from condition_problems(field.when, f"{pointer}/when", earlier)


def condition_problems(source: str, pointer: str, known: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with a condition that may name the fields `known`."""
    fault = conditions.fault(source, tuple(known)) if source else None
    if fault is not None:
        yield Problem(pointer, *fault)


def _field_codes(version: ServiceVersion) -> tuple[str, ...]:
    return tuple(field.code for section in version.sections for field in section.fields)


def _materials(version: ServiceVersion) -> Iterator[Problem]:
    known = _field_codes(version)
    for index, material in enumerate(version.materials):
        pointer = f"/materials/{index}"
        yield from _material(material, pointer)
        yield from condition_problems(material.when, f"{pointer}/when", known)


def _material(material: Material, pointer: str) -> Iterator[Problem]:
    if material.source is Source.LICENCE and not material.licence_type:
        yield Problem(
            f"{pointer}/licence_type",
            "licence_type_missing",
            f"材料“{material.name}”由电子证照核验，请写明证照类型 licence_type。",
        )
    if material.necessity is Necessity.CONDITIONAL and not material.when:
        yield Problem(
            f"{pointer}/when", "condition_missing", f"材料“{material.name}”视情形提供，请写明 when 条件。"
        )
    if material.form == "original" and not material.originals and material.source is Source.APPLICANT:
        yield Problem(
            f"{pointer}/originals", "count_missing", f"材料“{material.name}”收原件，请写明原件份数。"
        )
    if material.form == "copy" and not material.copies:
        yield Problem(
            f"{pointer}/copies", "count_missing", f"材料“{material.name}”收复印件，请写明复印件份数。"
        )


def _step_conditions(version: ServiceVersion) -> Iterator[Problem]:
    known = _field_codes(version)
    for index, step in enumerate(version.procedure.steps):
        yield from condition_problems(step.when, f"/procedure/{index}/when", known)
