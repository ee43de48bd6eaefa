"""Packages as entries of an index, searched like items."""

from __future__ import annotations

from onedoor.domain.catalog.search import index as search
from onedoor.domain.catalog.spelling import spell

from .terms import PackageCard, PackageVersion

Entry = search.Entry[PackageCard]
Index = search.Index[PackageCard]


def sought(package: PackageVersion) -> Entry:
    """What is searched of a package."""
    pinyin, _ = spell(package.name, package.plain_name, *package.keywords)
    return search.entry(_card(package), package.keywords, pinyin, (*package.themes, *package.occasions))


def _card(package: PackageVersion) -> PackageCard:
    return PackageCard(
        id=package.id,
        code=package.code,
        number=package.number,
        name=package.name,
        plain_name=package.plain_name,
        summary=package.summary,
        audience=package.audience,
        themes=package.themes,
        occasions=package.occasions,
        lead=package.lead,
        lead_name=package.lead_name,
        members=len(package.members),
        promised_limit=package.promised_limit,
        visits=package.visits,
        ready=package.ready,
    )
