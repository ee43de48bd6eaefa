"""The WSGI application that granian serves."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections, reset_queries
from django.utils.http import parse_header_parameters

from onedoor.site.doorman import Answered, Doorman, Environ

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
_django = get_wsgi_application()
_connection = connections["default"]
_connection.inc_thread_sharing()
# Django looks through all connections at both ends of every request; there is one, and it is looked after here.
request_started.disconnect(reset_queries)
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)
#: What a thread knows of itself.
_here = threading.local()
#: Young objects before the collector looks for cycles among them; a request makes a few thousand and leaves none.
_YOUNG = 10_000


def _work(environ: Environ) -> Answered:
    """One request through Django. A whole answer is handed over at once, so that it is sent with its length, and
    nothing of Django runs after this."""
    _drop_unreadable_type(environ)
    # Whichever thread works, works on the worker's one connection; the doorman lets one in at a time.
    if not hasattr(_here, "connected"):
        connections["default"] = _connection
        _here.connected = True
    # One that failed, or was left in the middle of something, is not used again.
    _connection.close_if_unusable_or_obsolete()
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        started.append((status, headers))
        return _nothing_more

    response = _django(environ, start)
    ((status, headers),) = started
    body = b"".join(response)
    response.close()
    return status, headers, [body]


def _nothing_more(data: bytes) -> None:
    """Django hands its answers over as parts and never writes by this way of old."""
    raise AssertionError("written past the answer")


def _drop_unreadable_type(environ: dict[str, Any]) -> None:
    """A content type that cannot be read, or in another encoding than ours, is none.

    Django reads it before it can answer for a fault in it, and would read addresses and forms in the sender's
    encoding, in which a NUL or half a character may be spelt with harmless bytes.
    """
    kind = environ.get("CONTENT_TYPE") or ""
    if "*" not in kind and "charset" not in kind.lower():
        return
    try:
        charset = parse_header_parameters(kind)[1].get("charset", "utf-8")
    except (ValueError, LookupError):
        charset = ""
    if charset.lower() not in ("utf-8", "utf8"):
        environ["CONTENT_TYPE"] = ""


def _application() -> Doorman:
    # Only now: the faces' modules need Django to be ready.
    from onedoor.faces.middleware import MOST_BYTES

    return Doorman(_work, most=MOST_BYTES)


application = _application()
# What has been loaded stays: a collector that walked through all of it would keep a request waiting for a tenth of a
# second.
gc.collect()
gc.freeze()
gc.set_threshold(_YOUNG)
