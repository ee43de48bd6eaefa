"""What is written to the logs, and how: one JSON object a line, bounded files, nobody's data.

Three nets, one below the other. Our own code logs numbers and kinds, never what people wrote. Of other libraries'
lines only the constant text is kept, not what was filled in, and of an exception its kind and its place, not its
words. What looks like an identity number or a mobile number all the same is struck out, judged by its check digit.
"""

from __future__ import annotations

import fcntl
import json
import logging
import logging.handlers
import os
import re
import sys
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from onedoor.core.identifiers import is_valid_id_number, is_valid_mobile
from onedoor.core.instants import SHANGHAI
from onedoor.plumbing.home import Home

#: Names the log of a child of `onedoor up`; without it lines go to the standard error.
NAME_VARIABLE: Final = "ONEDOOR_LOG"
#: Size of one file, and how many former ones are kept.
FILE_BYTES: Final = 16 * 1024 * 1024
FORMER: Final = 4
FRAMES: Final = 40

#: Exceptions whose words are about code or the connection, not about what people wrote.
_PLAIN: Final = (ImportError, AttributeError, NameError, NotImplementedError, RecursionError)
_NUMBERS: Final = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])")


#: Made once: this runs for every request.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=lambda value: type(value).__name__).encode
#: Lines between two looks at the size of the file.
_EVERY: Final = 64


def struck_out(text: str) -> str:
    """The text without valid identity numbers and mobile numbers."""
    return _NUMBERS.sub(_instead, text)


def _instead(found: re.Match[str]) -> str:
    number = found.group()
    if len(number) == 18:
        return "[证件号码]" if is_valid_id_number(number.upper()) else number
    return "[手机号码]" if is_valid_mobile(number) else number


def fault_of(error: BaseException) -> dict[str, Any]:
    """An exception as the log keeps it: kinds, places, and the words of those that cannot quote anybody."""
    frames = [
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
    ]
    found: dict[str, Any] = {"kind": type(error).__name__, "frames": frames}
    if words := _words(error):
        found["words"] = words
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        found["cause"] = {"kind": type(cause).__name__, **({"words": w} if (w := _words(cause)) else {})}
    return found


def _words(error: BaseException) -> str:
    if isinstance(error, _PLAIN):
        return str(error)[:300]
    # A lost connection says where it was lost; a statement's fault may quote its values.
    if type(error).__name__ in ("OperationalError", "InterfaceError"):
        return str(error).partition("\n")[0][:300]
    return f"{error.strerror}"[:300] if isinstance(error, OSError) and error.strerror else ""


def _short(filename: str) -> str:
    for mark in ("/site-packages/", "/onedoor/"):
        if mark in filename:
            return (
                filename.rpartition(mark)[2]
                if mark != "/onedoor/"
                else "onedoor/" + filename.rpartition(mark)[2]
            )
    return Path(filename).name


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What one line says, in order."""
    ours = record.name == "onedoor" or record.name.startswith("onedoor.")
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "source": record.name,
        "pid": record.process,
        "text": record.getMessage() if ours else str(record.msg),
    }
    if number := _request_number():
        found["request"] = number
    told = getattr(record, "told", None)
    if isinstance(told, dict):
        found.update(told)
    if record.exc_info and record.exc_info[1] is not None:
        found["fault"] = fault_of(record.exc_info[1])
    return found


def _request_number() -> str:
    observing = sys.modules.get("onedoor.faces.observing")
    return observing.request_number.get() if observing else ""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return struck_out(_ENCODE(facts_of(record)))


class PlainLines(logging.Formatter):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return struck_out(line_of(facts_of(record)))


_LEVELS: Final = {"debug": "细节", "info": "信息", "warning": "警告", "error": "错误", "critical": "严重"}


def line_of(found: dict[str, Any]) -> str:
    """A line of the log for a person."""
    rest = dict(found)
    at, level, source, text = (str(rest.pop(name, "")) for name in ("at", "level", "source", "text"))
    rest.pop("pid", None)
    fault = rest.pop("fault", None)
    line = f"{at[:19].replace('T', ' ')} {_LEVELS.get(level, level)} {source} {text}"
    if rest:
        line += " " + " ".join(f"{name}={value}" for name, value in rest.items())
    if isinstance(fault, dict):
        line += f"\n    {fault.get('kind')} {fault.get('words', '')}".rstrip()
        line += "".join(f"\n      {frame}" for frame in fault.get("frames", ()))
    return line


class BoundedFile(logging.handlers.WatchedFileHandler):
    """A log file that several processes write to, whole lines at a time; the one that finds it full turns it over."""

    def __init__(self, filename: str, *, size: int = FILE_BYTES, former: int = FORMER) -> None:
        path = Path(filename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(path, mode="a", encoding="utf-8", delay=False, errors="backslashreplace")
        path.chmod(0o600)
        self.size, self.former, self.written = size, former, 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. A disk without room costs the line, never the work."""
        with suppress(OSError, ValueError):
            self.written += 1
            if self.written % _EVERY == 0 and self._full():
                self._turn_over()
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the library's name
        """Nothing that could be done about a log belongs into the log."""

    def _full(self) -> bool:
        return self.stream is not None and os.fstat(self.stream.fileno()).st_size >= self.size

    def _turn_over(self) -> None:
        path = Path(self.baseFilename)
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists() or path.stat().st_size < self.size:
                return
            for number in range(self.former - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number + 1}"))
            path.replace(path.with_name(f"{path.name}.1"))


def logging_settings(home: Home) -> dict[str, Any]:
    """Django's `LOGGING` for this process."""
    name = os.environ.get(NAME_VARIABLE, "")
    lines: dict[str, Any] = {"class": "logging.StreamHandler", "formatter": "plain"}
    if name:
        lines = {
            "class": "onedoor.site.logs.BoundedFile",
            "filename": str(home.logs / f"{name}.jsonl"),
            "formatter": "json",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "onedoor.site.logs.JsonLines"},
            "plain": {"()": "onedoor.site.logs.PlainLines"},
        },
        "handlers": {"lines": lines},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "onedoor": {"level": "INFO"},
            # At a terminal a line a request is noise; in a file it is the record.
            "onedoor.request": {"level": "INFO" if name else "WARNING"},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR"},
        },
    }


def last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends a process goes to its log in the same form (a `sys.excepthook`)."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("onedoor").critical("ended by a fault", exc_info=(kind, error, trace))


def tail(path: Path, count: int, *, level: str = "") -> list[str]:
    """The last `count` lines of a log for a person, only those of `level` or worse."""
    order = ["debug", "info", "warning", "error", "critical"]
    least = order.index(level) if level in order else 0
    found: list[str] = []
    with suppress(OSError):
        for line in reversed(path.read_text("utf-8", "replace").splitlines()):
            with suppress(ValueError):
                read = json.loads(line)
                if isinstance(read, dict) and order.index(str(read.get("level", "info"))) >= least:
                    found.append(line_of(read))
            if len(found) == count:
                break
    return found[::-1]
