"""A short message platform in a thread of the test: it keeps what it was sent and answers as told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Gateway:
    """`answers` are given one after another, then 202; `None` closes the connection without an answer."""

    url: str = ""
    answers: list[int | None] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [parcel["key"] for parcel in self.received]


@contextmanager
def running_gateway(port: int = 0) -> Iterator[Gateway]:
    """A gateway on a free port (or `port`) of this machine."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.received.append(json.loads(body))
            gateway.headers.append(dict(self.headers))
            answer = gateway.answers.pop(0) if gateway.answers else 202
            if answer is not None:
                self.send_response(answer)
                if answer in (301, 302, 307, 308):
                    self.send_header("Location", gateway.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
