"""What somebody has typed when the session turns out to have ended: it is carried through signing in, sealed, and can
then be sent again to the page it was meant for. Nothing of it is kept here; files have to be chosen anew."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onedoor.plumbing.crypto import Keyring, Unreadable

#: The input that carries it from page to page.
FIELD = "held"
#: The most characters of a form that are carried; longer ones would make every page of the way heavy.
MOST = 300_000
#: What belongs to the page and not to what was typed.
_OWN = frozenset({"csrfmiddlewaretoken", FIELD})
_SEALED_AS = "faces.held"


@dataclass(frozen=True, slots=True)
class Held:
    """A form that has not been taken: where it was going, and its inputs in their order."""

    path: str
    pairs: tuple[tuple[str, str], ...]


def sign_in_first(request: HttpRequest, why: str) -> HttpResponse:
    """Answer a form of a citizen who is no longer signed in, with nothing of it lost.

    `why` says why the session has ended, "" where that is not known. What a script has sent in the background gets
    words for the place where the page says what is kept: the page itself stays, with what was written last.
    """
    if "HX-Request" in request.headers:
        return render(request, "portal/parts/left.html")
    words = {
        "held": _hold(request),
        "files": bool(request.FILES),
        "next": request.get_full_path(),
        "why": why,
    }
    response = render(request, "portal/again.html", words, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _hold(request: HttpRequest) -> str:
    """The form, sealed; "" for one that is too long to be carried."""
    pairs = [
        (name, value)
        for name, listed in request.POST.lists()
        if name not in _OWN
        for value in map(str, listed)
    ]
    text = json.dumps([request.get_full_path(), pairs], ensure_ascii=False)
    if len(text) > MOST:
        return ""
    return base64.urlsafe_b64encode(Keyring.current().seal(_SEALED_AS, text)).decode()


def sealed_in(request: HttpRequest) -> str:
    """What a page of signing in was sent along, to be handed on; "" if it is not ours."""
    sealed = request.POST.get(FIELD, "")
    return sealed if held_in(request) else ""


def held_in(request: HttpRequest) -> Held | None:
    """The form that a page of signing in carries; None if there is none, or none that we have sealed."""
    text = request.POST.get(FIELD, "")
    if not text or len(text) > 8 * MOST:
        return None
    try:
        path, pairs = json.loads(Keyring.current().open_(_SEALED_AS, base64.urlsafe_b64decode(text)))
    except (Unreadable, ValueError, binascii.Error):
        return None
    return Held(path, tuple((name, value) for name, value in pairs))
