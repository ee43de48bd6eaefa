"""补正: only what was found faulty is open, each with what is wrong and how to mend it; then the answers to check.

What is mended is kept on the way as it was typed, like a draft, and is there again on any device; the office sees
nothing of it before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Material
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.faces import groups
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in
from onedoor.faces.wording import moment_zh

from . import mendable, questions, showing
from .answering import KEEP
from .handing import MOST_FILES, not_taken, receive
from .mendable import Handed, Item
from .once import new_token, once_of, token_of

#: The hidden input that names a material which the page has shown.
SHOWN = "shown"
#: What a button asks for, beside looking at what was mended: to send it, to go on mending, to go on another day.
STEP, SEND, BACK, LATER = "step", "send", "back", "later"
#: The button that takes a file away again; its value is the material and the upload.
DROP = "drop"
#: What a page to check carries on; the rest it has of its own, and files are kept by their ids.
_OWN = frozenset({"csrfmiddlewaretoken", "once", STEP, DROP, groups.STEP})


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """The faulty parts; sending them ends the correction."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    # A form that is sent twice finds the case moved on, and leads to it.
    if sheet.stage != "correcting":
        return HttpResponseRedirect(f"/cases/{number}")
    if request.method != "POST":
        return _resume(request, sheet)
    fields = mendable.fields(sheet)
    judged = questions.judge(sheet.version, fields, sheet.form, request.POST)
    answers = {**sheet.form, **judged.given}
    open_now = mendable.materials(sheet, answers)
    shown = request.POST.getlist(SHOWN)
    handed, faults = _handed(request, sheet, tuple(m for m in open_now if m.code in shown))
    if request.POST.get(STEP) != SEND:
        _keep(request, sheet, judged.given, handed)
    if KEEP in request.POST:
        return render(request, "portal/parts/kept.html", {"kept": moment_zh(now(), now())})
    if request.POST.get(STEP) == LATER:
        return HttpResponseRedirect(f"/cases/{number}")
    if groups.step_of(request.POST) or DROP in request.POST or request.POST.get(STEP) == BACK:
        return _show(request, sheet, answers, handed, (), token_of(request), more=False)
    problems = (*judged.problems, *faults)
    if problems or judged.new or len(handed) < len(open_now):
        return _show(request, sheet, answers, handed, problems, token_of(request))
    if request.POST.get(STEP) != SEND:
        return _check(request, sheet, judged.given, handed, answers)
    return _send(request, sheet, judged.given, handed, answers)


def _resume(request: HttpRequest, sheet: CaseSheet) -> HttpResponse:
    """The page as it was left."""
    kept = cases.kept_correction(sheet.number, actor=signed_in(request), at=now())
    if kept is None:
        return _show(request, sheet, sheet.form, {}, (), new_token())
    handed = {
        given.code: Handed(given.provided, papers.uploads(map(UUID, given.uploads)))
        for given in kept.materials
    }
    answers = {**sheet.form, **kept.form}
    return _show(request, sheet, answers, handed, (), new_token(), kept_at=kept.saved_at)


def _keep(
    request: HttpRequest, sheet: CaseSheet, form: Mapping[str, Any], handed: Mapping[str, Handed]
) -> None:
    """Keep what has come in so far; a material about which nothing was said yet is left as it was.

    What a script saves in the background may be older than a file that has just arrived, so it takes none away.
    """
    principal, before = signed_in(request), dict[str, tuple[str, ...]]()
    if KEEP in request.POST:
        kept = cases.kept_correction(sheet.number, actor=principal, at=now())
        before = {given.code: given.uploads for given in kept.materials} if kept else {}
    materials = [
        {
            "code": code,
            "provided": given.way,
            "uploads": list(
                dict.fromkeys([*before.get(code, ()), *(str(view.id) for view in given.uploads)])
            ),
        }
        for code, given in handed.items()
        if given.way in forms.PROVIDED
    ]
    given = {"form": dict(form), "materials": materials}
    actions.keep_correction(number=sheet.number, given=given, actor=principal, at=now())


@admits(SIGNED_IN)
@require_POST
def add(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Take one file for a material in the background of the page; it is kept at once and counts once the correction
    is sent."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    material = next((m for m in sheet.version.materials if m.code == code), None)
    if sheet.stage != "correcting" or material is None:
        raise Refused("unknown_material", "这份材料不用补正，请刷新页面后重新选择。", status=404)
    received = receive(request, request.FILES.getlist("files")[:1], "files")
    if not received.kept:
        return not_taken(received)
    named = [*request.POST.getlist(f"kept_{code}"), *(str(ref.id) for ref in received.kept)]
    kept = _usable(request, sheet, named)
    _keep(request, sheet, {}, {code: Handed("upload", kept)})
    words = {"sheet": sheet, "item": Item(material.name, code, "", "", uploads=kept)}
    return render(request, "portal/parts/brought.html", words)


def _check(
    request: HttpRequest,
    sheet: CaseSheet,
    form: Mapping[str, Any],
    handed: Mapping[str, Handed],
    answers: Mapping[str, Any],
) -> HttpResponse:
    """Everything that was mended, beside what it was."""
    carried = [(name, value) for name, listed in request.POST.lists() if name not in _OWN for value in listed]
    known = set(carried)
    carried += [
        pair
        for code, given in handed.items()
        for view in given.uploads
        if (pair := (f"kept_{code}", str(view.id))) not in known
    ]
    words = {
        "sheet": sheet,
        "changes": mendable.changes(sheet, form, handed, answers),
        "carried": carried,
        "once": token_of(request),
    }
    return render(request, "portal/correct_check.html", words)


def _send(
    request: HttpRequest,
    sheet: CaseSheet,
    form: Mapping[str, Any],
    handed: Mapping[str, Handed],
    answers: Mapping[str, Any],
) -> HttpResponse:
    materials = [
        {"code": code, "provided": given.way, "uploads": [str(view.id) for view in given.uploads]}
        for code, given in handed.items()
    ]
    try:
        actions.perform(
            number=sheet.number,
            verb="correct",
            payload={"form": dict(form), "materials": materials},
            actor=signed_in(request),
            at=now(),
            once=once_of(request, "correct", sheet.number),
        )
    except Refused as refused:
        if refused.code not in ("invalid_application", "not_asked_to_correct"):
            raise
        problems = refused.errors or (Problem("", refused.code, refused.detail),)
        return _show(request, sheet, answers, handed, problems, token_of(request))
    return HttpResponseRedirect(f"/cases/{sheet.number}")


def _handed(
    request: HttpRequest, sheet: CaseSheet, shown: tuple[Material, ...]
) -> tuple[dict[str, Handed], tuple[Problem, ...]]:
    """Each material of the form as it was just handed in; files that came before a mistake was found stay."""
    found: dict[str, Handed] = {}
    problems: list[Problem] = []
    dropped = request.POST.get(DROP, "")
    for material in shown:
        target = f"files_{material.code}"
        received = receive(request, request.FILES.getlist(target)[:MOST_FILES], target)
        named = [*request.POST.getlist(f"kept_{material.code}"), *(str(r.id) for r in received.kept)]
        kept = _usable(request, sheet, [each for each in named if f"{material.code}:{each}" != dropped])
        way = request.POST.get(f"way_{material.code}", "") or ("upload" if kept else "")
        found[material.code] = Handed(way, kept)
        problems += received.problems
        problems += [] if received.problems else _missing(material, way, kept)
    return found, tuple(problems)


def _usable(request: HttpRequest, sheet: CaseSheet, ids: Iterable[str]) -> tuple[UploadView, ...]:
    """The uploads with these ids that are of who is signed in, or were kept in this correction before; anything else
    a form may hold is left out. The same content twice is one file."""
    wanted = []
    for each in dict.fromkeys(ids):
        try:
            wanted.append(UUID(each))
        except ValueError:
            continue
    if not wanted:
        return ()
    principal = signed_in(request)
    kept = cases.kept_correction(sheet.number, actor=principal, at=now())
    before = {UUID(upload) for given in kept.materials for upload in given.uploads} if kept else set()
    found = {
        view.sm3: view
        for view in reversed(papers.uploads(wanted))
        if view.owner == principal.key or view.id in before
    }
    return tuple(reversed(found.values()))[:MOST_FILES]


def _missing(material: Material, way: str, kept: tuple[UploadView, ...]) -> list[Problem]:
    if not way:
        return [Problem(f"/way_{material.code}", "required", f"请选择“{material.name}”怎样补正。")]
    if way == "upload" and not kept:
        return [
            Problem(f"/files_{material.code}", "required", f"请上传“{material.name}”的文件，可以直接拍照。")
        ]
    return []


def _show(
    request: HttpRequest,
    sheet: CaseSheet,
    answers: Mapping[str, Any],
    handed: Mapping[str, Handed],
    problems: tuple[Problem, ...],
    token: str,
    *,
    more: bool = True,
    kept_at: datetime | None = None,
) -> HttpResponse:
    items = mendable.items(sheet, answers, handed, problems)
    step = groups.step_of(request.POST)
    words = {
        "sheet": sheet,
        "items": items,
        "tasks": [mendable.task(item, sheet, answers) for item in items],
        "rest": mendable.rest(sheet, items),
        "problems": groups.placed(problems),
        "more": more and request.method == "POST" and not problems,
        "once": token,
        "kept": moment_zh(now() if request.method == "POST" else kept_at, now()),
        "resumed": kept_at is not None,
        "term": showing.term_words(sheet, now()),
        "redraw": f"/cases/{sheet.number}/correct",
        "touched": step.group if step else "",
    }
    return render(request, "portal/correct.html", words, status=422 if problems else 200)
