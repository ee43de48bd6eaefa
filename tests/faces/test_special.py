"""Special procedures and extensions on the pages of staff, overseers and applicants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.instants import civil_date
from onedoor.domain.cases import actions, queries
from onedoor.domain.cases.terms import Answer
from onedoor.faces.watch.account import limits
from tests.faces.desk import at_desk, form_of, text_of
from tests.faces.portal import Citizen
from tests.factories.cases import AT, act, filed, staff

pytestmark = pytest.mark.usefixtures("county_db")

SPECIAL = {"kind": "inspection", "days": 10, "reason": "操作间用水需要检验"}
LONGER = {"days": 10, "reasons": "情况复杂"}


def running(days_ago: int = 4) -> Answer:
    """Accepted some days ago."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    case = filed(at)
    act(case.number, "accept", "chuangkou", at)
    return case


def test_the_desk_asks_what_the_law_asks_and_stops_the_clock() -> None:
    case, desk = running(), at_desk("jiangyx")
    url = f"/desk/cases/{case.number}/do/suspend"
    page = desk.get(url)
    for kind in ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"):
        assert f">{kind} <kbd>" in text_of(page)
    sent = form_of(page) | {"kind": "inspection", "reason": "送检"}
    for wrong, said in (("", "没有填写"), ("0", "太小"), ("251", "太大"), ("十天", "所需时间")):
        answer = desk.post(url, sent | {"days": wrong})
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert "送检" in text_of(answer)
    assert desk.post(url, sent | {"days": "10"}).status_code == 302
    shown = text_of(desk.get(f"/desk/cases/{case.number}"))
    assert "暂停计时" in shown
    assert "结束特别程序" in shown
    assert "作出决定" not in shown
    refused = at_desk("yinby").get(f"/desk/cases/{case.number}/do/decide")
    assert refused.status_code == 409
    assert "特别程序中，计时暂停" in text_of(refused)
    resume = f"/desk/cases/{case.number}/do/resume"
    assert desk.post(resume, form_of(desk.get(resume)) | {"result": "合格"}).status_code == 302
    assert queries.case_sheet(case.number, actor=staff("yinby"), at=datetime.now(UTC)).stage == "accepted"


def test_only_the_head_is_offered_more_time_and_no_more_than_ten_days() -> None:
    case = running()
    url = f"/desk/cases/{case.number}/do/extend"
    assert url not in text_of(at_desk("yinby").get(f"/desk/cases/{case.number}"))
    head = at_desk("scjgju")
    assert url in text_of(head.get(f"/desk/cases/{case.number}"))
    sent = form_of(head.get(url)) | {"reasons": "情况复杂"}
    assert head.post(url, sent | {"days": "11"}).status_code == 422
    assert head.post(url, sent | {"days": "10"}).status_code == 302
    assert url not in text_of(head.get(f"/desk/cases/{case.number}"))


def test_the_watch_draws_paused_days_and_tells_what_was_added() -> None:
    case = running(days_ago=6)
    now = datetime.now(UTC)
    act(case.number, "extend", "scjgju", now - timedelta(days=6), payload=LONGER)
    act(case.number, "suspend", "jiangyx", now - timedelta(days=3), payload=SPECIAL)
    found = {
        limit.name: limit
        for limit in limits(queries.case_sheet(case.number, actor=staff("ducha"), at=now), now)
    }
    promised = found["承诺办结时限"]
    assert promised.limit.endswith("，延长 10 个工作日")
    assert (promised.lamp.status, promised.due, promised.face.paused) == ("paused", "", 3)
    assert promised.face.standing == "暂停计时"
    assert promised.face.cells[-1].day == civil_date(now)
    page = text_of(at_desk("ducha").get(f"/watch/cases/{case.number}"))
    assert "暂停 3 天不计，恢复后接着算" in page
    assert "没有结束，暂停计时" in page
    actions.perform(
        number=case.number, verb="resume", payload={"result": "合格"}, actor=staff("jiangyx"), at=now
    )
    assert "恢复后接着算" not in text_of(at_desk("ducha").get(f"/watch/cases/{case.number}"))


def test_two_limits_of_acceptance_are_told_apart() -> None:
    case = filed()
    items = [{"target": "material:m1", "reason": "没有签名", "mend": "补签"}]
    act(case.number, "notify_correction", "chuangkou", payload={"items": items})
    given = {"materials": [{"code": "m1", "provided": "original"}]}
    act(case.number, "correct", "chuangkou", AT + timedelta(hours=3), payload=given)
    now = datetime.now(UTC)
    names = [each.name for each in limits(queries.case_sheet(case.number, actor=staff("ducha"), at=now), now)]
    assert names == ["受理期限（补正后）", "受理期限"]


def test_the_applicant_sees_that_the_clock_stands_still_and_why() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    act(number, "accept", "chuangkou", datetime.now(UTC))
    act(number, "suspend", "jiangyx", datetime.now(UTC), payload=SPECIAL)
    page = text_of(citizen.get(f"/cases/{number}"))
    for words in ("正在进行特别程序", "暂停计时", "检验", "10 个工作日", "操作间用水需要检验"):
        assert words in page
    assert "今天到期" not in page
    act(number, "resume", "jiangyx", datetime.now(UTC), payload={"result": "水质合格"})
    act(number, "extend", "scjgju", datetime.now(UTC), payload=LONGER)
    page = text_of(citizen.get(f"/cases/{number}"))
    for words in ("已受理，正在审查", "水质合格", "延长办理期限", "情况复杂"):
        assert words in page


def delayed(days: int = 2) -> Answer:
    """Suspended three weeks ago for so many working days, and still so."""
    long_ago = datetime.now(UTC) - timedelta(days=21)
    case = filed(long_ago)
    act(case.number, "accept", "chuangkou", long_ago)
    act(case.number, "suspend", "jiangyx", long_ago, payload=SPECIAL | {"days": days})
    return case


def test_a_special_procedure_that_takes_too_long_is_seen_in_list_and_on_page() -> None:
    case, punctual = delayed(), running()
    act(punctual.number, "suspend", "jiangyx", datetime.now(UTC), payload=SPECIAL)
    for who, place in (("jiangyx", "desk"), ("scjgju", "desk"), ("ducha", "watch")):
        visitor = at_desk(who)
        rows = {row.number: row.lamp for row in visitor.get(f"/{place}/cases").context["rows"]}
        assert rows[case.number].status == "yellow"
        assert rows[case.number].words.startswith("暂停超过预计")
        assert rows[punctual.number].status == "paused"
        assert "预计还有" in rows[punctual.number].words
        late = text_of(visitor.get(f"/{place}/cases/{case.number}"))
        assert "特别程序超过预计时间" in late
        assert "检验预计需要 2 个工作日" in late
        assert "特别程序超过预计时间" not in text_of(visitor.get(f"/{place}/cases/{punctual.number}"))
        only = visitor.get(f"/{place}/cases?lamp=special&open=1").context["rows"]
        assert [row.number for row in only] == [case.number]


def test_the_warning_ends_with_the_procedure_and_starts_afresh_with_the_next() -> None:
    case = delayed()
    now = datetime.now(UTC)
    act(case.number, "resume", "jiangyx", now, payload={"result": "合格"})
    head = at_desk("scjgju")
    none = head.get("/desk/cases?lamp=special")
    assert not none.context["rows"]
    assert "请核对编号" not in text_of(none), "nobody has asked for a number"
    assert "请核对编号" in text_of(head.get("/desk/cases?q=无此人"))
    assert "特别程序超过预计时间" not in text_of(head.get(f"/desk/cases/{case.number}"))
    act(case.number, "suspend", "jiangyx", now, payload=SPECIAL)
    assert not head.get("/desk/cases?lamp=special").context["rows"], "the newest procedure counts"


def test_those_who_answer_for_limits_are_told_what_presses() -> None:
    case = delayed()
    for who in ("scjgju", "yinby"):
        figures = {figure.name: figure for figure in at_desk(who).get("/desk/").context["pressing"]}
        assert figures["特别程序超过预计"].amount == "1"
        listed = text_of(at_desk(who).get(figures["特别程序超过预计"].url))
        assert case.number in listed
        assert "筛选：时限 特别程序超过预计；在办" in listed
    assert not at_desk("jiangyx").get("/desk/").context["pressing"], "a reviewer has the queue alone"
    assert not at_desk("wsjkju").get("/desk/cases?lamp=special").context["rows"], (
        "other departments' cases stay theirs"
    )
