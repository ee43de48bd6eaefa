"""Five thousand items for `onedoor bench search`, the queries made of them, and the measurement itself.

Run as a program in the environment of a temporary installation; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, islice, product
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

FIRST = 5
QUERIES = 240
_WHAT = ("变更", "延续", "注销", "补证", "核验", "撤销", "换发", "年审", "备案", "转让", "增项", "停业")
_WHERE = ("城区", "东片", "西片", "南片", "北片", "开发区")
_NONSENSE = (
    "量子力学导论",
    "红烧肉",
    "zzzzqqq",
    "qwertyuiop",
    "今天天气",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "😀😀😀",
)
_LISTED = """
SELECT v.item_id, i.code, v.name, v.plain_name, v.keywords
FROM catalog_version v JOIN catalog_item i ON i.id = v.item_id
WHERE v.tenant_id = %s AND v.retired_at IS NULL ORDER BY i.code"""
_COPY = """
WITH item AS (
    INSERT INTO catalog_item (tenant_id, code, stream_id, created_at)
    SELECT tenant_id, %(code)s, gen_random_uuid(), created_at FROM catalog_item WHERE id = %(item)s RETURNING id
)
INSERT INTO catalog_version (
    item_id, tenant_id, number, content, digest, name, plain_name, type, department, department_name, themes,
    audience, case_kind, ready, keywords, pinyin, initials, published_at, published_by)
SELECT item.id, tenant_id, 1, content, digest, %(name)s, plain_name, type, department, department_name, themes,
    audience, case_kind, ready, keywords, %(pinyin)s, %(initials)s, published_at, published_by
FROM catalog_version v, item WHERE v.item_id = %(item)s AND v.retired_at IS NULL"""
_SCAN = """
SELECT i.code FROM catalog_version v JOIN catalog_item i ON i.id = v.item_id
WHERE v.tenant_id = %s AND v.retired_at IS NULL AND (
    v.name LIKE %s OR v.plain_name LIKE %s OR array_to_string(v.keywords, ' ') LIKE %s
    OR replace(v.pinyin, ' ', '') LIKE %s OR v.initials LIKE %s)
ORDER BY v.ready DESC, v.name LIMIT 20"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and the code of the item it is made of; "" for nonsense."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Original:
    """An item of the demo county."""

    id: int
    code: str
    name: str
    plain_name: str
    keywords: tuple[str, ...]


def multiplied(originals: Sequence[Original], wanted: int) -> list[tuple[Original, str, str]]:
    """Copies until there are as many items as wanted, each with a code that begins with the original's, and a name."""
    ways = [f"{what}（{where}）" for where, what in product(_WHERE, _WHAT)]
    copies = (
        (one, f"{one.code}-{n}", f"{one.name}{way}")
        for n, way in zip(count(1), ways, strict=False)
        for one in originals
    )
    return list(islice(copies, max(0, wanted - len(originals))))


def queries(originals: Sequence[Original], spell: Callable[..., tuple[str, str]], many: int) -> list[Asked]:
    """So many queries of every kind, always the same."""
    random = Random(12)
    found = []
    for turn in range(many):
        one = originals[random.randrange(len(originals))]
        word = random.choice(one.keywords or (one.name,))
        pinyin, initials = spell(word)
        letters = pinyin.replace(" ", "")
        part = one.name[: max(4, len(one.name) // 2)]
        texts = [one.name, part, word, f"我要{word}", f"想办{word}的手续", letters, _slip(letters, random),
                 initials if len(initials) > 2 else letters, _slip(part, random), f"{word}怎么办理"]  # fmt: skip
        found.append(Asked(texts[turn % len(texts)], one.code))
    return found + [Asked(text, "") for text in _NONSENSE]


def _slip(text: str, random: Random) -> str:
    """A text in which two neighbours have changed places, not the first."""
    if len(text) < 4:
        return text
    at = random.randrange(1, len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _prepare(tenant_id: int, wanted: int) -> list[Original]:
    from django.db import connection, transaction

    from onedoor.domain.catalog.spelling import spell

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LISTED, [tenant_id])
        originals = [Original(row[0], row[1], row[2], row[3], tuple(row[4])) for row in cursor.fetchall()]
        for one, code, name in multiplied(originals, wanted):
            pinyin, initials = spell(name, one.plain_name, *one.keywords)
            words: dict[str, Any] = {
                "item": one.id,
                "code": code,
                "name": name,
                "pinyin": pinyin,
                "initials": initials,
            }
            cursor.execute(_COPY, words)
        cursor.execute(
            "UPDATE catalog_catalogue SET revision = revision + 1 WHERE tenant_id = %s", [tenant_id]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_version, catalog_item")
    return originals


def measured(wanted: int, rounds: int) -> dict[str, Any]:
    """Fill the county, ask both sides in turn, and sum up."""
    from onedoor.domain.catalog import queries as catalog
    from onedoor.domain.catalog.spelling import spell
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    assert tenant is not None
    originals = _prepare(tenant.id, wanted)
    asked = queries(originals, spell, QUERIES)
    begun = perf_counter()
    total = catalog.listing(tenant.id).total
    built = perf_counter() - begun

    def ours(text: str) -> list[str]:
        return [card.code for card in catalog.listing(tenant.id, q=text).items]

    def scan(text: str) -> list[str]:
        return _scan(tenant.id, text)

    taken = [_round(asked, ours, scan) for _ in range(rounds)]
    mean = [one for one in asked if one.code]
    return {
        "p95_ms": _p95([times for times, _, _ in taken]),
        "reference_p95_ms": _p95([times for _, _, times in taken]),
        "p50_ms": round(median(time for times, _, _ in taken for time in times) * 1e3, 2),
        "reference_p50_ms": round(median(time for _, _, times in taken for time in times) * 1e3, 2),
        "cpu_p95_ms": _p95([times for _, times, _ in taken]),
        "found": _found(mean, ours),
        "reference_found": _found(mean, scan),
        "nothing_for_nonsense": sum(not ours(one.text) for one in asked if not one.code) / len(_NONSENSE),
        "index_seconds": round(built, 2),
        "items": total,
        "queries": len(asked),
        "rounds": rounds,
    }


def _scan(tenant_id: int, text: str) -> list[str]:
    from django.db import connection

    pattern = f"%{text.removeprefix('我要')}%"
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, [tenant_id, *[pattern] * 5])
        return [row[0] for row in cursor.fetchall()]


def _round(
    asked: Sequence[Asked], ours: Callable[[str], list[str]], scan: Callable[[str], list[str]]
) -> tuple[list[float], list[float], list[float]]:
    """Every query once on both sides: our times, our processor times, and the scan's times."""
    times, used, scanned = [], [], []
    for one in asked:
        begun, cpu = perf_counter(), process_time()
        ours(one.text)
        used.append(process_time() - cpu)
        times.append(perf_counter() - begun)
        begun = perf_counter()
        scan(one.text)
        scanned.append(perf_counter() - begun)
    return times, used, scanned


def _p95(rounds: Sequence[Sequence[float]]) -> float:
    """The median over rounds of the time that 95 of 100 did not exceed, in milliseconds."""
    return round(median(sorted(times)[int(0.95 * len(times))] for times in rounds) * 1e3, 2)


def _found(asked: Sequence[Asked], side: Callable[[str], list[str]]) -> float:
    """The share of queries that have an item of the kind they mean among the first."""
    hits = sum(any(code.startswith(one.code) for code in side(one.text)[:FIRST]) for one in asked)
    return round(hits / len(asked), 3)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
