"""The questions of one section: answered on a page of their own and kept while they are being written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Refused
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Section
from onedoor.faces import groups
from onedoor.faces.access import SIGNED_IN, admits, now
from onedoor.faces.wording import moment_zh

from . import questions
from .applying import back_of, frame, from_check, of_draft, save

#: What the script of the page sends while somebody writes.
KEEP = "keep"


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def section(request: HttpRequest, draft: DraftSheet, code: str) -> HttpResponse:
    """The questions of one section."""
    found = questions.section_named(draft.version, code)
    if found is None:
        raise Refused("unknown_section", "这份申请没有这一部分，请返回任务列表重新选择。", status=404)
    if request.method != "POST":
        return _ask(request, draft, found, draft.form)
    judged = questions.judge(draft.version, found.fields, draft.form, request.POST)
    kept_at = keep(request, draft, judged)
    answers = {**draft.form, **judged.given}
    if KEEP in request.POST:
        return _kept(request, draft, found, judged, kept_at)
    step = groups.step_of(request.POST)
    if step is not None:
        fresh = "" if step.place is not None else step.group
        return _ask(request, draft, found, answers, fresh=fresh, kept_at=kept_at)
    if judged.problems:
        return _ask(request, draft, found, answers, judged, kept_at=kept_at)
    if judged.new:
        extra = "&from=check" if from_check(request) else ""
        return HttpResponseRedirect(f"{request.path}?more=1{extra}#id_{judged.new[0].code}")
    return HttpResponseRedirect(back_of(request, draft.number))


def keep(request: HttpRequest, draft: DraftSheet, judged: questions.Judged) -> datetime | None:
    """Keep what can be kept of the answers, and say since when it is; None if the office does not take them.

    What is kept already makes no further fact.
    """
    clean = forms.clean_answers(draft.version, {**draft.form, **judged.given})
    if clean == dict(draft.form):
        return draft.saved_at
    given = {code: clean.get(code) for code in judged.given}
    try:
        save(request, draft.number, form=given)
    except Refused as refused:
        if refused.code != "invalid_application":
            raise
        return None
    return now()


def _kept(
    request: HttpRequest,
    draft: DraftSheet,
    found: Section,
    judged: questions.Judged,
    kept_at: datetime | None,
) -> HttpResponse:
    """What changes on the page while it is being written: the word that it is kept, and questions that come and go.
    Mistakes are not told before the page is sent; how many answers are not kept for their sake, is."""
    answers = {**draft.form, **judged.given}
    asked = questions.visible(draft.version, found.fields, answers)
    drawn = {each.name: each for each in questions.controls(draft.version, asked, answers)}
    words = {
        "kept": moment_zh(kept_at, now()),
        "unkept": sum(problem.code != "required" for problem in judged.problems),
        "slots": [(f"slot-{f.code}", drawn.get(f.code)) for f in found.fields if f.when],
        "rows": [cell for each in drawn.values() for row in each.rows for cell in row.cells if cell[0]],
        "redraw": request.path,
    }
    return render(request, "portal/parts/kept.html", words)


def _ask(
    request: HttpRequest,
    draft: DraftSheet,
    found: Section,
    answers: Any,
    judged: questions.Judged | None = None,
    fresh: str = "",
    kept_at: datetime | None = None,
) -> HttpResponse:
    """The page with `answers`; `kept_at` is when those that came with this request were kept."""
    problems = groups.placed(judged.problems if judged else ())
    asked = questions.visible(draft.version, found.fields, answers)
    drawn = {
        each.name: each for each in questions.controls(draft.version, asked, answers, problems, fresh=fresh)
    }
    words = frame(
        request,
        draft,
        title=found.title,
        places=[(f"slot-{f.code}", drawn.get(f.code), bool(f.when)) for f in found.fields],
        shown=bool(asked),
        problems=problems,
        more="more" in request.GET and request.method != "POST",
        kept=moment_zh(kept_at or (draft.saved_at if draft.form else None), now()),
        redraw=request.path,
    )
    return render(request, "portal/section.html", words, status=422 if problems else 200)
