"""消息: what the office has told an applicant, each message beside its case and its paper."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.notices import actions as notices_written
from onedoor.domain.notices import queries as notices
from onedoor.domain.notices.terms import Told
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperRef
from onedoor.faces import told
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in

from .showing import paper_url

A_PAGE = 20
#: Behind every message there is.
_TOP = (datetime.max.replace(tzinfo=UTC), 2**62)


@dataclass(frozen=True, slots=True)
class Message:
    """A message with where it leads; `paper` is "" without one, `fresh` marks one that was not read yet."""

    text: str
    at: datetime
    service: str
    number: str
    paper: str
    paper_name: str
    fresh: bool


@admits(SIGNED_IN)
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Everything the office has told this applicant, newest first. Whoever opens the page has read it."""
    principal, at = signed_in(request), now()
    lines = told.subjects(principal, at)
    before = _place(request.GET.get("cursor", ""))
    found = notices.told(principal.tenant_id, tuple(lines), before=before, limit=A_PAGE + 1)
    seen = notices.read_until(principal.key)
    words = {
        "listed": _composed(found[:A_PAGE], lines, seen),
        "next_url": f"/messages?cursor={_cursor(found[A_PAGE - 1])}" if len(found) > A_PAGE else "",
    }
    if request.method == "GET":
        notices_written.mark_read(owner=principal.key, at=at)
    told.all_read(request)
    return render(request, "portal/told.html", words)


def _composed(found: tuple[Told, ...], lines: dict[str, told.About], seen: datetime | None) -> list[Message]:
    made = papers.papers_of_all({lines[each.subject].id for each in found})
    return [
        _message(each, lines[each.subject], made.get((lines[each.subject].id, _seq(each))), seen)
        for each in found
    ]


def _message(one: Told, line: told.About, paper: PaperRef | None, seen: datetime | None) -> Message:
    return Message(
        text=one.text,
        at=one.at,
        service=line.service_name,
        number=line.number,
        paper=paper_url(line.number, paper) if paper else "",
        paper_name=paper.title if paper else "",
        fresh=seen is None or one.at > seen,
    )


def _seq(one: Told) -> int:
    """The fact that a message is about, -1 if its key does not say."""
    return int(one.place) if one.place.isdecimal() else -1


def _cursor(last: Told) -> str:
    return base64.urlsafe_b64encode(f"{last.at.isoformat()}|{last.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, int]:
    """Where the page begins. Raises Refused("bad_cursor")."""
    if not cursor:
        return _TOP
    found = None
    try:
        at, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        found = datetime.fromisoformat(at), int(number)
    except (ValueError, OverflowError):
        pass
    if found is None or found[0].tzinfo is None or not 0 <= found[1] < 2**62:
        raise Refused("bad_cursor", "翻页参数不正确，请从第一页重新翻起。")
    return found
