"""Doing a verb to a case: a page of its own for each, with a form made from the lifecycle table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CLOCK_EFFECT_NAMES, LIFECYCLE, CaseSheet, Verb
from onedoor.domain.cases.terms import MaterialGiven
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers.terms import PAPER_NAMES, PaperKind
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import happened
from onedoor.faces.staff import STAFF, page

from . import application, corrections, payloads, refiling
from .application import Filled
from .casepage import GRAVE, head_words
from .once import FIELD, SENT_BEFORE, key_of, new_key, once
from .phrases import COMMON_FAULTS, COMMON_MENDS

#: What is ticked before an act that cannot be taken back.
SURE = "form-sure"
#: Verbs with a whole application, whose questions depend on one another.
REDRAWN = frozenset({"submit", "save_draft"})


@dataclass(frozen=True, slots=True)
class Act:
    """A verb about to be done: by whom, to which case, at which step, and when."""

    principal: Principal
    sheet: CaseSheet
    verb: Verb
    step: str
    at: datetime

    @property
    def offered(self) -> bool:
        """Whether the case page has this button for this visitor now."""
        return any(each.verb.code == self.verb.code and each.step == self.step for each in self.sheet.allowed)


@dataclass(frozen=True, slots=True)
class Sent:
    """What stands in the form. `values` is None before anything was sent."""

    key: str
    seen: int
    values: Mapping[str, str] | None = None
    filled: Filled | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    targets: payloads.Targets = ()
    given: tuple[MaterialGiven, ...] = ()


@admits(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Ask for what the verb needs, then do it."""
    row = LIFECYCLE.get(verb)
    if row is None:
        raise Refused("unknown_verb", f"没有“{verb}”这个操作，请从办件页面选择。", status=404)
    principal, at = signed_in(request), now()
    sheet = cases.case_sheet(number, actor=principal, at=at)
    asked = Act(principal, sheet, row, step_asked(request, sheet, row), at)
    if request.method == "POST":
        return _do(request, asked)
    if not asked.offered:
        return _not_offered(request, asked)
    return _show(request, asked, _fresh(request, asked))


def step_asked(request: HttpRequest, sheet: CaseSheet, verb: Verb) -> str:
    """The step of the address; without one, the only place where the verb may be done."""
    places = [each.step for each in sheet.allowed if each.verb.code == verb.code]
    return request.GET.get("step") or (places[0] if len(places) == 1 else "")


def _not_offered(request: HttpRequest, asked: Act) -> HttpResponse:
    """Why the verb cannot be done now, with the way back to the case."""
    refused = _why_not(asked)
    words = {"title": f"不能“{asked.verb.name}”", "refusal": refused, "number": asked.sheet.number}
    return page(request, "desk/refused.html", words, status=refused.status)


def _why_not(asked: Act) -> Refused:
    name = asked.verb.name
    if asked.sheet.stage not in asked.verb.stages:
        words = f"办件现在的状态是“{asked.sheet.stage_name}”，不能“{name}”。请回到办件页面查看可以办理的事。"
        return Refused("verb_out_of_order", words, status=409)
    words = f"“{name}”现在不由您办理：可能属于其他部门或岗位，也可能已经办完。请回到办件页面查看。"
    return Refused("not_yours_to_do", words, status=403)


def _fresh(request: HttpRequest, asked: Act) -> Sent:
    """The form before anything is sent. `seen` is what the case page showed when its button was pressed."""
    seen, filled = request.GET.get("seen", ""), None
    if payloads.asks_application(asked.verb):
        filled = refiling.start(asked.verb, asked.sheet, asked.principal)
    return Sent(new_key(), _seen(seen, asked.sheet), filled=filled)


def _seen(text: str, sheet: CaseSheet) -> int:
    """The last seq that a page showed; the present one if the page does not say."""
    number = payloads.whole_number(text)
    return sheet.seq if number is None else number


def _do(request: HttpRequest, asked: Act) -> HttpResponse:
    sent = _read(request, asked)
    if application.redrawn(request.POST):
        return _show(request, asked, sent)
    if sent.filled and sent.filled.problems:
        return _show(request, asked, sent, sent.filled.problems, 422)
    if asked.verb.code in GRAVE and not request.POST.get(SURE):
        unsure = Problem(f"/{SURE}", "not_confirmed", f"请勾选确认后再“{asked.verb.name}”。")
        return _show(request, asked, sent, (unsure,), 422)
    try:
        _keep_phrases(asked, request)
        actions.perform(
            number=asked.sheet.number,
            verb=asked.verb.code,
            payload=sent.payload,
            actor=asked.principal,
            at=asked.at,
            step=asked.step,
            expect=_expected(asked, sent),
            once=once(sent.key, act=asked.verb.code, content=sent.payload),
        )
    except Refused as refused:
        return _refused(request, asked, sent, refused)
    return HttpResponseRedirect(f"/desk/cases/{asked.sheet.number}?done={asked.verb.code}")


def _keep_phrases(asked: Act, request: HttpRequest) -> None:
    """Keep what was typed among one's own sentences, where that was ticked."""
    for name in asked.verb.payload["properties"]:
        if request.POST.get(f"keep-{name}") and (text := request.POST.get(name, "")):
            actions.keep_phrase(
                principal=asked.principal, verb=asked.verb.code, part=name, text=text, at=asked.at
            )


def _expected(asked: Act, sent: Sent) -> int | None:
    """What the case must not have moved on from. A review is of its own branch: what other departments do meanwhile
    does not concern it, and that the branch is still open, the engine sees."""
    return None if asked.verb.code == "review" else sent.seen


def _read(request: HttpRequest, asked: Act) -> Sent:
    """What was sent, made into a payload."""
    values = request.POST.dict()
    payload = payloads.payload_of(asked.verb, values)
    targets: payloads.Targets = ()
    given: tuple[MaterialGiven, ...] = ()
    filled = None
    if payloads.asks_correction(asked.verb):
        payload["items"], targets = corrections.items_of(asked.sheet, values)
    if payloads.asks_application(asked.verb):
        version, kept = asked.sheet.version, refiling.kept(asked.sheet)
        filled = application.read(request, version, asked.principal, asked.at, kept)
        payload, given = refiling.payload(asked.verb, asked.sheet, filled)
    return Sent(
        key=key_of(values),
        seen=_seen(values.get("form-seen", ""), asked.sheet),
        values=values,
        filled=filled,
        payload=payload,
        targets=targets,
        given=given,
    )


def _refused(request: HttpRequest, asked: Act, sent: Sent, refused: Refused) -> HttpResponse:
    """The form again with what was typed and what is wrong; a case one may not act on is another page."""
    if refused.status in (403, 404):
        raise refused
    if refused.code == "idempotency_key_reused":
        refused = Refused(refused.code, SENT_BEFORE, status=409)
    if sent.filled is not None:
        problems = application.problems_at(refused.errors, sent.given)
        problems = problems or (Problem("/", refused.code, refused.detail),)
    else:
        problems = payloads.problems_at(
            asked.verb, refused.errors, sent.targets, refused.code, refused.detail
        )
    if refused.status != 409:
        return _show(request, asked, sent, problems, refused.status)
    sheet = cases.case_sheet(asked.sheet.number, actor=asked.principal, at=asked.at)
    now_seen = Act(asked.principal, sheet, asked.verb, asked.step, asked.at)
    again = Sent(sent.key, sheet.seq, sent.values, sent.filled)
    moved_on = refused.detail.removesuffix("请刷新页面后再办理。")
    return _show(request, now_seen, again, (), 409, moved_on=moved_on)


def _show(
    request: HttpRequest,
    asked: Act,
    sent: Sent,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    moved_on: str = "",
) -> HttpResponse:
    verb, sheet = asked.verb, asked.sheet
    faults = payloads.faults_by_name(problems)
    values = payloads.initial(verb, sheet) if sent.values is None else sent.values
    filing = refiling.page(verb, sheet, sent.filled, faults) if sent.filled else None
    words = {
        **head_words(sheet, asked.at),
        "verb": verb,
        "place": next((step.name for step in sheet.steps if step.code == asked.step), ""),
        "effect": CLOCK_EFFECT_NAMES[verb.clock],
        "paper": PAPER_NAMES[PaperKind(verb.paper)] if verb.paper else "",
        "offered": asked.offered,
        "moved_on": moved_on,
        "problems": problems,
        "questions": payloads.questions(verb, values, faults, payloads.phrases(verb, asked.principal)),
        "correction": corrections.rows(sheet, sent.values, faults) if payloads.asks_correction(verb) else (),
        "common_faults": COMMON_FAULTS,
        "common_mends": COMMON_MENDS,
        "filing": filing,
        "sure": SURE if verb.code in GRAVE else "",
        "unsure": faults.get(SURE, ""),
        "keepable": verb.code not in GRAVE,
        "slots": application.slots(filing.parts) if filing else "",
        "refresh_url": request.get_full_path() if verb.code in REDRAWN else "",
        "once_field": FIELD,
        "key": sent.key,
        "seen": sent.seen,
        "entries": happened(sheet, f"/desk/cases/{sheet.number}/papers/"),
    }
    return page(request, "desk/act.html", words, status=status)
