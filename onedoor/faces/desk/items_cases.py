"""The running cases on a former version of an item, and letting some of them go on under the version in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import MOVERS
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import VersionLine
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.casework import ListedCase, listed, onward
from onedoor.faces.staff import SIGN_IN, page

from .items import PAGE, grouped, read_lines

#: Those who may let a case go on under another version; which cases, their room decides.
MAY_MOVE = Access(roles=MOVERS, sign_in=SIGN_IN)
#: Cases on a page, and as many are moved at once.
A_PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A running case: `why_not` says why it may not be moved, "" if it may."""

    case: ListedCase
    why_not: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case; `why` is "" if it was moved."""

    number: str
    why: str = ""


@admits(MAY_MOVE)
@require_http_methods(["GET", "HEAD", "POST"])
def running(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The running cases on a version, each with whether it may go on under the one in force; and letting them."""
    principal = signed_in(request)
    lines = read_lines(principal, code)
    line = next((each for each in lines if each.number == number), None)
    if line is None:
        raise Refused("unknown_version", f"这个事项没有第 {number} 版，请回到事项页面重新选择。", status=404)
    if request.method != "POST":
        return _show(request, code, line, lines)
    sent = dict.fromkeys(request.POST.getlist("number"))
    ticked = [each[:60] for each in sent if each.isprintable()][:A_PAGE]
    reason, to = request.POST.get("reason", "")[:1000], request.POST.get("to", "")
    problems = _problems(ticked, reason)
    if problems:
        return _show(request, code, line, lines, problems, frozenset(ticked), reason)
    target = int(to) if to.isascii() and to.isdigit() and len(to) < 6 else 0
    outcomes = [_one(principal, each, target, reason) for each in ticked]
    words = {
        **_frame(code, line, lines),
        "moved": [each for each in outcomes if not each.why],
        "refused": [each for each in outcomes if each.why],
        "to": target,
    }
    return page(request, "desk/items/moved.html", words)


def _one(principal: Principal, number: str, to: int, reason: str) -> Outcome:
    try:
        actions.migrate(number=number, to=to, reason=reason, actor=principal, at=now())
    except Refused as refused:
        return Outcome(number, refused.detail)
    return Outcome(number)


def _problems(ticked: list[str], reason: str) -> tuple[Problem, ...]:
    """What is wrong before any case is looked at."""
    found = []
    if not ticked:
        found.append(Problem("/table", "nothing_chosen", "还没有勾选办件，请勾选要改的办件。"))
    try:
        actions.reason_given(reason)
    except Refused as refused:
        found += refused.errors
    return tuple(found)


def _frame(code: str, line: VersionLine, lines: tuple[VersionLine, ...]) -> dict[str, object]:
    """What every page about moving cases says of the item."""
    newest = lines[0] if lines[0].retired_at is None else None
    return {"code": code, "line": line, "newest": newest, "item_url": f"{PAGE}/{code}"}


def _show(
    request: HttpRequest,
    code: str,
    line: VersionLine,
    lines: tuple[VersionLine, ...],
    problems: tuple[Problem, ...] = (),
    ticked: frozenset[str] = frozenset(),
    reason: str = "",
) -> HttpResponse:
    principal, at = signed_in(request), now()
    cursor = request.GET.get("cursor", "")
    found, judged = cases.moveable(principal, code, line.number, at=at, limit=A_PAGE, cursor=cursor)
    why_not = {each.number: each.why_not for each in judged}
    here = f"{PAGE}/{code}/versions/{line.number}/cases"
    newest = lines[0]
    changes = drafts.between(catalog.version(line.id), catalog.version(newest.id)) if newest != line else ()
    rows = [Row(case, why_not.get(case.number, ""), case.number in ticked) for case in listed(found.items)]
    words = {
        **_frame(code, line, lines),
        "rows": rows,
        "free": sum(not row.why_not for row in rows),
        "changes": grouped(changes),
        "problems": problems,
        "faults": {problem.pointer.lstrip("/"): problem.detail for problem in problems},
        "reason": reason,
        "here": here,
        "next_url": onward(here, {}, found.next_cursor),
        "first_url": here if cursor else "",
    }
    return page(request, "desk/items/running.html", words, status=422 if problems else 200)
