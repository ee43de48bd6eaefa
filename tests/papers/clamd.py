"""A stand-in for ClamAV's daemon: it speaks INSTREAM, knows one virus, and can be told to misbehave."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Bytes that the stand-in takes for a virus, beside the text that every scanner knows.
VIRUS = b"harmful-bytes-of-the-test"
KNOWN = (VIRUS, b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE")


class FakeClamd:
    """Answers as `mood` says: honest, silent, slow, garbage, half, hang up, full, limits."""

    def __init__(self, listener: socket.socket, mood: str) -> None:
        self.listener, self.mood = listener, mood
        self.asked = 0
        self.stopping = threading.Event()

    def serve(self) -> None:
        """Answer one caller after another until the listener is closed."""
        while not self.stopping.is_set():
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line, suppress(OSError):
                line.settimeout(5)
                self.asked += 1
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        if self.mood == "hang up":
            return
        if self.mood == "silent":
            self.stopping.wait(5)
            return
        if self.mood == "full":
            line.recv(30)
            line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
        content = self._received(line)
        found = next((virus for virus in KNOWN if virus in content), None)
        verdict = b"stream: Test.Virus FOUND\0" if found else b"stream: OK\0"
        if self.mood == "slow":
            for byte in verdict:
                if self.stopping.wait(0.4):
                    return
                line.sendall(bytes([byte]))
        said = {
            "garbage": b"HTTP/1.1 200 OK\r\n\r\n\0",
            "half": b"stream: O",
            "ok of something else": b"stream: OKAY\0",
            "endless": b"x" * 100_000,
            "limits": b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
            "error": b"Can't allocate memory ERROR\0",
            "empty": b"\0",
        }
        line.sendall(said.get(self.mood, verdict))

    def _received(self, line: socket.socket) -> bytes:
        with line.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            pieces = []
            while size := struct.unpack(">I", stream.read(4))[0]:
                pieces.append(stream.read(size))
        return b"".join(pieces)


@contextmanager
def fake_clamd(mood: str = "honest", path: str = "") -> Iterator[tuple[FakeClamd, str]]:
    """A stand-in at work, and the setting that names it; with `path` on a Unix socket there."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(path or ("127.0.0.1", 0))
    listener.listen(8)
    setting = f"clamd://{path}" if path else f"clamd://127.0.0.1:{listener.getsockname()[1]}"
    clamd = FakeClamd(listener, mood)
    thread = threading.Thread(target=clamd.serve)
    thread.start()
    try:
        yield clamd, setting
    finally:
        clamd.stopping.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
