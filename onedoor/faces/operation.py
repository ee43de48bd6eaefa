"""What the county's IT person watches: the status page, and the figures for a monitoring program.

The checks themselves belong to the site, which hands them to these views when it puts the routes together.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import PUBLIC, Access, admits
from onedoor.faces.staff import SIGN_IN, page

#: Headers that a proxy leaves beside the one that tells the address.
_HANDED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")
#: Those who keep the machine running.
OPERATION = Access(roles=frozenset({Role.ADMIN}), sign_in=SIGN_IN)
#: Seconds between two looks of an open page.
EVERY = 10
_LAMPS = {"well": "green", "notice": "yellow", "fault": "red"}


class Finding(Protocol):
    """One line: what was looked at, how it stands (`level` well, notice or fault; `word`), and the mend."""

    @property
    def name(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def mend(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def word(self) -> str: ...


class Section(Protocol):
    """Findings about one part of the installation."""

    @property
    def name(self) -> str: ...
    @property
    def findings(self) -> Sequence[Finding]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as the page draws it."""

    name: str
    detail: str
    mend: str
    lamp: str
    word: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section as the page draws it."""

    name: str
    lines: tuple[Line, ...]


def status_page(look: Callable[[], tuple[datetime, Iterable[Section]]]) -> Callable[..., HttpResponse]:
    """The view of the status page; `look` says when it looked and what it found."""

    @admits(OPERATION)
    @require_safe
    def status(request: HttpRequest) -> HttpResponse:
        """Every check in words, what needs mending first."""
        at, sections = look()
        parts = [Part(section.name, tuple(map(_line, section.findings))) for section in sections]
        amiss = [line for part in parts for line in part.lines if line.mend]
        words = {
            "at": at,
            "parts": parts,
            "faults": [line for line in amiss if line.lamp == "red"],
            "notices": [line for line in amiss if line.lamp == "yellow"],
            "every": EVERY,
        }
        if request.headers.get("HX-Request") == "true":
            return render(request, "operation/parts/standing.html", words)
        return page(request, "operation/status.html", words)

    return status


def _line(finding: Finding) -> Line:
    level = str(finding.level)
    return Line(finding.name, finding.detail, finding.mend, _LAMPS.get(level, "red"), finding.word)


def figures_page(
    figures: Callable[[], tuple[bytes, str]], token: Callable[[], str]
) -> Callable[..., HttpResponse]:
    """The view of the figures for a monitoring program; `figures` gives body and media type.

    They are shown to programs of this machine, and to whoever brings the monitoring token.
    """

    @admits(PUBLIC)
    @require_safe
    def metrics(request: HttpRequest) -> HttpResponse:
        """The figures in the text form of Prometheus."""
        if not (_is_near(request) or _holds(request, token())):
            raise Refused(
                "figures_not_shown",
                "监控数据只给本机程序，或带监控令牌的请求（onedoor keys monitoring 显示令牌）。",
                status=403,
            )
        body, kind = figures()
        return HttpResponse(body, content_type=kind, headers={"Cache-Control": "no-store"})

    return metrics


def _is_near(request: HttpRequest) -> bool:
    """Whether a program of this machine asks, itself and not through a proxy."""
    if settings.ONEDOOR_BEHIND_PROXY:
        return False
    handed_on = any(name in request.META for name in (settings.ONEDOOR_PROXY_HEADER, *_HANDED_ON))
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not handed_on


def _holds(request: HttpRequest, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
