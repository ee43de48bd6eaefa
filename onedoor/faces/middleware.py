"""What happens around every page: refusals become pages, personal pages are not kept by caches, policies."""

from __future__ import annotations

import logging
from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from onedoor.core.refusals import Refused
from onedoor.faces.access import SESSION_COOKIE
from onedoor.faces.outages import outage_of, page

_LOG = logging.getLogger("onedoor.faces")
_TITLES = {403: "不能打开", 404: "没有找到", 409: "已有新的进展", 422: "没有办成", 429: "请稍后再试"}
_STAFF_PAGES = ("/desk/", "/watch/", "/status")
#: More bytes than any form of ours has. Files come to lie on the disk before anybody asks whose they are.
MOST_BYTES = 128 * 1024 * 1024
#: Texts beside text/…
_TEXTS = ("application/json", "application/problem+json", "image/svg+xml")
#: Headers that open what is somebody's own, beside the session cookie.
_KEYS = ("HTTP_AUTHORIZATION", "HTTP_X_QUERY_CODE")


class RefusalMiddleware:
    """Turns a refusal that no view has dealt with into a page that says why and how to mend it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = _unreadable(request)
        if status is None:
            return self.get_response(request)
        return render(request, f"{status}.html", status=status)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Refusals and outages; faults go on to be logged and answered with 500."""
        if outage := outage_of(exception):
            _LOG.error("%s: %s", outage.code, type(exception).__name__)
            return page(outage)
        if not isinstance(exception, Refused):
            return None
        words = {"title": _TITLES.get(exception.status, "没有办成"), "refusal": exception}
        template = "desk/refused.html" if request.path.startswith(_STAFF_PAGES) else "faces/refused.html"
        return render(request, template, words, status=exception.status)


def _unreadable(request: HttpRequest) -> int | None:
    """The status of an answer to what is not even looked at; None for anything else."""
    # No address of ours holds a NUL, and no database text may.
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return 400
    # A form whose end was lost on a bad line would be taken for a shorter one.
    if request.META.get("onedoor.cut_short"):
        return 400
    length = request.META.get("CONTENT_LENGTH") or "0"
    return 413 if length.isdecimal() and (len(length) > 12 or int(length) > MOST_BYTES) else None


class PackingMiddleware(GZipMiddleware):
    """Pages and data travel compressed over slow lines; what is compressed already, such as a paper, does not. Django
    pads each answer at random, so that its length tells nothing of what is secret in it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Only texts are worth it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind.startswith("text/") or kind in _TEXTS:
            return super().process_response(request, response)  # type: ignore[arg-type]
        return response


class PolicyMiddleware(CSPMiddleware):
    """The content security policy of the settings, put together once instead of for every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """An answer with wishes of its own, or a page that has drawn a nonce, gets a policy of its own."""
        if hasattr(request, "_csp_nonce") or any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.policy)
        return response


class PrivateMiddleware:
    """Answers to somebody who has shown a session, a token or a query code are theirs alone: no cache keeps them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        own = SESSION_COOKIE in request.COOKIES or any(key in request.META for key in _KEYS)
        if own and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response
