"""The sweep: lets time take effect in cases that nobody touches."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import F, Q

from onedoor.core.instants import format_instant

from .actions import let_time_pass
from .bundling import let_draft_end
from .engine.lapse import DRAFT_LIFE
from .engine.terms import CONCLUDED, Stage
from .models import Bundle, Case
from .terms import BundleStage


def sweep(*, at: datetime | None = None, limit: int = 500) -> int:
    """Write what has fallen due by now, at most `limit` cases a call; returns the number of facts."""
    instant = at or datetime.now(UTC)
    due = Case.objects.filter(next_alarm_at__lte=instant).order_by("next_alarm_at")
    ids = list(due.values_list("id", flat=True)[:limit])
    return sum(let_time_pass(case_id=case_id, at=instant) for case_id in ids)


def discard_drafts(*, at: datetime | None = None, limit: int = 500) -> int:
    """Let drafts end at which nobody has written for long, at most `limit` a call; returns how many did."""
    instant = at or datetime.now(UTC)
    drafts = Case.objects.filter(stage=Stage.DRAFT.value, created_at__lte=instant - DRAFT_LIFE)
    old = drafts.filter(engine__last_at__lte=format_instant(instant - DRAFT_LIFE)).order_by("created_at")
    ids = list(old.values_list("id", flat=True)[:limit])
    ended = sum(let_time_pass(case_id=case_id, at=instant) for case_id in ids)
    bundles = Bundle.objects.filter(stage=BundleStage.DRAFT.value, saved_at__lte=instant - DRAFT_LIFE)
    left = list(bundles.values_list("id", flat=True)[:limit])
    return ended + sum(let_draft_end(bundle_id, instant) for bundle_id in left)


def catch_up_with_calendar(*, at: datetime | None = None, limit: int = 2000) -> int:
    """Recompute open cases still dated by a former calendar edition; returns how many were looked at."""
    instant = at or datetime.now(UTC)
    stale = Case.objects.filter(~Q(calendar_version=F("tenant__calendar_version")))
    stale = stale.exclude(stage__in=[stage.value for stage in CONCLUDED])
    ids = list(stale.values_list("id", flat=True)[:limit])
    for case_id in ids:
        let_time_pass(case_id=case_id, at=instant)
    return len(ids)
