"""Forms that have one effect however often they are sent."""

from __future__ import annotations

import re
import secrets

from django.http import HttpRequest

from onedoor.domain.cases.terms import Once
from onedoor.plumbing.crypto import sm3

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


def new_token() -> str:
    """The hidden value of a form that is drawn anew."""
    return secrets.token_urlsafe(18)


def token_of(request: HttpRequest) -> str:
    """The token a form was sent with, so that it is drawn again with the same; a new one if it has none."""
    token = request.POST.get("once", "")
    return token if _TOKEN.fullmatch(token) else new_token()


def once_of(request: HttpRequest, *about: str) -> Once:
    """The form's token with the digest of what it asks for."""
    return Once(f"portal:{token_of(request)}", sm3("\n".join(about).encode()))
