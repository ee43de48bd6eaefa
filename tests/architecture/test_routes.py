"""Every route says who may use it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from ninja import NinjaAPI
from ninja.operation import Operation, PathView

from onedoor.faces.access import PUBLIC, SIGNED_IN, Access, admits

Leaf = tuple[str, Callable[..., Any]]

#: What the interface's library serves by itself: the description of the interface, open to everyone.
DESCRIPTION = {"openapi_json", "default_home"}


def leaves(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[Leaf]:
    """Every route with its view, however deep it is included."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from leaves(each.url_patterns, prefix + str(each.pattern))
        else:
            yield prefix + str(each.pattern), each.callback


def operations(view: Callable[..., Any]) -> list[Operation]:
    """The operations behind a view of the interface; none for a page."""
    if not inspect.isfunction(view):
        return []
    held = inspect.getclosurevars(view).nonlocals.get("self")
    return held.operations if isinstance(held, PathView) else []


def _described(view: Callable[..., Any]) -> bool:
    return isinstance(view, partial) and view.func.__name__ in DESCRIPTION


def undeclared(found: Iterable[Leaf]) -> list[str]:
    """Routes without a declaration, and operations that declare a guard but have no lock."""
    faults = []
    for route, view in found:
        behind = operations(view)
        for operation in behind:
            access = getattr(operation.view_func, "access", None)
            name = f"{'/'.join(operation.methods)} {route}"
            if not isinstance(access, Access):
                faults.append(name)
            elif not access.public and not operation.auth_callbacks:
                faults.append(f"{name} admits everyone in spite of its declaration")
        if not behind and not _described(view) and not isinstance(getattr(view, "access", None), Access):
            faults.append(route)
    return faults


def test_every_route_declares_its_access() -> None:
    found = list(leaves(get_resolver().url_patterns))
    assert len(found) > 10
    assert any(operations(view) for _, view in found)
    assert undeclared(found) == []


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_planted_route_without_declaration_is_found() -> None:
    api = NinjaAPI(urls_namespace="planted", docs_url=None)

    @api.get("/open")
    def no_word(request: HttpRequest) -> str:
        return ""

    @api.get("/unlocked")
    def no_lock(request: HttpRequest) -> str:
        return ""

    @api.get("/fair")
    def fair(request: HttpRequest) -> str:
        return ""

    no_lock.access = SIGNED_IN  # type: ignore[attr-defined]
    fair.access = PUBLIC  # type: ignore[attr-defined]
    inner = [path("bare", _page), path("guarded", admits(PUBLIC)(_page)), path("api/", api.urls)]
    planted = [path("deep/", include((inner, "planted")))]
    assert undeclared(leaves(planted)) == [
        "deep/bare",
        "GET deep/api/open",
        "GET deep/api/unlocked admits everyone in spite of its declaration",
    ]
