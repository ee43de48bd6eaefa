"""A package on the portal: begun from its plan, written as one form, followed by one number; with scripts off."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from onedoor.domain.cases import actions
from onedoor.domain.cases.models import Bundle, Case
from onedoor.domain.offices import queries as offices
from tests.county import County
from tests.faces.portal import PHONE, Citizen, text_of, value_of
from tests.factories.cases import FOOD
from tests.factories.packages import DINER, FIRE, SIGN, application, decided, published, told

START = f"/packages/{DINER}/apply?asked=1&area=120&sign=true"


@pytest.fixture
def citizen(county_db: County) -> Citizen:
    published()
    return Citizen().sign_in()


def begun(citizen: Citizen) -> str:
    """The number of a fresh draft."""
    once = value_of(citizen.get(START), "once")
    return citizen.post(START, {"once": once}).headers["Location"].split("/")[2]


def written(citizen: Citizen) -> str:
    """A draft with everything in it."""
    number = begun(citizen)
    citizen.name_shop(number)
    at = datetime.now(UTC)
    whole = application(at=at, channel="web")
    bundle = Bundle.objects.get(number=number)
    assert bundle.applicant_user_id is not None
    mine = offices.principal_by_id(bundle.applicant_user_id)
    assert mine is not None
    given = [{"code": m.code, "provided": m.provided} for m in whole.materials]
    for part in ({"form": dict(whole.form)}, {"materials": given}):
        actions.perform(number=number, verb="save_draft", payload=part, actor=mine, at=at)
    return number


def submitted(citizen: Citizen) -> str:
    number = written(citizen)
    citizen.submit(number)
    return number


def test_a_plan_leads_to_a_task_list(citizen: Citizen) -> None:
    plan = text_of(citizen.get(f"/packages/{DINER}?asked=1&area=120&sign=true"))
    (link,) = set(re.findall(rf'href="(/packages/{DINER}/apply\?[^"]+)"', plan))
    assert citizen.get(link.replace("&amp;", "&")).status_code == 200
    number = begun(citizen)
    page = text_of(citizen.get(f"/cases/{number}/apply"))
    assert "开办餐饮店" in page
    sections = re.findall(rf'href="(/cases/{number}/apply/section/[^"]+)"', page)
    assert len(sections) >= 2
    pages = [text_of(citizen.get(section)) for section in sections]
    assert any("按前面的回答填好了" in each for each in pages)
    assert number in text_of(citizen.get("/my"))
    assert "没写完的申请" in text_of(citizen.get(START))
    assert citizen.get(f"/cases/{number}/apply/materials").status_code == 200
    assert "才能提交" in text_of(citizen.get(f"/cases/{number}/apply/check"))


def test_without_all_answers_the_questions_come_first(citizen: Citizen) -> None:
    response = citizen.get(f"/packages/{DINER}/apply?asked=1&area=120", 302)
    assert response.headers["Location"].startswith(f"/packages/{DINER}?")
    assert citizen.get("/packages/NO-SUCH/apply", 404)
    assert Citizen().get(START, 302).headers["Location"].startswith("/login?next=")


def test_an_answer_that_contradicts_the_plan_is_told(citizen: Citizen) -> None:
    number = written(citizen)
    assert "可以提交" in text_of(citizen.get(f"/cases/{number}/apply"))
    bundle = Bundle.objects.get(number=number)
    mine = offices.principal_by_id(bundle.applicant_user_id or 0)
    assert mine is not None
    other = {"form": {"premises__area_sqm": 30}}
    actions.perform(number=number, verb="save_draft", payload=other, actor=mine, at=datetime.now(UTC))
    page = text_of(citizen.get(f"/cases/{number}/apply/check"))
    assert "与前面问题的回答不一致" in page
    assert 'name="declared"' not in page


def test_one_number_for_all_of_it(citizen: Citizen) -> None:
    number = submitted(citizen)
    done = text_of(citizen.get(f"/cases/{number}/done"))
    assert number in done
    assert "要到窗口交原件" in done
    assert "等前面的事项准予后自动接着办" in done
    assert citizen.get(f"/cases/{number}/qr.svg").headers["Content-Type"] == "image/svg+xml"
    page = text_of(citizen.get(f"/cases/{number}"))
    members = Case.objects.filter(parent__number=number)
    assert {case.service_code for case in members} == {FOOD, SIGN}
    for case in members:
        assert f'href="/cases/{case.number}"' in page
        assert f'href="/cases/{number}"' in text_of(citizen.get(f"/cases/{case.number}"))
    mine = text_of(citizen.get("/my"))
    assert "已办结 0 个" in mine
    code = citizen.query_code(number)
    stranger = Citizen()
    stranger.post("/progress", {"number": number, "query_code": code})
    whole = text_of(stranger.get("/progress/case"))
    assert PHONE not in whole
    assert "明渠县晓禾小吃店" not in whole
    for case in members:
        assert f'href="/progress/members/{case.number}"' in whole
        assert "返回“开办餐饮店”" in text_of(stranger.get(f"/progress/members/{case.number}"))
    stranger.get("/progress/members/99072220260918SCJG00001X", 404)
    assert Citizen().get(f"/progress/members/{members[0].number}", 302).headers["Location"] == "/progress"
    other = Citizen().sign_in("13000000009")
    for path in (f"/cases/{number}", f"/cases/{number}/done", f"/cases/{number}/apply"):
        other.get(path, 404)


def test_what_waited_appears_when_it_is_opened(citizen: Citizen) -> None:
    number = submitted(citizen)
    food = Case.objects.get(parent__number=number, service_code=FOOD)
    assert "准予后自动收件" in text_of(citizen.get(f"/cases/{number}"))
    at = datetime.now(UTC)
    decided(food.number, at=at)
    told(food.number, at=at)
    fire = Case.objects.get(parent__number=number, service_code=FIRE)
    page = text_of(citizen.get(f"/cases/{number}"))
    assert f'href="/cases/{fire.number}"' in page
    assert "前置事项已准予，自动收件" in page


def test_taking_it_back_tells_what_came_of_each(citizen: Citizen) -> None:
    number = submitted(citizen)
    sign = Case.objects.get(parent__number=number, service_code=SIGN)
    decided(sign.number, at=datetime.now(UTC))
    form = citizen.get(f"/cases/{number}/withdraw")
    page = text_of(citizen.post(f"/cases/{number}/withdraw", {"once": value_of(form, "once")}, 200))
    assert page.count("没有撤回") == 1
    assert "已撤回" in page
    assert Case.objects.get(pk=sign.pk).stage != "withdrawn"


def test_a_draft_is_let_go(citizen: Citizen) -> None:
    number = begun(citizen)
    form = citizen.get(f"/cases/{number}/withdraw")
    citizen.post(f"/cases/{number}/withdraw", {"once": value_of(form, "once")})
    assert number not in text_of(citizen.get("/my"))
