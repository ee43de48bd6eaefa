"""What a case's papers and messages say about its limits and its end, from the facts alone."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from onedoor.core.refusals import Refused
from onedoor.domain.cases import followers, queries
from onedoor.domain.cases.engine.schemas import MOST_SPECIAL_DAYS, SPECIAL_NAMES
from onedoor.domain.cases.engine.terms import Kind
from onedoor.domain.cases.terms import Answer
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices.models import Message
from onedoor.domain.notices.rules import SMS_LENGTH
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperKind, PaperRef
from tests.cases.test_actions import _reviewer_of
from tests.factories.cases import AT, PASS, act, filed, staff

SPECIAL = {"kind": "inspection", "days": 10, "reason": "操作间用水需要检验"}
LONGER = {"days": 10, "reasons": "情况复杂\n需要征求上级机关的意见"}
COURIER = {"method": "courier", "receiver": "王堃", "courier_number": "MQ000123"}
#: Monday to Thursday after the acceptance.
MONDAY, WEDNESDAY, THURSDAY = (AT + timedelta(days=n) for n in (3, 5, 6))


pytestmark = pytest.mark.usefixtures("county_db")


def whole_life() -> Answer:
    """Accepted on Friday, suspended from Monday to Wednesday, extended, granted and handed over on Thursday."""
    case = filed()
    act(case.number, "accept", "chuangkou", AT)
    act(case.number, "suspend", "jiangyx", MONDAY, payload=SPECIAL)
    act(case.number, "resume", "yinby", WEDNESDAY, payload={"result": "水质合格"})
    act(case.number, "extend", "scjgju", WEDNESDAY, payload=LONGER)
    act(case.number, "review", "jiangyx", THURSDAY, step="check", payload=PASS)
    act(case.number, "review", _reviewer_of("xfjy"), THURSDAY, step="fire", payload=PASS)
    act(case.number, "decide", "yinby", THURSDAY, step="decide", payload={"outcome": "approve"})
    act(case.number, "issue", "chujian", THURSDAY)
    act(case.number, "deliver", "chujian", THURSDAY, payload=COURIER)
    return case


def issued(case: Answer) -> dict[PaperKind, PaperRef]:
    """Every paper of the case, issued after everything has happened."""
    for fact in journal.facts(case.case_id):
        followers.issue_papers(fact, at=THURSDAY)
    return {ref.kind: ref for ref in queries.case_sheet(case.number, actor=staff("yinby"), at=AT).papers}


def text_of(ref: PaperRef) -> str:
    pages = PdfReader(io.BytesIO(papers.pdf(ref.id))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def told(case: Answer) -> dict[str, str]:
    """The applicant's messages by the kind of fact."""
    for fact in journal.facts(case.case_id):
        followers.tell_applicant(fact, at=THURSDAY)
    kinds = {f"case:{case.case_id}:{fact.seq}": fact.kind for fact in journal.facts(case.case_id)}
    rows = Message.objects.filter(key__startswith=f"case:{case.case_id}")
    return {kinds[row.key]: row.text for row in rows if row.key in kinds}


def test_every_paper_says_what_held_when_it_was_called_for() -> None:
    found = issued(whole_life())
    # Eight working days from Friday the 18th, as on the day of acceptance; the pause moves it by two, the head by ten.
    assert "（至2026年9月30日止）" in text_of(found[PaperKind.ACCEPTANCE])
    special = text_of(found[PaperKind.SPECIAL])
    assert "审查中依法需要进行检验，理由如下：操作间用水需要检验。" in special
    assert "特别程序检验开始日期2026年9月21日所需时间10个工作日" in special
    extension = text_of(found[PaperKind.EXTENSION])
    assert "（一）情况复杂；（二）需要征求上级机关的意见。" in extension
    assert "承诺办结时限2026年10月9日2026年10月22日" in extension
    assert "延长10个工作日" in extension


def test_the_proof_of_delivery_names_what_was_delivered() -> None:
    found = issued(whole_life())
    proof = text_of(found[PaperKind.DELIVERY])
    for kind in (PaperKind.APPROVAL, PaperKind.LICENCE):
        assert f"{found[kind].title}{found[kind].document_number}" in proof
    assert found[PaperKind.ACCEPTANCE].document_number not in proof
    for words in ("送达方式邮政寄递", "送达日期2026年9月24日", "签收人王堃", "寄递单号MQ000123"):
        assert words in proof


def test_the_applicant_is_told_what_became_of_the_limit() -> None:
    messages = told(whole_life())
    assert "需检验，约10个工作日不计时限" in messages[Kind.SUSPENDED]
    assert "恢复计时，最迟10月9日决定" in messages[Kind.RESUMED]
    assert "延期10个工作日，最迟10月22日决定" in messages[Kind.EXTENDED]
    assert "水质合格" not in "".join(messages.values())


def test_a_missed_promise_is_not_promised_again() -> None:
    case = filed()
    act(case.number, "accept", "chuangkou", AT)
    late = AT + timedelta(days=20)
    act(case.number, "extend", "scjgju", late, payload=LONGER)
    extension = text_of(issued(case)[PaperKind.EXTENSION])
    assert "承诺办结时限" not in extension
    assert "法定办结时限2026年10月22日2026年11月5日" in extension
    assert "最迟11月5日决定" in told(case)[Kind.EXTENDED]


def test_the_longest_message_of_each_kind_fits() -> None:
    fill: dict[str, Any] = {
        "number": filed().number,
        "service": followers._short("一" * 40),
        "until": "最迟12月31日决定，",
        "correct_by": "请在12月31日以前登录补正，",
        "special": max(SPECIAL_NAMES.values(), key=len),
        "days": MOST_SPECIAL_DAYS,
    }
    for kind, words in followers._WORDS.items():
        days = 10 if kind == Kind.EXTENDED else MOST_SPECIAL_DAYS
        assert len(words.format(**fill | {"days": days})) <= SMS_LENGTH, kind


def test_what_no_paper_can_print_is_refused() -> None:
    case = filed()
    act(case.number, "accept", "chuangkou", AT)
    for verb, who, payload in (
        ("suspend", "jiangyx", SPECIAL | {"reason": "送检😀"}),
        ("extend", "scjgju", LONGER | {"reasons": "复杂😀"}),
    ):
        with pytest.raises(Refused, match="unprintable"):
            act(case.number, verb, who, AT, payload=payload)


def test_the_sheet_shows_pause_and_extension() -> None:
    case = filed()
    act(case.number, "accept", "chuangkou", AT)
    act(case.number, "suspend", "jiangyx", MONDAY, payload=SPECIAL)
    sheet = queries.case_sheet(case.number, actor=staff("yinby"), at=THURSDAY)
    assert (sheet.running and sheet.running.due.date, {step.status for step in sheet.steps}) == (
        None,
        {"paused", "waiting"},
    )
    run = next(run for run in sheet.runs if run.clock.code == "promised")
    assert [day.status.value for day in run.days[-3:]] == ["paused"] * 3
    assert ("特别程序", "检验") in sheet.facts[0].details
    act(case.number, "resume", "jiangyx", THURSDAY, payload={"result": "合格"})
    act(case.number, "extend", "scjgju", THURSDAY, payload=LONGER)
    sheet = queries.case_sheet(case.number, actor=staff("yinby"), at=THURSDAY)
    assert sheet.running is not None
    assert sheet.running.extended == 10
    assert ("延长", "10 个工作日") in sheet.facts[0].details
    assert list(queries.differences()) == []
