"""人生大事和经营阶段: what happens to people and enterprises, and the themes of the catalogue that then matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import CaseKind, ServiceCard


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that happens to somebody. `code` stands in addresses."""

    code: str
    name: str
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """An occasion with how many items it may call for."""

    name: str
    url: str
    count: int


OCCASIONS: dict[str, tuple[Occasion, ...]] = {
    "person": (
        Occasion("birth", "结婚生子", ("生育", "婚育", "户籍")),
        Occasion("school", "上学", ("教育",)),
        Occasion("work", "找工作、创业", ("就业", "创业")),
        Occasion("home", "买房租房", ("住房", "不动产")),
        Occasion("health", "看病就医", ("医保", "健康")),
        Occasion("travel", "开车出行", ("出行", "出入境")),
        Occasion("need", "遇到困难", ("社会救助", "惠民补贴", "助残", "法律服务")),
        Occasion("age", "退休养老", ("养老", "社保")),
    ),
    "organization": (
        Occasion("found", "开办企业", ("创业", "开店经营")),
        Occasion("produce", "生产经营", ("生产经营", "农林牧渔")),
        Occasion("build", "工程建设", ("工程建设", "城市管理")),
        Occasion("employ", "招工用人", ("就业", "社保")),
        Occasion("tax", "办税开票", ("税费",)),
        Occasion("safety", "安全环保", ("安全", "消防", "环保")),
        Occasion("culture", "办学、文旅、医疗", ("教育", "文化旅游", "健康")),
        Occasion("society", "社会组织", ("社会组织",)),
    ),
}
_BY_CODE = {(audience, each.code): each for audience, listed in OCCASIONS.items() for each in listed}


def named(audience: str, code: str) -> Occasion | None:
    """The occasion of an audience with this code."""
    return _BY_CODE.get((audience, code))


def counted(tenant_id: int, audience: str) -> tuple[Counted, ...]:
    """The occasions for which the catalogue has something."""
    found = (
        Counted(
            each.name,
            f"/services?audience={audience}&occasion={each.code}",
            catalog.listing(tenant_id, themes=each.themes, audience=audience, limit=1).total,
        )
        for each in OCCASIONS[audience]
    )
    return tuple(each for each in found if each.count)


def first_of_each(tenant_id: int, audience: str, limit: int) -> tuple[ServiceCard, ...]:
    """One item for every occasion, the plainest first: what people may look for before any case has been filed."""
    found: dict[str, ServiceCard] = {}
    for card in _plainest(tenant_id, audience):
        found.setdefault(card.code, card)
    return tuple(found.values())[:limit]


def _plainest(tenant_id: int, audience: str) -> Iterator[ServiceCard]:
    """Of each occasion the item that one may apply for, that fits best and is done at once; then the rest."""
    for each in OCCASIONS[audience]:
        cards = catalog.listing(tenant_id, themes=each.themes, audience=audience, limit=100).items
        fitting = sorted(cards, key=lambda card: _awkwardness(card, each))
        yield from fitting[:1]
    yield from catalog.listing(tenant_id, audience=audience, limit=100).items


def _awkwardness(card: ServiceCard, occasion: Occasion) -> tuple[bool, int, bool, int]:
    themes = [occasion.themes.index(theme) for theme in card.themes if theme in occasion.themes]
    return not card.ready, min(themes), card.case_kind is not CaseKind.INSTANT, card.visits
