"""Phones on slow lines: bodies that arrive slowly keep nobody else waiting."""

from __future__ import annotations

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest

from tests.server import running_server

SLOW = 12


@contextmanager
def slow_clients(url: str, count: int) -> Iterator[list[socket.socket]]:
    """Clients that have announced a body and sent the beginning of it."""
    place = urlsplit(url)
    assert place.hostname is not None
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(socket.create_connection((place.hostname, place.port or 80), 5))
            head = f"POST /login HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 400000\r\n\r\nphone=130"
            client.sendall(head.encode())
            clients.append(client)
        # Until all of them are being waited for.
        time.sleep(0.5)
        yield clients


def answers(url: str, seconds: float) -> bool:
    """Whether a page comes within so many seconds."""
    try:
        with urllib.request.urlopen(f"{url}/services", timeout=seconds) as response:
            return bool(response.status == 200)
    except (TimeoutError, URLError):
        return False


@pytest.mark.slow
def test_slow_bodies_keep_nobody_waiting(county: object) -> None:
    with running_server(county.database) as server, slow_clients(server.url, SLOW) as clients:  # type: ignore[attr-defined]
        assert answers(server.url, 10)
        clients[0].sendall(b"x" * (400_000 - len("phone=130")))
        assert clients[0].recv(12) == b"HTTP/1.1 403"


@pytest.mark.slow
def test_with_one_thread_they_do(county: object) -> None:
    with running_server(county.database, threads=1) as server, slow_clients(server.url, SLOW):  # type: ignore[attr-defined]
        assert not answers(server.url, 2)


def test_a_body_is_whole_before_work_begins() -> None:
    from io import BytesIO

    from onedoor.site.doorman import Doorman, Environ

    seen = {}

    def work(environ: Environ) -> tuple[str, list[tuple[str, str]], list[bytes]]:
        seen.update(body=environ["wsgi.input"].read(), length=environ.get("CONTENT_LENGTH"))
        return "200 OK", [], [b"done"]

    door = Doorman(work, most=10)
    started: list[object] = []
    body = {"wsgi.input": BytesIO(b"12345"), "CONTENT_LENGTH": "5"}
    assert door(body, lambda *words: started.append(words)) == [b"done"]
    assert started == [("200 OK", [])]
    assert seen == {"body": b"12345", "length": "5"}
    chunked = {"wsgi.input": BytesIO(b"1" * 11), "HTTP_TRANSFER_ENCODING": "chunked"}
    door(chunked, lambda *words: None)
    assert seen["length"] == "11"
    large = {"wsgi.input": BytesIO(b"never read"), "CONTENT_LENGTH": "11"}
    door(large, lambda *words: None)
    assert seen["length"] == "11"


@pytest.mark.parametrize(
    ("announced", "kind", "cut"),
    [
        ("5", "", False),
        ("9", "", True),
        ("9", "application/json", True),
        (None, "application/x-www-form-urlencoded", True),
        (None, "multipart/form-data; boundary=x", True),
        (None, "application/json; charset=utf-8", False),
    ],
)
def test_a_body_that_lost_its_end_is_marked(announced: str | None, kind: str, cut: bool) -> None:
    from io import BytesIO

    from onedoor.site.doorman import CUT_SHORT, Doorman, Environ

    seen: list[bool] = []

    def work(environ: Environ) -> tuple[str, list[tuple[str, str]], list[bytes]]:
        seen.append(environ[CUT_SHORT])
        return "200 OK", [], []

    length = {"HTTP_TRANSFER_ENCODING": "chunked"} if announced is None else {"CONTENT_LENGTH": announced}
    Doorman(work, most=10)({"wsgi.input": BytesIO(b"12345"), "CONTENT_TYPE": kind, **length}, lambda *_: None)
    assert seen == [cut]


def _said(url: str, request: str, *, breaks: bool = True) -> bytes:
    """The status line that a client is answered with, whose line breaks after `request`."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 80), 20) as client:
        client.sendall(request.replace("\n", "\r\n").encode())
        if breaks:
            client.shutdown(socket.SHUT_WR)
        return client.recv(64).split(b"\r\n")[0]


def test_half_a_form_is_not_taken_for_a_whole_one(live_onedoor: str) -> None:
    head = "POST /settings/mode HTTP/1.1\nHost: x\nContent-Type: application/x-www-form-urlencoded\n"
    form = "mode=elder&next=/"
    assert (
        _said(live_onedoor, f"{head}Content-Length: {len(form) + 9}\n\n{form}") == b"HTTP/1.1 400 Bad Request"
    )
    chunk = f"{len(form):x}\n{form}\n"
    broken = _said(live_onedoor, f"{head}Transfer-Encoding: chunked\n\n{chunk}")
    assert broken == b"HTTP/1.1 400 Bad Request"
    # Control: the whole of it is taken.
    whole = _said(live_onedoor, f"{head}Content-Length: {len(form)}\n\n{form}", breaks=False)
    assert whole == b"HTTP/1.1 302 Found"
