"""A package 一件事 at the counter: its questions and its plan, one form, one set of papers, one receipt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions, counter
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.cases.terms import Answer, Application, BundleStage, MaterialGiven
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.people.terms import AgentGiven
from onedoor.faces import planning
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.packageasking import asking, query_of
from onedoor.faces.staff import COUNTER, page

from . import agents, application, intake
from .application import Filled
from .intake import ACCEPT, TICK_ALL, Intake
from .once import key_of, new_key, once

#: The act that keeps what has been taken down, to go on with later.
KEEP = "keep"
#: What is said when the draft was kept from another page meanwhile.
MOVED_ON = "这份申请刚在另一个页面保存过。请核对这一页，再按一次就以这一页为准。"


@dataclass(frozen=True, slots=True)
class Whole:
    """A package being taken down: its plan, what stands in the merged form, and the address of the page. `number` is
    its draft's, `seq` where that stands and `seen` what the page showed of it; "" and 0 while nothing is kept."""

    plan: Plan
    taken: Intake
    path: str
    number: str = ""
    seq: int = 0
    seen: int = 0


@admits(COUNTER)
@require_safe
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """The questions of a package, to be answered with who stands there, and everything that it then needs."""
    principal, at = signed_in(request), now()
    asked = asking(packages.package(principal.tenant_id, code, at), request.GET, at)
    words = {
        "package": asked.package,
        "asked": asked,
        "problems": asked.problems,
        "whole": asked.plan,
        "plan": planning.compose(asked.plan),
        "begun": intake.begun(principal, asked.package.code),
    }
    return page(request, "desk/intake_package.html", words, status=422 if asked.problems else 200)


@admits(COUNTER)
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, code: str) -> HttpResponse:
    """The merged form and list of a plan, on one page."""
    principal, at = signed_in(request), now()
    asked = asking(packages.package(principal.tenant_id, code, at), request.GET, at)
    if asked.problems or not asked.plan.can_be_filed:
        return HttpResponseRedirect(f"/desk/intake/packages/{code}?{request.GET.urlencode()}")
    path = f"/desk/intake/packages/{code}/form?{query_of(asked.plan)}"
    if request.method == "POST":
        return _go_on(request, Whole(asked.plan, _read(request, asked.plan, at), path))
    version = counter.merged_form(asked.plan)
    filled = replace(application.nobody(version), answers=counter.known_answers(asked.plan))
    return _show(request, Whole(asked.plan, Intake(principal, version, at, new_key(), filled), path))


@admits(COUNTER)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, number: str) -> HttpResponse:
    """The same page, gone on with."""
    principal, at = signed_in(request), now()
    sheet = cases.bundle_draft(number, actor=principal, at=at)
    if sheet is None or sheet.plan is None:
        raise cases.not_found()
    path = f"/desk/intake/together/{number}/draft"
    if request.method != "POST":
        taken = Intake(principal, sheet.version, at, new_key(), _kept(sheet), sheet.agent)
        return _show(request, Whole(sheet.plan, taken, path, number, sheet.seq, sheet.seq))
    kept = frozenset(view.id for material in sheet.materials for view in material.uploads)
    taken = _read(request, sheet.plan, at, kept)
    return _go_on(request, Whole(sheet.plan, taken, path, number, sheet.seq, _seen(request, sheet)))


def _seen(request: HttpRequest, sheet: DraftSheet) -> int:
    """What the page that was sent had shown of the draft."""
    text = request.POST.get("form-seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else sheet.seq


def _kept(sheet: DraftSheet) -> Filled:
    """A draft as its page shows it."""
    applicant = sheet.applicant if sheet.applicant.kind else application.nobody(sheet.version).applicant
    assert sheet.plan is not None
    return Filled(
        applicant=applicant,
        answers={**counter.known_answers(sheet.plan), **sheet.form},
        ways={each.material.code: each.way for each in sheet.materials},
        uploads={each.material.code: each.uploads for each in sheet.materials},
    )


def _read(request: HttpRequest, plan: Plan, at: datetime, kept: frozenset[UUID] = frozenset()) -> Intake:
    """What was sent of the merged form."""
    principal, agent = signed_in(request), agents.read(request.POST)
    version = counter.merged_form(plan, agent)
    filled = application.read(request, version, principal, at, kept)
    filled = replace(filled, answers=cases.said(filled.answers, version, agent))
    return Intake(principal, version, at, key_of(request.POST), filled, agent)


def _go_on(request: HttpRequest, whole: Whole) -> HttpResponse:
    taken, wanted = whole.taken, request.POST.get("form-act", ACCEPT)
    if wanted == TICK_ALL:
        ticked = application.received_all(taken.version, taken.filled)
        return _show(request, replace(whole, taken=replace(taken, filled=ticked)))
    if application.redrawn(request.POST):
        return _show(request, whole)
    problems = (*taken.filled.problems, *_kept_from(whole, wanted))
    if problems:
        return _show(request, whole, problems)
    try:
        answer = _file(whole, draft=wanted == KEEP)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        if refused.code == "overtaken":
            moved_on = Problem("/", refused.code, MOVED_ON)
            return _show(request, replace(whole, seen=whole.seq), (moved_on,))
        return _show(request, whole, intake.problems_of(taken, refused))
    if wanted == KEEP:
        return HttpResponseRedirect(f"/desk/intake/together/{answer.number}/draft?kept=1")
    return _received(whole, answer, wanted)


def _kept_from(whole: Whole, wanted: str) -> tuple[Problem, ...]:
    """Everything that keeps the members from being received, and accepted if that is wanted, told at once."""
    if wanted == KEEP:
        return ()
    taken = whole.taken
    lacking = intake.missing(taken) if wanted == ACCEPT else ()
    try:
        filing = _application(whole, draft=False)
        faults = counter.filing_problems(filing, actor=taken.principal, at=taken.at)
    except Refused as refused:
        return (*intake.problems_of(taken, refused), *lacking)
    return intake.told_once(taken, faults, lacking)


def _application(whole: Whole, *, draft: bool) -> Application:
    """What the cases room is given."""
    return replace(
        intake.application_of(whole.taken),
        service="",
        package=whole.plan.code,
        answers=whole.plan.answers,
        draft=draft,
    )


def _file(whole: Whole, *, draft: bool) -> Answer:
    """Hand the package in, or keep it as far as it goes; a draft goes on under its number."""
    taken, filing = whole.taken, _application(whole, draft=draft)
    if not whole.number:
        key = once(taken.key, act=KEEP if draft else "intake", content=asdict(filing))
        return actions.file(application=filing, actor=taken.principal, at=taken.at, once=key)
    payload = _payload(whole, filing)
    verb = "save_draft" if draft else "submit"
    return actions.perform(
        number=whole.number,
        verb=verb,
        payload=payload,
        actor=taken.principal,
        at=taken.at,
        expect=whole.seen,
        once=once(taken.key, act=verb, content=payload),
    )


def _payload(whole: Whole, filing: Application) -> dict[str, Any]:
    """The application as the verbs of a draft take it: what is not on the page any more is taken back."""
    version, given = whole.taken.version, {each.code: each for each in filing.materials}
    fields = [field for section in version.sections for field in section.fields]
    nothing: dict[str, Any] = {"choices": [], "group": []}
    return {
        "applicant": asdict(filing.applicant),
        "form": {each.code: filing.form.get(each.code, nothing.get(each.type, "")) for each in fields},
        "materials": [
            _material(given.get(each.code) or MaterialGiven(each.code, "upload"))
            for each in version.materials
        ],
        "agent": _agent(filing.agent),
    }


def _material(given: MaterialGiven) -> dict[str, Any]:
    return {"code": given.code, "provided": given.provided, "uploads": list(given.uploads)}


def _agent(agent: AgentGiven | None) -> dict[str, Any]:
    """The agent as a payload has it, {} for none."""
    given = asdict(agent) if agent else {}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value
    }


def _received(whole: Whole, answer: Answer, wanted: str) -> HttpResponse:
    """Accept the members if that was wanted, each by itself. Those that cannot be accepted have been received all the
    same."""
    done = f"/desk/intake/together/{answer.number}"
    left = 0
    for line in answer.members if wanted == ACCEPT else ():
        try:
            if line.number:
                intake.accept(whole.taken, line.number)
        except Refused:
            left += 1
    return HttpResponseRedirect(f"{done}?left={left}" if left else done)


def _show(request: HttpRequest, whole: Whole, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    words = {
        **intake.form_words(whole.taken, problems, whole.path),
        "package": whole.plan.package,
        "plan": planning.compose(whole.plan),
        "query": query_of(whole.plan),
        "number": whole.number,
        "seen": whole.seen,
        "kept": "kept" in request.GET and not problems,
    }
    return page(request, "desk/intake_package_form.html", words, status=422 if problems else 200)


@admits(COUNTER)
@require_POST
def drop(request: HttpRequest, number: str) -> HttpResponse:
    """Let a draft go; what was handed in meanwhile is shown, not taken back."""
    principal, at = signed_in(request), now()
    sheet = cases.bundle_sheet(number, actor=principal, at=at)
    if sheet is None:
        raise cases.not_found()
    if sheet.filed_at is not None:
        return HttpResponseRedirect(f"/desk/intake/together/{number}")
    if sheet.stage == BundleStage.DRAFT:
        key = once(key_of(request.POST), act="withdraw", content={"number": number})
        actions.perform(
            number=number, verb="withdraw", payload={}, actor=principal, at=at, expect=sheet.seq, once=key
        )
    return HttpResponseRedirect("/desk/intake")
