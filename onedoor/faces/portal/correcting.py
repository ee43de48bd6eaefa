"""补正: only what was found faulty is open, each with what is wrong and how to mend it; then the answers to check.

Nothing is kept on the way but the files: the page to check carries what was mended to the last act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from onedoor.domain.catalog.terms import Field, Material
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.faces import groups
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in
from onedoor.faces.controls import Choice, Control
from onedoor.faces.parts import Row, Task

from . import questions
from .handing import MOST_FILES, not_taken, receive, ways_of
from .once import new_token, once_of, token_of
from .tasks import DONE, OPEN

#: The hidden input that names a material which the page has shown.
SHOWN = "shown"
#: What a button asks for, beside looking at what was mended: to send it, to go on mending.
STEP, SEND, BACK = "step", "send", "back"
#: What a page to check carries on; the rest it has of its own, and files are kept by their ids.
_OWN = frozenset({"csrfmiddlewaretoken", "once", STEP, groups.STEP})


@dataclass(frozen=True, slots=True)
class Handed:
    """A material as the correction's form has it so far."""

    way: str
    uploads: tuple[UploadView, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to mend, or one that a mended answer has brought up (then `reason` is ""). Either `control` or
    `ways` is there; `former` are the files handed in before, which new ones replace."""

    name: str
    code: str
    reason: str
    mend: str
    control: Control | None = None
    ways: tuple[Choice, ...] = ()
    former: tuple[UploadView, ...] = ()
    uploads: tuple[UploadView, ...] = ()
    fault: str = ""

    send: str = ""

    @property
    def list(self) -> str:
        """The part of the page that lists its files."""
        return f"brought-{self.code}"

    @property
    def anchor(self) -> str:
        """Where the item stands on its page."""
        return f"item-{self.code}"


@dataclass(frozen=True, slots=True)
class Change:
    """A mended item on the page to check: what it was and what it is."""

    name: str
    was: str
    now: str


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """The faulty parts; sending them ends the correction."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    # A form that is sent twice finds the case moved on, and leads to it.
    if sheet.stage != "correcting":
        return HttpResponseRedirect(f"/cases/{number}")
    if request.method != "POST":
        return _show(request, sheet, sheet.form, {}, (), new_token())
    fields = _fields(sheet)
    judged = questions.judge(sheet.version, fields, sheet.form, request.POST)
    answers = {**sheet.form, **judged.given}
    open_now = _materials(sheet, answers)
    shown = request.POST.getlist(SHOWN)
    handed, faults = _handed(request, tuple(m for m in open_now if m.code in shown))
    if groups.step_of(request.POST) or request.POST.get(STEP) == BACK:
        return _show(request, sheet, answers, handed, (), token_of(request), more=False)
    problems = (*judged.problems, *faults)
    if problems or judged.new or len(handed) < len(open_now):
        return _show(request, sheet, answers, handed, problems, token_of(request))
    if request.POST.get(STEP) != SEND:
        return _check(request, sheet, judged.given, handed, answers)
    return _send(request, sheet, judged.given, handed, answers)


@admits(SIGNED_IN)
@require_POST
def add(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Take one file for a material in the background of the page; it counts once the correction is sent."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    material = next((m for m in sheet.version.materials if m.code == code), None)
    if sheet.stage != "correcting" or material is None:
        raise Refused("unknown_material", "这份材料不用补正，请刷新页面后重新选择。", status=404)
    received = receive(request, request.FILES.getlist("files")[:1], "files")
    if not received.kept:
        return not_taken(received)
    kept = _own(request, [*request.POST.getlist(f"kept_{code}"), *(str(ref.id) for ref in received.kept)])
    words = {"item": Item(material.name, code, "", "", uploads=kept)}
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
        "changes": _changes(sheet, form, handed, answers),
        "carried": carried,
        "once": token_of(request),
    }
    return render(request, "portal/correct_check.html", words)


def _changes(
    sheet: CaseSheet,
    form: Mapping[str, Any],
    handed: Mapping[str, Handed],
    answers: Mapping[str, Any],
) -> list[Change]:
    were, are = (
        {row.code: row.text for row in sheet.answers},
        cases.answers_in_words(sheet.version, answers),
    )
    found = [
        Change(field.label, were.get(field.code, ""), are.get(field.code, ""))
        for section in sheet.version.sections
        for field in section.fields
        if field.code in form and field.code in are
    ]
    former = {row.code: row for row in sheet.materials}
    for material in sheet.version.materials:
        given = handed.get(material.code)
        if given is not None:
            row = former.get(material.code)
            was = _file_words(row.way_name, row.uploads) if row else ""
            found.append(Change(material.name, was, _file_words(forms.PROVIDED[given.way], given.uploads)))
    return found


def _file_words(way: str, uploads: tuple[UploadView, ...]) -> str:
    return "\n".join([way, *(view.name for view in uploads)]) if way else ""


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


def _targets(sheet: CaseSheet) -> dict[str, tuple[str, str]]:
    return {item.target: (item.reason, item.mend) for item in sheet.correction}


def _fields(sheet: CaseSheet) -> tuple[Field, ...]:
    """The questions that may be open: the targets, and what was not asked before."""
    targets = _targets(sheet)
    asked_before = {field.code for field in forms.fields_for(sheet.version, sheet.form)}
    return tuple(
        field
        for section in sheet.version.sections
        for field in section.fields
        if f"field:{field.code}" in targets or field.code not in asked_before
    )


def _materials(sheet: CaseSheet, answers: Mapping[str, Any]) -> tuple[Material, ...]:
    """The materials that are open: the targets, and what mended answers call for; proofs come by themselves."""
    targets = _targets(sheet)
    before = {material.code for material in forms.materials_for(sheet.version, sheet.form)}
    called_for = {material.code for material in forms.materials_for(sheet.version, answers)} - before
    return tuple(
        material
        for material in sheet.version.materials
        if f"material:{material.code}" in targets
        or (material.code in called_for and material.source.value == "applicant")
    )


def _handed(
    request: HttpRequest, shown: tuple[Material, ...]
) -> tuple[dict[str, Handed], tuple[Problem, ...]]:
    """Each material of the form as it was just handed in; files that came before a mistake was found stay."""
    found: dict[str, Handed] = {}
    problems: list[Problem] = []
    for material in shown:
        target = f"files_{material.code}"
        received = receive(request, request.FILES.getlist(target)[:MOST_FILES], target)
        kept = _own(
            request, [*request.POST.getlist(f"kept_{material.code}"), *(str(r.id) for r in received.kept)]
        )
        way = request.POST.get(f"way_{material.code}", "") or ("upload" if kept else "")
        found[material.code] = Handed(way, kept)
        problems += received.problems
        problems += [] if received.problems else _missing(material, way, kept)
    return found, tuple(problems)


def _own(request: HttpRequest, ids: list[str]) -> tuple[UploadView, ...]:
    """The uploads of who is signed in with these ids; anything else a form may hold is left out."""
    wanted = []
    for each in ids[:MOST_FILES]:
        try:
            wanted.append(UUID(each))
        except ValueError:
            continue
    return papers.uploads(wanted, owner=signed_in(request).key) if wanted else ()


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
) -> HttpResponse:
    items = _items(sheet, answers, handed, problems)
    step = groups.step_of(request.POST)
    words = {
        "sheet": sheet,
        "items": items,
        "tasks": [_task(item, sheet, answers) for item in items],
        "rest": _rest(sheet, items),
        "problems": groups.placed(problems),
        "more": more and request.method == "POST" and not problems,
        "once": token,
        "touched": step.group if step else "",
    }
    return render(request, "portal/correct.html", words, status=422 if problems else 200)


def _task(item: Item, sheet: CaseSheet, answers: Mapping[str, Any]) -> Task:
    """An item in the list on top of the page: whether it was touched, and what is wrong with it."""
    if item.control is not None:
        mended = answers.get(item.code) != sheet.form.get(item.code) and not item.control.fault
    else:
        mended = any(way.chosen for way in item.ways) and not item.fault
    state, tone = DONE if mended else OPEN if not item.reason else ("待补正", "amber")
    return Task(item.name, state, f"#{item.anchor}", item.reason or "根据您的修改要补上", tone)


def _rest(sheet: CaseSheet, items: tuple[Item, ...]) -> tuple[Row, ...]:
    """What stays as it is."""
    opened = {item.code for item in items}
    rows = [Row(row.label, row.text) for row in sheet.answers if row.text and row.code not in opened]
    rows += [
        Row(row.name, _file_words(row.way_name, row.uploads))
        for row in sheet.materials
        if row.way and row.code not in opened
    ]
    return tuple(rows)


def _items(
    sheet: CaseSheet,
    answers: Mapping[str, Any],
    handed: Mapping[str, Handed],
    problems: tuple[Problem, ...],
) -> tuple[Item, ...]:
    targets = _targets(sheet)
    fields = questions.visible(sheet.version, _fields(sheet), answers)
    found = [
        Item(control.label, control.name, *targets.get(f"field:{control.name}", ("", "")), control=control)
        for control in questions.controls(sheet.version, fields, answers, problems)
    ]
    faults = {problem.pointer.strip("/"): problem.detail for problem in problems}
    former = {row.code: row.uploads for row in sheet.materials}
    for material in _materials(sheet, answers):
        code, given = material.code, handed.get(material.code, Handed("", ()))
        found.append(
            Item(
                material.name,
                code,
                *targets.get(f"material:{code}", ("", "")),
                ways=_named_ways(material, given.way),
                former=former.get(code, ()),
                uploads=given.uploads,
                send=f"/cases/{sheet.number}/correct/{code}/files",
                fault=faults.get(f"way_{code}") or faults.get(f"files_{code}", ""),
            )
        )
    return tuple(found)


def _named_ways(material: Material, chosen: str) -> tuple[Choice, ...]:
    """The ways of one of several materials of a page."""
    return tuple(
        Choice(way.value, way.label, way.hint, f"{way.id}_{material.code}", way.chosen)
        for way in ways_of(material, chosen)
    )
