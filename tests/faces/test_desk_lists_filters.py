"""Filters that are kept, searches that leave no trace of a person, and lists that leave the house as files."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from openpyxl import load_workbook

from onedoor.domain.cases.terms import Applicant
from onedoor.domain.journal import queries as journal
from onedoor.domain.people import events as people
from onedoor.faces.access import now
from onedoor.faces.desk import exporting
from onedoor.faces.desk.exporting import harmless
from tests.faces.desk import at_desk, filed, text_of
from tests.faces.test_desk_lists import WOMAN, person_item
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")

ASKED = {"stage": "submitted", "lamp": "green"}


def access_log(username: str) -> list[Any]:
    who = staff(username)
    stream: UUID = people.access_stream(tenant_id=who.tenant_id, user_id=who.user_id, at=now())
    return list(journal.facts(stream))


def test_a_filter_is_kept_under_a_name_and_opened_first() -> None:
    case = filed()
    clerk = at_desk("chuangkou")
    assert "常用筛选" in text_of(clerk.get("/desk/cases?stage=submitted"))
    kept = clerk.post(
        "/desk/filters", {**ASKED, "list": "desk", "filter-name": "待我受理", "filter-default": "1"}
    )
    assert kept.status_code == 302
    opened = clerk.get("/desk/cases")
    assert opened["Location"] == kept["Location"]
    page = text_of(clerk.get(opened["Location"]))
    assert case.number in page
    assert 'aria-current="page">待我受理' in page
    whole = text_of(clerk.get("/desk/cases?all=1"))
    assert 'aria-current="page">全部' in whole
    other = at_desk("chuangkou2")
    assert "待我受理" not in text_of(other.get("/desk/cases"))
    number = kept["Location"].rpartition("=")[2]
    other.post(f"/desk/filters/{number}/drop", {"list": "desk"})
    assert "待我受理" in text_of(clerk.get("/desk/cases?all=1")), "somebody else's filter is not dropped"
    clerk.post(f"/desk/filters/{number}/drop", {"list": "desk"})
    assert "待我受理" not in text_of(clerk.get("/desk/cases"))


def test_a_new_default_takes_the_place_of_the_old() -> None:
    clerk = at_desk("chuangkou")
    for name, stage in (("甲", "submitted"), ("乙", "accepted"), ("甲", "declined")):
        sent = {"stage": stage, "list": "desk", "filter-name": name, "filter-default": "1"}
        assert clerk.post("/desk/filters", sent).status_code == 302
    assert "stage=declined" in clerk.get("/desk/cases")["Location"]
    refused = clerk.post("/desk/filters", {"list": "desk", "filter-name": "空"})
    assert refused.status_code == 422
    assert "还没有筛选条件" in text_of(refused)
    assert clerk.post("/desk/filters", {**ASKED, "list": "desk", "filter-name": " "}).status_code == 422
    assert clerk.post("/desk/filters", {**ASKED, "list": "elsewhere", "filter-name": "丙"}).status_code == 404


def test_what_identifies_a_person_stays_out_of_addresses() -> None:
    shop, woman = filed(), filed(code=person_item(), applicant=WOMAN)
    clerk = at_desk("chuangkou")

    def found(text: str) -> tuple[str, list[bool]]:
        to = clerk.post("/desk/find", {"q": text, "place": "desk"})["Location"]
        page = text_of(clerk.get(to))
        return to, [f"/desk/cases/{case.number}" in page for case in (shop, woman)]

    for secret in (WOMAN.id_number, WOMAN.phone, f" {WOMAN.phone[:3]} {WOMAN.phone[3:]} "):
        to, seen = found(secret)
        assert "".join(secret.split()) not in to
        assert seen == [False, True]
    assert found("13999999999")[1] == [False, False]
    assert found("92990722MAXH00010M")[1] == [True, False]
    assert found("0000")[1] == [False, True]
    to, seen = found("梁月")
    assert seen == [False, True]
    assert "梁" not in unquote(to), "a name is sealed"
    assert "只看编号是“梁月”" in text_of(clerk.get(to))
    assert found("梁月")[0] != to, "the same name never looks the same"
    spoilt = text_of(clerk.get(to[:-3]))
    assert woman.number not in spoilt
    assert "链接已失效" in spoilt
    assert found(shop.number.lower())[0] == f"/desk/cases/{shop.number}"
    assert found("")[0] == "/desk/cases"
    watch = at_desk("ducha").post("/desk/find", {"q": shop.number, "place": "watch"})
    assert watch["Location"] == f"/watch/cases/{shop.number}"
    assert at_desk("yish").post("/desk/find", {"q": shop.number})["Location"].startswith("/desk/cases?named=")


def test_a_bad_date_is_refused_with_words() -> None:
    answer = at_desk("chuangkou").get("/desk/cases?since=yesterday")
    assert answer.status_code == 422
    assert "公历日期" in text_of(answer)


def test_an_exported_list_is_masked_harmless_and_recorded() -> None:
    spiteful = Applicant("organization", '=HYPERLINK("//x","y")', "uscc", "92990722MAXH00010M", "13000000002")
    woman, shop = filed(code=person_item(), applicant=WOMAN), filed(applicant=spiteful)
    clerk = at_desk("chuangkou")
    before = len(access_log("chuangkou"))
    answer = clerk.post("/desk/cases/export", {"list": "desk", "stage": "submitted", "tail": "", "q": ""})
    assert answer.status_code == 200
    assert answer.streaming
    content = b"".join(answer.streaming_content)
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=3)]
    assert {row[0] for row in rows} == {woman.number, shop.number}
    names = {row[0]: row[2] for row in rows}
    assert names[woman.number] == "梁**"
    assert names[shop.number] == '\'=HYPERLINK("//x","y")'
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    plain = content.decode("latin-1")
    for secret in (WOMAN.name, WOMAN.id_number, WOMAN.phone, "13000000002"):
        assert secret.encode() not in content
        assert secret not in plain
    fact = access_log("chuangkou")[-1]
    assert len(access_log("chuangkou")) == before + 1
    assert fact.kind == "cases.list_exported"
    assert fact.data == {"place": "desk", "asked": {"stage": "submitted"}, "rows": 2}
    clerk.post("/desk/cases/export", {"list": "desk", "q": "梁月"})
    assert access_log("chuangkou")[-1].data["asked"] == {"q": "已填"}, "the record names nobody"


def test_an_export_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        filed()
    monkeypatch.setattr("onedoor.domain.cases.queries.MOST_EXPORTED", 2)
    answer = at_desk("chuangkou").post("/desk/cases/export", {"list": "desk"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    assert sheet.max_row == 1 + 2 + 1
    assert "只含前 2 件" in str(sheet.cell(sheet.max_row, 1).value)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert harmless(text).startswith("'")
    assert not exporting._FORMULA.match(harmless(text))


def test_plain_texts_stay_as_they_are() -> None:
    for text in ("明渠县晓禾小吃店", "A=B", "", "1-2"):
        assert harmless(text) == text
    assert harmless("甲\x00乙\x1b") == "甲乙"
