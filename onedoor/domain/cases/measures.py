"""Counts and rates of cases, each with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.offices.terms import Principal, Role

from .rules import OVERSEERS

#: What a count or rate means, word for word as pages and the interface show it.
DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "received": "收件数：期间内收到申请的办件数，补正后重新收到的只计最后一次",
        "accepted": "受理数：办结时限在期间内起算的办件数，含视为受理",
        "decided": "决定数：期间内作出准予或不予决定的办件数",
        "approved": "准予数：决定数中结果为准予的办件数",
        "on_time": "按时办结数：决定数中没有超过承诺办结时限的办件数",
        "on_time_rate": "按时办结率：按时办结数除以决定数，没有决定时为空",
    }
)

_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "department": "c.lead_department",
        "service": "c.service_code",
        "region": "left(c.place_code, 9)",
        # Truncated and not written out: there are few months, and the planner sees that.
        "month": (
            "date_trunc('month', coalesce(c.decided_at, c.accepted_at, c.received_at) AT TIME ZONE 'Asia/Shanghai')"
        ),
    }
)
_SCOPE = "(%(department)s::text[] IS NULL OR c.lead_department = ANY(%(department)s::text[]))"
_DECIDED = "c.decided_at >= %(since)s AND c.decided_at < %(until)s"
#: The index `cases_case_figures` alone answers the first part; what went otherwise than it should is rare and has
#: indexes of its own.
_COUNTS = f"""
SELECT key, sum(received)::bigint, sum(accepted)::bigint, sum(decided)::bigint,
       sum(decided - refused)::bigint, sum(decided - missed)::bigint
FROM (
  SELECT {{key}} AS key,
         count(*) FILTER (WHERE c.received_at >= %(since)s AND c.received_at < %(until)s) AS received,
         count(*) FILTER (WHERE c.accepted_at >= %(since)s AND c.accepted_at < %(until)s) AS accepted,
         count(*) FILTER (WHERE {_DECIDED}) AS decided, 0 AS refused, 0 AS missed
  FROM cases_case c
  WHERE c.tenant_id = %(tenant)s AND {_SCOPE}
    AND (c.received_at >= %(since)s AND c.received_at < %(until)s
      OR c.accepted_at >= %(since)s AND c.accepted_at < %(until)s OR {_DECIDED})
  GROUP BY 1
  UNION ALL
  SELECT {{key}}, 0, 0, 0, count(*), 0 FROM cases_case c
  WHERE c.tenant_id = %(tenant)s AND {_SCOPE} AND {_DECIDED} AND c.engine->'outcome' = '"refuse"' GROUP BY 1
  UNION ALL
  SELECT {{key}}, 0, 0, 0, 0, count(*) FROM cases_case c
  WHERE c.tenant_id = %(tenant)s AND {_SCOPE} AND {_DECIDED} AND c.engine->'overdue' @> '["promised"]' GROUP BY 1
) counts GROUP BY key ORDER BY key"""

#: Who may read counts; a head those of the own department.
READERS = OVERSEERS | {Role.HEAD}


@dataclass(frozen=True, slots=True)
class Measure:
    """The counts of one group; `on_time_rate` is in tenths of a percent, None without decisions."""

    key: str
    received: int
    accepted: int
    decided: int
    approved: int
    on_time: int

    @property
    def on_time_rate(self) -> int | None:
        """Per mille of the decisions, rounded down, so that 100 % means every single one."""
        return self.on_time * 1000 // self.decided if self.decided else None


def measures(principal: Principal, *, since: datetime, until: datetime, by: str) -> tuple[Measure, ...]:
    """Counts of the principal's scope for since ≤ instant < until, grouped.

    `by` is department, service, region (town) or month. Raises Refused: unknown_grouping, role_missing (403).
    """
    key = _KEYS.get(by)
    if key is None:
        raise Refused("unknown_grouping", "分组方式应为 department、service、region 或 month，请修改。")
    grants = [grant for grant in principal.grants if grant.role in READERS]
    if not grants:
        raise Refused("role_missing", "您的岗位没有查看统计的权限，请由督查人员或负责人查看。", status=403)
    everything = any(grant.department is None for grant in grants)
    parameters: dict[str, Any] = {
        "since": since,
        "until": until,
        "tenant": principal.tenant_id,
        "department": None if everything else [grant.department for grant in grants],
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(key=key), parameters)
        return tuple(Measure(_named(row[0]), *row[1:]) for row in cursor.fetchall())


def _named(key: str | datetime) -> str:
    """A group as it is told: a month as 2026-09, everything else as it is."""
    return f"{key:%Y-%m}" if isinstance(key, datetime) else key
