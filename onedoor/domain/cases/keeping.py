"""What members of staff keep for their own work: named filters of lists, sentences for opinions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.offices.terms import Principal

from .models import OwnPhrase, SavedFilter
from .terms import FilterKept, PhraseKept

#: Nobody keeps more than this of one kind in one place.
MOST_FILTERS: Final = 12
MOST_PHRASES: Final = 20
NAME_LENGTH: Final = 12
PHRASE_LENGTH: Final = 300
#: The longest words that a filter may keep in all.
_MOST_ASKED: Final = 600


def filters_of(principal: Principal, place: str) -> tuple[FilterKept, ...]:
    """The filters that this account keeps for a list, in the order in which they were made."""
    rows = SavedFilter.objects.filter(user_id=principal.user_id, place=place).order_by("created_at", "id")
    return tuple(FilterKept(row.pk, row.name, row.asked, row.is_default) for row in rows)


@transaction.atomic
def keep_filter(
    *,
    principal: Principal,
    place: str,
    name: str,
    asked: Mapping[str, str],
    is_default: bool,
    at: datetime,
) -> FilterKept:
    """Keep a question to a list under a name; the same name again replaces it.

    Raises Refused: name_missing, name_too_long, nothing_asked, too_many_filters.
    """
    name = " ".join(name.split())
    if not name:
        raise _name_refused("name_missing", "请给这个筛选起个名字。")
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise _name_refused("name_too_long", f"名字最多 {NAME_LENGTH} 个字，请改短一些。")
    if not asked or sum(map(len, asked.values())) > _MOST_ASKED:
        raise Refused("nothing_asked", "还没有筛选条件，请先选好条件再保存。")
    mine = SavedFilter.objects.filter(user_id=principal.user_id, place=place)
    if mine.exclude(name=name).count() >= MOST_FILTERS:
        raise Refused("too_many_filters", f"最多保存 {MOST_FILTERS} 个筛选，请先删除不用的。")
    if is_default:
        mine.filter(is_default=True).update(is_default=False)
    row, _ = mine.update_or_create(
        name=name,
        defaults={"asked": dict(asked), "is_default": is_default},
        create_defaults={
            "user_id": principal.user_id,
            "place": place,
            "asked": dict(asked),
            "is_default": is_default,
            "created_at": at,
        },
    )
    return FilterKept(row.pk, row.name, row.asked, row.is_default)


def drop_filter(*, principal: Principal, filter_id: int) -> None:
    """Forget a filter of one's own; one that is not there is forgotten already."""
    SavedFilter.objects.filter(user_id=principal.user_id, pk=filter_id).delete()


def phrases_of(principal: Principal, verb: str) -> tuple[PhraseKept, ...]:
    """The sentences that this account keeps for the texts of a verb, the oldest first."""
    rows = OwnPhrase.objects.filter(user_id=principal.user_id, verb=verb).order_by("created_at", "id")
    return tuple(PhraseKept(row.pk, row.verb, row.part, row.text) for row in rows)


@transaction.atomic
def keep_phrase(*, principal: Principal, verb: str, part: str, text: str, at: datetime) -> None:
    """Keep a sentence for a text of a verb; one that is there already stays.

    Raises Refused: phrase_missing, phrase_too_long, too_many_phrases.
    """
    text = text.strip()
    if not text:
        raise Refused("phrase_missing", "还没有填写内容，写好后才能存为常用意见。")
    if len(text) > PHRASE_LENGTH:
        raise Refused("phrase_too_long", f"常用意见最多 {PHRASE_LENGTH} 个字，请精简后再存。")
    mine = OwnPhrase.objects.filter(user_id=principal.user_id, verb=verb, part=part)
    if mine.exclude(text=text).count() >= MOST_PHRASES:
        raise Refused("too_many_phrases", f"每处最多存 {MOST_PHRASES} 条常用意见，请先删除不用的。")
    mine.get_or_create(
        text=text,
        defaults={"user_id": principal.user_id, "verb": verb, "part": part, "created_at": at},
    )


def drop_phrase(*, principal: Principal, phrase_id: int) -> None:
    """Forget a sentence of one's own; one that is not there is forgotten already."""
    OwnPhrase.objects.filter(user_id=principal.user_id, pk=phrase_id).delete()


def _name_refused(code: str, detail: str) -> Refused:
    return Refused(code, detail, errors=(Problem("/filter-name", code, detail),))
