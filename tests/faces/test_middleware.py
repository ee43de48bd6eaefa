"""What surrounds every answer."""

from __future__ import annotations

from csp.constants import HEADER, NONCE, SELF
from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from onedoor.faces.middleware import PolicyMiddleware


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x")


@csp_update({"img-src": ["https://tiles.example"]})
def _wishing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x")


@csp_update({"script-src": [SELF, NONCE]})
def _drawing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<script nonce={request.csp_nonce}></script>")  # type: ignore[attr-defined]


def _policy(middleware: type[CSPMiddleware], view: object) -> list[str]:
    response = middleware(view)(RequestFactory().get("/"))  # type: ignore[arg-type]
    return sorted(response.headers[HEADER].split("; "))


def test_the_policy_is_the_one_that_would_be_put_together_every_time() -> None:
    assert _policy(PolicyMiddleware, _plain) == _policy(CSPMiddleware, _plain)
    assert "default-src 'self'" in _policy(PolicyMiddleware, _plain)


def test_an_answer_with_wishes_of_its_own_has_a_policy_of_its_own() -> None:
    assert "img-src 'self' data: https://tiles.example" in _policy(PolicyMiddleware, _wishing)
    assert any("'nonce-" in part for part in _policy(PolicyMiddleware, _drawing))
