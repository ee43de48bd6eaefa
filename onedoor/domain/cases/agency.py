"""代办: an application made by an agent for its applicant, and who may do what with the case under an entrustment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from onedoor.core.identifiers import canonical, mask_id, mask_name, mask_phone
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.terms import Material, ServiceVersion
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.papers.terms import PaperKind
from onedoor.domain.people import actions as people
from onedoor.domain.people import queries as known
from onedoor.domain.people.terms import (
    ACT_NAMES,
    CAPACITY_NAMES,
    ENDING_NAMES,
    Act,
    Agency,
    AgentGiven,
    Capacity,
    PartyGiven,
    Told,
)

from .statements import Locked
from .terms import Applicant, Holder, MaterialGiven

_COUNTER: Final = (Role.CLERK, Role.TOWN)
#: What only an agent entrusted to receive may open.
RESULTS: Final = frozenset({PaperKind.APPROVAL, PaperKind.REFUSAL, PaperKind.LICENCE})
#: The data element of 是否代办, and the answer that an agent gives it.
BY_AGENT: Final = "case.by_agent"
YES: Final = "yes"
#: The material that an agent hands in beside those of the item.
LETTER: Final = "agent_letter"
_LETTERS: Final = {
    Capacity.ENTRUSTED.value: ("授权委托书", "写明代办事项、权限和期限，由委托人签名"),
    Capacity.STAFF.value: ("单位授权委托书", "写明经办事项、权限和期限，加盖单位公章"),
    Capacity.GUARDIAN.value: ("监护关系证明", "户口簿、出生医学证明或者指定监护的文书"),
}


@dataclass(frozen=True, slots=True)
class AgentView:
    """The agent of a case. `ending` is "" while the entrustment holds, `mine` whether the reader is the agent."""

    name: str
    id_number: str
    phone: str
    capacity: str
    acts: tuple[str, ...]
    until: date | None
    ending: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """Under which entrustment a case is filed, and whose account it is; None for nobody's."""

    entrustment: UUID
    owner: int | None


def agent_from(content: Mapping[str, Any]) -> AgentGiven | None:
    """From a dossier version or a payload; None where nobody acts for the applicant."""
    given = content.get("agent")
    if not given:
        return None
    lists = {name: tuple(given[name]) for name in ("acts", "notify") if name in given}
    return AgentGiven(**{**given, **lists})


def agent_to_json(agent: AgentGiven | None) -> dict[str, Any] | None:
    """The inverse of `agent_from`, without stray spaces."""
    if agent is None:
        return None
    return asdict(agent) | {
        "name": agent.name.strip(),
        "id_number": canonical(agent.id_number),
        "phone": canonical(agent.phone),
        "acts": list(agent.acts),
        "notify": list(agent.notify),
    }


def completed(agent: AgentGiven | None, actor: Principal | Holder, at: datetime) -> AgentGiven | None:
    """The agent in full: under a standing entrustment the rest is told by that, whatever was given."""
    if agent is None or not agent.entrustment or isinstance(actor, Holder):
        return agent
    found = known.standing_agent(agent.entrustment, agent=actor, at=at)
    return replace(found, notify=agent.notify) if found else agent


def with_letter(version: ServiceVersion, agent: AgentGiven | None) -> ServiceVersion:
    """The version as an application by this agent meets it: with the letter that proves what was entrusted.

    A standing entrustment was confirmed by its principal here and needs none; an item that asks for a letter of its
    own from whoever is represented gets no second one.
    """
    if agent is None or agent.entrustment or _asks_for_letter(version):
        return version
    name, note = _LETTERS.get(agent.capacity, _LETTERS[Capacity.ENTRUSTED.value])
    letter = Material(code=LETTER, name=name, note=note, basis="《中华人民共和国行政许可法》第二十九条")
    return replace(version, materials=(letter, *version.materials))


def fitting(materials: tuple[MaterialGiven, ...], agent: AgentGiven | None) -> tuple[MaterialGiven, ...]:
    """The materials without a letter that nobody asks for any more."""
    if agent is not None and not agent.entrustment:
        return materials
    return tuple(material for material in materials if material.code != LETTER)


def said(form: Mapping[str, Any], version: ServiceVersion, agent: AgentGiven | None) -> Mapping[str, Any]:
    """The answers, with 是否代办 answered where an agent has been named and the question was left open."""
    if agent is None:
        return form
    open_ = {code: YES for code in _asking(version) if form.get(code) in (None, "")}
    return {**form, **open_} if open_ else form


def contradictions(
    form: Mapping[str, Any], version: ServiceVersion, agent: AgentGiven | None
) -> tuple[Problem, ...]:
    """An agent beside the answer that nobody acts for the applicant."""
    if agent is None:
        return ()
    detail = "填写了代办人，这一项应选“是”；本人办理的，请去掉代办人。"
    asking = (code for code in _asking(version) if form.get(code) not in (None, "", YES))
    return tuple(Problem(f"/form/{code}", "agent_contradicted", detail) for code in asking)


def _asks_for_letter(version: ServiceVersion) -> bool:
    """Whether a material of the item depends on somebody's acting for the applicant."""
    asking = _asking(version)
    return any(code in material.when for code in asking for material in version.materials)


def _asking(version: ServiceVersion) -> list[str]:
    """The questions whether somebody acts for the applicant."""
    return [
        asked.code
        for section in version.sections
        for asked in section.fields
        if asked.element == BY_AGENT and YES in {option.value for option in asked.options}
    ]


def agent_problems(
    agent: AgentGiven | None, applicant: Applicant, actor: Principal | Holder, service: str, at: datetime
) -> tuple[Problem, ...]:
    """Every fault of the agent part, pointers under /agent; none where there is no agent."""
    if agent is None or isinstance(actor, Holder):
        return ()
    party = PartyGiven(**asdict(applicant))
    return known.agent_problems(
        agent, party, tenant_id=actor.tenant_id, actor_id=actor.user_id, service=service, at=at
    )


def settle(
    agent: AgentGiven, applicant: Applicant, subject: int, actor: Principal, service: str, at: datetime
) -> Settled:
    """The entrustment of a case that is being handed in by a faultless agent, and who owns the case.

    The case is the principal's: of the account of the applicant's telephone. An applicant without a telephone of
    its own gives the agent's; then the case is of no account, lest the agent keep it after the entrustment ends.
    """
    if agent.entrustment:
        key = UUID(agent.entrustment)
        return Settled(key, known.entrusting_account(key))
    tenant_id = actor.tenant_id
    agent_user = actor.user_id if not actor.has(*_COUNTER) else _account(tenant_id, agent.phone, at)
    owner: int | None = _account(tenant_id, applicant.phone, at)
    if owner == agent_user or canonical(applicant.phone) == canonical(agent.phone):
        owner = None
    stated = people.state_agent(
        tenant_id=tenant_id,
        principal=subject,
        principal_user=owner,
        agent=agent,
        agent_user=agent_user,
        service=service,
        by=actor.key,
        at=at,
    )
    return Settled(stated, owner)


def _account(tenant_id: int, phone: str, at: datetime) -> int:
    return accounts.applicant_account(tenant_id=tenant_id, phone=canonical(phone), at=at)


def acts_for(case: Locked, actor: Principal | Holder, at: datetime) -> bool:
    """Whether this actor is the agent of the case and its entrustment holds."""
    return (
        isinstance(actor, Principal)
        and case.agency is not None
        and case.agency.agent_user_id == actor.user_id
        and case.agency.ended_by(at) is None
    )


def owns(case: Locked, actor: Principal | Holder, at: datetime) -> bool:
    """Whether the case is this actor's own: as applicant, or as the applicant's agent for now."""
    if isinstance(actor, Holder):
        return False
    return case.applicant_user_id == actor.user_id or acts_for(case, actor, at)


def may_open(kind: PaperKind, case: Locked, actor: Principal, at: datetime) -> bool:
    """Whether a paper of this kind may be opened by one who sees the case: results go to the applicant, to staff,
    and to an agent who is entrusted to receive."""
    if kind not in RESULTS or case.applicant_user_id == actor.user_id or not acts_for(case, actor, at):
        return True
    return case.agency is not None and Act.RECEIVE in case.agency.acts


def ended(case: Locked, actor: Principal, at: datetime) -> Refused | None:
    """Why a former agent is shown the case no more; None for everybody else."""
    if case.agency is None or case.agency.agent_user_id != actor.user_id:
        return None
    ending = case.agency.ended_by(at)
    if ending is None:
        return None
    detail = (
        f"您受托办理这个办件的委托{ENDING_NAMES[ending]}，不能再查看或办理；确需继续的，请委托人重新委托。"
    )
    return Refused("entrustment_ended", detail, status=404)


def view(
    application: Mapping[str, Any], case: Locked, actor: Principal | Holder, at: datetime
) -> AgentView | None:
    """The agent of a case as this actor may see it: numbers masked; the name in clear to staff and parties."""
    given = agent_from(application)
    if given is None:
        return None
    ending = case.agency.ended_by(at) if case.agency else None
    return AgentView(
        name=given.name if isinstance(actor, Principal) else mask_name(given.name),
        id_number=mask_id(given.id_number) if given.id_number else "",
        phone=mask_phone(given.phone) if given.phone else "",
        capacity=CAPACITY_NAMES[Capacity(given.capacity)] if given.capacity else "",
        acts=tuple(ACT_NAMES[act] for act in Act if act.value in given.acts),
        until=case.agency.until if case.agency else _day(given.until),
        ending=ENDING_NAMES[ending] if ending else "",
        mine=acts_for(case, actor, at),
    )


def _day(text: str) -> date | None:
    """The day that a draft names; None while it names none: a draft may hold any words until it is filed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def on_paper(agent: AgentGiven) -> str:
    """The agent as a receipt names them: 王某（受委托人，11010*****0008）."""
    capacity = CAPACITY_NAMES[Capacity(agent.capacity)]
    return f"{agent.name}（{capacity}，证件号码 {mask_id(agent.id_number)}）"


def told(
    application: Mapping[str, Any], acting: Agency | None, at: datetime, *, begins: bool = False
) -> Iterator[tuple[str, str]]:
    """Whom a message about a case or bundle reaches: as what (`case` for the applicant, `agent`), at which telephone.

    An agent whose entrustment has ended is told nothing more; then, or where both have one telephone, the
    applicant is told. Of what `begins` the applicant is told as well when the agent alone says that there is an
    entrustment, so that nobody applies in another's name behind their back.
    """
    phone, agent = application["applicant"]["phone"], agent_from(application)
    holds = agent is not None and acting is not None and acting.ended_by(at) is None
    if agent is None or not holds or agent.phone == phone:
        yield "case", phone
        return
    alone = not agent.entrustment and acting and application.get("filed_by") == f"user:{acting.agent_user_id}"
    if Told.PRINCIPAL in agent.notify or (begins and alone):
        yield "case", phone
    if Told.AGENT in agent.notify:
        yield "agent", agent.phone
