"""One answer of the guided questions: what it says, where it leads, and the answers to the question it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.search import actions as editing
from onedoor.domain.catalog.search import queries as questions
from onedoor.domain.catalog.search.questions import Choice, above, at, below, read_tree, walk
from onedoor.domain.catalog.search.terms import QuestionsState
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.staff import page

from .questions import ANSWER, EDITOR, PAGE, answer_url, chain, editor, leads

#: Finds that are offered to be ticked.
OFFERED = 8
_LISTS = ("items", "packages")
_LONGEST = 200
_BETWEEN = "、，,；;\n"


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """An answer of the draft; POST looks for items to lead to (`step` is find) or keeps it."""
    tenant_id = signed_in(request).tenant_id
    path = (request.POST if request.method == "POST" else request.GET).get("at", "")[:_LONGEST]
    draft = questions.draft(tenant_id)
    if draft is None:
        return HttpResponseRedirect(PAGE)
    here = at(read_tree(draft.content), path)
    if request.method != "POST":
        return _page(request, draft, path, here)
    typed = _typed(request, here)
    if request.POST.get("step") == "find":
        return _page(request, draft, path, typed, q=request.POST.get("q", "").strip()[:60])
    try:
        editing.change(by=editor(request), path=path, values=_values(typed, first=not path))
    except Refused as refused:
        return _page(request, draft, path, typed, refused=refused, status=refused.status)
    return HttpResponseRedirect(f"{answer_url(path)}{'&' if path else '?'}saved=1")


@admits(EDITOR)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add an answer to the question at `at`, and open it if that is wanted."""
    tenant_id, path = signed_in(request).tenant_id, _sent_place(request)
    say = request.POST.get("say", "")
    try:
        there = editing.add(by=editor(request), path=path, values={"say": say})
    except Refused as refused:
        draft = questions.draft(tenant_id)
        if draft is None or refused.code != "answer_invalid":
            raise
        here = at(read_tree(draft.content), path)
        return _page(request, draft, path, here, adding=say, refused=refused, status=refused.status)
    return HttpResponseRedirect(answer_url(there))


@admits(EDITOR)
@require_POST
def shift(request: HttpRequest) -> HttpResponse:
    """Move an answer up or down among those beside it."""
    path = _sent_place(request)
    places = -1 if request.POST.get("way") == "up" else 1
    editing.shift(by=editor(request), path=path, by_places=places)
    return HttpResponseRedirect(f"{answer_url(above(path))}#answers")


@admits(EDITOR)
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Move an answer to another question."""
    path = _sent_place(request)
    there = editing.move(by=editor(request), path=path, under=request.POST.get("under", "")[:_LONGEST])
    return HttpResponseRedirect(f"{answer_url(there)}&saved=1")


@admits(EDITOR)
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take an answer out with all below it."""
    path = _sent_place(request)
    editing.remove(by=editor(request), path=path)
    upper = above(path)
    return HttpResponseRedirect(f"{answer_url(upper)}#answers" if upper else f"{PAGE}?done=removed")


def _sent_place(request: HttpRequest) -> str:
    return request.POST.get("at", "")[:_LONGEST]


def _typed(request: HttpRequest, here: Choice) -> Choice:
    """The answer as the form has it; what does not fit is told when it is kept."""
    sent = request.POST
    return replace(
        here,
        say=sent.get("say", "")[:500],
        ask=sent.get("ask", "")[:500],
        onward=sent.get("onward", "")[:_LONGEST],
        together=sent.get("together", "")[:500],
        find=_parted(sent.get("find", "")[:2_000]),
        items=tuple(dict.fromkeys(each[:64] for each in sent.getlist("items")[:50])),
        packages=tuple(dict.fromkeys(each[:64] for each in sent.getlist("packages")[:50])),
    )


def _parted(text: str) -> tuple[str, ...]:
    for mark in _BETWEEN:
        text = text.replace(mark, "\n")
    return tuple(part.strip() for part in text.splitlines() if part.strip())


def _values(typed: Choice, *, first: bool) -> dict[str, Any]:
    if first:
        return {"ask": typed.ask}
    return {
        "say": typed.say,
        "ask": typed.ask,
        "onward": typed.onward,
        "together": typed.together,
        "find": typed.find,
        "items": typed.items,
        "packages": typed.packages,
    }


def _page(
    request: HttpRequest,
    draft: QuestionsState,
    path: str,
    shown: Choice,
    *,
    q: str = "",
    adding: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    tenant_id = signed_in(request).tenant_id
    tree = read_tree(draft.content)
    here = at(tree, path)
    faults = [each for each in questions.faults_of(tenant_id, draft.content) if each.path == path]
    words = {
        "at": path,
        "first": not path,
        "revision": draft.revision,
        "shown": shown,
        "say": here.say,
        "find": "、".join(shown.find),
        "crumbs": chain(tree, path)[:-1],
        "above": answer_url(above(path)),
        "named": _named(tenant_id, shown),
        "q": q,
        "offered": _offered(tenant_id, q, shown) if q else (),
        "answers": [_answer_row(path, each) for each in here.choices],
        "targets": _targets(tree, path, choosing=True),
        "unders": _targets(tree, path, choosing=False) if path else (),
        "found": questions.leads_to(tenant_id, draft.content, path).items,
        "faults": faults,
        "refused": refused,
        "own_faults": {each.pointer[1:]: each.detail for each in refused.errors} if refused else {},
        "adding": adding,
        "saved": "saved" in request.GET,
        "action": ANSWER,
    }
    return page(request, "desk/questions/answer.html", words, status=status)


def _answer_row(path: str, each: Choice) -> dict[str, Any]:
    place = below(path, each.code)
    return {"at": place, "say": each.say, "ask": each.ask, "leads": leads(each), "url": answer_url(place)}


def _targets(tree: Choice, path: str, *, choosing: bool) -> list[tuple[str, str]]:
    """Questions that an answer may lead on to (`choosing`) or be moved under; those below it and its own are not."""
    found = []
    for place, each in walk(tree):
        inside = bool(path) and (place == path or place.startswith(f"{path}."))
        fits = bool(place) if choosing else place != above(path)
        if each.asks and fits and not inside:
            said = " › ".join(say for _, say in chain(tree, place))
            found.append((place, f"{said}：{each.ask}" if said else each.ask))
    return found


def _named(tenant_id: int, shown: Choice) -> list[dict[str, str]]:
    """The items and packages that an answer leads to, with their names where they are in force."""
    cards = {card.code: card.name for card in catalog.cards(tenant_id, shown.items)}
    listed = [_ticked("items", code, cards.get(code, "")) for code in shown.items]
    return listed + [_ticked("packages", code, _package_name(tenant_id, code)) for code in shown.packages]


def _package_name(tenant_id: int, code: str) -> str:
    try:
        return packages.package(tenant_id, code, now()).name
    except Refused:
        return ""


def _ticked(kind: str, code: str, name: str) -> dict[str, str]:
    return {"kind": kind, "code": code, "name": name}


def _offered(tenant_id: int, q: str, shown: Choice) -> Sequence[dict[str, str]]:
    """What a search finds that is not named yet."""
    items = catalog.listing(tenant_id, q=q, limit=OFFERED).items
    found = [_ticked("items", card.code, card.name) for card in items if card.code not in shown.items]
    wholes = packages.packages(tenant_id, q=q, limit=OFFERED).items
    return found + [
        _ticked("packages", card.code, card.name) for card in wholes if card.code not in shown.packages
    ]
