"""Counts and rates through the interface."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params import Query

from onedoor.core.instants import civil_date, parse_date, start_of_day
from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries
from onedoor.faces.access import SIGNED_IN, now

from .gate import ACCOUNT, declares, principal
from .schemas import MetricsOut

router = Router(tags=["统计"])


@router.get("/metrics", response=MetricsOut, by_alias=True, auth=ACCOUNT, summary="统计")
@declares(SIGNED_IN)
def metrics(
    request: HttpRequest,
    since: str = Query("", alias="from", max_length=10),
    until: str = Query("", alias="to", max_length=10),
    by: str = Query("department", max_length=20),
) -> Any:
    """Counts and rates with their definitions, for the civil days `from` to `to`, both included."""
    today = civil_date(now())
    last = parse_date(until) if until else today
    first = parse_date(since) if since else last.replace(day=1)
    if last == date.max:
        raise Refused("date_malformed", "结束日期太晚，请写一个实际的日期，如 2026-10-13。")
    if first > last:
        raise Refused("period_reversed", "开始日期不能晚于结束日期，请调整。")
    found = queries.measures(
        principal(request), since=start_of_day(first), until=start_of_day(last + timedelta(days=1)), by=by
    )
    items = [
        {
            "key": m.key,
            "received": m.received,
            "accepted": m.accepted,
            "decided": m.decided,
            "approved": m.approved,
            "on_time": m.on_time,
            "on_time_rate": None if m.on_time_rate is None else m.on_time_rate / 1000,
        }
        for m in found
    ]
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": by,
        "definitions": dict(queries.DEFINITIONS),
        "items": items,
    }
