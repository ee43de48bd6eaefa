"""Receiving requests whole before work on them begins.

A phone on a slow line may take minutes to send a photograph. Many cheap threads wait for such bodies; only one of
them at a time works, on the worker's one database connection, and it never waits for a client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO, Any, Final

#: Bodies up to this size stay in memory while they arrive; larger ones go to a temporary file.
IN_MEMORY: Final = 1 << 20
_BLOCK: Final = 1 << 16
#: In the environment: the body may have lost its end on the way, and is not to be read as if it were whole.
CUT_SHORT: Final = "onedoor.cut_short"

Environ = dict[str, Any]
#: Status line, headers, and the answer's parts.
Answered = tuple[str, list[tuple[str, str]], Iterable[bytes]]


class Doorman:
    """A WSGI application that hands `work` complete requests, one at a time.

    Bodies of more than `most` bytes are not received: the request goes on without its body, and with a length by
    which `work` refuses it. A body that has lost its end is marked as CUT_SHORT, by which `work` refuses it as well.
    """

    def __init__(self, work: Callable[[Environ], Answered], *, most: int) -> None:
        self._work = work
        self._most = most
        self._at_work = Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Wait for the client here, for the work there."""
        with closing(self._received(environ)), self._at_work:
            status, headers, parts = self._work(environ)
        start_response(status, headers)
        return parts

    def _received(self, environ: Environ) -> IO[bytes]:
        """The body, received to its end and put in the place of the client's."""
        announced = environ.get("CONTENT_LENGTH") or ""
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not chunked and not self._is_wanted(announced):
            return BytesIO()
        small = not chunked and int(announced) <= IN_MEMORY
        body: IO[bytes] = BytesIO() if small else SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed after the work
        received = 0
        while received <= self._most and (block := environ["wsgi.input"].read(_BLOCK)):
            body.write(block)
            received += len(block)
        body.seek(0)
        whole = _tells_its_end(environ) if chunked else received == int(announced)
        environ[CUT_SHORT] = not whole
        environ["wsgi.input"] = body
        environ["CONTENT_LENGTH"] = str(received)
        return body

    def _is_wanted(self, announced: str) -> bool:
        """Whether a body of this announced length is to be received; ten digits are more than any limit."""
        return announced.isdecimal() and len(announced) < 10 and 0 < int(announced) <= self._most


def _tells_its_end(environ: Environ) -> bool:
    """Whether a document of unknown length can be told from half of it: JSON can, a form cannot. The server hands
    over what has come in when a line breaks, as if that were all."""
    return bool((environ.get("CONTENT_TYPE") or "").lower().startswith("application/json"))
