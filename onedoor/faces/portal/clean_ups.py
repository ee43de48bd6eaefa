"""Published results of clean-ups 事项清理: what was kept, cancelled, merged, handed over, modified, added."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.catalog.campaigns import queries as campaigns
from onedoor.domain.catalog.campaigns.terms import DECISION_NAMES
from onedoor.domain.catalog.states import Decision
from onedoor.faces.access import PUBLIC, admits, county

#: Longer parts are folded.
MANY = 30
#: What changed comes before what stayed.
ORDER = (
    Decision.CANCEL, Decision.MERGE, Decision.HAND_OVER, Decision.ADD, Decision.MODIFY, Decision.KEEP,
)  # fmt: skip


@admits(PUBLIC)
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Every published clean-up."""
    return render(request, "portal/clean_ups.html", {"rows": campaigns.results(county(request).id)})


@admits(PUBLIC)
@require_safe
def result(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One result."""
    found = campaigns.result(county(request).id, campaign_id)
    lines = found.by_decision()
    names = {line.code: line.name for line in found.lines if line.code}
    parts = [
        {
            "code": decision.value,
            "name": DECISION_NAMES[decision],
            "lines": [(line, names.get(line.target, line.target)) for line in lines[decision]],
            "folded": len(lines[decision]) > MANY,
        }
        for decision in ORDER
        if decision in lines
    ]
    figures = [
        (len(lines[decision]), DECISION_NAMES[decision], f"#{decision.value}")
        for decision in ORDER
        if decision in lines
    ]
    words = {"result": found, "parts": parts, "figures": figures, "digest": found.digest.hex()}
    return render(request, "portal/clean_up.html", words)
