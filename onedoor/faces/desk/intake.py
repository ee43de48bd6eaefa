"""综合窗口 intake: find the item, fill one dense page, receive and accept, hand over the papers, next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions, counter
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.counter import Begun
from onedoor.domain.cases.terms import Answer, Application, MaterialGiven
from onedoor.domain.catalog import forms
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.domain.people.terms import AgentGiven
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import masked_applicant, onward
from onedoor.faces.staff import COUNTER, page

from . import agents, application
from .application import Filled
from .casepage import head_words, who_rows
from .once import FIELD, SENT_BEFORE, key_of, new_key, once
from .payloads import faults_by_name

#: Acts of the intake page's buttons: receive and accept, receive only, receive and tell what is missing.
ACCEPT, RECEIVE, CORRECT = "accept", "receive", "correct"
#: Packages beside the items that were found, and on a page of their own.
A_FEW, MOST = 3, 100
#: In the address of a page that lists packages only.
PACKAGES = "packages"
#: The act that ticks every material, and draws the page anew.
TICK_ALL = "tick"
#: What is said at a material without which the application must not be accepted.
LACKING = "还没有“{}”，请收取或上传；交不齐的，选“收件并告知补正”。"
#: Papers that an applicant takes home from the counter, by what has happened.
EXPECTED_PAPERS = {"submitted": ("receipt",), "accepted": ("receipt", "acceptance")}


@dataclass(frozen=True, slots=True)
class Intake:
    """An application being taken down at the counter."""

    principal: Principal
    version: ServiceVersion
    at: datetime
    key: str
    filled: Filled
    agent: AgentGiven | None = None


@admits(COUNTER)
@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Find the item or the package by name, everyday words, pinyin or initials; go on with a package that was begun."""
    principal = signed_in(request)
    asked, only = request.GET.get("q", "").strip(), request.GET.get("only", "")
    cursor = request.GET.get("cursor") or None
    together = packages.packages(principal.tenant_id, q=asked, limit=A_FEW if only != PACKAGES else MOST)
    found = catalog.listing(principal.tenant_id, q=asked, cursor=cursor)
    words = {
        "asked": asked,
        "found": found,
        "only": only,
        "together": together,
        "shown": together.items if only == PACKAGES or (asked and cursor is None) else (),
        "begun": begun(principal),
        "next_url": onward("/desk/intake", {"q": asked}, found.next_cursor or ""),
    }
    return page(request, "desk/intake_pick.html", words)


def begun(principal: Principal, package: str = "") -> list[tuple[Begun, str]]:
    """The packages that were begun here, of one kind or all, each with its applicant as pages name them."""
    return [
        (each, masked_applicant(each.applicant_name, each.applicant_kind))
        for each in counter.drafts(principal)
        if package in ("", each.package)
    ]


@admits(COUNTER)
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest, service: str) -> HttpResponse:
    """The whole application on one page."""
    principal, at = signed_in(request), now()
    version = catalog.in_force(principal.tenant_id, service, at)
    if version is None:
        raise Refused("unknown_service", f"没有在办的事项“{service}”，请重新查找。", status=404)
    if version.ex_officio:
        raise Refused("ex_officio", "这个事项由部门依职权办理，不用申请，窗口不收件。")
    if not version.ready:
        raise Refused(
            "service_not_ready", "这个事项还没有完善办理流程和表单，暂时不能在系统收件，请联系事项管理员。"
        )
    if request.method != "POST":
        return _show(request, Intake(principal, version, at, new_key(), application.nobody(version)))
    agent = agents.read(request.POST)
    version = cases.with_letter(version, agent)
    filled = application.read(request, version, principal, at)
    filled = replace(filled, answers=cases.said(filled.answers, version, agent))
    return _go_on(request, Intake(principal, version, at, key_of(request.POST), filled, agent))


def _go_on(request: HttpRequest, taken: Intake) -> HttpResponse:
    wanted = request.POST.get("form-act", ACCEPT)
    if wanted == TICK_ALL:
        ticked = application.received_all(taken.version, taken.filled)
        return _show(request, replace(taken, filled=ticked))
    if application.redrawn(request.POST):
        return _show(request, taken)
    problems = (*taken.filled.problems, *(_kept_from(taken) if wanted == ACCEPT else ()))
    if problems:
        return _show(request, taken, problems)
    try:
        answer = file(taken)
    except Refused as refused:
        return _show(request, taken, problems_of(taken, refused))
    return _received(taken, answer, wanted)


def _kept_from(taken: Intake) -> tuple[Problem, ...]:
    """Everything that keeps the application from being received and accepted, told at once: what an applicant has to
    fetch and what was typed wrongly."""
    lacking = missing(taken)
    try:
        faults = cases.filing_problems(application_of(taken), actor=taken.principal, at=taken.at)
    except Refused as refused:
        return (*problems_of(taken, refused), *lacking)
    return told_once(taken, faults, lacking)


def told_once(taken: Intake, faults: Iterable[Problem], lacking: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Faults of the application at their places, and what is lacking where nothing else is wrong."""
    placed = application.problems_at(faults, handed_in(taken))
    told = {problem.pointer for problem in placed}
    return (*placed, *(problem for problem in lacking if problem.pointer not in told))


def missing(taken: Intake) -> tuple[Problem, ...]:
    """The materials without which the application must not be accepted: their absence is told, once, instead."""
    given = {m.code for m in handed_in(taken)}
    called_for = forms.materials_for(taken.version, taken.filled.answers)
    lacking = [m for m in called_for if m.code not in given and not application.proof_of(m)]
    return tuple(Problem(f"/way-{m.code}", "material_missing", LACKING.format(m.name)) for m in lacking)


def handed_in(taken: Intake) -> tuple[MaterialGiven, ...]:
    """What is handed in, of the materials that the answers call for."""
    called_for = forms.materials_for(taken.version, taken.filled.answers)
    return taken.filled.materials(material.code for material in called_for)


def application_of(taken: Intake) -> Application:
    """What the cases room is given."""
    return Application(
        service=taken.version.code,
        applicant=taken.filled.applicant,
        channel="window",
        form=taken.filled.answers,
        materials=handed_in(taken),
        agent=taken.agent,
    )


def file(taken: Intake) -> Answer:
    """Create the case."""
    filing = application_of(taken)
    return actions.file(
        application=filing,
        actor=taken.principal,
        at=taken.at,
        once=once(taken.key, act="intake", content=asdict(filing)),
    )


def _received(taken: Intake, answer: Answer, wanted: str) -> HttpResponse:
    """Accept if that was wanted, and lead on. A case that cannot be accepted has been received all the same."""
    if wanted == CORRECT:
        return HttpResponseRedirect(f"/desk/cases/{answer.number}/do/notify_correction")
    done = f"/desk/intake/done/{answer.number}"
    if wanted == ACCEPT:
        try:
            accept(taken, answer.number)
        except Refused:
            return HttpResponseRedirect(f"{done}?accepted=no")
    return HttpResponseRedirect(done)


def accept(taken: Intake, number: str) -> None:
    """Accept what has just been received."""
    actions.perform(
        number=number,
        verb="accept",
        payload={},
        actor=taken.principal,
        at=taken.at,
        once=once(taken.key, act="accept", content={"number": number}),
    )


def problems_of(taken: Intake, refused: Refused) -> tuple[Problem, ...]:
    """What was refused, at the places of the form."""
    if refused.code == "idempotency_key_reused":
        return (Problem("/", refused.code, SENT_BEFORE),)
    placed = application.problems_at(refused.errors, handed_in(taken))
    return placed or (Problem("/", refused.code, refused.detail),)


def _show(request: HttpRequest, taken: Intake, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    words = form_words(taken, problems, f"/desk/intake/{taken.version.code}")
    return page(request, "desk/intake.html", words, status=422 if problems else 200)


def form_words(taken: Intake, problems: tuple[Problem, ...], path: str) -> dict[str, Any]:
    """What a page draws the application from; `path` is where it is sent."""
    version, filled = taken.version, taken.filled
    faults = faults_by_name(problems)
    parts = application.parts(version, filled, faults)
    return {
        "version": version,
        "problems": problems,
        "once_field": FIELD,
        "key": taken.key,
        "applicant_controls": application.applicant_controls(version, filled.applicant, faults),
        "agent_controls": agents.controls(taken.agent, civil_date(taken.at), faults),
        "agent": taken.agent,
        "parts": parts,
        "slots": application.slots(parts),
        "materials": application.material_lines(version, filled, faults),
        "refresh_url": path,
    }


@admits(COUNTER)
@require_safe
def received(request: HttpRequest, number: str) -> HttpResponse:
    """What the applicant is told and takes home. Papers are made in the background; the page asks again for them."""
    principal, at = signed_in(request), now()
    sheet = cases.case_sheet(number, actor=principal, at=at)
    made = {paper.kind.value for paper in sheet.papers}
    words = {
        **head_words(sheet, at),
        "who": who_rows(sheet),
        "papers_pending": not made.issuperset(EXPECTED_PAPERS.get(sheet.stage, ())),
        "not_accepted": request.GET.get("accepted") == "no" and sheet.stage == "submitted",
        "unprintable": papers.missing_glyphs(sheet.applicant.name),
    }
    return page(request, "desk/intake_done.html", words)
