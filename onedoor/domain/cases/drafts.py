"""An application that is still being written, as the one who writes it sees it: in clear, with what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.catalog.terms import Material, ServiceVersion
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.domain.people.terms import AgentGiven

from . import agency, enriching, filing
from .engine.lapse import draft_ends
from .engine.terms import Stage
from .papering import answer_text
from .statements import Locked
from .terms import Applicant

_COUNTER = (Role.CLERK, Role.TOWN)


@dataclass(frozen=True, slots=True)
class DraftMaterial:
    """A material that the answers call for. `way` is "" while nothing is given; `proved` means 免提交."""

    material: Material
    way: str
    uploads: tuple[UploadView, ...]

    @property
    def proved(self) -> bool:
        """Whether a licence or a shared record stands for it."""
        return self.way in filing.PROOFS

    @property
    def given(self) -> bool:
        """Whether nothing is left to do about it."""
        return bool(self.way) and (self.way != "upload" or bool(self.uploads))


@dataclass(frozen=True, slots=True)
class DraftSheet:
    """A draft in full. `problems` is everything that would keep it from being submitted, with pointers under
    /applicant, /form and /materials; `answers` are the kept answers as text by field code; `saved_at` is when
    something was last kept, `ends_at` when the draft expires if nobody goes on with it. For a package, `plan` is what
    it calls for and `version` its merged form."""

    number: str
    seq: int
    version: ServiceVersion
    applicant: Applicant
    form: Mapping[str, Any]
    answers: Mapping[str, str]
    materials: tuple[DraftMaterial, ...]
    problems: tuple[Problem, ...]
    agent: AgentGiven | None = None
    saved_at: datetime | None = None
    ends_at: datetime | None = None
    plan: Plan | None = None


def compose(case: Locked, actor: Principal, version: ServiceVersion, at: datetime) -> DraftSheet:
    """The draft of a case. Raises Refused("not_a_draft", 409) once it has been submitted."""
    if case.state.stage is not Stage.DRAFT:
        raise Refused("not_a_draft", "这份申请已经提交或撤回，不能再修改，请到办件页面查看进度。", status=409)
    content = enriching.application(case)
    body, applicant = filing.papers_from(content), filing.applicant_from(content.get("applicant", {}))
    agent = agency.agent_from(content)
    version = agency.with_letter(version, agent)
    body = replace(body, form=agency.said(body.form, version, agent))
    _, faults = filing.checked(
        body,
        version,
        at_counter=actor.has(*_COUNTER),
        owners=enriching.owners_of(case, content, actor.key),
    )
    return DraftSheet(
        number=case.number,
        seq=case.seq,
        version=version,
        applicant=applicant,
        form=body.form,
        answers=answers_in_words(version, body.form),
        materials=draft_materials(version, body),
        problems=(
            *filing.applicant_problems(applicant, version),
            *agency.agent_problems(agent, applicant, actor, version.code, at),
            *agency.contradictions(body.form, version, agent),
            *faults,
        ),
        agent=agent,
        saved_at=case.state.last_at,
        ends_at=draft_ends(case.state),
    )


def answers_in_words(version: ServiceVersion, form: Mapping[str, Any]) -> dict[str, str]:
    """Answers as people read them, by field code; those that are hidden or cannot be kept are left out."""
    form = forms.clean_answers(version, form)
    return {asked.code: answer_text(asked, form.get(asked.code)) for asked in forms.fields_for(version, form)}


def draft_materials(version: ServiceVersion, body: filing.Papers) -> tuple[DraftMaterial, ...]:
    """Every material that the answers call for, with what is given of it."""
    given = {material.code: material for material in body.materials}
    ids = [UUID(upload) for material in body.materials for upload in material.uploads]
    uploads = {view.id: view for view in papers.uploads(ids)} if ids else {}
    found = []
    for material in forms.materials_for(version, body.form):
        entry = given.get(material.code)
        views = [uploads.get(UUID(upload)) for upload in entry.uploads] if entry else []
        found.append(
            DraftMaterial(material, entry.provided if entry else "", tuple(view for view in views if view))
        )
    return tuple(found)
