"""The package of `onedoor bench plan`, the answers put to it, and the measurement itself.

Run as a program in the environment of a temporary installation; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

PLANS = 200
CODE = "YJS-BENCH"
_CONDITIONS = ("area >= 50", "q1 == true", "q2 == true", "q3 == true", "q4 == true && area > 9")
_LARGEST = """
SELECT i.code FROM catalog_version v JOIN catalog_item i ON i.id = v.item_id
WHERE v.tenant_id = %s AND v.retired_at IS NULL AND v.ready AND 'organization' = ANY(v.audience)
ORDER BY octet_length(v.content::text) DESC, i.code"""
_DOCUMENTS = """
SELECT v.content::text FROM catalog_version v JOIN catalog_item i ON i.id = v.item_id
WHERE i.tenant_id = %s AND i.code = ANY(%s) AND v.retired_at IS NULL"""


def document(services: Sequence[str], lead: str) -> dict[str, Any]:
    """A package of these items: every other one under a condition, all but the first after the first."""
    questions = [
        {"code": "area", "element": "premises.area_sqm", "label": "店面有多大", "type": "number"},
        *(
            {
                "code": f"q{number}",
                "element": f"package.q{number}",
                "label": f"要不要第 {number} 项",
                "type": "boolean",
            }
            for number in range(1, 6)
        ),
    ]
    conditions = [
        "",
        "area >= 50",
        "",
        "q1 == true",
        "",
        "q2 == true",
        "",
        "q3 == true",
        "",
        "q4 == true && area > 9",
        "",
    ]
    members = [
        {
            "service": service,
            **({"when": when} if when else {}),
            **({"after": [services[0]]} if place else {}),
        }
        for place, (service, when) in enumerate(zip(services, conditions, strict=False))
    ]
    return {
        "code": CODE,
        "name": "性能测试用的一件事",
        "audience": ["organization"],
        "lead": lead,
        "questions": questions,
        "members": members,
    }


def answers(turn: int) -> dict[str, Any]:
    """Answers of a turn: all is needed in every fourth, in others some is not."""
    if turn % 4 == 0:
        return {"area": 120, **{f"q{number}": True for number in range(1, 6)}}
    return {"area": 10 + turn, **{f"q{number}": bool(turn >> number & 1) for number in range(1, 6)}}


def published(tenant_id: int, codes: Sequence[str], wanted: int) -> list[str]:
    """Publish a package of the first items of a list whose forms can be merged with one another; gives their codes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.json"
        chosen: list[str] = []
        for code in codes:
            if len(chosen) < wanted and not _imported(tenant_id, path, [*chosen, code], dry_run=True):
                chosen.append(code)
        if len(chosen) < wanted or _imported(tenant_id, path, chosen, dry_run=False):
            raise SystemExit(f"the demo county has only {len(chosen)} items that make one package")
    return chosen


def _imported(tenant_id: int, path: Path, services: Sequence[str], *, dry_run: bool) -> bool:
    """Import a package of these items; whether it was refused."""
    from onedoor.domain.catalog import actions

    path.write_text(json.dumps(document(services, "scjg"), ensure_ascii=False), "utf-8")
    at = datetime.now(UTC)
    return actions.import_file(
        tenant_id=tenant_id, path=path, principal="bench", at=at, dry_run=dry_run
    ).refused


def measured(wanted: int, rounds: int) -> dict[str, Any]:
    """Publish the package, take both sides in turn, and sum up."""
    from django.db import connection

    from onedoor.domain.catalog.packages import queries as packages
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    assert tenant is not None
    with connection.cursor() as cursor:
        cursor.execute(_LARGEST, [tenant.id])
        codes = [row[0] for row in cursor.fetchall()]
    services = published(tenant.id, codes, wanted)
    begun = perf_counter()
    whole = packages.plan(tenant.id, CODE, answers(0), datetime.now(UTC))
    first = perf_counter() - begun
    assert len(whole.members) == wanted

    def ours(turn: int) -> None:
        packages.plan(tenant.id, CODE, answers(turn), datetime.now(UTC))

    def reading(_: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_DOCUMENTS, [tenant.id, services])
            for (content,) in cursor.fetchall():
                json.loads(content)

    taken = [_round(ours, reading) for _ in range(rounds)]
    return {
        "p95_ms": _p95([times for times, _ in taken]),
        "reference_p95_ms": _p95([times for _, times in taken]),
        "p50_ms": round(median(time for times, _ in taken for time in times) * 1e3, 2),
        "first_ms": round(first * 1e3, 2),
        "items": len(whole.members),
        "questions": len(whole.fields),
        "materials": len(whole.materials),
        "plans": PLANS,
        "rounds": rounds,
    }


def _round(ours: Callable[[int], None], reading: Callable[[int], None]) -> tuple[list[float], list[float]]:
    """So many plans and readings in turn: the times of each side."""
    plans, readings = [], []
    for turn in range(PLANS):
        begun = perf_counter()
        ours(turn)
        between = perf_counter()
        reading(turn)
        readings.append(perf_counter() - between)
        plans.append(between - begun)
    return plans, readings


def _p95(rounds: Sequence[Sequence[float]]) -> float:
    """The median over rounds of the time that 95 of 100 did not exceed, in milliseconds."""
    return round(median(sorted(times)[int(0.95 * len(times))] for times in rounds) * 1e3, 2)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
