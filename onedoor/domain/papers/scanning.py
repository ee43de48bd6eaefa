"""Asking a virus scanner about a file before it is kept. Without an answer nothing is kept.

`ONEDOOR_SCANNER` names the scanner: `clamd://host:3310` or `clamd:///run/clamav/clamd.ctl` speak to ClamAV; empty
means that files are inspected (see `inspection`) but not scanned.
"""

from __future__ import annotations

import logging
import socket
import time
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from onedoor.core.refusals import Refused
from onedoor.domain.papers.terms import ScannerTrial

_LOG = logging.getLogger("onedoor.papers")
#: Seconds that connecting, sending and waiting for the answer may take together.
SECONDS: Final = 10.0
#: Seconds after a failure in which nothing is asked: a worker has one hand, and a dead scanner would hold it.
REST: Final = 15.0
_CHUNK: Final = 1 << 18
_LONGEST_ANSWER: Final = 4096
_DEFAULT_PORT: Final = 3310


class Unanswered(Exception):
    """The scanner gave no answer that can be relied on; the text says why, for the IT person."""


class Oversized(Unanswered):
    """The scanner looks at smaller files only."""


class Scanner(Protocol):
    """Whoever can say whether a file carries something known to be harmful."""

    def scan(self, content: bytes) -> str:
        """The name of what was found, "" for nothing. Raises `Unanswered`."""
        ...


class Clamd:
    """ClamAV's daemon: INSTREAM sends the file in pieces, each with its length, and reads one line."""

    def __init__(
        self, address: tuple[str, int] | str, *, seconds: float = SECONDS, rest: float = REST
    ) -> None:
        """`address` is host and port, or the path of a Unix socket; no answer takes longer than `seconds`, and
        for `rest` seconds after a failure nothing is asked."""
        self._address, self._seconds, self._rest = address, seconds, rest
        self._resting_until = 0.0

    def scan(self, content: bytes) -> str:
        """See `Scanner.scan`. After a failure it fails at once for a while."""
        if time.monotonic() < self._resting_until:
            raise Unanswered("刚才没有应答，稍后再试")
        try:
            return _verdict(self._answer(content))
        except Oversized:
            raise
        except Unanswered:
            self._resting_until = time.monotonic() + self._rest
            raise

    def _answer(self, content: bytes) -> bytes:
        until = time.monotonic() + self._seconds
        try:
            with self._connected(until) as line:
                try:
                    line.sendall(b"zINSTREAM\0")
                    for at in range(0, len(content), _CHUNK):
                        piece = content[at : at + _CHUNK]
                        line.settimeout(_left(until))
                        line.sendall(len(piece).to_bytes(4) + piece)
                    line.sendall(bytes(4))
                except (BrokenPipeError, ConnectionResetError):
                    pass  # It has heard enough; what it says is still to be read.
                return _read_line(line, until)
        except OSError as fault:
            raise Unanswered(f"连接失败（{type(fault).__name__}）") from fault

    def _connected(self, until: float) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, _left(until))
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_left(until))
        try:
            line.connect(self._address)
        except OSError:
            line.close()
            raise
        return line


class _Unknown:
    """A setting that names no scanner we can speak to."""

    def scan(self, content: bytes) -> str:
        """Never an answer."""
        raise Unanswered("设置 ONEDOOR_SCANNER 无法识别，应为 clamd://主机:端口 或 clamd:///套接字路径")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read_line(line: socket.socket, until: float) -> bytes:
    """What is said up to the NUL that ends it."""
    said = b""
    while b"\0" not in said:
        line.settimeout(_left(until))
        part = line.recv(_LONGEST_ANSWER)
        said += part
        if not part or len(said) > _LONGEST_ANSWER:
            raise Unanswered("答复不完整")
    return said.partition(b"\0")[0]


def _verdict(answer: bytes) -> str:
    """`stream: OK` is the only answer that lets a file pass."""
    text = answer.decode("utf-8", "replace").strip()
    if text == "stream: OK":
        return ""
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return text.removeprefix("stream: ").removesuffix(" FOUND").strip() or "?"
    if "size limit exceeded" in text:
        raise Oversized("文件超过扫描服务的上限，请把 clamd 的 StreamMaxLength 调到 25M 以上")
    raise Unanswered("答复无法识别")


@lru_cache(maxsize=4)
def scanner_of(setting: str) -> Scanner | None:
    """The scanner that a setting names; None for an empty one."""
    if not setting:
        return None
    try:
        place = urlsplit(setting)
        port = place.port or _DEFAULT_PORT
    except ValueError:
        return _Unknown()
    if place.scheme != "clamd":
        return _Unknown()
    if place.hostname:
        return Clamd((place.hostname, port), seconds=SECONDS, rest=REST)
    return Clamd(place.path, seconds=SECONDS, rest=REST) if place.path.startswith("/") else _Unknown()


def found_in(content: bytes) -> str:
    """The name of what the scanner finds in a file, "" for nothing or without a scanner.

    Refuses with `scanner_unavailable` or `scanner_size_limit` (both 503) when there is no answer to rely on.
    """
    scanner = scanner_of(settings.ONEDOOR_SCANNER)
    if scanner is None:
        return ""
    try:
        return scanner.scan(content)
    except Oversized as fault:
        _LOG.error("scanner: %s", fault)
        raise Refused(
            "scanner_size_limit",
            "文件超过防病毒检查的上限，没有保存，请压缩或分成几个文件后上传，也可以到窗口交原件",
            status=503,
        ) from fault
    except Unanswered as fault:
        _LOG.error("scanner: %s", fault)
        raise Refused(
            "scanner_unavailable",
            "防病毒检查暂时不能用，文件没有保存，请过几分钟再传，也可以到窗口交原件",
            status=503,
        ) from fault


# A harmless text that every scanner takes for a virus, in two halves, so that none takes this file for one.
_TRIAL: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def trial() -> ScannerTrial:
    """Whether the scanner of this installation answers, and knows a virus when it sees one."""
    scanner = scanner_of(settings.ONEDOOR_SCANNER)
    if scanner is None:
        return ScannerTrial(configured=False)
    try:
        found = scanner.scan(_TRIAL)
    except Unanswered as fault:
        return ScannerTrial(configured=True, fault=str(fault))
    return ScannerTrial(configured=True, fault="" if found else "没有认出测试病毒，病毒库可能没有装好")
