"""How cases are shown to staff: a line of a list, a running limit, a line of what has happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from onedoor.core.calendar import Calendar
from onedoor.core.due import ExplainedDay, remaining
from onedoor.core.identifiers import mask_name
from onedoor.core.instants import civil_date
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import STAGE_NAMES, CaseLine, CaseSheet, FactView
from onedoor.domain.cases.terms import Special
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices.terms import Principal

from .parts import Entry
from .wording import left_zh

#: Stages in which the office has nothing more to do.
CONCLUDED = ("delivered", "declined", "withdrawn")
#: How many items are offered when several fit the words of a filter.
MOST_FINDS = 8
#: Why no limit runs.
STANDING_STILL = {"correcting": "等申请人", "draft": "还没提交"}
#: The colour of a stage's tag.
STAGE_TONES = {
    "submitted": "door",
    "correcting": "amber",
    "accepted": "door",
    "suspended": "amber",
    "approved": "jade",
    "issued": "jade",
    "refused": "seal",
    "declined": "seal",
}
#: The colour of a fact's mark in the timeline.
FACT_TONES = {
    "case.accepted": "good",
    "case.deemed_accepted": "warn",
    "case.correction_notified": "warn",
    "case.suspended": "warn",
    "case.resumed": "good",
    "case.extended": "warn",
    "case.declined": "bad",
    "case.issued": "good",
    "case.delivered": "good",
    "case.step_overdue": "bad",
    "case.overdue": "bad",
}
#: Stages that lists may be narrowed to. A draft is its writer's own affair.
STAGES = tuple(
    (stage.value, name) for stage, name in STAGE_NAMES.items() if stage.value not in ("new", "draft")
)


@dataclass(frozen=True, slots=True)
class Lamp:
    """The state of a clock: a lamp of the look with its words."""

    status: str
    words: str


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case as a row shows it, its applicant masked; `package` is the number that it was applied for with, or ""."""

    number: str
    applicant: str
    service_name: str
    service_code: str
    department: str
    stage_name: str
    tone: str
    lamp: Lamp
    received_at: datetime | None
    package: str = ""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A limit that runs now, drawn as a bar of days. `over` days follow the due day of a missed limit."""

    code: str
    name: str
    days: tuple[ExplainedDay | OverDay, ...]
    due: date | None
    unit: str
    provisional: bool

    @property
    def stopped(self) -> bool:
        """Whether it stands still in a special procedure."""
        return self.due is None

    @property
    def id(self) -> str:
        """A name for the drawing, different from those of other clocks."""
        return self.code.replace(":", "-")


@dataclass(frozen=True, slots=True)
class OverDay:
    """A day after the due day; `status` is over, or why it does not count."""

    date: date
    status: str = "over"


def listed(
    lines: Sequence[CaseLine], departments: dict[str, str] | None = None, *, tenant_id: int | None = None
) -> tuple[ListedCase, ...]:
    """Rows of a list; `departments` gives names by code. With a tenant, members of packages are marked as such, which
    costs one more query if there are any."""
    names = departments or {}
    wholes = {line.bundle for line in lines if line.bundle is not None}
    packages = cases.bundle_numbers(wholes, tenant_id) if wholes and tenant_id is not None else {}
    return tuple(
        ListedCase(
            number=line.number,
            applicant=masked_applicant(line.applicant_name, line.applicant_kind),
            service_name=line.service_name,
            service_code=line.service_code,
            department=names.get(line.department, line.department),
            stage_name=line.stage_name,
            tone=STAGE_TONES.get(line.stage, ""),
            lamp=lamp_of(line),
            received_at=line.received_at or line.created_at,
            package=packages.get(line.bundle, "") if line.bundle else "",
        )
        for line in lines
    )


def masked_applicant(name: str, kind: str) -> str:
    """A person's name masked; the name of an organisation is public."""
    return mask_name(name) if kind == "person" else name


def lamp_of(line: CaseLine) -> Lamp:
    """The lamp of a case in a list."""
    if line.stage in CONCLUDED:
        return Lamp("red", "已办结，曾超期") if line.overdue else Lamp("done", "已办结")
    if line.days_left is None:
        return still(line.stage, line.special)
    words = left_zh(line.days_left)
    return Lamp(line.lamp, f"{words}（曾超期）" if line.overdue and line.days_left >= 0 else words)


def still(stage: str, special: Special | None) -> Lamp:
    """The lamp of a clock that stands still. A special procedure that takes longer than was told is a warning."""
    if special is None:
        return Lamp("paused", STANDING_STILL.get(stage, "暂停计时"))
    if special.over:
        return Lamp("yellow", f"暂停超过预计 {-special.left} 个工作日")
    words = f"预计还有 {special.left} 个工作日" if special.left else "预计今天结束"
    return Lamp("paused", f"暂停计时（{words}）")


def lamp_of_sheet(sheet: CaseSheet, at: datetime) -> Lamp:
    """The lamp at the head of a case page: the limit that binds now."""
    late = bool(sheet.state.overdue)
    if sheet.stage in CONCLUDED:
        return Lamp("red", "已办结，曾超期") if late else Lamp("done", "已办结")
    due = sheet.running.due.date if sheet.running else None
    if due is None or sheet.calendar is None:
        return still(sheet.stage, sheet.special)
    left = remaining(civil_date(at), due, sheet.calendar)
    words = left_zh(left)
    if left >= 0 and late:
        return Lamp("red", f"{words}（曾超期）")
    return Lamp("red" if left < 0 else "yellow" if left <= 1 else "green", words)


def running_clocks(sheet: CaseSheet, at: datetime) -> tuple[RunningClock, ...]:
    """Every limit that runs now, the binding one first; a missed one goes on to today."""
    if sheet.running is None:
        return ()
    today, first = civil_date(at), sheet.running.code
    found = [
        RunningClock(
            code=run.clock.code,
            name=run.clock.name,
            days=(
                *run.days,
                *days_over(run.clock.due.date, today, sheet.calendar, run.clock.limit.unit.value),
            ),
            due=run.clock.due.date,
            unit=run.clock.limit.unit.value,
            provisional=run.clock.due.provisional,
        )
        for run in sheet.runs
        if run.ended_at is None
    ]
    return tuple(sorted(found, key=lambda clock: clock.code != first))


def days_over(
    due: date | None, today: date, calendar: Calendar | None, unit: str = "working"
) -> tuple[OverDay, ...]:
    """The days after the due day up to today, of which those count that the limit counts: a page must not call the
    same delay six working days and ten days. Late is late, even before the next day that counts."""
    if due is None:
        return ()
    days = [due + timedelta(days=n) for n in range(1, (today - due).days + 1)]
    off = {}
    if calendar is not None and unit == "working":
        off = {day: calendar.kind(day).value for day in days if not calendar.is_working(day)}
    if len(off) == len(days):
        off.pop(today, None)
    return tuple(OverDay(day, off.get(day, "over")) for day in days)


def doer(fact: FactView) -> str:
    """Who did it, as staff read it: the name of an applicant's account says less than that it was the applicant."""
    return "申请人" if fact.by_applicant else fact.who


def happened(sheet: CaseSheet, papers_at: str) -> tuple[Entry, ...]:
    """The timeline, newest first; `papers_at` is the address below which the case's papers are."""
    papers = {paper.source_seq: paper for paper in sheet.papers}
    entries = []
    for fact in sheet.facts:
        # How often somebody saved what they then submitted is no news to whoever works on it.
        if fact.kind == "case.draft_saved" and sheet.stage != "draft":
            continue
        paper = papers.get(fact.seq)
        entries.append(
            Entry(
                what=fact.name,
                at=fact.effective_at,
                who=doer(fact),
                detail="；".join(f"{label}：{text}" for label, text in fact.details),
                tone=FACT_TONES.get(fact.kind, ""),
                url=f"{papers_at}{paper.id}.pdf" if paper else "",
                link=f"{paper.title}（PDF）" if paper else "",
            )
        )
    return tuple(entries)


def onward(path: str, asked: Mapping[str, str], cursor: str) -> str:
    """The address of the next page of a list, "" on the last."""
    if not cursor:
        return ""
    kept = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode({**kept, 'cursor': cursor})}"


@dataclass(frozen=True, slots=True)
class ServiceAsked:
    """The item a list is narrowed to: `code` is "" without one, `name` "" if nothing was found; `others` are
    codes and names of further finds."""

    code: str = ""
    name: str = ""
    others: tuple[tuple[str, str], ...] = ()


def service_asked(principal: Principal, text: str, at: datetime) -> ServiceAsked:
    """The item a person means by a code, a name, everyday words or initials.

    A text that finds nothing is kept as a code, so that the list is empty, not whole.
    """
    if not text:
        return ServiceAsked()
    exact = catalog.in_force(principal.tenant_id, text, at)
    if exact is not None:
        return ServiceAsked(exact.code, exact.name)
    found = catalog.listing(principal.tenant_id, q=text, limit=MOST_FINDS).items
    if not found:
        return ServiceAsked(text)
    return ServiceAsked(found[0].code, found[0].name, tuple((card.code, card.name) for card in found[1:]))
