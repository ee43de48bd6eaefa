"""How answers are handed to the web server."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any

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


def test_a_whole_answer_is_a_list_and_the_request_is_over() -> None:
    finished: list[bool] = []

    def note(**about: Any) -> None:
        finished.append(True)

    request_finished.connect(note)
    try:
        status, body = _get("/api/v1/nowhere")
    finally:
        request_finished.disconnect(note)
    assert status.startswith("404")
    assert isinstance(body, list)
    assert b"not_found" in b"".join(body)
    assert finished == [True]


def test_a_file_is_streamed() -> None:
    status, body = _get("/static/look/tokens.css")
    assert status.startswith("200")
    assert not isinstance(body, list)
    assert b"".join(body)
    body.close()  # type: ignore[attr-defined]
