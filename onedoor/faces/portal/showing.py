"""A case in plain words: where it stands, what comes next, what has happened."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import segno
from django.http import HttpResponse

from onedoor.core.due import ExplainedDay, Unit
from onedoor.core.instants import civil_date, page_date, page_due
from onedoor.domain.cases.queries import CaseSheet, FactView, StepView
from onedoor.domain.papers.terms import PaperRef, PaperState
from onedoor.faces.parts import Entry, Row, Task


@dataclass(frozen=True, slots=True)
class Link:
    """A word that leads somewhere."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands: a headline, what comes next, and its tone ("", good, warn, bad)."""

    headline: str
    next: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ClockView:
    """The running limit as the day bar draws it; `due` is the last day, None while the clock stands still."""

    name: str
    days: tuple[ExplainedDay, ...]
    today: date
    due: date | None
    unit: str

    @property
    def stopped(self) -> bool:
        """Whether it stands still in a special procedure."""
        return self.due is None


_STANDINGS: Mapping[str, Standing] = {
    "draft": Standing("还没有提交", "填完各项内容后提交申请。"),
    "submitted": Standing(
        "已收到您的申请", "窗口会在 5 个工作日内告诉您是否受理；逾期没有告知的，从收到之日起就算受理。"
    ),
    "correcting": Standing("需要您补正", "请按下面列出的问题修改后重新提交，其他内容不用再填。", "warn"),
    "accepted": Standing("已受理，正在审查", "有关部门正在办理，不需要您做什么；有进展会发短信告诉您。"),
    "suspended": Standing(
        "正在进行特别程序",
        "依法需要的听证、检验、鉴定等所需的时间不计入办理期限；是什么程序、需要多久，写在特别程序告知书里。",
    ),
    "approved": Standing("已经同意", "正在制作证照或文书，做好后会发短信通知您。", "good"),
    "refused": Standing(
        "决定不予许可",
        "理由写在决定书里。不服决定的，可以按决定书写明的期限申请行政复议或者提起行政诉讼。",
        "bad",
    ),
    "issued": Standing("证照已经制好", "可以领取了，领取方式以短信或窗口告知为准。", "good"),
    "delivered": Standing("已办结", "请给这次办事评个价，帮助我们改进。", "good"),
    "declined": Standing("没有受理", "理由写在通知书里；补齐条件后可以重新申请。", "bad"),
    "withdrawn": Standing("已撤回", "这份申请不再办理；需要时可以重新申请。"),
}
#: What stands on the page that shows the progress alone, without what was written.
_LOGIN_TO_CORRECT = "要改什么、怎样改写在补正告知书里，登录后就能看到，也可以直接补正。"
#: The way of a case as applicants see it, and how far each stage has come on it.
WAY = ("提交", "受理", "审查决定", "出证送达", "办结")
_PLACES = {
    "draft": 1,
    "submitted": 2,
    "correcting": 2,
    "accepted": 3,
    "suspended": 3,
    "approved": 4,
    "refused": 4,
    "issued": 4,
    "delivered": 6,
}
_TONES = {
    "draft": "",
    "submitted": "door",
    "correcting": "amber",
    "accepted": "door",
    "suspended": "amber",
    "approved": "jade",
    "refused": "seal",
    "issued": "jade",
    "delivered": "jade",
    "declined": "seal",
    "withdrawn": "",
}
#: Kinds of facts that are of no interest to the applicant.
_QUIET = frozenset({"case.draft_saved", "case.step_overdue"})
#: What officials write for one another; the decision and its reasons reach the applicant as a paper.
_INTERNAL = frozenset({"意见"})
_FACT_TONES = {
    "case.correction_notified": "warn",
    "case.suspended": "warn",
    "case.extended": "warn",
    "case.declined": "bad",
    "case.overdue": "bad",
    "case.accepted": "good",
    "case.deemed_accepted": "good",
    "case.issued": "good",
    "case.delivered": "good",
}
_STEP_STATES = {
    "waiting": ("未开始", ""),
    "open": ("办理中", "door"),
    "paused": ("暂停", "amber"),
    "done": ("已办完", "jade"),
    "skipped": ("不需要", ""),
}


def standing(sheet: CaseSheet, at: datetime) -> Standing:
    """The headline of a case as it is at `at`; once it is rated nothing more is asked for."""
    if sheet.stage == "correcting":
        known = _STANDINGS["correcting"]
        what = known.next if sheet.correction else _LOGIN_TO_CORRECT
        return Standing(known.headline, term_words(sheet, at) + what, known.tone)
    if sheet.stage == "delivered" and sheet.state.rated:
        return Standing("已办结", "您已经评价过，谢谢。", "good")
    if sheet.stage == "delivered" and sheet.state.outcome == "refuse":
        return Standing("已办结：不予许可", _STANDINGS["refused"].next, "bad")
    if sheet.stage == "approved" and not sheet.makes:
        return Standing(
            "已经同意", "这个事项不用另外制证，决定书会尽快送达给您，有进展会发短信通知您。", "good"
        )
    return _STANDINGS[sheet.stage]


def term_words(sheet: CaseSheet, at: datetime) -> str:
    """By when to correct and what comes after, in sentences; "" where no term was told."""
    last = sheet.state.correct_by
    if last is None:
        return ""
    if civil_date(at) <= last:
        return f"请在 {page_date(last)}以前补正，当天也算；到期没有补正的，窗口可以不予受理。"
    return f"补正期限 {page_date(last)}已经过了；窗口作出不予受理的决定以前，您仍然可以补正。"


def tone_of(stage: str) -> str:
    """The colour of a stage's tag."""
    return _TONES.get(stage, "")


def place_on_way(sheet: CaseSheet) -> int:
    """Where on WAY the case is, 0 for a case that has left it."""
    return _PLACES.get(sheet.stage, 0)


def clock(sheet: CaseSheet, at: datetime) -> ClockView | None:
    """The running limit in whole days; limits in hours are told by their due instant alone."""
    running = sheet.running
    if running is None or running.limit.unit not in (Unit.WORKING_DAY, Unit.CALENDAR_DAY):
        return None
    run = next((r for r in sheet.runs if r.clock.code == running.code and r.ended_at is None), None)
    if run is None or not run.days:
        return None
    return ClockView(running.name, run.days, civil_date(at), running.due.date, running.limit.unit.value)


def due_words(sheet: CaseSheet) -> str:
    """By when the office has to act; "" while no limit runs."""
    instant = sheet.running.due.instant if sheet.running else None
    return page_due(instant) if instant else ""


def entries(sheet: CaseSheet, *, me: str = "", links: bool = False) -> tuple[Entry, ...]:
    """What has happened. `me` is the reader's own name in facts; with `links` papers can be opened."""
    papers = {paper.source_seq: paper for paper in sheet.papers} if links else {}
    return tuple(
        _entry(fact, sheet.number, papers.get(fact.seq), me)
        for fact in sheet.facts
        if fact.kind not in _QUIET
    )


def _entry(fact: FactView, number: str, paper: PaperRef | None, me: str) -> Entry:
    tone = "bad" if fact.late else _FACT_TONES.get(fact.kind, "")
    return Entry(
        what=fact.name,
        at=fact.effective_at,
        who="您本人" if me and fact.who == me else fact.who if me else "",
        detail="\n".join(f"{label}：{text}" for label, text in fact.details if label not in _INTERNAL),
        tone=tone,
        url=paper_url(number, paper) if paper else "",
        link=f"打开{paper.title}" if paper else "",
    )


def paper_url(number: str, paper: PaperRef) -> str:
    """Where a paper of one's own case can be opened."""
    return f"/cases/{number}/papers/{paper.id}.pdf"


def paper_tasks(sheet: CaseSheet) -> tuple[Task, ...]:
    """The papers of a case as a list of links."""
    return tuple(
        Task(
            paper.title,
            "有效" if paper.state is PaperState.VALID else "已作废",
            paper_url(sheet.number, paper),
            paper.document_number,
            "jade" if paper.state is PaperState.VALID else "seal",
        )
        for paper in reversed(sheet.papers)
    )


def steps(sheet: CaseSheet) -> tuple[Task, ...]:
    """The steps of the procedure and how far each is; nothing before acceptance."""
    if sheet.stage in ("draft", "submitted", "correcting", "declined"):
        return ()
    return tuple(_step(step) for step in sheet.steps if step.status != "skipped")


def _step(step: StepView) -> Task:
    state, tone = _STEP_STATES[step.status]
    if step.status == "done" and step.outcome:
        state = step.outcome
    if step.late and step.status == "open":
        state, tone = "已超时", "seal"
    return Task(step.name, state, "", step.department, tone)


def facts_of(sheet: CaseSheet) -> tuple[Row, ...]:
    """What a case is about, for the head of its page."""
    rows = [
        Row("事项", sheet.version.name),
        Row("办件编号", sheet.number, whole=True),
        Row("申请人", sheet.applicant.name),
        Row("主办部门", sheet.department_name),
        Row("申请渠道", sheet.channel),
        Row("咨询电话", sheet.version.phone or "12345"),
    ]
    return tuple(row for row in rows if row.value)


def answers(sheet: CaseSheet) -> tuple[Row, ...]:
    """What was applied for."""
    return tuple(Row(row.label, row.text) for row in sheet.answers if row.text)


def drawn_qr(text: str) -> HttpResponse:
    """A QR as an image of its own; pages carry no inline drawing."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=4, border=2, xmldecl=True, svgns=True)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
