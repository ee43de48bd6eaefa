"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from .access import PUBLIC, admits


@admits(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@admits(PUBLIC)
def readyz(request: HttpRequest) -> HttpResponse:
    """The process answers and reaches its database; 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("database unreachable", content_type="text/plain", status=503)
    return HttpResponse("ready", content_type="text/plain")
