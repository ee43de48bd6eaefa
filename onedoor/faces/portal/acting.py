"""Applying for another: who acts is asked once in a draft, and stands on every page of it from then on."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from onedoor.core.instants import civil_date, page_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.people import queries as people
from onedoor.domain.people.terms import AgentGiven, EntrustmentView, PartyGiven
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in

from . import identity
from .agents import OTHER, SELF, StandInForm, WhoForm
from .applying import back_of, frame, from_check, of_draft, save
from .forms import ID_TYPES


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def agent(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """For whom: oneself, somebody whose standing entrustment one has, or another, whose agent is then asked about."""
    if (request.POST if request.method == "POST" else request.GET).get("asked") == "agent":
        return _ask_agent(request, draft)
    standing = people.may_apply_for(signed_in(request), draft.version.code, at=now())
    form = WhoForm(
        request.POST if request.method == "POST" else None,
        standing=[(str(view.id), _told(view)) for view in standing],
        initial={"who": _present(draft)},
    )
    if request.method == "POST" and form.is_valid():
        return _settle(request, draft, form.cleaned_data["who"])
    shown = frame(request, draft, form=form)
    return render(request, "portal/who.html", shown, status=422 if form.is_bound else 200)


def _told(view: EntrustmentView) -> str:
    return f"{view.principal.name}（{view.principal.id_number}）委托我办，到{page_date(view.scope.until)}为止"


def _present(draft: DraftSheet) -> str:
    if draft.agent is None:
        return SELF
    return draft.agent.entrustment or OTHER


def _settle(request: HttpRequest, draft: DraftSheet, who: str) -> HttpResponse:
    """Oneself, or under a standing entrustment: then the applicant is who gave it."""
    root = f"/cases/{draft.number}/apply"
    if who == OTHER:
        return HttpResponseRedirect(f"{root}/agent?asked=agent{'&from=check' if from_check(request) else ''}")
    if who == SELF:
        if draft.agent is not None:
            save(request, draft.number, agent={}, applicant=_nobody(draft, draft.agent.phone))
        return HttpResponseRedirect(f"{root}/applicant")
    party = people.entrusting_party(who, agent=signed_in(request), at=now())
    if party is None or party.kind not in draft.version.audience:
        detail = "这份委托不能用来申请这个事项，请选择“我替别人办”，填写代办人信息。"
        raise Refused("entrustment_unfit", detail)
    save(request, draft.number, agent={"entrustment": who}, applicant=asdict(party))
    return HttpResponseRedirect(back_of(request, draft.number))


def _nobody(draft: DraftSheet, phone: str = "") -> dict[str, str]:
    """An applicant that is yet to be named."""
    kind = draft.applicant.kind or draft.version.audience[0]
    return asdict(PartyGiven(kind, "", ID_TYPES[kind], "", phone))


def _ask_agent(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """The agent's own page."""
    form = StandInForm(
        request.POST if request.method == "POST" else None,
        kinds=draft.version.audience,
        today=civil_date(now()),
        initial=_known(request, draft),
    )
    if request.method == "POST" and form.is_valid():
        given = form.agent
        kind = draft.applicant.kind if len(draft.version.audience) > 1 else draft.version.audience[0]
        party = PartyGiven(kind, "", ID_TYPES[kind], "", "")
        form.blame(
            tuple(
                problem
                for problem in people.agent_problems(
                    given,
                    party,
                    tenant_id=signed_in(request).tenant_id,
                    actor_id=signed_in(request).user_id,
                    service=draft.version.code,
                    at=now(),
                )
                # Which capacity fits is known once the applicant is named.
                if problem.code != "capacity_misfit"
            )
        )
        if form.is_valid():
            return _keep(request, draft, given)
    shown = frame(request, draft, form=form)
    return render(request, "portal/agent.html", shown, status=422 if form.is_bound else 200)


def _keep(request: HttpRequest, draft: DraftSheet, given: AgentGiven) -> HttpResponse:
    """Keep the agent; an applicant who is the agent was filled in by us and has to be named anew."""
    part = {name: value for name, value in asdict(given).items() if name != "entrustment"}
    part |= {"acts": list(given.acts), "notify": list(given.notify)}
    mine = not draft.applicant.name or draft.applicant.id_number == given.id_number or draft.agent is None
    save(request, draft.number, agent=part, **({"applicant": _nobody(draft)} if mine else {}))
    return HttpResponseRedirect(
        f"/cases/{draft.number}/apply/applicant" if mine else back_of(request, draft.number)
    )


def _known(request: HttpRequest, draft: DraftSheet) -> dict[str, object]:
    """What is known of the agent: what the draft says, else the verified identity and the telephone."""
    if draft.agent is not None and not draft.agent.entrustment:
        return {
            **asdict(draft.agent),
            "acts": list(draft.agent.acts),
            "notify": list(draft.agent.notify),
        }
    known: dict[str, object] = {"phone": draft.applicant.phone}
    party = identity.known_party(request)
    return {**known, "name": party.name, "id_number": party.id_number} if party else known
