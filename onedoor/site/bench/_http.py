"""A closed-loop HTTP client that costs little: prepared bytes over kept sockets, one thread, one poll.

Whatever the client uses is taken from the server on the same machine, so nothing is built or parsed between
two requests beyond finding the end of the answer.
"""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter, process_time

from onedoor.plumbing.home import HomeFault

_PATIENCE = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one burst: seconds on the clock, processor seconds of the client, latencies sorted."""

    done: int
    seconds: float
    client_cpu: float
    latencies: Sequence[float]

    def latency(self, share: float) -> float:
        """The latency in seconds that this share of the requests did not exceed."""
        return self.latencies[min(int(share * self.done), self.done - 1)]


@dataclass(slots=True)
class _Line:
    """One kept connection: where its requests come from, when the present one left, what came back so far."""

    socket: socket.socket
    requests: Iterator[bytes]
    sent_at: float = 0.0
    received: bytes = b""

    def send(self) -> bool:
        """Send the next request; False when there is none left."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.sent_at = perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> bool:
        """Take what arrived; True once the answer is whole. Raises HomeFault unless it is a 200."""
        part = self.socket.recv(65536)
        data = self.received = self.received + part
        if not part or not data.startswith(b"HTTP/1.1 200"):
            told = data[:2000].decode("utf-8", "replace") or "连接被关闭"
            raise HomeFault(f"性能测试得到意外的回答：\n{told}")
        if not _whole(data):
            return False
        self.received = b""
        return True


def _whole(data: bytes) -> bool:
    """Whether an answer has arrived to its end, however its length is told."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(data, 0, end + 2)
    return len(data) >= end + 4 + int(length[1]) if length else data.endswith(b"\r\n0\r\n\r\n")


@dataclass(slots=True)
class _Burst:
    """The lines in flight and when to stop sending."""

    lines: dict[int, _Line]
    until: float
    latencies: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Keep every line busy until the time is over or its requests are, and collect every answer."""
        with select.epoll() as poll:
            busy = 0
            for number, line in self.lines.items():
                if line.send():
                    poll.register(number, select.EPOLLIN)
                    busy += 1
            while busy:
                ready = poll.poll(_PATIENCE)
                if not ready:
                    raise HomeFault(f"性能测试在 {_PATIENCE:.0f} 秒内没有得到回答。")
                for number, _ in ready:
                    if not self._serve(self.lines[number]):
                        poll.unregister(number)
                        busy -= 1

    def _serve(self, line: _Line) -> bool:
        """Take an answer and send the next request; False when the line has come to rest."""
        if not line.receive():
            return True
        now = perf_counter()
        self.latencies.append(now - line.sent_at)
        return now < self.until and line.send()


def burst(port: int, lines: Sequence[Iterator[bytes]], seconds: float) -> Load:
    """Send for so many seconds on one kept connection for each of `lines`, each an endless or ending stream."""
    with ExitStack() as stack:
        opened = [_Line(stack.enter_context(_connected(port)), requests) for requests in lines]
        started, cpu = perf_counter(), process_time()
        work = _Burst({line.socket.fileno(): line for line in opened}, started + seconds)
        work.run()
        took, used = perf_counter() - started, process_time() - cpu
    return Load(len(work.latencies), took, used, sorted(work.latencies))


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
