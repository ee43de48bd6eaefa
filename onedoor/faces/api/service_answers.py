"""A version as the interface answers it: everything it says, and beside each code its official word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from onedoor.domain.catalog.guides.flowchart import when_words
from onedoor.domain.catalog.guides.guide import (
    AUDIENCE_NAMES,
    CASE_KIND_NAMES,
    CHANNEL_NAMES,
    FORM_NAMES,
    HALL_NAMES,
    LEVEL_NAMES,
    NECESSITY_NAMES,
    TYPE_NAMES,
    department_of,
    way_words,
)
from onedoor.domain.catalog.guides.situations import answers_in, called_for, questions_of
from onedoor.domain.catalog.item_terms import (
    ACT_NAMES,
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    ORIGIN_NAMES,
    REACH_NAMES,
    Delegation,
    Situation,
)
from onedoor.domain.catalog.terms import Material, ServiceVersion, Step
from onedoor.faces.ticks import query_of

#: What only the tables know, and the form, which has an answer of its own.
_APART = ("id", "tenant_id", "number", "sections")


def service_answer(version: ServiceVersion, departments: Mapping[str, str]) -> dict[str, Any]:
    """An item in full; `departments` gives names by code."""
    said = asdict(version)
    for key in _APART:
        del said[key]
    return said | {
        "version": version.number,
        "codes": _codes(version),
        "type_name": TYPE_NAMES.get(version.type, ""),
        "level_name": LEVEL_NAMES.get(version.level, ""),
        "department_name": version.department_name or department_of(version, departments),
        "audience_names": [AUDIENCE_NAMES.get(each, each) for each in version.audience],
        "case_kind_name": CASE_KIND_NAMES.get(version.case_kind, ""),
        "channel_names": [CHANNEL_NAMES.get(each, each) for each in version.channels],
        "hall_name": HALL_NAMES.get(version.hall, ""),
        "materials": [material_answer(version, each) for each in version.materials],
        "procedure": {"steps": [step_answer(version, each, departments) for each in version.procedure.steps]},
        "details": _details(version, said["details"]),
        "unknown": version.unknown,
        "links": links(version),
        "digest": version.digest.hex(),
    }


def links(version: ServiceVersion, query: str = "") -> dict[str, str]:
    """Where the page of an item, its form and its papers are; `query` has answers to its ticked questions."""
    here, asked = f"/api/v1/services/{version.code}", f"?{query}" if query else ""
    return {
        "page": f"/services/{version.code}",
        "form": f"{here}/form",
        "notice": f"{here}/notice{asked}",
        "guide_pdf": f"{here}/guide.pdf",
        "notice_pdf": f"{here}/notice.pdf{asked}",
        "card_pdf": f"{here}/card.pdf{asked}",
    }


def material_answer(version: ServiceVersion, material: Material) -> dict[str, Any]:
    """A material with everything that is said of it."""
    return asdict(material) | {
        "necessity_name": NECESSITY_NAMES[material.necessity],
        "when_words": _when(version, material.when),
        "way": way_words(material),
        "form_name": FORM_NAMES.get(material.form, ""),
        "origin_name": ORIGIN_NAMES.get(material.origin, ""),
    }


def step_answer(version: ServiceVersion, step: Step, departments: Mapping[str, str]) -> dict[str, Any]:
    """A step with the name of its department and its condition in words."""
    return asdict(step) | {
        "department_name": departments.get(step.department, ""),
        "when_words": _when(version, step.when),
    }


def _when(version: ServiceVersion, source: str) -> str:
    return when_words(version, source) if source else ""


def situation_answer(version: ServiceVersion, situation: Situation) -> dict[str, Any]:
    """A situation with the materials that its answers call for, by code."""
    called, _ = called_for(version, answers_in(situation, questions_of(version)))
    kinds = {
        "bring": called.bring,
        "free": called.free,
        "perhaps": called.perhaps,
        "spared": called.spared,
    }
    return asdict(situation) | {
        **{kind: [material.code for material in found] for kind, found in kinds.items()},
        "notice": links(version, query_of(called.answers))["notice"],
    }


def _codes(version: ServiceVersion) -> dict[str, str]:
    return {
        "code": version.code,
        "basic": version.basic_code,
        "national": version.national_code,
        "handling": version.details.handling_code,
        "local": version.details.local_code,
    }


def _details(version: ServiceVersion, said: Mapping[str, Any]) -> dict[str, Any]:
    details = version.details
    kinds = details.applicant_kinds
    return {
        **said,
        "body_nature_name": BODY_NATURES.get(details.body_nature, ""),
        "applicant_kind_names": [APPLICANT_KINDS.get(each, each) for each in kinds],
        "reach_name": REACH_NAMES.get(details.reach, ""),
        "delegations": [_delegation(each) for each in details.delegations],
        "situations": [situation_answer(version, each) for each in details.situations],
    }


def _delegation(delegation: Delegation) -> dict[str, Any]:
    return asdict(delegation) | {
        "level_name": DELEGATED_LEVELS.get(delegation.level, ""),
        "act_names": [ACT_NAMES[act] for act in delegation.acts],
    }
