"""How a visitor wants pages drawn: plain, or large and dark for elder eyes (长者模式)."""

from __future__ import annotations

from enum import StrEnum

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .access import PUBLIC, admits

COOKIE = "mode"
YEAR = 365 * 24 * 60 * 60


class Mode(StrEnum):
    """The value of `data-mode` on the page's root."""

    PLAIN = "plain"
    ELDER = "elder"


def mode_of(request: HttpRequest | None) -> Mode:
    """The remembered mode; anything unknown is plain."""
    value = request.COOKIES.get(COOKIE) if request is not None else None
    return Mode.ELDER if value == Mode.ELDER else Mode.PLAIN


# Exempt so that the switch needs no token and public pages stay the same for everyone: the worst another site
# can do here is change the size of the letters.
@csrf_exempt
@admits(PUBLIC)
@require_POST
def set_mode(request: HttpRequest) -> HttpResponse:
    """Remember the mode for a year and go back to the page the switch was on."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    wanted = Mode.ELDER if request.POST.get("mode") == Mode.ELDER else Mode.PLAIN
    response = HttpResponseRedirect(target)
    response.set_cookie(
        COOKIE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
    )
    return response
