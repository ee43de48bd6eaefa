"""Clients that work without pause over HTTP, repeat what was not answered, and remember every answer."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: Seconds without an answer after which there is none any more: longer than the longest outage that is played.
LONGEST = 180.0
PASSED = {"outcome": "pass", "opinion": "现场与材料相符"}
#: Who does what to a case once all its reviews are done.
ENDING = (
    ("yinby", "decide", {"step": "decide", "outcome": "approve"}),
    ("chujian", "issue", {"step": "make"}),
    ("chujian", "deliver", {"method": "window", "receiver": "庄晓禾"}),
)


@dataclass(frozen=True)
class Answered:
    """A write that was acknowledged: with which key, which case, and the seq it was told."""

    key: str
    verb: str
    number: str
    seq: int
    at: float


@dataclass
class Traffic:
    """What all clients together have sent and heard. `strange` are answers that must not be."""

    port: int
    tokens: dict[str, str]
    application: dict[str, Any]
    steps: list[str]
    run: str = "t"
    acknowledged: list[Answered] = field(default_factory=list)
    repeated: int = 0
    turned_away: int = 0
    strange: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def since(self, instant: float) -> int:
        """How many writes were acknowledged after an instant of the monotonic clock."""
        return sum(1 for _ in itertools.takewhile(lambda a: a.at > instant, reversed(self.acknowledged)))

    def work(self, client: int) -> None:
        """One client: a case after another, from filing to hand-over."""
        sender = _Sender(self, client)
        try:
            while True:
                sender.live()
        except _Stopped:
            pass
        except Exception as error:
            self.strange.append(f"client {client}: {error!r}")

    @contextmanager
    def flowing(self, clients: int) -> Iterator[Traffic]:
        """So many clients at work until the block ends; what they have begun is finished."""
        threads = [
            threading.Thread(target=self.work, args=(number,), daemon=True) for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(60)
                assert not thread.is_alive()


class _Stopped(Exception):
    """The traffic ends."""


@dataclass
class _Sender:
    """One client with a kept connection."""

    traffic: Traffic
    client: int
    serial: Iterator[int] = field(default_factory=itertools.count)
    line: http.client.HTTPConnection | None = None

    def live(self) -> None:
        """A case from its draft to its hand-over."""
        draft = self.write("chuangkou", "/api/v1/cases", {**self.traffic.application, "draft": True}, "file")
        acts = [
            ("chuangkou", "submit", {}),
            ("chuangkou", "accept", {}),
            *(("jiangyx", "review", {"step": step, **PASSED}) for step in self.traffic.steps),
            *ENDING,
        ]
        seq = draft["seq"]
        for who, verb, payload in acts:
            path = f"/api/v1/cases/{draft['number']}/actions/{verb}"
            seq = self.write(who, path, {**payload, "expect": seq}, verb)["seq"]

    def write(self, who: str, path: str, body: dict[str, Any], verb: str) -> dict[str, Any]:
        """Send until there is an answer, always with the same key."""
        if self.traffic.stopping.is_set():
            raise _Stopped
        key = f"{self.traffic.run}-{self.client}-{next(self.serial)}"
        begun = time.monotonic()
        while True:
            status, answer = self._send(who, path, body, key)
            if status in (200, 201):
                found: dict[str, Any] = json.loads(answer)
                self.traffic.acknowledged.append(
                    Answered(key, verb, found["number"], found["seq"], time.monotonic())
                )
                return found
            self.traffic.repeated += 1
            if status == 503:
                self.traffic.turned_away += 1
            elif status is not None:
                self.traffic.strange.append(f"{verb} {status}: {answer[:300].decode('utf-8', 'replace')}")
                raise _Stopped
            if time.monotonic() - begun > LONGEST:
                raise AssertionError("no answer any more")
            time.sleep(0.1)

    def _send(self, who: str, path: str, body: dict[str, Any], key: str) -> tuple[int | None, bytes]:
        """Status and body; None when the connection broke before there was a whole answer."""
        headers = {
            "Authorization": f"Bearer {self.traffic.tokens[who]}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.traffic.port, timeout=15)
            self.line.request("POST", path, json.dumps(body, ensure_ascii=False).encode(), headers)
            answer = self.line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            if self.line is not None:
                self.line.close()
            self.line = None
            return None, b""
