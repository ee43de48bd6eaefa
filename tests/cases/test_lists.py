"""Lists hold many cases: no statement of theirs walks the table, pages neither repeat nor skip, counts stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries
from onedoor.domain.cases.finding import visible
from onedoor.domain.cases.lines import lamp
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import MOST_COUNTED, CaseFilter, Turn
from onedoor.domain.offices.terms import Grant, Principal, Role
from tests.county import County
from tests.factories.cases import AT, FOOD, act, filed, staff

ROWS = 30_000
#: Copies of one case: one in twenty still open, departments and towns of very different sizes, few refused or late.
COPIES = f"""
INSERT INTO cases_case SELECT copy.* FROM cases_case c, generate_series(1, {ROWS}) n,
jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'number', c.number || '-' || n, 'command_id', NULL,
    'stage', CASE WHEN n %% 20 = 0 THEN c.stage WHEN n %% 97 = 0 THEN 'declined' ELSE 'delivered' END,
    'concluded_at', CASE WHEN n %% 20 > 0 THEN c.created_at END,
    'work', CASE WHEN n %% 20 = 0 THEN to_jsonb(c.work) ELSE '[]'::jsonb END,
    'overdue', n %% 300 = 0,
    'service_code', 'ITEM-' || (n %% 60),
    'lead_department', CASE WHEN n %% 1500 = 0 THEN 'yczm' WHEN n %% 3 = 0 THEN 'rsj' ELSE 'scjg' END,
    'departments', to_jsonb(CASE WHEN n %% 1500 = 0 THEN '{{yczm}}'::text[] WHEN n %% 3 = 0 THEN '{{rsj}}'
                            ELSE '{{scjg,xfjy}}' END),
    'place_code', CASE WHEN n %% 700 = 0 THEN '990722102000' ELSE '990722000000' END,
    'applicant_name', substr('王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗', n %% 20 + 1, 1) || (n %% 500),
    'created_at', c.created_at - n * interval '7 minutes',
    'received_at', c.created_at - n * interval '7 minutes',
    'due_at', date_trunc('day', c.due_at) + n %% 9 * interval '1 day')) copy
WHERE c.number = %s"""


@contextmanager
def plans() -> Iterator[list[tuple[str, str]]]:
    """Every statement on cases that is sent meanwhile, with its plan."""
    found: list[tuple[str, str]] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "cases_case" in sql and not sql.startswith("EXPLAIN"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                found.append((sql, "\n".join(row[0] for row in cursor.fetchall())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def walks(plan: str) -> bool:
    """Whether a plan reads the table from end to end. To count up to a thousand rows of which every one fits, it may
    begin at the beginning and stop."""
    scan = re.search(r"Seq Scan on cases_case.*?\.\.([0-9.]+)", plan)
    whole = re.match(r"[^.]*?cost=[0-9.]+?\.\.([0-9.]+)", plan)
    return scan is not None and (whole is None or float(whole[1]) > float(scan[1]) / 10)


FILTERS = (
    CaseFilter(),
    CaseFilter(q="王12"),
    CaseFilter(q="没有这个人"),
    CaseFilter(stage="declined"),
    CaseFilter(stage="refused"),
    CaseFilter(service="ITEM-7"),
    CaseFilter(service="NONE"),
    CaseFilter(service=FOOD, version=1, in_hand=True),
    CaseFilter(service=FOOD, version=1, ended=True),
    CaseFilter(department="yczm", in_hand=True),
    CaseFilter(place="990722102"),
    CaseFilter(channel="kiosk"),
    CaseFilter(lamp="red"),
    CaseFilter(lamp="yellow"),
    CaseFilter(tail="0000"),
    CaseFilter(overdue=True),
    CaseFilter(since=AT.date() - timedelta(days=3), until=AT.date()),
)


@pytest.mark.slow
def test_no_list_walks_the_table(county: County, superuser_connection: psycopg.Connection) -> None:
    submitted, accepted = filed(), filed()
    act(accepted.number, "accept", "chuangkou")
    # Vacuum takes no page for settled whose rows are not known to be on disk.
    superuser_connection.execute("SET synchronous_commit = on")
    for case in (submitted, accepted):
        superuser_connection.execute(COPIES, [case.number])
    superuser_connection.execute("VACUUM ANALYZE cases_case")
    somebody = staff("liuwan")
    tiny = Principal(somebody.user_id, county.tenant_id, "甲", "jia", (Grant(Role.REVIEWER, "yczm"),))
    people = [*(staff(name) for name in ("chuangkou", "jiangyx", "nandu")), tiny]
    with plans() as found:
        for who in people:
            queries.inbox_counts(who)
            for turn in (None, *Turn):
                _two_pages(
                    lambda cursor, who=who, turn=turn: queries.inbox(who, at=AT, turn=turn, cursor=cursor)
                )
            for asked in FILTERS:
                _two_pages(
                    lambda cursor, who=who, asked=asked: queries.cases(who, at=AT, asked=asked, cursor=cursor)
                )
                queries.case_count(who, at=AT, asked=asked)
        queries.by_version(county.tenant_id, "ITEM-7")
        # Control: a question that no index answers is seen to walk.
        list(Case.objects.filter(tenant_id=county.tenant_id, applicant_name__contains="王")[:1000])
    assert len(found) > 150
    *ours, control = found
    assert walks(control[1]), control[1]
    assert [f"{sql}\n{plan}" for sql, plan in ours if walks(plan)] == []
    assert queries.case_count(staff("chuangkou"), at=AT) == MOST_COUNTED + 1
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    with plans() as found:
        queries.figures(staff("ducha"))
        queries.measures(staff("ducha"), since=AT - timedelta(days=30), until=AT, by="month")
    (_, figures), (_, measures) = found
    assert "Index Only Scan using cases_case_figures" in figures, "counts need no row"
    for index in ("cases_case_figures", "cases_case_refused", "cases_case_promise_missed"):
        assert f"using {index}" in measures or f"on {index}" in measures, measures


def _two_pages(turned_to: Callable[[str], queries.Page]) -> None:
    page = turned_to("")
    if page.next_cursor:
        turned_to(page.next_cursor)


def test_pages_of_cases_due_at_the_same_instant_are_complete(county_db: County) -> None:
    numbers = {filed().number for _ in range(7)}
    drafts = {filed(draft=True).number for _ in range(3)}
    clerk = staff("chuangkou")
    for by_due in (True, False):
        seen: list[str] = []
        cursor = ""
        for _ in range(20):
            page = queries.cases(clerk, at=AT, by_due=by_due, limit=2, cursor=cursor)
            seen += [line.number for line in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        assert sorted(seen) == sorted(numbers | drafts)
        if by_due:
            assert set(seen[-3:]) == drafts, "what has no limit comes last"
    with pytest.raises(Refused, match="翻页参数"):
        queries.cases(clerk, at=AT, cursor="bm8")


def test_the_lamp_of_a_filter_is_the_lamp_of_a_line(county_db: County) -> None:
    case = filed()
    clerk = staff("chuangkou")
    due = queries.cases(clerk, at=AT).items[0].due_at
    assert due is not None
    for hours in range(-24 * 9, 24 * 3, 5):
        at = due + timedelta(hours=hours)
        (line,) = queries.cases(clerk, at=at).items
        colours = {
            colour
            for colour in ("red", "yellow", "green")
            if queries.cases(clerk, at=at, asked=CaseFilter(lamp=colour)).items
        }
        assert colours == {line.lamp}, at
    assert line.number == case.number
    assert lamp(None, False, line.stage) == "none"


def test_a_number_finds_all_cases_of_its_applicant(county_db: County) -> None:
    number = filed().number
    clerk = staff("chuangkou")
    found = queries.cases(clerk, at=AT, asked=CaseFilter(tail="010M")).items
    assert [line.number for line in found] == [number]
    assert queries.cases(clerk, at=AT, asked=CaseFilter(tail="0001")).items == ()
    assert queries.cases(clerk, at=AT, asked=CaseFilter(subjects=())).items == ()
    assert queries.cases(staff("yish"), at=AT, asked=CaseFilter(tail="010M")).items == (), (
        "still out of sight"
    )


def test_a_place_is_a_range_and_not_a_pattern(county_db: County) -> None:
    filed()
    elsewhere = Principal(0, county_db.tenant_id, "丙", "bing", (Grant(Role.TOWN, None, "990722102"),))
    assert Case.objects.filter(visible(elsewhere), tenant_id=county_db.tenant_id).count() == 0
    Case.objects.filter(tenant_id=county_db.tenant_id).update(place_code="990722102203")
    assert Case.objects.filter(visible(elsewhere), tenant_id=county_db.tenant_id).count() == 1


def test_a_longer_page_costs_no_more_statements(county_db: County) -> None:
    clerk = staff("chuangkou")

    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            queries.cases(clerk, at=AT)
        return len(sent)

    filed()
    one = statements()
    for _ in range(4):
        filed()
    assert statements() == one
