"""One case: who and what, what may be done now, what has happened; its papers and the files handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.instants import civil_date, page_due
from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import LIFECYCLE, CaseSheet
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import (
    STAGE_TONES,
    happened,
    lamp_of_sheet,
    masked_applicant,
    running_clocks,
)
from onedoor.faces.parts import Row
from onedoor.faces.staff import STAFF, WORKERS, page

from . import agents
from .items import reads_item

#: The key of each verb's button.
VERB_KEYS = {
    "accept": "a",
    "notify_correction": "c",
    "decline": "x",
    "correct": "e",
    "review": "r",
    "suspend": "z",
    "resume": "g",
    "extend": "y",
    "decide": "d",
    "issue": "m",
    "deliver": "h",
    "withdraw": "w",
    "save_draft": "v",
    "submit": "t",
}
#: Verbs that end a case against the applicant's wish or for good.
GRAVE = frozenset({"decline", "withdraw"})
#: Verbs that are no step of a case's ordinary way.
ASIDE = frozenset({"suspend", "extend"})
#: Who may read an applicant's numbers in clear.
REVEALERS = WORKERS
#: What it is most often needed for.
PURPOSES = ("电话通知申请人", "核对来人身份", "与材料原件核对", "寄递证照")
#: Files a browser may show in its own window; everything else is downloaded.
SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
STEP_WORDS = {
    "waiting": "等前面的环节",
    "open": "办理中",
    "paused": "暂停",
    "done": "已办",
    "skipped": "不需要",
}
STEP_TONES = {"open": "door", "paused": "amber", "done": "jade"}


@dataclass(frozen=True, slots=True)
class Button:
    """A verb that may be done now, at one step; `place` names the step where the verb has several."""

    name: str
    url: str
    key: str
    place: str
    kind: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the procedure in words."""

    name: str
    department: str
    state: str
    tone: str
    due: str
    late: bool


@admits(STAFF)
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The page of a case."""
    principal, at = signed_in(request), now()
    sheet = cases.case_sheet(number, actor=principal, at=at)
    offered = buttons(sheet)
    words = {
        **head_words(sheet, at),
        "who": who_rows(sheet),
        "answers": [(title, list(rows)) for title, rows in groupby(sheet.answers, lambda row: row.section)],
        "buttons": [button for button in offered if not button.grave],
        "grave": [button for button in offered if button.grave],
        "reveals": principal.has(*REVEALERS),
        "reads_item": reads_item(principal, sheet.version.department),
        "changed": sum(row.was is not None for row in sheet.answers)
        + sum(row.was is not None for row in sheet.materials),
        "steps": step_lines(sheet),
        "around": cases.bundle_around(sheet.case_id, principal, at),
        "clocks": running_clocks(sheet, at),
        "today": civil_date(at),
        "entries": happened(sheet, f"/desk/cases/{sheet.number}/papers/"),
        "done": LIFECYCLE.get(request.GET.get("done", "")),
        "next": next_case(principal, sheet.number, at),
    }
    return page(request, "desk/case.html", words)


def head_words(sheet: CaseSheet, at: datetime) -> dict[str, object]:
    """What stands at the head of every page about one case."""
    return {
        "sheet": sheet,
        "tone": STAGE_TONES.get(sheet.stage, ""),
        "lamp": lamp_of_sheet(sheet, at),
        "applicant": masked_applicant(sheet.applicant.name, sheet.applicant.kind),
    }


def who_rows(sheet: CaseSheet) -> list[Row]:
    """Who applies for what, personal data masked."""
    who = sheet.applicant
    person = who.kind == "person"
    rows = [
        Row("申请人" if person else "申请单位", masked_applicant(who.name, who.kind)),
        Row("身份证号" if person else "统一社会信用代码", who.id_number),
        Row("手机号码", who.phone),
        *agents.rows(sheet.agent),
        Row("主办部门", sheet.department_name),
        Row("申请渠道", sheet.channel),
    ]
    return rows + ([Row("查询码", sheet.query_code)] if sheet.query_code else [])


def buttons(sheet: CaseSheet) -> list[Button]:
    """What this visitor may do now. A verb's first place has its key, further places have figures."""
    found: list[Button] = []
    taken: set[str] = set()
    for allowed in sheet.allowed:
        code = allowed.verb.code
        key = VERB_KEYS.get(code, "")
        if key in taken:
            key = str(sum(button.name == allowed.verb.name for button in found) + 1)
        taken.add(key)
        ordinary = not any(not button.grave for button in found) and code not in ASIDE
        kind = "" if ordinary and code not in GRAVE else "second"
        step = f"step={allowed.step}&" if allowed.step else ""
        url = f"/desk/cases/{sheet.number}/do/{code}?{step}seen={sheet.seq}"
        found.append(Button(allowed.verb.name, url, key, allowed.step_name, kind, code in GRAVE))
    return found


def step_lines(sheet: CaseSheet) -> list[StepLine]:
    """The procedure and how far it is."""
    return [
        StepLine(
            name=step.name,
            department=step.department,
            state=f"{STEP_WORDS[step.status]}：{step.outcome}" if step.outcome else STEP_WORDS[step.status],
            tone=STEP_TONES.get(step.status, ""),
            due=page_due(step.due_at) if step.due_at else "",
            late=step.late,
        )
        for step in sheet.steps
    ]


@admits(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """The applicant's numbers in clear, against a purpose that is recorded. Only the answer to the form shows them."""
    principal, at = signed_in(request), now()
    sheet = cases.case_sheet(number, actor=principal, at=at)
    purpose = request.POST.get("purpose", "")
    words = {**head_words(sheet, at), "purpose": purpose, "purposes": PURPOSES}
    if request.method != "POST":
        return page(request, "desk/reveal.html", words)
    try:
        people = cases.reveal(number, principal=principal, purpose=purpose, at=at)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return page(request, "desk/reveal.html", {**words, "refused": refused}, status=422)
    applicant = people.applicant
    person = applicant.kind == "person"
    shown = [
        Row("申请人" if person else "申请单位", applicant.name),
        Row("身份证号" if person else "统一社会信用代码", applicant.id_number),
        Row("手机号码", applicant.phone),
        *agents.in_clear(people.agent),
    ]
    return page(request, "desk/reveal.html", {**words, "shown": shown})


def next_case(principal: Principal, number: str, at: datetime) -> str:
    """The number of the case after this one in the inbox, or the first if this one is not there; "" for none."""
    numbers = [line.number for line in cases.inbox(principal, at=at).items]
    after = numbers[numbers.index(number) + 1 :] if number in numbers else numbers
    others = [other for other in (*after, *numbers) if other != number]
    return others[0] if others else ""


@admits(STAFF)
@require_safe
def paper(request: HttpRequest, number: str, paper_id: UUID) -> HttpResponse:
    """A paper of the case, to be read and printed."""
    at = now()
    sheet = cases.case_sheet(number, actor=signed_in(request), at=at)
    found = next((ref for ref in sheet.papers if ref.id == paper_id), None)
    if found is None:
        raise Refused("paper_not_found", "这个办件没有这份文书，请从办件页面打开。", status=404)
    return _file(papers.pdf(found.id, at), "application/pdf", f"{found.title}.pdf", inline=True)


@admits(STAFF)
@require_safe
def upload(request: HttpRequest, number: str, upload_id: UUID) -> HttpResponse:
    """A file that was handed in with the case. Only what the case's own materials name is given out."""
    sheet = cases.case_sheet(number, actor=signed_in(request), at=now())
    found = upload_in(sheet, upload_id)
    if found is None:
        raise Refused("upload_not_found", "这个办件没有这个文件，请从办件页面打开。", status=404)
    inline = found.media_type in SHOWN_INLINE
    return _file(papers.open_blob(found.sm3), found.media_type, found.name, inline=inline)


def upload_in(sheet: CaseSheet, upload_id: UUID) -> UploadView | None:
    """The upload, if a material of this case has it."""
    views = (view for material in sheet.materials for view in material.uploads)
    return next((view for view in views if view.id == upload_id), None)


def _file(body: bytes, media_type: str, name: str, *, inline: bool) -> HttpResponse:
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
