"""The editor composes a package at the desk without scripts: picks, asks, orders, hands in; another publishes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from onedoor.domain.catalog import actions as catalog
from onedoor.domain.catalog.models import PackageDraft
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices.terms import Grant, Role
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.faces.desk import at_desk, form_of, send, text_of

HOME = "/desk/packages"
BAKERY = {"name": "开面包店", "audience": ["organization"], "lead": "scjg", "code": "YJS-BAKERY"}
DRAFT = f"{HOME}/YJS-BAKERY/draft"


@pytest.fixture
def editor(county_db: County) -> Client:
    return at_desk("shixiang")


@pytest.fixture
def second(county_db: County) -> Client:
    """Another editor."""
    return other_editor(county_db.tenant_id)


def other_editor(tenant_id: int, department: str | None = None) -> Client:
    at = datetime.now(UTC)
    user_id = offices.add_user(
        tenant_id=tenant_id,
        username="shixiang-2",
        name="文再看",
        password=PASSWORD,
        grants=(Grant(Role.EDITOR, department),),
        principal="test",
        at=at,
    )
    browser = Client()
    browser.cookies[SESSION_COOKIE] = offices.open_session(user_id=user_id, at=at)
    return browser


def revision() -> int:
    return PackageDraft.objects.get(state__in=("drafting", "reviewing")).revision


def post(browser: Client, path: str, status: int = 302, **data: Any) -> Any:
    answer = browser.post(path, {"revision": revision(), **data})
    assert answer.status_code == status, text_of(answer)
    return answer


def read(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return text_of(answer)


def begun(editor: Client, *services: str) -> None:
    """The draft of a bakery with these items."""
    answer = editor.post(f"{HOME}/new", BAKERY)
    assert (answer.status_code, answer.headers["Location"]) == (302, DRAFT), text_of(answer)
    for service in services:
        post(editor, f"{DRAFT}/members/add", service=service)


def condition(*clauses: tuple[str, str], join: str = "all", mode: str = "picked") -> dict[str, Any]:
    """What the form of a condition sends."""
    return {
        "mode": mode,
        "join": join,
        "clause": [clause for clause, _ in clauses],
        "value": [value for _, value in clauses],
    }


def composed(editor: Client) -> None:
    """A bakery: the licence always, the fire check from 50 m² on, the invoice at will."""
    begun(editor, "SCJG-FOOD-NEW", "XFJY-CHECK", "SWJ-INVOICE")
    post(editor, f"{DRAFT}/questions/add", element="premises.area_sqm")
    own = {"label": "现在就要领发票吗", "type": "boolean", "required": "yes"}
    post(editor, f"{DRAFT}/questions/add", **own)
    large = {
        **condition(("area_sqm|>=|", "50")),
        "why": "50 平方米及以上的要查消防。",
        "after": ["SCJG-FOOD-NEW"],
    }
    post(editor, f"{DRAFT}/members/2", optional="no", **large)
    post(editor, f"{DRAFT}/members/3", optional="yes", **condition(("q2|==|true", "")))


def test_a_package_is_composed_reviewed_and_planned(editor: Client, second: Client) -> None:
    composed(editor)
    text = read(editor, DRAFT)
    assert "处要改" not in text
    assert "达到 50 平方米的才要办 · 等“食品经营许可" in text
    assert "直接填进表单" in text
    tried = read(editor, f"{DRAFT}?tried=1&a-area_sqm=80&a-q2=false")
    assert "要办 2 个事项" in tried
    assert "不用办 1 个" in tried
    assert re.search(r"<dt>材料</dt><dd><strong>−\d+</strong>", tried)
    for name in ("环节", "跑动", "时限"):
        assert f"<dt>{name}</dt>" in tried
    send(
        editor, f"{DRAFT}/basics", promised_limit="12", keywords="面包店，蛋糕店", other_occasions="开办企业"
    )
    post(editor, f"{DRAFT}/hand-in", reason="开面包店的多了")
    assert "参与编写的人不能审核自己的草案" in read(editor, DRAFT)
    assert "参与编写的人不能自己审核" in text_of(post(editor, f"{DRAFT}/publish", 403))
    assert "开面包店的多了" in read(second, DRAFT)
    done = post(second, f"{DRAFT}/publish")
    text = read(second, done.headers["Location"])
    assert "第 1 版从现在起在用" in text
    assert "文再看" in text
    asked = "asked=1&area_sqm=80&q2=true"
    portal = read(Client(), f"/packages/YJS-BAKERY?{asked}")
    assert "要办的事项（3 个）" in portal
    assert "/packages/YJS-BAKERY/apply" in portal


def test_the_list_shows_drafts_their_faults_and_what_is_in_force(editor: Client, county_db: County) -> None:
    begun(editor)
    text = read(editor, HOME)
    assert "开面包店" in text
    assert "1 处" in text
    assert 'href="/desk/packages/YJS-RESTAURANT"' in read(editor, f"{HOME}?q=开饭店")
    assert "没有符合条件" in read(editor, f"{HOME}?q=宇宙飞船")
    catalog.retire(
        tenant_id=county_db.tenant_id, code="CGJ-AD", reason="取消", principal="test", at=datetime.now(UTC)
    )
    assert "要核对" in read(editor, f"{HOME}?q=开餐馆")
    text = read(editor, f"{HOME}/YJS-RESTAURANT")
    assert "事项有了变化，有 1 处要核对" in text
    assert "请先发布该事项，或从一件事中去掉" in text


def test_faults_lead_to_their_place(editor: Client) -> None:
    begun(editor)
    text = read(editor, DRAFT)
    assert f'<a href="{DRAFT}/members/add">缺少联办事项' in text
    post(editor, f"{DRAFT}/members/add", service="MZJ-DIBAO")
    assert f'<a href="{DRAFT}/members/1">' in read(editor, DRAFT)
    assert "不面向企业和其他组织" in read(editor, DRAFT)
    assert "不面向企业和其他组织" in read(editor, f"{DRAFT}/members/1")
    assert "改好以后就能送审" in read(editor, DRAFT)
    assert "还有要改的地方" in text_of(post(editor, f"{DRAFT}/hand-in", 422, reason="x"))


def test_items_are_found_by_the_catalogues_search(editor: Client) -> None:
    begun(editor, "SCJG-FOOD-NEW")
    text = read(editor, f"{DRAFT}/members/add?q=shipinjingying")
    assert "食品经营许可" in text
    assert "已在里面" in text
    assert "没有找到事项" in read(editor, f"{DRAFT}/members/add?q=宇宙飞船")
    text = text_of(post(editor, f"{DRAFT}/members/add", 422, service="NO-SUCH-ITEM", q="甲"))
    assert "目录里没有在用的事项“NO-SUCH-ITEM”" in text
    assert "已经在这件一件事里" in text_of(post(editor, f"{DRAFT}/members/add", 422, service="SCJG-FOOD-NEW"))


def test_a_condition_is_picked_checked_and_written(editor: Client) -> None:
    composed(editor)
    member = f"{DRAFT}/members/2"
    form = form_of(editor.get(member))
    assert form["mode"] == "picked"
    assert form["clause"] == ["area_sqm|>=|", ""] or form["clause"] == "area_sqm|>=|"
    assert form["when"] == "area_sqm >= 50"
    more = text_of(
        post(editor, member, 200, step="more", **condition(("area_sqm|>=|", "50"), ("q2|==|true", "")))
    )
    assert more.count('name="clause"') == 3
    either = condition(("area_sqm|>|", "99"), ("q2|==|false", ""), join="any")
    told = text_of(post(editor, member, 200, step="check", **either))
    assert re.search(r"超过 99[^，]*，或者“现在就要领发票吗”选“否”", told)
    assert "area_sqm &gt; 99 || q2 == false" in told
    assert "要和一个数比" in text_of(post(editor, member, 422, **condition(("area_sqm|>=|", "很大"))))
    one = condition(("area_sqm|>=|", "很大"))
    assert "有 1 处需要修改" in text_of(post(editor, member, 422, **one))
    both = condition(("area_sqm|>=|", "很大"), ("area_sqm|<|", "很小"))
    assert "有 2 处需要修改" in text_of(post(editor, member, 422, **both))
    assert "请至少选一条" in text_of(post(editor, member, 422, **condition(("", ""))))
    gone = text_of(post(editor, member, 422, **condition(("gone|==|true", ""))))
    assert "已经改过，请重新选" in gone
    by_hand = {"mode": "text", "when": "unknown_thing == true"}
    assert "条件用到了此前没有的填写项 unknown_thing" in text_of(post(editor, member, 422, **by_hand))
    assert "写法有误" in text_of(post(editor, member, 422, mode="text", when="area_sqm >="))
    post(editor, member, mode="text", when="(area_sqm >= 50)")
    assert "达到 50 平方米的才要办" in read(editor, DRAFT)
    assert form_of(editor.get(member))["mode"] == "text"


def test_a_condition_is_not_lost_when_its_box_was_left_unticked(editor: Client) -> None:
    composed(editor)
    picked = condition(("area_sqm|>=|", "50"), mode="always")
    told = text_of(post(editor, f"{DRAFT}/members/1", 422, **picked))
    assert "这样条件不起作用" in told
    assert 'value="50"' in told
    # Where a condition was kept before, saying that it is always needed takes it away.
    post(editor, f"{DRAFT}/members/2", **picked)
    assert form_of(editor.get(f"{DRAFT}/members/2"))["mode"] == "always"


def test_what_is_still_missing_is_no_error_before_anything_was_sent(editor: Client) -> None:
    begun(editor)
    text = read(editor, DRAFT)
    assert "还有 1 处要改" in text
    assert "error-summary" not in text


def test_the_order_is_ticked_and_a_circle_refused(editor: Client) -> None:
    composed(editor)
    text = text_of(post(editor, f"{DRAFT}/members/1", 422, mode="always", after=["XFJY-CHECK"]))
    assert "先后次序绕回到自己" in text
    assert '<a href="#id_after">' in text
    told = re.search(r'class="error-summary".*?有 (\d+) 处需要修改</h2>(.*?)</div>', text)
    assert told is not None
    assert told[2].count("<li>") == int(told[1]), "the summary counts what it lists"
    assert "先后次序绕回" not in read(editor, DRAFT)


def test_a_promise_beyond_the_law_is_refused_at_its_place(editor: Client) -> None:
    composed(editor)
    answer = send(editor, f"{DRAFT}/basics", promised_limit="900")
    assert answer.status_code == 422
    assert "长于各事项法定时限按先后次序相加的最长一条" in text_of(answer)
    assert '<a href="#id_promised_limit">' in text_of(answer)
    for values in ({"visits": "很多"}, {"name": ""}, {"lead": "gone"}, {"conditions": "长" * 501}):
        assert send(editor, f"{DRAFT}/basics", **values).status_code == 422


def test_questions_are_ordered_changed_and_dropped(editor: Client) -> None:
    composed(editor)
    post(editor, f"{DRAFT}/questions/2/up")
    text = read(editor, DRAFT)
    listed = text.partition('id="questions"')[2]
    assert listed.index("现在就要领发票吗") < listed.index('id="question-2"')
    choice = {"label": "卖什么", "type": "choice", "required": "yes"}
    assert "请至少写两个选项" in text_of(
        post(editor, f"{DRAFT}/questions/add", 422, **choice, options="面包")
    )
    assert "一样的" in text_of(post(editor, f"{DRAFT}/questions/add", 422, **choice, options="甲\n甲"))
    post(editor, f"{DRAFT}/questions/add", **choice, options="面包\n蛋糕\n")
    post(editor, f"{DRAFT}/members/1", optional="no", **condition(("q3|==|面包", "")))
    used = text_of(post(editor, f"{DRAFT}/questions/3", 422, **choice, options="糖\n酒\n茶"))
    assert "请先改" in used
    renamed = post(
        editor, f"{DRAFT}/questions/3", **choice, options="面包和点心\n蛋糕", **condition(("q2|==|true", ""))
    )
    assert renamed.headers["Location"].endswith("#questions")
    text = read(editor, DRAFT)
    assert "选“面包和点心”的才要办" in text
    assert "的才问" in text
    post(editor, f"{DRAFT}/questions/3/drop")
    text = read(editor, DRAFT)
    assert "条件用到了此前没有的填写项 q3" in text
    assert "条件有误，没有算进去" in text


def test_what_was_not_seen_is_not_written_over(editor: Client, second: Client) -> None:
    composed(editor)
    before = form_of(editor.get(f"{DRAFT}/basics"))
    post(second, f"{DRAFT}/members/2/down")
    answer = editor.post(f"{DRAFT}/basics", before | {"visits": "3"})
    assert answer.status_code == 409
    assert "草案又被改过" in text_of(answer)
    assert 'value="3"' in text_of(answer)
    assert editor.post(f"{DRAFT}/basics", form_of(answer)).status_code == 302
    stale = editor.post(f"{DRAFT}/members/1/drop", {"revision": "1"})
    assert (stale.status_code, "草案又被改过" in text_of(stale)) == (409, True)
    swapped = editor.post(f"{DRAFT}/members/1/drop", {"revision": "1"}, headers={"HX-Request": "true"})
    assert swapped.status_code == 422


def test_a_change_of_a_published_package_tells_the_difference(editor: Client, second: Client) -> None:
    code = "YJS-STORE"
    draft = f"{HOME}/{code}/draft"
    for _ in range(2):
        assert editor.post(f"{HOME}/{code}/begin").headers["Location"] == draft
    assert "没有不同" in read(editor, draft)
    assert "没有不同，不用送审" in text_of(post(editor, f"{draft}/hand-in", 422, reason="x"))
    send(editor, f"{draft}/basics", visits="0")
    assert "到现场次数由“1 次”改为“0 次”。" in read(editor, draft)
    post(editor, f"{draft}/hand-in", reason="网上就能办")
    post(second, f"{draft}/hand-back", reason="先问问窗口")
    assert "先问问窗口" in read(editor, draft)
    post(editor, f"{draft}/hand-in", reason="窗口也同意")
    post(second, f"{draft}/publish")
    text = read(editor, f"{HOME}/{code}")
    for words in ("第 2 版", "到现场次数由“1 次”改为“0 次”。", "先问问窗口", "窗口也同意", "发布第 2 版"):
        assert words in text


def test_giving_up_and_retiring(editor: Client) -> None:
    begun(editor)
    assert "请写明为什么作废" in text_of(post(editor, f"{DRAFT}/abandon", 422))
    post(editor, f"{DRAFT}/abandon", reason="重复了")
    assert "草案已作废" in read(editor, f"{HOME}?done=abandoned")
    retire = f"{HOME}/YJS-KTV/retire"
    assert editor.post(retire, {"reason": ""}).status_code == 422
    assert editor.post(retire, {"reason": "并入别的"}).status_code == 302
    assert "已经停用" in read(editor, f"{HOME}/YJS-KTV")
    assert Client().get("/packages/YJS-KTV").status_code == 404


def test_others_are_kept_out(editor: Client, county_db: County) -> None:
    begun(editor)
    other = other_editor(county_db.tenant_id, "xfjy")
    assert other.post(f"{DRAFT}/members/add", {"service": "SCJG-FOOD-NEW", "revision": 1}).status_code == 403
    assert other.post(f"{HOME}/YJS-STORE/begin").status_code == 403
    assert other.post(f"{HOME}/YJS-STORE/retire", {"reason": "x"}).status_code == 403
    assert '<option value="scjg"' not in read(other, f"{HOME}/new")
    for browser, status in ((at_desk("chuangkou"), 403), (Client(), 302)):
        for path in (HOME, f"{HOME}/new", DRAFT, f"{DRAFT}/basics", f"{DRAFT}/members/add"):
            assert browser.get(path).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "NONE", "NONE/draft", "NONE/draft/basics", "NONE/draft/members/1", "%E4%B8%80/draft", f"{'a' * 300}/draft",
        "YJS-BAKERY/draft/members/9", "YJS-BAKERY/draft/questions/1", "YJS-BAKERY/draft/members/99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_not_there(editor: Client, path: str) -> None:
    begun(editor)
    assert editor.get(f"{HOME}/{path}").status_code == 404
    assert editor.post(f"{HOME}/{path}/up").status_code in (404, 405, 409)


ODD: tuple[dict[str, Any], ...] = (
    {"revision": "x"}, {"revision": "9" * 40}, {"revision": "٣"}, {"clause": "a|b|c|d", "mode": "picked"},
    {"clause": "|||", "value": "1", "mode": "picked"}, {"clause": ["a"] * 500, "mode": "picked"},
    {"mode": "text", "when": "(" * 5000}, {"mode": "text", "when": "\x01"}, {"after": ["NONE", "SCJG-FOOD-NEW"]},
    {"why": "长" * 5000}, {"service": "\x02"}, {"instead": "999"}, {"element": "nothing.here"}, {"type": "group"},
    {"label": "\u202e" * 50, "type": "boolean", "required": "yes"}, {"options": "甲\n" * 3000}, {},
)  # fmt: skip


@pytest.mark.nightly
def test_odd_forms_are_answered(editor: Client) -> None:
    composed(editor)
    parts = ("members/1", "questions/2", "members/add", "questions/add", "basics", "members/1/up", "hand-in",
             "members/1/sideways", "pages/1/up", "publish", "hand-back", "abandon")  # fmt: skip
    for data in ODD:
        for part in parts:
            answer = editor.post(f"{DRAFT}/{part}", {"revision": revision(), **data})
            assert answer.status_code < 500, (part, data, answer.status_code)
