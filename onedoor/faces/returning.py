"""Coming back after a session has ended: why it has, and to which page."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import SessionEnd

_READING = ("GET", "HEAD")


def to_sign_in(request: HttpRequest, page: str) -> HttpResponse:
    """Send somebody to the sign-in `page`, and from there back to where they were.

    What was sent with a form is not sent again: they come back to the page that held it. A part of a page that was
    asked for by script takes the whole page along.
    """
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    if request.method in _READING and not part:
        target = request.get_full_path()
    else:
        target = _page_before(request, "HX-Current-URL") or _page_before(request, "Referer")
    address = f"{page}?{urlencode({'next': target})}" if target else page
    if part:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)


def _page_before(request: HttpRequest, header: str) -> str:
    """The page of this site that a header names; "" for none and for others."""
    named = request.headers.get(header, "")
    if not named or not url_has_allowed_host_and_scheme(named, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(named)
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def why_signed_out(secret: str, *, applicant: bool, at: datetime) -> str:
    """What the sign-in page says to a browser whose session does not hold any more; "" if it does, or has none."""
    ended = offices.why_ended(secret, at=at) if secret else None
    if ended is None:
        return ""
    if ended is SessionEnd.IDLE:
        minutes = int(offices.in_force().idle(applicant=applicant).total_seconds()) // 60
        why = f"您超过 {minutes} 分钟没有操作，为保护信息已自动退出。"
    elif ended is SessionEnd.SPENT:
        why = "登录满 12 小时，已自动退出。"
    else:
        why = "这次登录已经结束：可能在别的设备上退出了，或者密码、权限有变动。"
    return why + "请重新登录，登录后回到刚才的页面。"
