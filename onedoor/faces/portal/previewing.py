"""A draft of an item as applicants would see it, for those who keep the item: its guide, its form. Nothing is kept."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.terms import Procedure
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Role
from onedoor.faces import groups
from onedoor.faces.access import Access, admits, signed_in

from . import guides, questions

EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in="/desk/login")


@admits(EDITOR)
@require_safe
def guide(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The guide as it will be."""
    found = drafts.draft(signed_in(request), draft_id)
    # A procedure that does not hold together has no order in which it could be drawn.
    broken = any(problem.pointer.startswith("/procedure") for problem in found.problems)
    version = replace(found.version, procedure=Procedure(())) if broken else found.version
    words = {
        "draft": found,
        "broken": broken,
        "version": version,
        "situations": (),
        "controls": (),
        # What is not in force cannot be applied for; of a new item there is nothing yet to apply for at all.
        "guide": replace(guides.compose(version, offices.departments(found.tenant_id)), online=False),
        "url": f"{settings.ONEDOOR_PUBLIC_URL}/services/{found.code}",
    }
    return render(request, "portal/preview_guide.html", words)


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The whole form on one page; sending it only draws it anew, with what is wrong."""
    found = drafts.draft(signed_in(request), draft_id)
    fields = tuple(field for section in found.version.sections for field in section.fields)
    judged = questions.judge(found.version, fields, {}, request.POST)
    step = groups.step_of(request.POST)
    problems = groups.placed(judged.problems) if request.method == "POST" and step is None else ()
    asked = questions.visible(found.version, fields, judged.given)
    drawn = {each.name: each for each in questions.controls(found.version, asked, judged.given, problems)}
    words = {
        "draft": found,
        "title": _title(found),
        "back": f"/desk/items/drafts/{found.id}",
        "parts": [
            (section.title, [(f"slot-{f.code}", drawn.get(f.code)) for f in section.fields])
            for section in found.version.sections
        ],
        "problems": problems,
        "redraw": request.path,
    }
    return render(request, "portal/preview_form.html", words, status=422 if problems else 200)


def _title(found: Draft) -> str:
    return f"{found.version.name}：表单预览"
