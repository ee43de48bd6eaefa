"""How answers are handed to the web server."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from django.core.signals import request_finished

from onedoor.site.wsgi import application


def _get(path: str) -> tuple[str, Iterable[bytes]]:
    """Status and body of a GET, as a server gets them."""
    answered: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], fault: Any = None) -> None:
        answered.append(status)

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    body = application(environ, start)
    return answered[0], body


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [("/api/v1/nowhere", "404", b"not_found"), ("/static/look/tokens.css", "200", b"--ink")],
)
def test_an_answer_is_whole_and_the_request_is_over(path: str, status: str, part: bytes) -> None:
    finished: list[bool] = []

    def note(**about: Any) -> None:
        finished.append(True)

    request_finished.connect(note)
    try:
        answered, body = _get(path)
    finally:
        request_finished.disconnect(note)
    assert answered.startswith(status)
    assert isinstance(body, list)
    assert part in b"".join(body)
    assert finished == [True]
