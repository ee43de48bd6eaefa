"""The items of a package: found in the catalogue and taken in; when each is needed, why, and after which others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import drafting as package_drafting
from onedoor.domain.catalog.packages.draft_terms import PackageDraft
from onedoor.domain.catalog.packages.terms import PackageMember
from onedoor.faces.access import admits
from onedoor.faces.staff import page

from . import packages_words as words
from .packages import EDITOR
from .packages_conditions import Builder, drawn, sent
from .packages_draft import hand_of, open_draft

#: Finds on the page on which items are picked.
FINDS = 20
#: In a form: which item takes the place of one that is known by name only.
INSTEAD = "instead"


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Search the catalogue and take items in, one after another."""
    draft = open_draft(request, code)
    if request.method != "POST":
        return _picking(request, draft)
    service = request.POST.get("service", "").strip()[:64]
    instead = _place(request.POST.get(INSTEAD, ""), draft)
    try:
        if instead is not None:
            package_drafting.keep_member(
                on=hand_of(request, code), place=instead, values={"service": service}
            )
            return HttpResponseRedirect(words.draft_url(code, "members", instead + 1))
        package_drafting.add_member(on=hand_of(request, code), service=service)
    except Refused as refused:
        if refused.status == 404:
            raise
        return _picking(request, draft, refused)
    asked = {"q": request.POST.get("q", "").strip()[:60], "added": service}
    return HttpResponseRedirect(f"{words.draft_url(code, 'members', 'add')}?{urlencode(asked)}")


def _place(text: str, draft: PackageDraft) -> int | None:
    """A member's place from 0, given from 1; None for none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        return None
    place = int(text) - 1
    return place if 0 <= place < len(draft.package.members) else None


def _picking(request: HttpRequest, draft: PackageDraft, refused: Refused | None = None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    q = asked.get("q", "").strip()[:60]
    instead = _place(asked.get(INSTEAD, ""), draft)
    if instead is not None and not q:
        q = draft.package.members[instead].name[:60]
    sought = catalog.seek(draft.tenant_id, q=q) if q else None
    taken = {member.service for member in draft.package.members}
    added = asked.get("added", "")[:64]
    told = {
        "draft": draft,
        "package": draft.package,
        "here": words.draft_url(draft.code),
        "q": q,
        "mended": sought.mended if sought else "",
        "cards": [(card, card.code in taken) for card in sought.items[:FINDS]] if sought else (),
        "total": len(sought.items) if sought else 0,
        "instead": instead + 1 if instead is not None else "",
        "instead_name": draft.package.members[instead].name if instead is not None else "",
        "added": draft.items[added].name if added in draft.items else "",
        "refused": refused,
    }
    status = refused.status if refused else 200
    return page(request, "desk/packages/add.html", told, status=status)


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, code: str, place: int) -> HttpResponse:
    """When an item is needed, why, and after which others."""
    draft = open_draft(request, code)
    if not 1 <= place <= len(draft.package.members):
        raise Refused("unknown_place", "这个事项已经不在草案里，请回到草案查看。", status=404)
    member = draft.package.members[place - 1]
    questions = draft.package.questions
    if request.method != "POST":
        return _one(request, draft, place, member, drawn(member.when, questions))
    builder = sent(request.POST, questions, member.when)
    values = _values(request, draft, member, builder)
    if "step" in request.POST or builder.faulty:
        status = 422 if builder.faulty and "step" not in request.POST else 200
        return _one(request, draft, place, member, builder, values, status=status)
    try:
        package_drafting.keep_member(on=hand_of(request, code), place=place - 1, values=values)
    except Refused as refused:
        if refused.status == 404:
            raise
        return _one(request, draft, place, member, builder, values, refused=refused, status=refused.status)
    return HttpResponseRedirect(f"{words.draft_url(code)}#members")


def _values(
    request: HttpRequest, draft: PackageDraft, member: PackageMember, builder: Builder
) -> dict[str, Any]:
    known = {
        each.service for each in draft.package.members if each.service and each.service != member.service
    }
    return {
        "when": builder.source,
        "why": " ".join(request.POST.get("why", "").split()),
        "optional": request.POST.get("optional") == "yes",
        "after": [code for code in dict.fromkeys(request.POST.getlist("after")) if code in known],
    }


def _one(
    request: HttpRequest,
    draft: PackageDraft,
    place: int,
    member: PackageMember,
    builder: Builder,
    values: dict[str, Any] | None = None,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    given = values or {"why": member.why, "optional": member.optional, "after": member.after}
    mine, elsewhere = _faults(draft, place, refused, fresh=values is None)
    wrong = bool(builder.fault) + sum(bool(row.fault) for row in builder.rows) + len(mine) + len(elsewhere)
    told = {
        "draft": draft,
        "package": draft.package,
        "here": words.draft_url(draft.code),
        "place": place,
        "place_text": str(place),
        "member": member,
        "item": draft.items.get(member.service),
        "builder": builder,
        "checking": request.POST.get("step") == "check",
        "why": given["why"],
        "optional": given["optional"],
        "others": [
            (each.service, each.name or each.service, each.service in given["after"])
            for each in draft.package.members
            if each.service and each.service != member.service
        ],
        "faults": mine,
        "elsewhere": elsewhere,
        "wrong": wrong,
        "refused": refused if refused is not None and not refused.errors else None,
    }
    return page(request, "desk/packages/member.html", told, status=status)


def _faults(
    draft: PackageDraft, place: int, refused: Refused | None, *, fresh: bool
) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """What is wrong at each input of this member (when, why, after, service), and what is wrong elsewhere with it."""
    found = refused.errors if refused is not None else draft.problems if fresh else ()
    mine: dict[str, str] = {}
    rest = []
    for problem in found:
        start = f"/members/{place - 1}/"
        if f"{problem.pointer}/".startswith(start):
            mine.setdefault(
                problem.pointer.removeprefix(start).partition("/")[0] or "service", problem.detail
            )
        elif refused is not None:
            rest.append(problem)
    return mine, tuple(rest)
