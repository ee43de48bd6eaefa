"""Checking an application against the version it is filed under, and what the journal keeps of it.

Nothing here writes; `actions.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.papers import queries as papers
from onedoor.domain.people import queries as people

from .terms import Applicant, MaterialGiven

#: Verbs whose payload is the application itself.
FILING_VERBS = frozenset({"save_draft", "submit", "correct"})
#: The longest name that the case row shows.
NAME_LENGTH = 120
#: Ways in which a material is proved without being handed in 免提交.
PROOFS = frozenset({"licence", "data"})


@dataclass(frozen=True, slots=True)
class Papers:
    """The body of an application: answers by field code and materials as handed in."""

    form: Mapping[str, Any]
    materials: tuple[MaterialGiven, ...]


def papers_from(content: Mapping[str, Any]) -> Papers:
    """From a dossier version or a payload."""
    return Papers(content.get("form", {}), materials_from(content.get("materials", ())))


def materials_from(listed: Any) -> tuple[MaterialGiven, ...]:
    """Materials as given in JSON."""
    return tuple(MaterialGiven(m["code"], m["provided"], tuple(m.get("uploads", ()))) for m in listed)


def materials_to_json(materials: tuple[MaterialGiven, ...]) -> list[dict[str, Any]]:
    """The inverse of `materials_from`."""
    return [{"code": m.code, "provided": m.provided, "uploads": list(m.uploads)} for m in materials]


def applicant_from(content: Mapping[str, Any]) -> Applicant:
    """From a dossier version or a payload; what is not there yet is empty."""
    return Applicant(
        *(str(content.get(name, "")) for name in ("kind", "name", "id_type", "id_number", "phone"))
    )


def applicant_to_json(applicant: Applicant) -> dict[str, Any]:
    """The inverse of `applicant_from`, without stray spaces."""
    return {
        "kind": applicant.kind,
        "name": applicant.name.strip(),
        "id_type": applicant.id_type,
        "id_number": canonical(applicant.id_number),
        "phone": canonical(applicant.phone),
    }


def merged(former: Papers, given: Mapping[str, Any]) -> Papers:
    """What was given before, with what is given now in its place."""
    form = {**former.form, **given.get("form", {})}
    by_code = {m.code: m for m in former.materials} | {
        m.code: m for m in materials_from(given.get("materials", ()))
    }
    return Papers(form, tuple(by_code.values()))


def opened_by(
    former: Papers, body: Papers, version: ServiceVersion, targets: tuple[str, ...]
) -> frozenset[str]:
    """What a correction may give: its targets, and what mended answers bring up for the first time."""
    asked = {f"field:{field.code}" for field in forms.fields_for(version, body.form)}
    asked -= {f"field:{field.code}" for field in forms.fields_for(version, former.form)}
    called_for = {f"material:{m.code}" for m in forms.materials_for(version, body.form)}
    called_for -= {f"material:{m.code}" for m in forms.materials_for(version, former.form)}
    return frozenset(targets) | asked | called_for


def check_only_targets(given: Mapping[str, Any], targets: frozenset[str]) -> None:
    """补正 opens only what was found faulty. Raises Refused("not_asked_to_correct")."""
    problems = [
        Problem(f"/form/{code}", "not_asked_to_correct", "这一项不在补正范围内，请保持原来的内容。")
        for code in given.get("form", {})
        if f"field:{code}" not in targets
    ]
    problems += [
        Problem(f"/materials/{at}", "not_asked_to_correct", "这份材料不在补正范围内，请不要重新提交。")
        for at, material in enumerate(given.get("materials", ()))
        if f"material:{material['code']}" not in targets
    ]
    if problems:
        raise Refused(
            "not_asked_to_correct", "只能修改补正告知书列出的内容，请核对。", errors=tuple(problems)
        )


def check_targets(items: list[Mapping[str, Any]], version: ServiceVersion) -> None:
    """补正 may name only materials and fields of the version. Raises Refused("unknown_target")."""
    known = {f"material:{m.code}" for m in version.materials}
    known |= {f"field:{field.code}" for section in version.sections for field in section.fields}
    problems = tuple(
        Problem(f"/items/{at}/target", "unknown_target", "事项中没有这份材料或填写项，请从清单中选择。")
        for at, item in enumerate(items)
        if item["target"] not in known
    )
    if problems:
        raise Refused("unknown_target", "补正内容里有不属于本事项的材料或填写项，请核对。", errors=problems)


def unprintable(texts: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Texts, by pointer, with characters that no paper can print, such as emoji; lists and numbers are left alone."""
    found = []
    for pointer, text in texts.items():
        missing = papers.missing_glyphs(text) if isinstance(text, str) else ""
        if missing:
            detail = f"“{missing}”无法印在文书上，请改用规范汉字或去掉；姓名中的生僻字请联系信息员补充字库。"
            found.append(Problem(pointer, "unprintable", detail))
    return tuple(found)


def applicant_problems(applicant: Applicant, version: ServiceVersion) -> tuple[Problem, ...]:
    """Faults of the applicant part, with pointers under /applicant."""
    found = people.identity_problems(
        kind=applicant.kind,
        name=applicant.name,
        id_type=applicant.id_type,
        id_number=applicant.id_number,
        phone=applicant.phone,
    )
    if len(applicant.name.strip()) > NAME_LENGTH and not any(p.pointer == "/applicant/name" for p in found):
        detail = f"申请人名称最多 {NAME_LENGTH} 字，请核对或使用规范简称。"
        found = (*found, Problem("/applicant/name", "name_too_long", detail))
    if applicant.kind not in version.audience:
        whom = "个人" if version.audience == ("person",) else "单位"
        found = (
            *found,
            Problem("/applicant/kind", "wrong_audience", f"这个事项只面向{whom}，请核对申请人类型。"),
        )
    return (*found, *unprintable({"/applicant/name": applicant.name}))


def checked(
    body: Papers, version: ServiceVersion, *, at_counter: bool, owners: frozenset[str]
) -> tuple[Papers, tuple[Problem, ...]]:
    """The cleaned body and every fault of it.

    At the counter incomplete papers are received, since what is missing is told there once and completely
    (Art. 32); online the form does not let an incomplete application pass. `owners` are the principals whose
    uploads may be used.
    """
    problems = forms.check_answers(version, body.form)
    answers = forms.clean_answers(version, body.form)
    given = materials_to_json(body.materials)
    materials = forms.check_materials(version, answers, given)
    if at_counter:
        materials = tuple(p for p in materials if p.code != "material_missing")
    settled = settle(body.materials, version, answers)
    odd = unprintable_answers(answers)
    return Papers(answers, settled), (*problems, *odd, *materials, *upload_problems(body.materials, owners))


def unprintable_answers(answers: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Answers that no paper can print, with pointers under /form."""
    return unprintable(_texts(answers, "/form"))


def _texts(answers: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """Every answer by pointer, those in the rows of groups too."""
    found: dict[str, Any] = {}
    for code, value in answers.items():
        found[f"{pointer}/{code}"] = value
        for place, row in enumerate(value if isinstance(value, list) else ()):
            if isinstance(row, Mapping):
                found |= _texts(row, f"{pointer}/{code}/{place}")
    return found


def check_complete(body: Papers, version: ServiceVersion) -> None:
    """Acceptance takes a complete application (Art. 32). Raises Refused("application_incomplete")."""
    given = materials_to_json(body.materials)
    found = tuple(
        problem
        for problem in forms.check_materials(version, body.form, given)
        if problem.code == "material_missing"
    )
    if found:
        raise Refused(
            "application_incomplete", "材料还不齐全，不能受理；请一次性告知申请人补正。", errors=found
        )


def settle(
    given: tuple[MaterialGiven, ...], version: ServiceVersion, answers: Mapping[str, Any]
) -> tuple[MaterialGiven, ...]:
    """What was given, and with it what a licence or a record proves without being handed in 免提交.

    A proof that changed answers no longer call for is dropped.
    """
    called_for = {material.code for material in forms.materials_for(version, answers)}
    given = tuple(m for m in given if m.code in called_for or m.provided not in PROOFS)
    known = {material.code for material in given}
    ways = forms.settle_materials(version, answers, materials_to_json(given))
    return given + tuple(MaterialGiven(m.code, way) for m, way in ways if m.code not in known)


def upload_problems(materials: tuple[MaterialGiven, ...], owners: frozenset[str]) -> tuple[Problem, ...]:
    """Uploads must exist and belong to one of `owners`; a material marked as upload needs at least one."""
    named = {UUID(upload) for material in materials for upload in material.uploads}
    known = {view.id for view in papers.uploads(named) if view.owner in owners}
    found = []
    for at, material in enumerate(materials):
        if material.provided == "upload" and not material.uploads:
            found.append(
                Problem(f"/materials/{at}/uploads", "upload_missing", "还没有上传文件，请先上传再提交。")
            )
        for place, upload in enumerate(material.uploads):
            if UUID(upload) not in known:
                detail = "没有这个上传文件或它不属于您，请重新上传。"
                found.append(Problem(f"/materials/{at}/uploads/{place}", "unknown_upload", detail))
    return tuple(found)
