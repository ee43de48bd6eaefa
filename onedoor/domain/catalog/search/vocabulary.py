"""The words of a county: synonyms that its editor keeps beside those of the program, and queries that found nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from secrets import randbits
from typing import Any, Final

from django.db import connection, transaction

from onedoor.core.identifiers import uuid7
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.models import Miss, Synonym, Vocabulary
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.plumbing.crypto import Keyring

from . import finding
from .asking import normal
from .synonyms import SYNONYMS
from .terms import MissView, SynonymOrigin, SynonymView
from .wordbook import LONGEST_SAID

#: One thing said stands for so many official words, each so long; a county keeps so many of them.
MOST_TERMS: Final = 6
LONGEST_TERM: Final = 64
MOST_SYNONYMS: Final = 5_000
#: From so many times on, the words of a query that found nothing are kept.
TOLD_FROM: Final = 3
#: So many different ones are counted, and forgotten when nobody has asked for so long.
MOST_MISSES: Final = 5_000
REMEMBERED: Final = timedelta(days=90)

#: Only words of people's own language are counted: no numbers that might be somebody's.
_COUNTED = re.compile(rf"[0-9a-z\u3400-\u9fff\U00020000-\U000323af]{{2,{LONGEST_SAID}}}")
_MOST_DIGITS: Final = 3
_COUNT = """
INSERT INTO catalog_miss AS m (tenant_id, digest, said, times, settled, last_on)
SELECT %(tenant)s, %(digest)s, '', 1, false, %(today)s
WHERE (SELECT count(*) FROM catalog_miss WHERE tenant_id = %(tenant)s) < %(most)s
   OR EXISTS (SELECT 1 FROM catalog_miss WHERE tenant_id = %(tenant)s AND digest = %(digest)s)
ON CONFLICT (tenant_id, digest) DO UPDATE SET times = m.times + 1, last_on = excluded.last_on,
    said = CASE WHEN m.times + 1 >= %(told_from)s THEN %(said)s ELSE '' END
"""


def synonyms(tenant_id: int, *, q: str = "") -> tuple[SynonymView, ...]:
    """The county's words first, the newest on top, then those of the program; `q` is part of what is said or meant."""
    rows = {
        row.said: row for row in Synonym.objects.filter(tenant_id=tenant_id).order_by("-changed_at", "said")
    }
    own = [_view(row) for row in rows.values()]
    built_in = [
        SynonymView(said, terms, SynonymOrigin.BUILT_IN)
        for said, terms in SYNONYMS.items()
        if said not in rows
    ]
    wanted = normal(q)
    return tuple(
        view
        for view in (*own, *built_in)
        if wanted in view.said or any(wanted in normal(t) for t in view.terms)
    )


def _view(row: Synonym) -> SynonymView:
    if not row.terms:
        return SynonymView(row.said, SYNONYMS.get(row.said, ()), SynonymOrigin.OFF, row.changed_at)
    origin = SynonymOrigin.CHANGED if row.said in SYNONYMS else SynonymOrigin.OWN
    return SynonymView(row.said, tuple(row.terms), origin, row.changed_at)


@transaction.atomic
def keep_synonym(
    *, tenant_id: int, said: str, terms: Sequence[str], principal: str, at: datetime
) -> SynonymView:
    """Let what people say stand for official words or codes of items; the same saying again replaces it.

    A query of these words is taken off the list of those that found nothing.
    Raises Refused: said_missing, said_too_long, terms_missing, too_many_terms, term_too_long, terms_find_nothing,
    too_many_synonyms.
    """
    word = _said(said)
    wanted = _terms(tenant_id, terms)
    lock_words(tenant_id, at)
    mine = Synonym.objects.filter(tenant_id=tenant_id)
    if mine.exclude(said=word).count() >= MOST_SYNONYMS:
        raise Refused("too_many_synonyms", f"最多保存 {MOST_SYNONYMS} 个近义词，请先删除不用的。")
    row, _ = mine.update_or_create(
        tenant_id=tenant_id,
        said=word,
        defaults={"terms": list(wanted), "changed_at": at, "changed_by": principal},
    )
    Miss.objects.filter(tenant_id=tenant_id, digest=_digest(tenant_id, word)).update(settled=True)
    note_words(tenant_id, events.synonym_kept(said=word, terms=wanted, at=at), principal, at)
    return _view(row)


@transaction.atomic
def drop_synonym(*, tenant_id: int, said: str, principal: str, at: datetime) -> None:
    """Take a synonym out of use: the county's own is forgotten, one of the program is silenced.

    Raises Refused("unknown_synonym").
    """
    word = normal(said)
    lock_words(tenant_id, at)
    mine = Synonym.objects.filter(tenant_id=tenant_id, said=word)
    if word in SYNONYMS:
        mine.update_or_create(
            tenant_id=tenant_id,
            said=word,
            defaults={"terms": [], "changed_at": at, "changed_by": principal},
        )
    elif not mine.delete()[0]:
        raise Refused("unknown_synonym", "没有这个近义词，它可能已被删除，请刷新页面。", status=404)
    note_words(tenant_id, events.synonym_dropped(said=word, at=at), principal, at)


@transaction.atomic
def restore_synonym(*, tenant_id: int, said: str, principal: str, at: datetime) -> None:
    """Give a word of the program its own meaning back.

    Raises Refused("unknown_synonym") for a word that is not one of them or was not changed.
    """
    word = normal(said)
    lock_words(tenant_id, at)
    if word not in SYNONYMS or not Synonym.objects.filter(tenant_id=tenant_id, said=word).delete()[0]:
        raise Refused("unknown_synonym", "这个近义词没有改动过，不用恢复。", status=404)
    note_words(tenant_id, events.synonym_kept(said=word, terms=SYNONYMS[word], at=at), principal, at)


def _said(said: str) -> str:
    word = normal(said)
    if len(word) < 2:
        raise _fault("said", "said_missing", "请填写群众的说法，至少两个字。")
    if len(word) > LONGEST_SAID:
        raise _fault("said", "said_too_long", f"群众的说法最多 {LONGEST_SAID} 个字，请只留关键的词。")
    return word


def _terms(tenant_id: int, terms: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(term.strip() for term in terms if normal(term)))
    if not wanted:
        raise _fault("terms", "terms_missing", "请填写它指的是什么：事项名称里的词，或者事项编码。")
    if len(wanted) > MOST_TERMS:
        raise _fault("terms", "too_many_terms", f"最多对应 {MOST_TERMS} 个词，请减少一些。")
    if any(len(term) > LONGEST_TERM or not term.isprintable() for term in wanted):
        raise _fault(
            "terms", "term_too_long", f"每个词最多 {LONGEST_TERM} 个字，不能有不可见的字符，请改短。"
        )
    index = finding.index(tenant_id)
    if not any(index.meant_by(term) for term in wanted):
        raise _fault(
            "terms",
            "terms_find_nothing",
            f"“{wanted[0]}”在现有事项里找不到，请换成事项名称里的词，或者填事项编码。",
        )
    return wanted


def _fault(field: str, code: str, detail: str) -> Refused:
    return Refused(code, detail, errors=(Problem(f"/{field}", code, detail),))


def lock_words(tenant_id: int, at: datetime) -> None:
    """One change of a county's words at a time."""
    Vocabulary.objects.bulk_create(
        [Vocabulary(tenant_id=tenant_id, stream_id=uuid7(at))], ignore_conflicts=True
    )
    Vocabulary.objects.select_for_update().get(tenant_id=tenant_id)


def note_words(tenant_id: int, fact: NewFact, principal: str, at: datetime, *, told: bool = True) -> None:
    """Write a fact of a county's words, whose lock is held; with `told` every process reads them anew."""
    vocabulary = Vocabulary.objects.get(tenant_id=tenant_id)
    if told:
        Vocabulary.objects.filter(tenant_id=tenant_id).update(revision=randbits(62))
    journal.append(
        stream_id=vocabulary.stream_id,
        tenant_id=tenant_id,
        stream_kind=events.VOCABULARY_STREAM,
        principal=principal,
        at=at,
        facts=[fact],
    )


def count_miss(*, tenant_id: int, query: str, at: datetime) -> bool:
    """Count a query that found nothing; whether it was one that is counted.

    What holds a number of four digits or more, a sign of an address, or is too long to be the name of something is
    left alone.
    """
    said = normal(query)
    digits = sum(char.isdigit() for char in said)
    if "@" in query or "＠" in query or digits > _MOST_DIGITS or not _COUNTED.fullmatch(said):
        return False
    words: dict[str, Any] = {
        "tenant": tenant_id,
        "digest": _digest(tenant_id, said),
        "said": said,
        "today": civil_date(at),
        "most": MOST_MISSES,
        "told_from": TOLD_FROM,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, words)
    return True


def misses(tenant_id: int, *, limit: int = 50) -> tuple[MissView, ...]:
    """Queries that found nothing at least three times, the most frequent first, with what may have been meant.

    One that finds something by now, since an item or a synonym has come, is left out.
    """
    rows = Miss.objects.filter(tenant_id=tenant_id, settled=False, times__gte=TOLD_FROM).exclude(said="")
    found = finding.index(tenant_id)
    words = finding.wordbook(tenant_id)
    listed: list[MissView] = []
    for row in rows.order_by("-times", "-last_on", "said")[: 4 * limit]:
        if len(listed) < limit and not found.search(row.said, words).entries:
            listed.append(MissView(row.said, row.times, row.last_on, found.guess(row.said)))
    return tuple(listed)


def settle_miss(*, tenant_id: int, said: str) -> None:
    """Never list a query again; one that is not there is settled already."""
    Miss.objects.filter(tenant_id=tenant_id, digest=_digest(tenant_id, normal(said))).update(
        settled=True, said=""
    )


def forget_misses(*, at: datetime) -> int:
    """Forget what nobody has searched for in a long time; how many."""
    before: date = civil_date(at - REMEMBERED)
    return Miss.objects.filter(last_on__lt=before).delete()[0]


def _digest(tenant_id: int, said: str) -> bytes:
    return Keyring.current().blind("catalog.miss", f"{tenant_id}:{said}")
