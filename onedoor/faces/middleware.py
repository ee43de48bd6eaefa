"""What happens around every page: refusals become pages, personal pages are not kept by caches, policies."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from onedoor.core.refusals import Refused
from onedoor.faces.access import SESSION_COOKIE

_TITLES = {403: "不能打开", 404: "没有找到", 409: "已有新的进展", 422: "没有办成", 429: "请稍后再试"}
_STAFF_PAGES = ("/desk/", "/watch/")


class RefusalMiddleware:
    """Turns a refusal that no view has dealt with into a page that says why and how to mend it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No address of ours holds a NUL, and no database text may.
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "400.html", status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Only refusals; faults go on to be logged and answered with 500."""
        if not isinstance(exception, Refused):
            return None
        words = {"title": _TITLES.get(exception.status, "没有办成"), "refusal": exception}
        template = "desk/refused.html" if request.path.startswith(_STAFF_PAGES) else "faces/refused.html"
        return render(request, template, words, status=exception.status)


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
    """Answers to somebody signed in are theirs alone: no cache keeps them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SESSION_COOKIE in request.COOKIES and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response
