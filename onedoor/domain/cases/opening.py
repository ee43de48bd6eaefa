"""Opening a case: its number, its keys, its first row and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from onedoor.core.identifiers import canonical, is_valid_mobile, mask_numbers, uuid7
from onedoor.core.instants import civil_date
from onedoor.core.numbers import STANDARD, new_query_code
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal.actions import chain
from onedoor.domain.journal.terms import GENESIS, NewFact
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.queries import TenantView
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.people import actions as people
from onedoor.plumbing.crypto import Keyring, new_data_key
from onedoor.plumbing.database.prepared import fetch_one

from . import agency, dossiers, filing, rules
from .dossiers import APPLICATION
from .engine.decide import decide
from .engine.evolve import fold_all
from .engine.lifecycle import LIFECYCLE
from .engine.procedure import stage_name
from .engine.terms import Command, Stage, State
from .events import STREAM
from .models import Case
from .statements import Locked, name_on_row, read_by_number, write
from .terms import Answer, Applicant, Application, Holder, Once

_COUNTER = (Role.CLERK, Role.TOWN)
_SELF_SERVICE = ("web", "mobile", "kiosk")
_NEXT_SERIAL = "SELECT nextval('cases_serial')"


@dataclass(frozen=True, slots=True)
class Opened:
    """A case row without facts, locked by being new, and the code that is told once."""

    case: Locked
    version: ServiceVersion
    query_code: str
    filed: Mapping[str, Any]
    entrustment: UUID | None = None


def service_for(application: Application, actor: Principal, at: datetime) -> ServiceVersion:
    """The version to file under. Raises Refused: unknown_service (404), service_not_ready, channel_not_offered,
    and the codes of `rules.permit`."""
    version = catalog.in_force(actor.tenant_id, application.service, at)
    if version is None:
        raise Refused(
            "unknown_service", f"没有在办的事项“{application.service}”，请核对事项编码。", status=404
        )
    if version.ex_officio:
        raise ex_officio()
    if not version.ready:
        raise Refused("service_not_ready", "这个事项还没有完善办理流程和表单，暂时不能申请，请到窗口咨询。")
    permit_filing(version, application.channel, actor)
    return version


def ex_officio() -> Refused:
    """Nobody applies for what an office does by itself."""
    words = "这个事项由部门依职权办理，不用申请，也不能申请。有疑问请拨打指南上的咨询电话。"
    return Refused("ex_officio", words)


def permit_filing(version: ServiceVersion, channel: str, actor: Principal) -> None:
    """Raises Refused: wrong_channel, channel_not_offered, and the codes of `rules.permit`."""
    _check_channel(channel, version, actor)
    standing = rules.Standing(
        actor.tenant_id,
        version.department,
        rules.departments_of(version),
        place_of(actor, offices.tenant(actor.tenant_id)),
        None if actor.has(*_COUNTER) else actor.user_id,
    )
    rules.permit(actor, LIFECYCLE["submit"], standing, version.procedure)


def _check_channel(channel: str, version: ServiceVersion, actor: Principal) -> None:
    offered = (*_SELF_SERVICE, "agent") if not actor.has(*_COUNTER) else ("window",)
    if channel not in offered:
        raise Refused(
            "wrong_channel", "申请渠道与您的身份不符：窗口人员用 window，申请人用 web、mobile 或 kiosk。"
        )
    if channel not in version.channels and channel != "window":
        raise Refused("channel_not_offered", "这个事项不能从这个渠道申请，请到政务服务中心窗口办理。")


def place_of(actor: Principal, county: TenantView) -> str:
    """The place where the case is filed: the clerk's, or the county."""
    for grant in actor.grants:
        if grant.role in _COUNTER and grant.place:
            return grant.place.ljust(12, "0")
    return county.region_code.ljust(12, "0")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the row of a new case says beside its version and who applies. `owner` is the account it belongs to,
    `parent` the bundle it is a member of."""

    county: TenantView
    place: str
    channel: str
    created_by: str
    query_code: str
    subject: int | None
    owner: int | None
    entrustment: UUID | None = None
    parent: UUID | None = None
    once: Once | None = None


def open_case(
    *, application: Application, version: ServiceVersion, actor: Principal, once: Once | None, at: datetime
) -> Opened:
    """Write the row of a new case, still without facts. Call inside the transaction that writes them."""
    subject = _subject(application, actor, at)
    settled = _settled(application, version, actor, subject, at)
    county = offices.tenant(actor.tenant_id)
    ground = Ground(
        county=county,
        place=place_of(actor, county),
        channel=application.channel,
        created_by=actor.key,
        query_code=new_query_code(),
        subject=subject,
        owner=settled.owner if settled else account_of(application, actor, at),
        entrustment=settled.entrustment if settled else None,
        once=once,
    )
    return enter(version, application.applicant, ground, filed_as(application, actor, ground.query_code), at)


def enter(
    version: ServiceVersion, who: Applicant, ground: Ground, filed: Mapping[str, Any], at: datetime
) -> Opened:
    """Write the row of a new case on this ground, still without facts; `filed` is what its dossier holds beside form
    and materials."""
    number = new_number(ground.county, _prefix(version), at)
    keyring = Keyring.current()
    Case.objects.create(
        id=uuid7(at),
        tenant_id=ground.county.id,
        number=number,
        query_hash=keyring.blind("query-code", number + ground.query_code),
        version_id=version.id,
        service_code=version.code,
        service_name=version.name,
        stage=Stage.NEW.value,
        head_hash=bytes(32),
        engine={"seq": 0, "stage": Stage.NEW.value},
        lead_department=version.department,
        departments=list(rules.departments_of(version)),
        place_code=ground.place,
        channel=ground.channel,
        applicant_kind=who.kind,
        applicant_name=mask_numbers(who.name.strip())[: filing.NAME_LENGTH],
        subject_id=ground.subject,
        applicant_user_id=ground.owner,
        entrustment_id=ground.entrustment,
        created_by=ground.created_by,
        command_id=ground.once.command_id if ground.once else None,
        command_hash=ground.once.command_hash if ground.once else None,
        wrapped_key=keyring.wrap(new_data_key()),
        created_at=at,
        parent_id=ground.parent,
    )
    case = read_by_number(number)
    assert case is not None
    return Opened(case, version, ground.query_code, filed, ground.entrustment)


@dataclass(frozen=True, slots=True)
class Lodging:
    """The first fact of a case: how it comes about, who is recorded for it, what it says beside the engine's words."""

    verb: str
    body: filing.Papers
    principal: str
    told: Mapping[str, Any]
    once: Once | None = None


def lodge(opened: Opened, lodging: Lodging, *, at: datetime, recorded_at: datetime) -> Answer:
    """Seal the application of a new case and write its first fact, which takes effect at `at`."""
    case, version, body = opened.case, opened.version, lodging.body
    content = {**opened.filed, "form": dict(body.form), "materials": filing.materials_to_json(body.materials)}
    row, noted = dossiers.enclose(
        case_id=case.id, wrapped_key=case.wrapped_key, version=1, kind=APPLICATION, content=content
    )
    command = Command(lodging.verb, {"skipped": list(forms.skipped_steps(version, body.form))})
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    facts = decide(State(), command, procedure=version.procedure, calendar=calendar, at=at)
    state = fold_all(facts)
    rows = chain(
        stream_id=case.id,
        seq=0,
        prev_hash=GENESIS,
        tenant_id=case.tenant_id,
        stream_kind=STREAM,
        principal=lodging.principal,
        recorded_at=recorded_at,
        facts=[NewFact(f.kind, {**f.data, "dossier": noted, **lodging.told}, f.effective_at) for f in facts],
        command_id=lodging.once.command_id if lodging.once else None,
        command_hash=lodging.once.command_hash if lodging.once else None,
    )
    derived = rules.derive(state, version, calendar, case.lead_department)
    write(case, rows, [row], derived)
    return Answer(
        number=case.number,
        state=state.stage.value,
        state_name=stage_name(state, version.procedure),
        seq=rows[-1].seq,
        due_at=derived.due_at,
        case_id=case.id,
        query_code=opened.query_code,
    )


def told_of(opened: Opened, channel: str) -> dict[str, Any]:
    """What the first fact says beside the engine's words: under which version, through which channel, by whose
    entrustment."""
    told = {"service": opened.version.code, "version": opened.version.number, "channel": channel}
    return told | ({"entrustment": str(opened.entrustment)} if opened.entrustment else {})


def filed_as(application: Application, actor: Principal, query_code: str) -> dict[str, Any]:
    """What the dossier holds beside form and materials."""
    return {
        "applicant": filing.applicant_to_json(application.applicant),
        "agent": agency.agent_to_json(application.agent),
        "query_code": query_code,
        "filed_by": actor.key,
    }


def name_applicant(
    case: Locked, who: Applicant, actor: Principal | Holder, *, draft: bool, at: datetime
) -> int | None:
    """Let the row of a case that is being filed show who applies; returns the subject, None for a draft.

    Whoever submits is recognised as a subject; half-written drafts make none. At the counter the case belongs to
    the account of the applicant's phone.
    """
    subject = None if draft else recognised(case.tenant_id, who, at)
    at_counter = isinstance(actor, Principal) and actor.has(*_COUNTER)
    account = _account_of(case.tenant_id, who.phone, at) if at_counter and not draft else None
    name_on_row(case, who.kind, mask_numbers(who.name.strip()), subject, account)
    return subject


def _subject(application: Application, actor: Principal, at: datetime) -> int | None:
    """The person or organisation, recognised by identity number; a draft does not settle it yet."""
    return None if application.draft else recognised(actor.tenant_id, application.applicant, at)


def _settled(
    application: Application, version: ServiceVersion, actor: Principal, subject: int | None, at: datetime
) -> agency.Settled | None:
    """The entrustment under which an agent hands in; a draft does not settle it yet."""
    if application.agent is None or subject is None:
        return None
    return agency.settle(application.agent, application.applicant, subject, actor, version.code, at)


def recognised(tenant_id: int, who: Applicant, at: datetime) -> int:
    """The subject with this identity number, made if it is new."""
    return people.recognise(
        tenant_id=tenant_id,
        kind=who.kind,
        name=who.name,
        id_type=who.id_type,
        id_number=who.id_number,
        phone=who.phone,
        at=at,
    ).id


def account_of(application: Application, actor: Principal, at: datetime) -> int | None:
    """Whose case it is: the applicant signed in, or at the counter the account of the applicant's phone.

    A draft may hold any words for a phone; such words are nobody's account.
    """
    if not actor.has(*_COUNTER):
        return actor.user_id
    phone = application.applicant.phone
    if application.draft and not is_valid_mobile(canonical(phone)):
        return None
    return _account_of(actor.tenant_id, phone, at)


def _account_of(tenant_id: int, phone: str, at: datetime) -> int:
    return accounts.applicant_account(tenant_id=tenant_id, phone=canonical(phone), at=at)


def _prefix(version: ServiceVersion) -> str:
    department = offices.department(version.tenant_id, version.department)
    return department.number_prefix if department else "QT"


def new_number(county: TenantView, prefix: str, at: datetime) -> str:
    """A number that no case and no bundle has."""
    row = fetch_one(_NEXT_SERIAL, [])
    assert row is not None
    serial: int = row[0]
    return STANDARD.make(county.region_code, civil_date(at), prefix, serial % 99_999 + 1)


def check(
    application: Application, version: ServiceVersion, actor: Principal, at: datetime
) -> tuple[filing.Papers, tuple[Problem, ...]]:
    """The cleaned application and every fault of it; a draft is only held to what it names."""
    version = agency.with_letter(version, application.agent)
    form = agency.said(application.form, version, application.agent)
    body = filing.Papers(form, application.materials)
    cleaned, problems = filing.checked(
        body, version, at_counter=actor.has(*_COUNTER), owners=frozenset({actor.key})
    )
    problems = (*filing.applicant_problems(application.applicant, version), *problems)
    if application.draft:
        return cleaned, tuple(p for p in problems if p.code.startswith("unknown"))
    who = application.applicant
    problems = (
        *agency.agent_problems(application.agent, who, actor, version.code, at),
        *agency.contradictions(form, version, application.agent),
        *problems,
    )
    return cleaned, problems
