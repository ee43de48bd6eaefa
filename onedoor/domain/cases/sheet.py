"""One case in full, as its page shows it: put together from the row, the journal and the dossier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from onedoor.core.calendar import Calendar
from onedoor.core.identifiers import mask_id, mask_name, mask_phone
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperKind, PaperRef

from . import agency, contents, dossiers, lineage, rules
from .agency import AgentView
from .contents import AnswerRow, CorrectionItem, MaterialRow
from .dossiers import APPLICATION
from .engine.clocks import STEP, Clock, clocks
from .engine.procedure import finished, making_step, opened_at, stage_name
from .engine.schemas import METHOD_NAMES, SPECIAL_NAMES
from .engine.terms import Happened, Kind, Stage, State
from .events import KIND_NAMES, MIGRATED
from .history import ClockRun, Law, clock_runs
from .rules import Allowed
from .specials import special_of
from .statements import Locked
from .terms import SATISFACTION, Holder, Special

#: Who may see and print what stands on the receipt, the query code among it.
_COUNTER = (Role.CLERK, Role.TOWN)
#: What officials write for one another.
INTERNAL = frozenset({"opinion"})
OUTCOME_NAMES = {"pass": "通过", "object": "不同意", "approve": "准予", "refuse": "不予", "made": "已制证"}
CHANNEL_NAMES = {"window": "窗口", "web": "网上", "mobile": "手机", "kiosk": "自助终端", "agent": "代办"}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the procedure: `status` is waiting, open, paused, done or skipped."""

    code: str
    name: str
    department: str
    status: str
    outcome: str
    since: datetime | None
    done_at: datetime | None
    due_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class FactView:
    """One line of what has happened. `details` are (label, text); `late` marks a missed limit, `by_applicant` what
    the applicant's own account did."""

    seq: int
    kind: str
    name: str
    who: str
    effective_at: datetime
    recorded_at: datetime
    details: tuple[tuple[str, str], ...]
    hash: str
    late: bool
    by_applicant: bool = False


@dataclass(frozen=True, slots=True)
class ApplicantView:
    """Who applies, masked unless `masked` is False."""

    kind: str
    name: str
    id_number: str
    phone: str
    masked: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case in full. `running` is the limit that binds the office now, None when none runs."""

    case_id: UUID
    number: str
    query_code: str | None
    version: ServiceVersion
    state: State
    stage: str
    stage_name: str
    seq: int
    channel: str
    applicant: ApplicantView
    department_name: str
    received_at: datetime | None
    running: Clock | None
    runs: tuple[ClockRun, ...]
    steps: tuple[StepView, ...]
    facts: tuple[FactView, ...]
    answers: tuple[AnswerRow, ...]
    materials: tuple[MaterialRow, ...]
    correction: tuple[CorrectionItem, ...]
    papers: tuple[PaperRef, ...]
    allowed: tuple[Allowed, ...]
    form: Mapping[str, Any] = field(default_factory=dict)
    agent: AgentView | None = None
    calendar: Calendar | None = None
    special: Special | None = None

    @property
    def makes(self) -> bool:
        """Whether a licence or other paper is made before the case is handed over."""
        return making_step(self.version.procedure, self.state.skipped) is not None

    @property
    def mended(self) -> bool:
        """Whether the application has been corrected, and its rows tell what stood there before."""
        return any(fact.kind == "case.corrected" for fact in self.facts)


def compose(
    case: Locked, actor: Principal | Holder, version: ServiceVersion, at: datetime, channel: str
) -> CaseSheet:
    """The sheet as this actor may see it. The applicant and the query code's holder see what they gave; staff see
    identity numbers and phones masked; a holder sees no dossier at all."""
    journalled = journal.facts(case.id)
    disclosed = _disclosed(case, actor)
    given = contents.applications(journalled, disclosed)
    application = given.latest
    version = agency.with_letter(version, agency.agent_from(application))
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    limits = rules.limits_of(version)
    running = clocks(case.state, procedure=version.procedure, limits=limits, calendar=calendar)
    names = {code: d.name for code, d in offices.departments(case.tenant_id).items()}
    return CaseSheet(
        case_id=case.id,
        number=case.number,
        query_code=application.get("query_code") if sees_code(case, actor, at) else None,
        version=version,
        state=case.state,
        stage=case.state.stage.value,
        stage_name=stage_name(case.state, version.procedure),
        seq=case.seq,
        channel=CHANNEL_NAMES.get(channel, channel),
        applicant=_applicant(application, actor, case, at),
        department_name=names.get(case.lead_department, case.lead_department),
        received_at=case.state.received_at,
        running=running[0] if running else None,
        runs=clock_runs(_under_law(journalled, case), calendar=calendar, at=at),
        steps=_steps(case.state, version, running, names, at),
        facts=_facts(journalled, _told(disclosed, actor, case, at), version, case),
        answers=contents.answers(given, version, case.state),
        materials=contents.materials(given, version, case.state),
        correction=contents.correction(journalled, disclosed, version, case.state),
        papers=_papers(case, actor, at),
        allowed=rules.allowed(actor, case.state, case.standing(at), version.procedure, at),
        form=application.get("form", {}),
        agent=agency.view(application, case, actor, at),
        calendar=calendar,
        special=_special(case, journalled, at),
    )


def _special(case: Locked, facts: tuple[Fact, ...], at: datetime) -> Special | None:
    """The special procedure that stops the clocks now."""
    if case.state.stage is not Stage.SUSPENDED:
        return None
    begun = next((fact for fact in reversed(facts) if fact.kind == Kind.SUSPENDED), None)
    return special_of(begun, offices.current_calendar(case.tenant_id), at) if begun else None


def _under_law(facts: tuple[Fact, ...], case: Locked) -> Iterator[tuple[Happened, Law]]:
    """The facts, each with the law under which the case stood after it."""
    for fact in facts:
        version = catalog.version(lineage.version_at(facts, fact.seq, case.version_id))
        law = Law(version.procedure, rules.limits_of(version))
        yield Happened(fact.kind, fact.data, fact.effective_at), law


def _disclosed(case: Locked, actor: Principal | Holder) -> dict[int, Any]:
    if isinstance(actor, Holder):
        return {}
    return dossiers.disclose(case_id=case.id, wrapped_key=case.wrapped_key)


def _told(disclosed: dict[int, Any], actor: Principal | Holder, case: Locked, at: datetime) -> dict[int, Any]:
    """What of the dossier stands beside the facts. Officials' opinions are for one another; the decision and its
    reasons reach the applicant as a paper."""
    if not agency.owns(case, actor, at):
        return disclosed
    return {
        version: {name: text for name, text in written.items() if name not in INTERNAL}
        for version, written in disclosed.items()
    }


def sees_code(case: Locked, actor: Principal | Holder, at: datetime) -> bool:
    """Whether this actor may read the query code and the receipt that bears it."""
    if isinstance(actor, Holder):
        return False
    return agency.owns(case, actor, at) or actor.has(*_COUNTER)


def _applicant(
    application: Mapping[str, Any], actor: Principal | Holder, case: Locked, at: datetime
) -> ApplicantView:
    who = application.get("applicant", {})
    own = agency.owns(case, actor, at)
    name, number, phone = who.get("name", ""), who.get("id_number", ""), who.get("phone", "")
    if own:
        return ApplicantView(who.get("kind", ""), name, mask_id(number), mask_phone(phone), False)
    shown = name if isinstance(actor, Principal) else mask_name(name)
    return ApplicantView(who.get("kind", ""), shown, mask_id(number), mask_phone(phone), True)


def _steps(
    state: State, version: ServiceVersion, running: tuple[Clock, ...], names: Mapping[str, str], at: datetime
) -> tuple[StepView, ...]:
    done = finished(state)
    dues = {clock.code: clock.due.instant for clock in running}
    found = []
    for step in version.procedure.steps:
        end = done.get(step.code)
        since = opened_at(step, version.procedure, state, done)
        status = (
            "done" if end else "skipped" if step.code in state.skipped else "open" if since else "waiting"
        )
        if status == "open" and state.stage is Stage.SUSPENDED:
            status = "paused"
        elif status == "open" and state.stage not in (Stage.ACCEPTED, Stage.APPROVED):
            status = "waiting"
        due_at = dues.get(STEP + step.code)
        found.append(
            StepView(
                code=step.code,
                name=step.name,
                department=names.get(step.department, step.department),
                status=status,
                outcome=OUTCOME_NAMES.get(end.outcome, "") if end else "",
                since=since,
                done_at=end.at if end else None,
                due_at=due_at,
                late=STEP + step.code in state.overdue or (due_at is not None and at > due_at),
            )
        )
    return tuple(found)


def _facts(
    facts: tuple[Fact, ...], disclosed: dict[int, Any], version: ServiceVersion, case: Locked
) -> tuple[FactView, ...]:
    """Newest first."""
    ids = {int(f.principal.removeprefix("user:")) for f in facts if f.principal.startswith("user:")}
    people = offices.users(ids)
    found = []
    for fact in facts:
        user = (
            people.get(int(fact.principal.removeprefix("user:")))
            if fact.principal.startswith("user:")
            else None
        )
        mine = user is not None and case.agency is not None and user.id == case.agency.agent_user_id
        known = f"{user.name}（代办人）" if user and mine else user.name if user else ""
        who = known or {"law": "依法自动发生", "holder": "凭查询码"}.get(fact.principal, "系统")
        found.append(
            FactView(
                seq=fact.seq,
                kind=fact.kind,
                name=KIND_NAMES.get(fact.kind, fact.kind),
                who=who,
                effective_at=fact.effective_at,
                recorded_at=fact.recorded_at,
                details=_details(fact, disclosed, version),
                hash=fact.hash.hex(),
                late=fact.kind.endswith("overdue"),
                by_applicant=user is not None and user.id == case.applicant_user_id,
            )
        )
    return tuple(reversed(found))


_WRITTEN_NAMES = {
    "opinion": "意见",
    "reasons": "理由",
    "note": "说明",
    "reason": "原因",
    "result": "结果",
    "receiver": "领取人",
    "courier_number": "寄递单号",
    "text": "评价",
}


def _details(fact: Fact, disclosed: dict[int, Any], version: ServiceVersion) -> tuple[tuple[str, str], ...]:
    found = []
    steps = {step.code: step.name for step in version.procedure.steps}
    if "step" in fact.data:
        found.append(("环节", steps.get(fact.data["step"], fact.data["step"])))
    if "outcome" in fact.data:
        found.append(("结论", OUTCOME_NAMES.get(fact.data["outcome"], fact.data["outcome"])))
    if "method" in fact.data:
        found.append(("方式", METHOD_NAMES.get(fact.data["method"], fact.data["method"])))
    if "kind" in fact.data:
        found.append(("特别程序", SPECIAL_NAMES.get(fact.data["kind"], fact.data["kind"])))
    if "days" in fact.data:
        asked = "所需时间" if "kind" in fact.data else "延长"
        found.append((asked, f"{fact.data['days']} 个工作日"))
    if fact.kind == MIGRATED:
        found.append(("事项版本", f"第 {fact.data['from']} 版改为第 {fact.data['to']} 版"))
    if "level" in fact.data:
        found.append(("满意度", SATISFACTION[fact.data["level"]]))
    noted = fact.data.get("dossier")
    if noted and noted["kind"] != APPLICATION:
        written = disclosed.get(noted["version"], {})
        found += [(_WRITTEN_NAMES[name], text) for name, text in written.items() if name in _WRITTEN_NAMES]
        found += [("补正", f"{item['reason']}（{item['mend']}）") for item in written.get("items", ())]
    return tuple(found)


def _papers(case: Locked, actor: Principal | Holder, at: datetime) -> tuple[PaperRef, ...]:
    if isinstance(actor, Holder):
        return ()
    found = tuple(ref for ref in papers.papers_of(case.id) if agency.may_open(ref.kind, case, actor, at))
    if sees_code(case, actor, at):
        return found
    return tuple(ref for ref in found if ref.kind is not PaperKind.RECEIPT)
