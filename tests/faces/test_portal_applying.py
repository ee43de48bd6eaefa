"""From the search to the done page: what a citizen goes through, with scripts off."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from tests.county import County
from tests.faces.portal import ID_NUMBER, PDF, PEOPLE, PHONE, SHOP, USCC, Citizen, text_of, value_of

pytestmark = pytest.mark.usefixtures("county_db")


@pytest.fixture
def citizen() -> Citizen:
    return Citizen().sign_in()


def test_the_home_page_leads_to_search_and_guide() -> None:
    visitor = Citizen()
    assert "我要开饭店" in text_of(visitor.get("/"))
    assert "食品经营许可新办" in text_of(visitor.get("/services?q=我要开饭店"))
    assert "食品经营许可新办" in text_of(visitor.get("/services?q=kfd"))
    guide = text_of(visitor.get("/services/SCJG-FOOD-NEW"))
    places = [guide.index(f"<h2>{title}") for title in ("基本信息", "受理条件", "申请材料")]
    assert places == sorted(places)
    assert "2 个环节同时进行" in guide
    assert 'href="/apply/SCJG-FOOD-NEW"' in guide


def test_nothing_found_says_what_to_do() -> None:
    page = text_of(Citizen().get("/services?q=zqxjv"))
    assert "没有找到" in page
    assert "12345" in page


def test_applying_needs_a_signed_in_visitor() -> None:
    response = Citizen().get("/apply/SCJG-FOOD-NEW", 302)
    assert response.headers["Location"] == "/login?next=%2Fapply%2FSCJG-FOOD-NEW"


def test_a_wrong_code_keeps_the_door_shut(county_db: County) -> None:
    visitor = Citizen()
    visitor.post("/login", {"phone": PHONE})
    page = visitor.post("/login/code", {"code": "000000"}, 422)
    assert "验证码不正确" in text_of(page)
    assert PHONE not in text_of(page)
    assert visitor.get("/my", 302).headers["Location"] == "/login?next=%2Fmy"


def test_an_application_from_start_to_done(citizen: Citizen) -> None:
    number = citizen.complete()
    assert "可以提交" in text_of(citizen.get(f"/cases/{number}/apply"))
    check = text_of(citizen.get(f"/cases/{number}/apply/check"))
    assert USCC in check
    assert "晓禾小吃店" in check
    citizen.submit(number)
    done = text_of(citizen.get(f"/cases/{number}/done"))
    assert number in done
    assert "要到窗口交原件" in done
    assert citizen.get(f"/cases/{number}/qr.svg").headers["Content-Type"] == "image/svg+xml"
    assert "已收到您的申请" in text_of(citizen.get(f"/cases/{number}"))
    assert "已收件" in text_of(citizen.get("/my"))
    case = Case.objects.get(number=number)
    assert (case.applicant_kind, case.applicant_name, case.channel) == (
        "organization",
        "明渠县晓禾小吃店",
        "web",
    )
    assert case.subject_id is not None


def test_a_draft_that_is_not_complete_cannot_be_submitted(citizen: Citizen) -> None:
    number = citizen.begin()
    page = text_of(citizen.get(f"/cases/{number}/apply/check"))
    assert "才能提交" in page
    assert 'name="declared"' not in page
    assert f"/cases/{number}/apply/section/shop?from=check#id_shop_name" in page
    citizen.post(f"/cases/{number}/apply/check", {"declared": "on"}, 422)
    assert Case.objects.get(number=number).stage == "draft"


def test_the_same_form_sent_twice_submits_once(citizen: Citizen) -> None:
    number = citizen.complete()
    once = citizen.submit(number)
    again = citizen.post(f"/cases/{number}/apply/check", {"once": once, "declared": "on"})
    assert again.headers["Location"] == f"/cases/{number}/done"
    facts = journal.facts(Case.objects.get(number=number).pk)
    assert [fact.kind for fact in facts].count("case.submitted") == 1
    # Without the first form's token a second submission is refused.
    other = citizen.browser.post(f"/cases/{number}/apply/check", {"declared": "on"})
    assert other.status_code == 409


def test_the_same_start_twice_opens_one_draft(citizen: Citizen) -> None:
    once = value_of(citizen.get("/apply/SCJG-FOOD-NEW"), "once")
    first = citizen.post("/apply/SCJG-FOOD-NEW", {"once": once}).headers["Location"]
    assert citizen.post("/apply/SCJG-FOOD-NEW", {"once": once}).headers["Location"] == first
    assert "没写完的申请" in text_of(citizen.get("/apply/SCJG-FOOD-NEW"))
    assert Case.objects.count() == 1


def test_mistakes_keep_what_was_typed(citizen: Citizen) -> None:
    number = citizen.begin()
    wrong = citizen.answer(number, "shop", {**SHOP, "area": "六十平", "premises": ""}, 422)
    page = text_of(wrong)
    assert "六十平" in page
    assert "晓禾小吃店" in page
    assert 'href="#id_area"' in page
    assert 'href="#id_premises"' in page
    assert 'value="hot" checked' in page.replace("\n", " ")


def test_a_wrong_check_digit_is_told_at_its_field(citizen: Citizen) -> None:
    number = citizen.begin()
    given = {"kind": "organization", "name": "晓禾小吃店", "id_number": USCC[:-1] + "X", "phone": PHONE}
    page = text_of(citizen.post(f"/cases/{number}/apply/applicant", given, 422))
    assert "校验不通过" in page
    assert 'href="#id_id_number"' in page
    assert USCC[:-1] + "X" in page


def test_a_question_that_an_answer_brings_up_is_asked_without_scripts(citizen: Citizen) -> None:
    number = citizen.begin()
    path = f"/cases/{number}/apply/section/people"
    assert "从业人数" not in text_of(citizen.get(path))
    answer = citizen.answer(number, "people", {**PEOPLE, "has_staff": "yes"})
    assert answer.headers["Location"] == f"{path}?more=1#id_staff_count"
    assert "多了几个问题" in text_of(citizen.get(f"{path}?more=1"))
    assert "未填完" in text_of(citizen.get(f"/cases/{number}/apply"))
    missing = citizen.answer(number, "people", {**PEOPLE, "has_staff": "yes", "staff_count": ""}, 422)
    assert 'href="#id_staff_count"' in text_of(missing)
    full = citizen.answer(number, "people", {**PEOPLE, "has_staff": "yes", "staff_count": "3"})
    assert full.headers["Location"] == f"/cases/{number}/apply"
    # Taking the answer back hides the question and forgets its answer.
    citizen.answer(number, "people", PEOPLE)
    assert "从业人数" not in text_of(citizen.get(f"/cases/{number}/apply/check"))


def test_files_are_kept_listed_and_removed(citizen: Citizen) -> None:
    number = citizen.begin()
    path = f"/cases/{number}/apply/materials/m4"
    citizen.hand_in(number, "m4", upload=True)
    citizen.hand_in(number, "m4", upload=True)
    page = text_of(citizen.get(path))
    assert page.count("/remove") == 1, "the same file twice is one file"
    removal = re.search(rf'action="({path}/[^"]+/remove)"', page)
    assert removal
    citizen.post(removal[1], {})
    assert "/remove" not in text_of(citizen.get(path))
    assert "待准备" in text_of(citizen.get(f"/cases/{number}/apply/materials"))


def test_a_bad_file_is_named_and_a_good_one_stays(citizen: Citizen) -> None:
    number = citizen.begin()
    path = f"/cases/{number}/apply/materials/m4"
    files = [
        SimpleUploadedFile("好.pdf", PDF, "application/pdf"),
        SimpleUploadedFile("坏.exe", b"MZ\x90\x00", "application/octet-stream"),
    ]
    page = text_of(citizen.post(path, {"way": "upload", "files": files}, 422))
    assert "“坏.exe”没有上传" in page
    assert "好.pdf" in page
    assert "请选择要上传的文件" in text_of(
        citizen.post(f"/cases/{number}/apply/materials/m5", {"way": "upload"}, 422)
    )


def test_what_is_proved_is_not_asked_for(citizen: Citizen) -> None:
    number = citizen.begin()
    page = text_of(citizen.get(f"/cases/{number}/apply/materials"))
    assert page.count("免提交</span>") == 2
    assert "营业执照" in page


def test_who_applied_before_need_not_type_it_again(citizen: Citizen) -> None:
    citizen.submit(citizen.complete())
    number = citizen.begin()
    page = text_of(citizen.get(f"/cases/{number}/apply/applicant"))
    assert USCC in page
    assert "明渠县晓禾小吃店" in page


def test_the_telephone_of_the_first_application_is_known(citizen: Citizen) -> None:
    number = citizen.begin()
    assert PHONE in text_of(citizen.get(f"/cases/{number}/apply/applicant"))


def test_where_both_may_apply_the_kind_is_asked_first(citizen: Citizen) -> None:
    from onedoor.domain.catalog import queries as catalog

    tenant_id = Case._meta.get_field("tenant").related_model.objects.get().pk
    cards = [c for c in catalog.listing(tenant_id, limit=100).items if len(c.audience) == 2 and c.ready]
    version = next(
        v for v in (catalog.version(card.version_id) for card in cards) if set(v.channels) & {"web", "mobile"}
    )
    number = citizen.begin(version.code)
    path = f"/cases/{number}/apply/applicant"
    assert "以谁的名义申请" in text_of(citizen.get(path))
    assert "请选择以个人还是以单位名义申请" in text_of(citizen.get(f"{path}?asked=1", 422))
    assert "身份证号码" in text_of(citizen.get(f"{path}?asked=1&kind=person"))
    who = {"kind": "person", "name": "庄晓禾", "id_number": ID_NUMBER, "phone": PHONE}
    citizen.post(path, who)
    assert ID_NUMBER in text_of(citizen.get(path))


def test_another_persons_draft_does_not_exist(citizen: Citizen) -> None:
    number = citizen.complete()
    stranger = Citizen(Client()).sign_in("13000000003")
    for path in ("", "/apply", "/apply/applicant", "/apply/check", "/apply/materials/m4", "/done", "/qr.svg"):
        stranger.get(f"/cases/{number}{path}", 404)
    stranger.post(f"/cases/{number}/apply/check", {"declared": "on"}, 404)
    assert Case.objects.get(number=number).stage == "draft"


def test_the_home_page_serves_persons_and_bodies() -> None:
    visitor = Citizen()
    person = text_of(visitor.get("/"))
    assert "从这些事开始" in person, "before any case there is something to begin with"
    assert 'href="/services?audience=person&amp;occasion=age"' in person
    body = text_of(visitor.get("/?for=organization"))
    assert "按经营阶段找" in body
    assert "有限责任公司设立登记" in body
    assert "高龄津贴申领" not in body


def test_every_occasion_finds_what_it_counts() -> None:
    visitor = Citizen()
    for audience in ("person", "organization"):
        page = text_of(visitor.get(f"/?for={audience}"))
        links = re.findall(r'href="(/services\?[^"]*occasion=[^"]*)">[^<]*<span class="muted"> (\d+)', page)
        assert len(links) == 8
        for link, count in links:
            assert f"共 {count} 项" in text_of(visitor.get(link.replace("&amp;", "&")))
    assert "共 76 项" in text_of(visitor.get("/services?occasion=age")), "an occasion is somebody's"


def test_what_is_begun_is_shown_with_how_far_it_is(citizen: Citizen) -> None:
    number = citizen.begin()
    citizen.name_shop(number)
    page = text_of(Citizen().sign_in().get("/my"))
    assert "没写完的申请" in page
    assert re.search(r"已完成 \d 项，共 \d 项", page)
    assert f'href="/cases/{number}/apply">继续填写' in page
    assert re.search(r"保留到 \d{4}年", page)
    assert "还没有办件" not in page
