"""A running case goes on under another version only by an act of its own, and only where nobody loses by it."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError
from pypdf import PdfReader

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, followers, migrating, queries, statements
from onedoor.domain.cases.models import Case, Dossier
from onedoor.domain.cases.terms import Answer, Once
from onedoor.domain.catalog import actions as catalog
from onedoor.domain.catalog.documents import write_document
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices.models import Message
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperKind
from tests.cases.test_concurrency import at_once, losses, winners
from tests.county import County
from tests.factories import packages
from tests.factories.cases import AT, DELIVERY, FOOD, PASS, act, filed, staff, version_of
from tests.factories.items import published_again

REASON = "新版本办得更快，申请人同意"
#: Monday and Wednesday after the receipt on Friday; Sunday between is a working day.
MONDAY, WEDNESDAY = AT + timedelta(days=3), AT + timedelta(days=5)
FASTER = {"promised_limit": {"amount": 7, "unit": "working"}}


def moved(number: str, who: str = "yinby", at: datetime = MONDAY, to: int = 2) -> Answer:
    """One case, moved to a version."""
    return actions.migrate(number=number, to=to, reason=REASON, actor=staff(who), at=at)


def in_review() -> str:
    """A case that was accepted on Friday and has passed its survey."""
    case = filed().number
    act(case, "accept", "chuangkou")
    act(case, "review", "jiangyx", step="check", payload=PASS)
    return case


def steps_with(**changes: Any) -> list[dict[str, Any]]:
    """The procedure of the food licence; `changes` are by step code, None takes a step away."""
    steps = copy.deepcopy(write_document(version_of(FOOD))["procedure"])
    for step in steps:
        step |= changes.get(step["code"]) or {}
    gone = {code for code, change in changes.items() if change is None}
    kept = [step for step in steps if step["code"] not in gone]
    return [step | {"after": [code for code in step.get("after", ()) if code not in gone]} for step in kept]


@pytest.mark.usefixtures("county_db")
def test_a_moved_case_goes_on_under_the_new_version_and_says_so() -> None:
    number = in_review()
    due_before = Case.objects.get(number=number).due_at
    newer = published_again(**FASTER, at=MONDAY)
    answer = moved(number)
    row = Case.objects.get(number=number)
    assert (row.version_id, row.seq) == (newer.id, answer.seq)
    assert row.due_at < due_before
    fact = journal.facts(row.id)[-1]
    assert (fact.kind, fact.principal) == ("case.migrated", staff("yinby").key)
    assert (fact.data["from"], fact.data["to"]) == (1, 2)
    assert REASON not in str(fact.data)
    assert Dossier.objects.get(case_id=row.id, version=fact.data["dossier"]["version"]).kind == "migrate"
    told = queries.case_sheet(number, actor=staff("yinby"), at=MONDAY).facts[0]
    assert (told.name, told.details) == (
        "改按现行版本办理",
        (("事项版本", "第 1 版改为第 2 版"), ("原因", REASON)),
    )
    followers.tell_applicant(fact, at=MONDAY)
    followers.tell_applicant(fact, at=MONDAY)
    (message,) = Message.objects.filter(key__endswith=f"{row.id}:{fact.seq}")
    assert "改按新规定办理，最迟9月29日决定" in message.text
    act(number, "review", "gongzq", WEDNESDAY, step="fire", payload=PASS)
    act(number, "decide", "yinby", WEDNESDAY, step="decide", payload={"outcome": "approve"})
    assert Case.objects.get(number=number).stage == "approved"
    assert list(queries.differences()) == []


@pytest.mark.usefixtures("county_db")
def test_a_case_of_version_three_ends_under_it_while_four_is_in_force() -> None:
    for place, days in enumerate((7, 6)):
        limit = {"promised_limit": {"amount": days, "unit": "working"}}
        published_again(**limit, at=AT - timedelta(hours=2 - place))
    third, stays, goes = version_of(FOOD), in_review(), in_review()
    fourth = published_again(at=MONDAY, promised_limit={"amount": 5, "unit": "working"})
    assert (third.number, fourth.number) == (3, 4)
    moved(goes, to=4)
    for number in (stays, goes):
        act(number, "review", "gongzq", MONDAY, step="fire", payload=PASS)
        act(number, "decide", "yinby", MONDAY, step="decide", payload={"outcome": "approve"})
        act(number, "issue", "chujian", MONDAY, step="make")
        act(number, "deliver", "chujian", MONDAY, payload=DELIVERY)
    ended = {row.number: (row.stage, row.version_id) for row in Case.objects.filter(number__in=[stays, goes])}
    assert ended == {stays: ("delivered", third.id), goes: ("delivered", fourth.id)}
    assert list(queries.differences()) == []


LONGER = {"promised_limit": {"amount": 9, "unit": "working"}}
OTHER_HANDS = {"department": "wsjk"}
REFUSED: dict[str, tuple[dict[str, Any] | Callable[[], dict[str, Any]], str]] = {
    "a longer promise": (
        LONGER,
        "承诺办结时限会从2026年9月30日（周三）24:00推迟到2026年10月8日（周四）24:00",
    ),
    "a promise that would be over": (
        {"promised_limit": {"amount": 0, "unit": "working"}},
        "承诺办结时限在2026年9月18日（周五）24:00已经届满",
    ),
    "a done step gone": (lambda: {"procedure": steps_with(check=None)}, "第 2 版没有这个环节"),
    "an open step gone": (lambda: {"procedure": steps_with(fire=None)}, "“消防安全意见”环节已经在办或办完"),
    "an open step in other hands": (
        lambda: {"procedure": steps_with(fire=OTHER_HANDS)},
        "第 2 版改由其他部门办理",
    ),
    "a paper more": (
        lambda: {
            "materials": [
                *write_document(version_of(FOOD))["materials"],
                {"code": "m99", "name": "房屋安全鉴定报告", "necessity": "required", "source": "applicant"},
            ]
        },
        "房屋安全鉴定报告",
    ),
    "another department": (lambda: {"department": "wsjk"}, "第 2 版的实施部门变了"),
}


@pytest.mark.usefixtures("county_db")
@pytest.mark.parametrize("why", REFUSED)
def test_where_somebody_would_lose_the_case_stays_and_says_why(why: str) -> None:
    number = in_review()
    changes, told = REFUSED[why]
    published_again(**(changes() if callable(changes) else changes), at=MONDAY)
    before = Case.objects.values().get(number=number)
    with pytest.raises(Refused, match="may_not_move") as refused:
        moved(number)
    assert told in refused.value.detail
    assert Case.objects.values().get(number=number) == before
    _, lines = queries.moveable(staff("yinby"), FOOD, 1, at=MONDAY)
    assert [told in line.why_not for line in lines if line.number == number] == [True]


@pytest.mark.usefixtures("county_db")
def test_a_case_in_a_correction_a_special_procedure_or_after_its_decision_stays() -> None:
    correcting, suspended, decided = filed().number, in_review(), in_review()
    items = [{"target": "material:m1", "reason": "缺页", "mend": "补交第二页"}]
    act(correcting, "notify_correction", "chuangkou", payload={"items": items})
    act(suspended, "suspend", "jiangyx", payload={"kind": "inspection", "days": 3, "reason": "送检"})
    act(decided, "review", "gongzq", step="fire", payload=PASS)
    act(decided, "decide", "yinby", step="decide", payload={"outcome": "approve"})
    published_again(**FASTER, at=MONDAY)
    for number, told in ((correcting, "补正"), (suspended, "特别程序"), (decided, "已经作出决定")):
        with pytest.raises(Refused, match="may_not_move") as refused:
            moved(number)
        assert told in refused.value.detail


@pytest.mark.usefixtures("county_db")
def test_a_member_of_a_package_that_is_not_over_stays() -> None:
    packages.published(AT - timedelta(days=1))
    number = packages.number_of(packages.filed(AT), FOOD)
    published_again(**FASTER, at=MONDAY)
    with pytest.raises(Refused, match="一件事"):
        moved(number)


@pytest.mark.usefixtures("county_db")
@pytest.mark.parametrize(
    ("who", "code"),
    [("chuangkou", "role_missing"), ("jiangyx", "role_missing"), ("wensy", "role_missing"),
     ("ducha", "role_missing"), ("heqs", "case_not_found"), ("shixiang", "case_not_found")],
)  # fmt: skip
def test_only_those_who_decide_in_the_leading_department_move_a_case(who: str, code: str) -> None:
    number = in_review()
    published_again(**FASTER, at=MONDAY)
    with pytest.raises(Refused, match=code):
        moved(number, who)
    assert moved(number, "scjgju").number == number, "the head of the organ may"


@pytest.mark.usefixtures("county_db")
def test_a_reason_and_the_version_in_force_must_be_named() -> None:
    number = in_review()
    published_again(**FASTER, at=MONDAY)
    for reason in ("", "  ", "快", "字" * 301, "坏\x00字符串"):
        with pytest.raises(Refused, match="reason_missing"):
            actions.migrate(number=number, to=2, reason=reason, actor=staff("yinby"), at=MONDAY)
    published_again(at=MONDAY + timedelta(minutes=1), promised_limit={"amount": 6, "unit": "working"})
    with pytest.raises(Refused, match="version_not_in_force"):
        moved(number, to=2, at=MONDAY + timedelta(minutes=2))
    catalog.retire(
        tenant_id=staff("yinby").tenant_id, code=FOOD, reason="停办", principal="user:1", at=WEDNESDAY
    )
    with pytest.raises(Refused, match="version_not_in_force"):
        moved(number, to=3, at=WEDNESDAY + timedelta(minutes=1))


@pytest.mark.usefixtures("county_db")
def test_what_time_brought_about_before_is_written_first() -> None:
    reviewed, submitted, late = in_review(), filed().number, AT + timedelta(days=14)
    published_again(**FASTER, at=late)
    for number in (reviewed, submitted):
        moved(number, at=late + timedelta(minutes=1))
    kinds = {
        number: [
            fact.kind.removeprefix("case.") for fact in journal.facts(Case.objects.get(number=number).id)
        ]
        for number in (reviewed, submitted)
    }
    assert kinds[reviewed] == ["submitted", "accepted", "reviewed", "step_overdue", "overdue", "migrated"]
    assert kinds[submitted][:2] == ["submitted", "deemed_accepted"]
    assert kinds[submitted][-1] == "migrated"
    assert list(queries.differences()) == []


@pytest.mark.usefixtures("county_db")
def test_facts_from_before_the_move_are_read_under_the_former_version() -> None:
    number, once = filed().number, Once("accept", b"\x01" * 32)
    first = act(number, "accept", "chuangkou", once=once)
    published_again(at=MONDAY, promised_limit={"amount": 5, "unit": "working"})
    after = moved(number)
    assert after.due_at < first.due_at
    assert act(number, "accept", "chuangkou", once=once) == first, (
        "the repetition is answered as the first time"
    )
    for fact in journal.facts(first.case_id):
        followers.issue_papers(fact, at=MONDAY)
    (ref,) = [each for each in papers.papers_of(first.case_id) if each.kind is PaperKind.ACCEPTANCE]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers.pdf(ref.id))).pages)
    assert "8个工作日" in "".join(text.split()), "a paper that is set late says what held when it was due"


@pytest.mark.usefixtures("county_db")
def test_a_row_that_was_moved_without_a_fact_is_found() -> None:
    number = in_review()
    newer = published_again(**FASTER, at=MONDAY)
    Case.objects.filter(number=number).update(version_id=newer.id)
    assert {each.column for each in queries.differences()} >= {"version"}
    Case.objects.filter(number=number).update(version_id=newer.id - 1)


def test_of_two_who_move_a_case_at_once_one_does(county: County) -> None:
    published_again(**FASTER, at=AT + timedelta(hours=1))
    later = AT + timedelta(hours=2)
    for _ in range(4):
        number = filed(at=AT).number
        outcomes = at_once(
            lambda n=number: moved(n, "yinby", later), lambda n=number: moved(n, "scjgju", later)
        )
        assert len(winners(outcomes)) == 1
        assert losses(outcomes) == ["may_not_move"]
    assert list(queries.differences()) == []


def test_without_the_lock_a_move_and_a_review_meet_in_the_journal(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: who moves a case that was only read runs into what was written meanwhile; under the lock they wait."""
    number = in_review()
    published_again(**FASTER, at=MONDAY)

    def overtaken(wanted: str) -> statements.Locked | None:
        found = statements.read_by_number(wanted)
        act(wanted, "review", "gongzq", MONDAY, step="fire", payload=PASS)
        return found

    unlocked = SimpleNamespace(**vars(statements) | {"lock_by_number": overtaken})
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "statements", unlocked)
        with pytest.raises(IntegrityError):
            moved(number)
    assert moved(number).number == number
    assert list(queries.differences()) == []
