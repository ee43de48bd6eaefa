"""What other rooms and pages may read of the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from onedoor.core.refusals import Refused
from onedoor.plumbing.database.prepared import fetch_one

from .documents import TYPES, read_document
from .search import finding
from .search.guidance import guided
from .search.terms import Sought
from .search.vocabulary import misses, synonyms
from .terms import CaseKind, Page, ServiceCard, ServiceVersion, Tally
from .versions import Kept, read_published

__all__ = [
    "KEPT",
    "LONGEST_PAGE",
    "cards",
    "departments",
    "guided",
    "in_force",
    "keep",
    "listing",
    "misses",
    "nearest",
    "seek",
    "suggestions",
    "synonyms",
    "themes",
    "turned",
    "version",
    "version_id",
]

#: Versions kept in the process; they never change, so they never have to be dropped for being old.
KEPT = 5_000

_BY_ID = """
SELECT v.id, v.tenant_id, v.number, v.content, v.published_at, v.digest
FROM catalog_version v WHERE v.id = %s
"""
_IN_FORCE = """
SELECT v.id FROM catalog_item i JOIN catalog_version v ON v.item_id = i.id
WHERE i.tenant_id = %s AND i.code = %s
  AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""
_BY_NUMBER = """
SELECT v.id FROM catalog_item i JOIN catalog_version v ON v.item_id = i.id
WHERE i.tenant_id = %s AND i.code = %s AND v.number = %s
"""

#: The most cards on a page of a list.
LONGEST_PAGE = 100

_versions: Kept[int, ServiceVersion] = Kept(KEPT)


def version(version_id: int) -> ServiceVersion:
    """A version by id, whether in force or retired; read from the table once per process.

    Raises Refused("unknown_version").
    """
    found = _versions.get(version_id)
    if found is None:
        found = read_published(_BY_ID, version_id, read_document)
        if found is None:
            raise Refused("unknown_version", "没有这个事项版本，请刷新页面后再试。", status=404)
        _versions.put(version_id, found)
    return found


def in_force(tenant_id: int, code: str, at: datetime) -> ServiceVersion | None:
    """The version of an item in force at `at`, None if there is none."""
    row = fetch_one(_IN_FORCE, [tenant_id, code, at, at])
    return version(row[0]) if row else None


def version_id(tenant_id: int, code: str, number: int) -> int | None:
    """The id of the version of an item with this number, None if there is none."""
    row = fetch_one(_BY_NUMBER, [tenant_id, code, number])
    return row[0] if row else None


def keep(versions: Iterable[ServiceVersion]) -> None:
    """Keep versions that are known to be committed."""
    for made in versions:
        _versions.put(made.id, made)


def listing(
    tenant_id: int,
    *,
    q: str = "",
    department: str = "",
    theme: str = "",
    themes: Collection[str] = (),
    audience: str = "",
    kind: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> Page:
    """What is in force, narrowed down; "" does not narrow.

    `q` takes Chinese, everyday words, pinyin and initials, best find first. `department` is a department's code,
    `themes` keeps what has any of them, `audience` is person or organization, `kind` an item type (01 … 20) or a
    case kind (instant, committed).
    Raises Refused("unknown_kind"), and Refused("bad_cursor") for a cursor of another list.
    """
    cards = seek(
        tenant_id, q=q, department=department, theme=theme, themes=themes, audience=audience, kind=kind
    ).items
    return turned(cards, cursor=cursor, limit=limit)


def seek(
    tenant_id: int,
    *,
    q: str = "",
    department: str = "",
    theme: str = "",
    themes: Collection[str] = (),
    audience: str = "",
    kind: str = "",
) -> Sought:
    """All that `listing` gives page by page, and whether it was searched for as it was typed."""
    wanted = _narrowing(department, theme, themes, audience, kind)
    found = finding.found(tenant_id, q)
    return Sought(tuple(entry.card for entry in found.entries if wanted(entry.card)), found.mended)


def turned(cards: Sequence[ServiceCard], *, cursor: str | None = None, limit: int = 20) -> Page:
    """The page of a list after a cursor. Raises Refused("bad_cursor") for a cursor of another list."""
    start = _after(cards, cursor)
    end = start + max(1, min(limit, LONGEST_PAGE))
    return Page(tuple(cards[start:end]), cards[end - 1].code if end < len(cards) else None, len(cards))


def suggestions(tenant_id: int, q: str, *, limit: int = 8) -> tuple[str, ...]:
    """What somebody who has typed this much may be about to say; each finds something."""
    return finding.index(tenant_id).suggest(q, finding.wordbook(tenant_id), limit)


def nearest(tenant_id: int, q: str) -> str:
    """The name of the item that is least unlike a query which finds nothing; "" if all are wholly unlike."""
    return finding.index(tenant_id).guess(q)


def _narrowing(
    department: str, theme: str, themes: Collection[str], audience: str, kind: str
) -> Callable[[ServiceCard], bool]:
    if kind and kind not in TYPES and kind not in tuple(CaseKind):
        raise Refused("unknown_kind", "事项类型应为 01 至 20 的类型代码，或 instant、committed，请修改。")
    return lambda card: (
        (not department or card.department == department)
        and (not theme or theme in card.themes)
        and (not themes or any(each in themes for each in card.themes))
        and (not audience or audience in card.audience)
        and (not kind or kind in (card.type, card.case_kind))
    )


def _after(cards: Sequence[ServiceCard], cursor: str | None) -> int:
    """Where the page after the card with this code begins."""
    if not cursor:
        return 0
    for place, card in enumerate(cards, start=1):
        if card.code == cursor:
            return place
    raise Refused("bad_cursor", "列表已有变化，请从第一页重新查看。")


def cards(tenant_id: int, codes: Sequence[str]) -> tuple[ServiceCard, ...]:
    """The cards of items in force, in the order of their codes; those that are not in force are left out."""
    known = {entry.card.code: entry.card for entry in finding.index(tenant_id).entries}
    return tuple(known[code] for code in codes if code in known)


def departments(tenant_id: int, *, audience: str = "") -> tuple[Tally, ...]:
    """The departments that have versions in force (for an audience), with how many, largest first."""
    cards = _cards_for(tenant_id, audience)
    names = {card.department: card.department_name for card in cards}
    counted = Counter(card.department for card in cards)
    return tuple(Tally(code, names[code], count) for code, count in counted.most_common())


def themes(tenant_id: int, *, audience: str = "") -> tuple[Tally, ...]:
    """The themes that versions in force (for an audience) have, with how many, largest first."""
    counted = Counter(theme for card in _cards_for(tenant_id, audience) for theme in card.themes)
    return tuple(Tally(theme, theme, count) for theme, count in counted.most_common())


def _cards_for(tenant_id: int, audience: str) -> list[ServiceCard]:
    return [e.card for e in finding.index(tenant_id).entries if not audience or audience in e.card.audience]
