"""What a verb needs beyond its payload, and what it leaves in the dossier.

Filing verbs carry the application itself: it is merged with what was given before and checked against the
version. Other verbs leave what a person wrote (opinions, reasons) as a dossier version of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.people.terms import AgentGiven

from . import agency, dossiers, filing
from .dossiers import APPLICATION
from .engine.lifecycle import Verb
from .engine.terms import Command, State
from .models import Dossier
from .statements import DossierRow, Locked
from .terms import Applicant, Holder

_COUNTER = (Role.CLERK, Role.TOWN)


@dataclass(frozen=True, slots=True)
class Enriched:
    """A command ready for the engine; `noted` is added to the fact's data. `applicant` is who applies, where the
    verb says or settles it, and `agent` who acts for them."""

    command: Command
    dossier: list[DossierRow]
    noted: Mapping[str, Any]
    applicant: Applicant | None = None
    agent: AgentGiven | None = None


def enrich(
    case: Locked,
    version: ServiceVersion,
    state: State,
    verb: Verb,
    command: Command,
    actor: Principal | Holder,
    at: datetime,
) -> Enriched:
    """Check what only the catalogue and the dossier can tell; nothing is written yet.

    Out-of-order verbs pass unchecked: the engine refuses them with its own words.
    """
    if state.stage not in verb.stages:
        return Enriched(command, [], {})
    if verb.code in filing.FILING_VERBS:
        return _application(case, version, state, command, actor, at)
    if verb.code == "notify_correction":
        filing.check_targets(command.payload["items"], _met(case, version))
    if verb.code == "accept":
        filing.check_complete(filing.papers_from(application(case)), _met(case, version))
    written = {name: value for name, value in command.payload.items() if _is_written(verb, name) and value}
    if not written:
        return Enriched(command, [], {})
    if verb.paper:
        _check_printable(written)
    row, noted = dossiers.enclose(
        case_id=case.id,
        wrapped_key=case.wrapped_key,
        version=case.dossier_version + 1,
        kind=verb.code,
        content=written,
    )
    return Enriched(command, [row], {"dossier": noted})


def _met(case: Locked, version: ServiceVersion) -> ServiceVersion:
    """The version as the application of this case meets it."""
    return agency.with_letter(version, agency.agent_from(application(case))) if case.agency else version


def _check_printable(written: Mapping[str, Any]) -> None:
    """What goes onto a paper must be printable. Raises Refused("unprintable")."""
    texts = {f"/{name}": text for name, text in written.items()}
    for at, item in enumerate(written.get("items", ())):
        texts |= {f"/items/{at}/{name}": text for name, text in item.items()}
    problems = filing.unprintable(texts)
    if problems:
        raise Refused("unprintable", "有文书印不出来的字符，请按提示修改。", errors=problems)


def _is_written(verb: Verb, name: str) -> bool:
    """Whether a person writes this freely, so that it belongs into the dossier and not into the fact."""
    schema = verb.payload["properties"][name]
    return schema.get("type") in ("string", "array")


def _application(
    case: Locked,
    version: ServiceVersion,
    state: State,
    command: Command,
    actor: Principal | Holder,
    at: datetime,
) -> Enriched:
    content = application(case)
    agent = agency.agent_from(command.payload if "agent" in command.payload else content)
    agent = agency.completed(agent, actor, at)
    version = agency.with_letter(version, agent)
    former = filing.papers_from(content)
    body = filing.merged(former, command.payload)
    body = replace(body, materials=agency.fitting(body.materials, agent))
    if command.verb == "correct":
        opened = filing.opened_by(former, body, version, state.correction_targets)
        filing.check_only_targets(command.payload, opened)
    else:
        body = replace(body, form=agency.said(body.form, version, agent))
    applicant = filing.applicant_from(command.payload.get("applicant") or content.get("applicant", {}))
    cleaned, problems = _checked(case, version, command, content, body, applicant, actor)
    if command.verb == "submit":
        problems = (
            *agency.agent_problems(agent, applicant, actor, version.code, at),
            *agency.contradictions(body.form, version, agent),
            *problems,
        )
    if problems:
        raise Refused("invalid_application", "申请内容有误，请按提示修改后再提交。", errors=problems)
    row, noted = dossiers.enclose(
        case_id=case.id,
        wrapped_key=case.wrapped_key,
        version=case.dossier_version + 1,
        kind=APPLICATION,
        content={
            **content,
            "applicant": filing.applicant_to_json(applicant),
            "agent": agency.agent_to_json(agent),
            "form": dict(cleaned.form),
            "materials": filing.materials_to_json(cleaned.materials),
        },
    )
    command = replace(command, payload={"skipped": list(forms.skipped_steps(version, cleaned.form))})
    named = (None, None) if command.verb == "correct" else (applicant, agent)
    return Enriched(command, [row], {"dossier": noted}, *named)


def _checked(
    case: Locked,
    version: ServiceVersion,
    command: Command,
    content: Mapping[str, Any],
    body: filing.Papers,
    applicant: Applicant,
    actor: Principal | Holder,
) -> tuple[filing.Papers, tuple[Problem, ...]]:
    """The cleaned body, and what keeps the verb from being done; a draft is only held to what it names."""
    at_counter = isinstance(actor, Principal) and actor.has(*_COUNTER)
    owners = owners_of(case, content, actor.key)
    cleaned, problems = filing.checked(body, version, at_counter=at_counter, owners=owners)
    if command.verb == "correct":
        return cleaned, problems
    problems = (*filing.applicant_problems(applicant, version), *problems)
    if command.verb == "save_draft":
        problems = tuple(p for p in problems if p.code.startswith("unknown"))
    return cleaned, problems


def owners_of(case: Locked, content: Mapping[str, Any], actor: str) -> frozenset[str]:
    """Whose uploads the application may use: of who acts, of the applicant, of who filed it."""
    return frozenset({actor, f"user:{case.applicant_user_id}", content.get("filed_by", "")})


def application(case: Locked) -> dict[str, Any]:
    """The latest application of a case."""
    latest = (
        Dossier.objects.filter(case_id=case.id, kind=APPLICATION)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
    )
    if latest is None:
        return {}
    found = dossiers.disclose(case_id=case.id, wrapped_key=case.wrapped_key, versions={latest})
    content: dict[str, Any] = found[latest]
    return content
