"""The parts of a draft, each on a page of its own: questions, or a list whose rows have pages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import condition_words
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import edits as draft_edits
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.guides.flowchart import chart_of
from onedoor.domain.offices import queries as offices
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.controls import Control
from onedoor.faces.flowcharts import drawing_of
from onedoor.faces.staff import page

from .items import EDITOR, draft_url
from .items_asking import FURTHER, Around, Typed, controls, earlier_fields, read, value_at
from .items_draft import frame, seen, told
from .items_parts import PARTS, Ask, Part
from .items_places import Place, places

NEW = "new"
#: What the name of a row that was taken out is signed for, so that a page says nothing that was not done.
_GONE = "desk.items.gone"


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: HttpRequest, draft_id: int, part: str) -> HttpResponse:
    """The questions of a part, or its rows; POST keeps the answers, or moves a row or takes it out."""
    found = drafts.draft(signed_in(request), draft_id)
    asked = _part(part)
    if asked.listed:
        return _rows(request, found, asked)
    return _questions(request, found, asked, asked.asks, (), f"{draft_url(found.id)}/edit/{asked.slug}")


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, draft_id: int, part: str, place: str) -> HttpResponse:
    """The questions of one row; a place that ends in `new` is a row to come."""
    found = drafts.draft(signed_in(request), draft_id)
    asked = _part(part)
    path = _path(found, asked, place) if asked.listed else ()
    if not path:
        raise Refused("unknown_row", "草案里没有这一行，请回到草案页面。", status=404)
    asks = asked.rows[len(path) - 1]
    return _questions(request, found, asked, asks, path, f"{draft_url(found.id)}/edit/{asked.slug}/{place}")


def _part(slug: str) -> Part:
    if slug not in PARTS:
        raise Refused("unknown_part", "草案没有这一部分，请回到草案页面重新选择。", status=404)
    return PARTS[slug]


def _path(found: Draft, asked: Part, place: str) -> draft_edits.Path:
    """The path of a row, known or to come. Raises Refused("unknown_row", 404)."""
    head, _, last = place.rpartition("-")
    if last == NEW:
        above = draft_edits.path_of(head) if head else ()
        if above is not None and _may_hold(found, asked, above):
            return (*above, len(draft_edits.rows(found.content, asked.slug, above)))
    else:
        path = draft_edits.path_of(place)
        fits = path is not None and 0 < len(path) <= len(asked.rows)
        if path is not None and fits and draft_edits.row(found.content, asked.slug, path) is not None:
            return path
    raise Refused("unknown_row", "草案里没有这一行，它可能已被删去，请回到列表。", status=404)


def _may_hold(found: Draft, asked: Part, above: draft_edits.Path) -> bool:
    """Whether rows may be added below a path: to the part itself, a section, or a group of questions."""
    if len(above) >= len(asked.rows):
        return False
    held = draft_edits.row(found.content, asked.slug, above) if above else {}
    return held is not None and (len(above) < 2 or held.get("type") == "group")


def _around(found: Draft, asked: Part, path: draft_edits.Path, value: Mapping[str, Any]) -> Around:
    own = str(value.get("code", ""))
    steps = found.version.procedure.steps if asked.slug == "steps" else ()
    return Around(
        departments={code: view.name for code, view in offices.departments(found.tenant_id).items()},
        earlier=earlier_fields(found.version, path if asked.slug == "form" else None),
        steps=tuple((step.code, step.name) for step in steps if step.code != own),
        elements=drafts.elements(found.tenant_id) if asked.slug == "form" and len(path) > 1 else (),
        code=own,
    )


def _questions(
    request: HttpRequest, found: Draft, asked: Part, asks: tuple[Ask, ...], path: draft_edits.Path, here: str
) -> HttpResponse:
    former: Mapping[str, Any] = found.content
    if path:
        known = draft_edits.row(found.content, asked.slug, path)
        code = draft_edits.fresh_code(found.content, asked.slug, len(path))
        former = known if known is not None else {"code": code} if code else {}
    around = _around(found, asked, path, former)
    if request.method != "POST":
        return _ask(
            request,
            found,
            asked,
            asks,
            path,
            controls(asks, former, around, _faults(found, asked, path, gaps="saved" in request.GET)),
        )
    typed = read(asks, former, request.POST, around)
    if typed.faults:
        drawn = controls(asks, typed.values, around, typed.faults, request.POST)
        return _ask(request, found, asked, asks, path, drawn, typed=typed)
    value = _tidied(asked, typed.values)
    content = draft_edits.put(found.content, asked.slug, path, value) if path else value
    try:
        kept = drafting.save(
            actor=signed_in(request), draft_id=found.id, revision=seen(request), content=content, at=now()
        )
    except Refused as refused:
        if refused.status == 404:
            raise
        return _ask(request, found, asked, asks, path, controls(asks, value, around, {}), refused=refused)
    return HttpResponseRedirect(_next(kept, asked, path))


def _tidied(asked: Part, value: dict[str, Any]) -> dict[str, Any]:
    """A row without what another answer of it has made pointless."""
    if asked.slug == "form" and value.get("type") not in ("choice", "choices"):
        value.pop("options", None)
    if asked.slug == "form" and value.get("type") != "group":
        value = {key: each for key, each in value.items() if key != "fields" or "label" not in value}
    if asked.slug == "steps" and value.get("join") != "quorum":
        value.pop("quorum", None)
    if asked.slug == "fees" and not value.get("reducible"):
        value.pop("reduction", None)
    return value


def _next(kept: Draft, asked: Part, path: draft_edits.Path) -> str:
    """Back to the same page while it has faults, else to the list or the draft."""
    base = f"{draft_url(kept.id)}/edit/{asked.slug}"
    if _own(kept, asked, path):
        rows = f"/{draft_edits.written(path)}" if path else ""
        return f"{base}{rows}?saved=1"
    return (
        f"{base}?saved=1#row-{draft_edits.written(path)}" if path else f"{draft_url(kept.id)}?saved=1#parts"
    )


def _own(found: Draft, asked: Part, path: draft_edits.Path, *, gaps: bool = True) -> list[Place]:
    """The faults that are mended on this page, with or without what is only not there yet."""
    told_here = [each for each in found.problems if gaps or each.code != "required"]
    return [each for each in places(told_here, found.content) if (each.part, each.path) == (asked.slug, path)]


def _faults(found: Draft, asked: Part, path: draft_edits.Path, *, gaps: bool) -> dict[str, str]:
    """The first fault of each control of this page; what nobody has come to fill yet is no fault of a control."""
    return {each.control: each.words for each in reversed(_own(found, asked, path, gaps=gaps))}


def _ask(
    request: HttpRequest,
    found: Draft,
    asked: Part,
    asks: tuple[Ask, ...],
    path: draft_edits.Path,
    drawn: list[Control],
    *,
    typed: Typed | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    noun = asked.nouns[len(path) - 1] if path else asked.title
    known = draft_edits.row(found.content, asked.slug, path) if path else found.content
    when = str((known or {}).get("when", "")) if path else ""
    further = [control for control in drawn if control.name in FURTHER]
    words = {
        **frame(found),
        "part": asked,
        "noun": noun,
        "fresh": bool(path) and known is None,
        "groups": [
            list(group) for _, group in groupby((c for c in drawn if c.name not in FURTHER), key=_about)
        ],
        "further": further,
        "further_open": any(
            control.fault or (control.type == "text" and control.value) for control in further
        ),
        "alarm": typed is not None,
        "own_faults": [(f"#id_{name}", text) for name, text in typed.faults.items()]
        if typed
        else told(_own(found, asked, path), found.id),
        "refused": refused.detail if refused else "",
        "reading": condition_words.needed_when(found.version, when),
        "saved": "saved" in request.GET,
        "back": f"{draft_url(found.id)}/edit/{asked.slug}" if path else draft_url(found.id),
        "inner": _inner(found, asked, path) if path and known is not None else None,
    }
    status = 422 if typed else refused.status if refused else 200
    return page(request, "desk/items/questions.html", words, status=status)


def _about(control: Control) -> str:
    """What a question is about, if several stand together: a limit with its unit and its note."""
    about, _, rest = control.name.partition("-")
    return about if rest and rest != "pick" and about != "details" else ""


def _inner(found: Draft, asked: Part, path: draft_edits.Path) -> dict[str, Any] | None:
    """The rows below this one, if it may hold any."""
    if not _may_hold(found, asked, path):
        return None
    return {
        "rows": _lines(found, asked, path),
        "above": draft_edits.written(path),
        "noun": asked.nouns[len(path)],
    }


def _rows(request: HttpRequest, found: Draft, asked: Part) -> HttpResponse:
    """The list of a part; POST moves a row or takes it out."""
    refused: Refused | None = None
    if request.method == "POST":
        try:
            gone = _change(request, found, asked)
        except Refused as caught:
            if caught.status == 404:
                raise
            refused = caught
        else:
            more = {"gone": signing.Signer(salt=_GONE).sign(gone)} if gone else {"saved": "1"}
            return HttpResponseRedirect(f"{draft_url(found.id)}/edit/{asked.slug}?{urlencode(more)}")
    departments = {code: view.name for code, view in offices.departments(found.tenant_id).items()}
    words = {
        **frame(found),
        "part": asked,
        "rows": _lines(found, asked, ()),
        "noun": asked.nouns[0],
        "own_faults": told(
            [each for each in places(found.problems, found.content) if each.part == asked.slug], found.id
        ),
        "refused": refused.detail if refused else "",
        "saved": "saved" in request.GET,
        "gone": _gone(request),
        "version": found.version,
        "flow": drawing_of(chart_of(found.version, departments)) if asked.slug == "steps" else None,
    }
    return page(request, "desk/items/rows.html", words, status=refused.status if refused else 200)


def _gone(request: HttpRequest) -> str:
    """The name of the row that was just taken out, "" if none was."""
    try:
        return signing.Signer(salt=_GONE).unsign(request.GET.get("gone", ""))
    except signing.BadSignature:
        return ""


def _change(request: HttpRequest, found: Draft, asked: Part) -> str:
    """Move a row up or down, or take it out: `up:1-2`, `down:0`, `drop:3`. The name of what was taken out, else ""."""
    verb, _, place = request.POST.get("change", "").partition(":")
    path = draft_edits.path_of(place)
    if path is None or verb not in ("up", "down", "drop"):
        raise Refused("unknown_change", "没有这种改法，请刷新页面后再试。")
    if len(path) > len(asked.rows) or draft_edits.row(found.content, asked.slug, path) is None:
        raise Refused("unknown_row", "这一行已经没有了，请刷新页面。", status=409)
    gone = _called(asked, path, draft_edits.row(found.content, asked.slug, path)) if verb == "drop" else ""
    if verb == "drop":
        content = draft_edits.taken(found.content, asked.slug, path)
    else:
        content = draft_edits.moved(found.content, asked.slug, path, -1 if verb == "up" else 1)
    drafting.save(
        actor=signed_in(request), draft_id=found.id, revision=seen(request), content=content, at=now()
    )
    return gone


def _lines(found: Draft, asked: Part, above: draft_edits.Path) -> list[dict[str, Any]]:
    """The rows below a path as the list shows them, with those below each."""
    listed = draft_edits.rows(found.content, asked.slug, above)
    wrong = places(found.problems, found.content)
    lines = []
    for index, value in enumerate(listed):
        path = (*above, index)
        place = draft_edits.written(path)
        holds = _may_hold(found, asked, path)
        lines.append(
            {
                "place": place,
                "name": _called(asked, path, value),
                "more": _more(found, asked, value),
                "faults": sum(each.part == asked.slug and each.path[: len(path)] == path for each in wrong),
                "first": index == 0,
                "last": index == len(listed) - 1,
                "holds": holds,
                "inner": _lines(found, asked, path) if holds else [],
                "inner_noun": asked.nouns[len(path)] if holds else "",
            }
        )
    return lines


def _called(asked: Part, path: draft_edits.Path, value: Any) -> str:
    """What a row is called."""
    return _title(value) or f"第 {path[-1] + 1} 个{asked.nouns[len(path) - 1]}"


def _title(value: Any) -> str:
    named = (
        (value.get(key) for key in ("name", "label", "title", "question"))
        if isinstance(value, Mapping)
        else ()
    )
    return next((text for text in named if isinstance(text, str) and text), "")


def _after(found: Draft, value: Mapping[str, Any]) -> str:
    """When a step begins: after which others."""
    codes = value.get("after")
    names = {step.code: step.name for step in found.version.procedure.steps}
    before = [names[code] for code in codes if code in names] if isinstance(codes, list) else []
    return f"在{''.join(f'“{name}”' for name in before)}之后" if before else "一开始就办"


def _more(found: Draft, asked: Part, value: Any) -> str:
    """What else a list says of a row."""
    if not isinstance(value, Mapping):
        return ""
    parts = [
        dict(ask.choices).get(str(value_at(value, ask)), "")
        for ask in asked.rows[-1 if "label" in value else 0]
        if ask.kind == "select" and "." not in ask.key and ask.key not in ("join", "origin", "role")
    ]
    if asked.slug == "steps":
        view = offices.department(found.tenant_id, str(value.get("department", ""))[:32])
        parts = [_after(found, value), view.name if view else "", *parts]
    if asked.slug == "basis":
        parts.append(str(value.get("article", "")))
    when = value.get("when")
    if isinstance(when, str) and when:
        parts.append(condition_words.needed_when(found.version, when))
    return "，".join(part for part in parts if part)
