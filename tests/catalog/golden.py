"""The golden queries: what people ask, and the items of the demo county that they mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onedoor.domain.catalog.documents import read_document
from onedoor.domain.catalog.search import index as search
from onedoor.domain.catalog.spelling import spell
from onedoor.domain.catalog.terms import ServiceCard
from onedoor.site.demo.loader import demo_items

PATH = Path(__file__).with_name("golden_queries.txt")
#: Finds that people look at.
FIRST = 5


@dataclass(frozen=True, slots=True)
class Golden:
    """A query, its kind, and the codes of the items it means; none for one that shall find nothing."""

    query: str
    kind: str
    codes: tuple[str, ...]


def golden_queries() -> list[Golden]:
    """All of them, in the order of the file."""
    found, kind = [], ""
    for line in PATH.read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            query, _, codes = line.partition("|")
            found.append(Golden(query.strip(), kind, tuple(codes.split())))
    return found


def demo_entries() -> list[search.Entry[ServiceCard]]:
    """The items of the demo county as entries of an index."""
    entries = []
    for content in demo_items():
        version, _ = read_document(content)
        card = ServiceCard(
            version_id=0,
            code=version.code,
            number=1,
            name=version.name,
            plain_name=version.plain_name,
            type=version.type,
            department=version.department,
            department_name=version.department_name,
            audience=version.audience,
            themes=version.themes,
            case_kind=version.case_kind,
            promised_limit=version.promised_limit,
            visits=version.visits,
            ready=version.ready,
        )
        pinyin, _ = spell(version.name, version.plain_name, *version.keywords)
        entries.append(search.entry(card, version.keywords, pinyin, version.themes))
    return sorted(entries, key=lambda each: each.order)


def recall(index: search.Index[ServiceCard], golden: Golden) -> float:
    """The share of the items that a query means among the first finds."""
    found = index.search(golden.query, search.BUILT_IN).entries[:FIRST]
    return len({each.card.code for each in found} & set(golden.codes)) / len(golden.codes)
