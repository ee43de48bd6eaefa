"""The WSGI application that granian serves."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Hand a whole answer over at once: it is sent with its length, and the server need not ask for parts."""
    _drop_unreadable_type(environ)
    response = _django(environ, start_response)
    if not isinstance(response, HttpResponse):
        return response
    body = [response.content]
    response.close()
    return body


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
