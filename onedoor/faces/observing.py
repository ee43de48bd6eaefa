"""One line in the log and one count for every request: what was asked for by its pattern, never by its address.

Addresses, queries and forms may hold codes and names; a line knows the route, the method, the status, the time,
the code of a refusal, and who asked by number.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from onedoor.core.refusals import Refused
from onedoor.plumbing import figures

#: The number of the request that this thread works on; every line written meanwhile bears it.
request_number: ContextVar[str] = ContextVar("request_number", default="")

_log = logging.getLogger("onedoor.request")
#: What is asked every few seconds and says nothing while it is well.
_PULSE: Final = frozenset({"healthz", "readyz", "metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
NOWHERE: Final = "(none)"


class ObservingMiddleware:
    """Stands around everything that is not a static file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        number = secrets.token_hex(6)
        token = request_number.set(number)
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = number
            _note(request, response, perf_counter() - began)
        finally:
            request_number.reset(token)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember the code of a refusal that no view has dealt with."""
        if isinstance(exception, Refused):
            request.refusal_code = exception.code  # type: ignore[attr-defined]


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route, verb = _place(request)
    method = request.method if request.method in _METHODS else "OTHER"
    status = response.status_code
    code = getattr(request, "refusal_code", "") or getattr(response, "refusal_code", "")
    figures.count_request(route, method, status, seconds)
    if code:
        figures.REFUSALS.labels(code).inc()
    elif verb and method == "POST" and status < 400:
        figures.count_action(verb)
    if route in _PULSE and status < 400:
        return
    told: dict[str, Any] = {
        "route": route,
        "method": method,
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    if code:
        told["refused"] = code
    user = _user(request)
    if user is not None:
        told["user"] = user
    level = logging.ERROR if status >= 500 else logging.INFO
    _log.log(level, "answered", extra={"told": told})


def _place(request: HttpRequest) -> tuple[str, str]:
    """The pattern of the route, and the verb it names if it is one of the lifecycle's."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except (Resolver404, ValueError):
            return NOWHERE, ""
    verb = match.kwargs.get("verb", "")
    return str(match.route) or "/", verb if isinstance(verb, str) else ""


def _user(request: HttpRequest) -> int | None:
    """The number of whoever asked, as far as anybody had to know."""
    for found in (getattr(request, "_principal", None), getattr(request, "auth", None)):
        number = getattr(found, "user_id", None)
        if isinstance(number, int):
            return number
    return None
