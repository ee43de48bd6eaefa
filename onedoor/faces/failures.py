"""Answers to requests that no view handles."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error

from onedoor.core.refusals import Refused

from .access import PUBLIC, admits
from .outages import outage_of, page


@admits(PUBLIC)
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: from another site, or from a page that stood open too long."""
    refusal = Refused(
        "page_expired", "页面停留太久或不是从本站打开的，请返回上一页刷新后重新提交。", status=403
    )
    return render(request, "faces/refused.html", {"title": "请重新提交", "refusal": refusal}, status=403)


def fault(request: HttpRequest) -> HttpResponse:
    """What nothing else has answered for: an outage that struck outside of a view, or a fault of ours.

    Unguarded: to ask who sends the request is to ask the database.
    """
    raised = sys.exception()
    outage = outage_of(raised) if raised else None
    answer: HttpResponse = page(outage) if outage else server_error(request)
    return answer
