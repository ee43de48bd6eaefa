"""批量办理: one verb for ticked cases. Each case is an act of its own, with a result of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CLOCK_EFFECT_NAMES, LIFECYCLE, Offer, Verb
from onedoor.domain.cases.terms import Turn
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.papers.terms import PAPER_NAMES, PaperKind
from onedoor.faces.access import admits, now, safe_next, signed_in
from onedoor.faces.casework import masked_applicant
from onedoor.faces.staff import STAFF, page

from . import payloads
from .once import FIELD, key_of, new_key, once

#: What may be done to several cases at once, and where that is offered first.
TURNS: Final[Mapping[str, Turn]] = {
    "accept": Turn.ACCEPT,
    "review": Turn.REVIEW,
    "decide": Turn.DECIDE,
    "issue": Turn.MAKE,
    "deliver": Turn.DELIVER,
}
#: A page of a list.
MOST: Final = 50
#: What differs from case to case.
OF_EACH: Final = {"deliver": ("receiver",)}
_STANDS_IN: Final = {Role.TOWN: Role.CLERK}


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A case of a batch as its page shows it. `row` comes back when it is sent; `own` are values of this case alone
    with their faults."""

    offer: Offer
    applicant: str
    row: str
    ticked: bool = True
    own: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case; `why` is empty when it was done."""

    number: str
    service_name: str
    applicant: str
    step_name: str
    state: str
    why: str = ""


def batch_verbs(principal: Principal, turn: Turn | None) -> list[Verb]:
    """The verbs that this principal may do to several cases, those of a tab alone where there is one."""
    found = []
    for code, place in TURNS.items():
        roles = {right.role for right in LIFECYCLE[code].rights}
        held = any(g.role in roles or _STANDS_IN.get(g.role) in roles for g in principal.grants)
        if held and turn in (None, place):
            found.append(LIFECYCLE[code])
    return found


@admits(STAFF)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """What was ticked, what the verb needs once for all of it, and what cannot be done."""
    verb = _verb(request)
    offers = cases.offers(_numbers(request), verb=verb.code, principal=signed_in(request))
    if not offers:
        words = "还没有勾选办件。请返回列表，勾选要办理的办件后再选操作。"
        raise Refused("nothing_chosen", words)
    return _ask(request, verb, offers, new_key(), None, {})


@admits(STAFF)
@require_POST
def perform(request: HttpRequest) -> HttpResponse:
    """Do it, case by case; one that is refused does not hold up the others."""
    principal, verb, key = signed_in(request), _verb(request), key_of(request.POST)
    wanted = _wanted(request)
    offers = {
        (offer.number, offer.step): offer
        for offer in cases.offers([number for number, _ in wanted], verb=verb.code, principal=principal)
    }
    values = request.POST.dict()
    shared = payloads.payload_of(verb, values)
    for name in OF_EACH.get(verb.code, ()):
        shared.pop(name, None)
    problems = _problems(verb, shared, wanted, values)
    if problems:
        shown = tuple(offers.values())
        return _ask(request, verb, shown, key, values, payloads.faults_by_name(problems), problems, wanted)
    outcomes = [
        _one(principal, verb, key, place, seen, offers, {**shared, **_of_each(verb, place[0], values)})
        for place, seen in wanted.items()
    ]
    done = [each for each in outcomes if not each.why]
    words = {
        "verb": verb,
        "done": done,
        "refused": [each for each in outcomes if each.why],
        "back": safe_next(request, "/desk/"),
        "next": _next(principal),
    }
    return page(request, "desk/batch_done.html", words)


def _one(
    principal: Principal,
    verb: Verb,
    key: str,
    place: tuple[str, str],
    seen: int,
    offers: Mapping[tuple[str, str], Offer],
    payload: dict[str, Any],
) -> Outcome:
    number, step = place
    offer = offers.get(place) or next((o for o in offers.values() if o.number == number), None)
    told = (
        number,
        offer.service_name if offer else "",
        masked_applicant(offer.applicant_name, offer.applicant_kind) if offer else "",
        offer.step_name if offer else "",
    )
    try:
        answer = actions.perform(
            number=number,
            verb=verb.code,
            payload=payload,
            actor=principal,
            at=now(),
            step=step,
            # A review is of its own branch: what other departments do meanwhile does not concern it.
            expect=None if verb.code == "review" else seen,
            once=once(key, act=f"{verb.code}.{step}" if step else verb.code, content=payload),
        )
    except Refused as refused:
        why = refused.errors[0].detail if refused.errors else refused.detail
        return Outcome(*told, offer.stage_name if offer else "", why)
    return Outcome(*told, answer.state_name)


def _verb(request: HttpRequest) -> Verb:
    code = request.POST.get("verb", "")
    if code not in TURNS:
        words = "这个操作不能批量办理，请打开办件逐件办理。"
        raise Refused("not_in_batches", words)
    return LIFECYCLE[code]


def _numbers(request: HttpRequest) -> list[str]:
    return list(dict.fromkeys(request.POST.getlist("number")))[:MOST]


def _wanted(request: HttpRequest) -> dict[tuple[str, str], int]:
    """The ticked rows: number and step, with what the page had shown of the case."""
    found = {}
    for row in request.POST.getlist("row")[: MOST * 4]:
        number, _, rest = row.partition("|")
        step, _, seen = rest.partition("|")
        seq = payloads.whole_number(seen)
        if seq is not None:
            found[(number, step)] = seq
    return found


def _problems(
    verb: Verb, shared: Mapping[str, Any], wanted: Mapping[tuple[str, str], int], values: Mapping[str, str]
) -> tuple[Problem, ...]:
    """What is wrong before any case is looked at."""
    if not wanted:
        return (Problem("/", "nothing_chosen", "没有勾选办件，请至少勾选一件。"),)
    own = OF_EACH.get(verb.code, ())
    missing = [
        Problem(f"/{name}-{number}", "missing", f"{number} 的“{_title(verb, name)}”没有填写，请填写。")
        for number, _ in wanted
        for name in own
        if not values.get(f"{name}-{number}", "").strip()
    ]
    try:
        actions.check_payload(verb.code, {**shared, **dict.fromkeys(own, "—")})
    except Refused as refused:
        return (*payloads.problems_at(verb, refused.errors, (), refused.code, refused.detail), *missing)
    return tuple(missing)


def _title(verb: Verb, name: str) -> str:
    return str(verb.payload["properties"][name]["title"])


def _of_each(verb: Verb, number: str, values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(f"{name}-{number}", "").strip() for name in OF_EACH.get(verb.code, ())}


def _ask(
    request: HttpRequest,
    verb: Verb,
    offers: tuple[Offer, ...],
    key: str,
    sent: Mapping[str, str] | None,
    faults: Mapping[str, str],
    problems: tuple[Problem, ...] = (),
    wanted: Mapping[tuple[str, str], int] | None = None,
) -> HttpResponse:
    own = OF_EACH.get(verb.code, ())
    values = payloads.defaults(verb) if sent is None else sent
    lines = [
        BatchLine(
            offer=offer,
            applicant=masked_applicant(offer.applicant_name, offer.applicant_kind),
            row=f"{offer.number}|{offer.step}|{(wanted or {}).get((offer.number, offer.step), offer.seq)}",
            ticked=wanted is None or (offer.number, offer.step) in wanted,
            own=tuple(
                (
                    n,
                    _title(verb, n),
                    values.get(f"{n}-{offer.number}", ""),
                    faults.get(f"{n}-{offer.number}", ""),
                )
                for n in own
            ),
        )
        for offer in offers
    ]
    asked = payloads.questions(verb, values, faults, payloads.phrases(verb, signed_in(request)))
    words = {
        "verb": verb,
        "effect": CLOCK_EFFECT_NAMES[verb.clock],
        "paper": PAPER_NAMES[PaperKind(verb.paper)] if verb.paper else "",
        "lines": [line for line in lines if not line.offer.why],
        "others": [line for line in lines if line.offer.why],
        "questions": [question for question in asked if question.control.name not in own],
        "own": [_title(verb, name) for name in own],
        "problems": problems,
        "once_field": FIELD,
        "key": key,
        "back": safe_next(request, "/desk/"),
    }
    return page(request, "desk/batch.html", words, status=422 if problems else 200)


def _next(principal: Principal) -> str:
    """The most urgent case that still waits."""
    found = cases.inbox(principal, at=now(), limit=1).items
    return found[0].number if found else ""
