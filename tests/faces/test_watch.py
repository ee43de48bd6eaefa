"""The watch: figures lead to lists, lists to cases, cases to every day of their limits and every fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.instants import civil_date
from onedoor.domain.cases import actions, queries
from onedoor.domain.journal import queries as journal
from onedoor.faces.watch.account import fact_lines, limits
from onedoor.faces.wording import date_zh
from tests.faces.desk import accepted, at_desk, filed, text_of
from tests.factories.cases import AT, application, staff

pytestmark = pytest.mark.usefixtures("county_db")


def test_only_overseers_watch() -> None:
    for path in ("/watch/", "/watch/cases"):
        for who in ("chuangkou", "shenji"):
            assert at_desk(who).get(path).status_code == 403
        for who in ("ducha", "zhuren"):
            assert at_desk(who).get(path).status_code == 200


def test_an_empty_county_says_what_will_come() -> None:
    page = text_of(at_desk("ducha").get("/watch/"))
    assert "没有超过时限的在办件" in page
    assert "还没有办件" in page


def test_figures_lead_to_their_lists() -> None:
    waiting, running = filed(), accepted()
    watcher = at_desk("ducha")
    page = watcher.get("/watch/")
    figures = {figure.name: figure for figure in page.context["stages"]}
    assert (figures["已收件，待受理"].value, figures["已受理，审查中"].value) == (1, 1)
    listed = text_of(watcher.get(figures["已收件，待受理"].url))
    assert waiting.number in listed
    assert running.number not in listed
    line = page.context["departments"][0]
    assert (line.name, line.in_hand.amount) == ("明渠县市场监督管理局", 2)
    for url in (line.in_hand.url, page.context["figures"][0].url):
        assert text_of(watcher.get(url)).count("/watch/cases/9907") == 2


def test_late_cases_are_named_with_a_red_lamp() -> None:
    case = accepted()
    late = datetime.now(UTC) + timedelta(days=60)
    actions.let_time_pass(case_id=case.case_id, at=late)
    watcher = at_desk("ducha")
    page = watcher.get("/watch/")
    assert [row.number for row in page.context["late"]] == [case.number]
    assert page.context["late"][0].lamp.status == "red"
    overdue = page.context["figures"][1]
    assert (overdue.amount, overdue.tone) == ("1", "red")
    assert case.number in text_of(watcher.get(overdue.url))


def test_every_day_of_every_limit_is_accounted_for() -> None:
    """Received on Friday 18 September 2026: the 19th is a Saturday, the 20th a make-up Sunday, the 25th a holiday."""
    case = actions.file(application=application(), actor=staff("chuangkou"), at=AT)
    sheet = queries.case_sheet(case.number, actor=staff("ducha"), at=AT + timedelta(days=2))
    (limit,) = limits(sheet, AT + timedelta(days=2))
    assert limit.name == "受理期限"
    assert [(line.words, line.ordinal) for line in limit.days] == [
        ("周末，不计", None),
        ("调休上班，计入期限", 1),
        ("计入期限", 2),
        ("计入期限", 3),
        ("计入期限", 4),
        ("计入期限", 5),
    ]
    assert [line.after for line in limit.days] == [False, False, True, True, True, True]
    assert limit.due == "2026年9月24日（周四）24:00"
    assert (limit.face.counted, limit.face.left) == (1, 4)


def test_a_case_page_shows_limits_and_facts() -> None:
    case = accepted()
    page = text_of(at_desk("ducha").get(f"/watch/cases/{case.number}"))
    for words in ("受理期限", "承诺办结时限", "法定办结时限", "按时完成", "计时中"):
        assert words in page
    assert date_zh(civil_date(datetime.now(UTC) + timedelta(days=1))) in page
    for fact in journal.facts(case.case_id):
        assert fact.hash.hex()[:12] in page
    assert f"user:{staff('chuangkou').user_id}" in page
    assert "已核对 2 条记录" in page
    assert at_desk("ducha").get("/watch/cases/no-such-case").status_code == 404


def test_law_takes_effect_at_another_time_than_it_is_written_down() -> None:
    case = actions.file(application=application(), actor=staff("chuangkou"), at=AT)
    late = AT + timedelta(days=10)
    actions.let_time_pass(case_id=case.case_id, at=late)
    sheet = queries.case_sheet(case.number, actor=staff("ducha"), at=late)
    newest, first = fact_lines(sheet, queries.facts(case.number, actor=staff("ducha"), at=late))
    assert (newest.principal, newest.apart) == ("law", True)
    assert (first.principal, first.apart) == (staff("chuangkou").key, False)


def test_a_tampered_record_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    case = accepted()
    facts = journal.facts(case.case_id)
    forged = (facts[0], replace(facts[1], principal="user:999"))
    assert journal.stream_faults(facts) == ()
    assert [fault.seq for fault in journal.stream_faults(forged)] == [2]
    assert [fault.seq for fault in journal.stream_faults(facts[1:])]
    monkeypatch.setattr(queries, "facts", lambda number, *, actor, at: forged)
    page = text_of(at_desk("ducha").get(f"/watch/cases/{case.number}"))
    assert "记录链有问题" in page
    assert "第 2 条" in page
