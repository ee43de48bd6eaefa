"""A short message gateway that remembers everything it was handed, as often as it came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Gateway:
    """Where it listens, and the messages by key in order of arrival."""

    url: str = ""
    taken: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, str]) -> None:
        """Remember one message."""
        with self.lock:
            self.taken.setdefault(message["key"], []).append(message)

    @property
    def arrivals(self) -> int:
        """How often anything arrived, repetitions counted."""
        return sum(len(each) for each in self.taken.values())


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway on a free port of this machine."""
    found = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Idempotency-Key"] == message["key"]
            found.take(message)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}/send"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
