"""引导问题: the questions of 帮我找 as the county's editor keeps them: read, put into work, checked, published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.search import actions as editing
from onedoor.domain.catalog.search import queries as questions
from onedoor.domain.catalog.search.actions import Editor
from onedoor.domain.catalog.search.questions import Choice, read_tree, walk
from onedoor.domain.catalog.search.terms import QuestionFault, QuestionsState
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page

from .packages_words import names_of

PAGE = "/desk/questions"
ANSWER = f"{PAGE}/answer"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
DONE = {
    "begun": "可以改了。改动先存成草案，发布以前群众看不到。",
    "published": "已发布，群众现在看到的就是新的问题。",
    "discarded": "草案已放弃，群众看到的没有变。",
    "restored": "已换回系统自带的问题。",
    "removed": "已删除。",
}


def editor(request: HttpRequest) -> Editor:
    """Who changes the questions, and the revision that their page showed."""
    principal = signed_in(request)
    sent = request.POST.get("revision", "")
    revision = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else 0
    return Editor(principal.tenant_id, f"user:{principal.user_id}", now(), revision)


def answer_url(path: str) -> str:
    """Where one answer is changed."""
    return f"{ANSWER}?{urlencode({'at': path})}" if path else ANSWER


@admits(EDITOR)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The questions in work, or those that hold, as a tree with what is wrong."""
    return _shown(request)


def _shown(request: HttpRequest, *, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    tenant_id = signed_in(request).tenant_id
    holding, draft = questions.holding(tenant_id), questions.draft(tenant_id)
    state = draft or holding
    faults = questions.faults_of(tenant_id, state.content)
    tree = read_tree(state.content)
    words = {
        "holding": _said(holding),
        "draft": _said(draft) if draft else None,
        "ask": tree.ask,
        "rows": [_row(path, each, faults) for path, each in walk(tree) if path],
        "first": answer_url(""),
        "grave": [_fault(each) for each in faults if each.grave],
        "mild": [_fault(each) for each in faults if not each.grave],
        "refused": refused,
        "done": DONE.get(request.GET.get("done", "")),
    }
    return page(request, "desk/questions/overview.html", words, status=status)


def _said(state: QuestionsState) -> dict[str, Any]:
    names = names_of([state.changed_by] if state.changed_by else [])
    return {"state": state, "who": names.get(state.changed_by, "")}


def _fault(fault: QuestionFault) -> dict[str, Any]:
    return {"detail": fault.detail, "url": answer_url(fault.path), "since": fault.since}


def _row(path: str, each: Choice, faults: Sequence[QuestionFault]) -> dict[str, Any]:
    mine = [fault for fault in faults if fault.path == path]
    return {
        "depth": path.count(".") + 1,
        "say": each.say,
        "ask": each.ask,
        "leads": leads(each),
        "url": answer_url(path),
        "grave": any(fault.grave for fault in mine),
        "mild": bool(mine) and not any(fault.grave for fault in mine),
    }


def leads(each: Choice) -> str:
    """Where an answer leads, in a few words."""
    said = []
    if each.items:
        said.append(f"事项 {len(each.items)} 个")
    if each.find:
        said.append(f"搜“{'”“'.join(each.find)}”")
    if each.packages:
        said.append(f"一件事 {len(each.packages)} 个")
    if each.together:
        said.append(f"搜一件事“{each.together}”")
    if each.onward:
        said.append("转到别的问题")
    return "，".join(said)


@admits(EDITOR)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin to change the questions that hold."""
    editing.begin(by=editor(request))
    return _back("begun")


@admits(EDITOR)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Let the draft hold; what keeps it from that is told."""
    return _done(request, lambda by: editing.publish(by=by), "published")


@admits(EDITOR)
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Give the draft up."""
    return _done(request, lambda by: editing.discard(by=by), "discarded")


@admits(EDITOR)
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Go back to the questions that come with the program."""
    return _done(request, lambda by: editing.restore(by=by), "restored")


def _done(request: HttpRequest, act: Any, done: str) -> HttpResponse:
    try:
        act(editor(request))
    except Refused as refused:
        return _shown(request, refused=refused, status=refused.status)
    return _back(done)


def _back(done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{PAGE}?{urlencode({'done': done})}")


def chain(tree: Choice, path: str) -> list[tuple[str, str]]:
    """The addresses and words of the answers down to one, from above."""
    codes = path.split(".") if path else []
    places = dict(walk(tree))
    steps = [".".join(codes[: place + 1]) for place in range(len(codes))]
    return [(answer_url(step), places[step].say) for step in steps if step in places]
