"""What a case is called follows its procedure, wherever it is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from onedoor.domain.cases import queries
from onedoor.domain.cases.terms import Answer, Applicant, CaseFilter
from tests.faces.desk import PASSING, accepted, act, at_desk, filed, text_of
from tests.faces.portal import Citizen
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")

WOMAN = Applicant("person", "梁月香", "resident_id", "110101194203080000", "13000000001")


def granted() -> tuple[Answer, Answer]:
    """Two granted cases: of an item with a licence to be made, and of one where nothing is made."""
    shop = accepted()
    for who, step in (("jiangyx", "check"), ("gongzq", "fire")):
        act(shop.number, "review", who, step=step, payload=PASSING)
    insured = filed(code="YBJ-ENROL", applicant=WOMAN)
    act(insured.number, "accept", "chuangkou")
    grant = {"outcome": "approve"}
    return (
        act(shop.number, "decide", "yinby", step="decide", payload=grant),
        act(insured.number, "decide", "lixt", step="decide", payload=grant),
    )


def test_a_granted_case_waits_for_what_its_procedure_has_next() -> None:
    made, plain = granted()
    assert (made.state_name, plain.state_name) == ("已准予，待制证", "已准予，待送达")
    watcher, now = staff("ducha"), datetime.now(UTC)
    for case, name in ((made, "已准予，待制证"), (plain, "已准予，待送达")):
        assert queries.case_sheet(case.number, actor=watcher, at=now).stage_name == name
        found = queries.cases(watcher, at=now, asked=CaseFilter(q=case.number)).items
        assert [line.stage_name for line in found] == [name]
    page = text_of(at_desk("chuangkou").get(f"/desk/cases/{plain.number}"))
    assert "已准予，待送达" in page
    assert "待制证" not in page


def test_no_other_verb_is_refused_with_a_stage_that_the_case_does_not_have() -> None:
    made, plain = granted()
    clerk = at_desk("chuangkou")
    assert "已准予，待制证”" in text_of(clerk.get(f"/desk/cases/{made.number}/do/accept"))
    assert "已准予，待送达”" in text_of(clerk.get(f"/desk/cases/{plain.number}/do/accept"))
    chosen = {"verb": "accept", "number": [made.number, plain.number], "next": "/desk/"}
    shown = text_of(clerk.post("/desk/batch", chosen))
    assert "“已准予，待制证”" in shown
    assert "“已准予，待送达”" in shown


def test_lists_narrow_to_both_under_one_name() -> None:
    made, plain = granted()
    page = text_of(at_desk("ducha").get("/watch/cases?stage=approved"))
    assert "已准予，待制证或送达" in page
    assert made.number in page
    assert plain.number in page


def test_staff_read_that_the_applicant_did_it() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    entries = at_desk("chuangkou").get(f"/desk/cases/{number}").context["entries"]
    assert [(entry.what, entry.who) for entry in entries] == [("提交申请", "申请人")]
    facts = at_desk("ducha").get(f"/watch/cases/{number}").context["facts"]
    assert {fact.who for fact in facts} == {"申请人"}
