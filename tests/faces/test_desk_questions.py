"""The guided questions at the desk: built, previewed, checked and published by the editor, without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.search import actions as editing
from onedoor.domain.catalog.search import queries as questions
from tests.county import County
from tests.faces.desk import at_desk, text_of

PAGE, ANSWER = "/desk/questions", "/desk/questions/answer"
FOOD = "SCJG-FOOD-NEW"


def post(client: Client, path: str, county: County, status: int = 302, **sent: Any) -> Any:
    """Send a form of a page that showed the draft as it is now."""
    found = questions.draft(county.tenant_id)
    answer = client.post(path, {"revision": found.revision if found else 0, **sent})
    assert answer.status_code == status, text_of(answer)
    return answer


def begun(county: County) -> Client:
    """The editor, with the questions in work."""
    editor = at_desk("shixiang")
    post(editor, f"{PAGE}/begin", county)
    return editor


def place_of(answer: Any) -> str:
    """Where an answer stands, from the address that its page has."""
    found = re.search(r"at=([\w.]+)", answer["Location"])
    assert found is not None
    return found[1]


def test_an_editor_builds_previews_and_publishes(county_db: County) -> None:
    editor = at_desk("shixiang")
    assert "系统自带的问题" in text_of(editor.get(PAGE))
    assert "您这次替谁办事" in text_of(editor.get(PAGE))
    editor = begun(county_db)
    assert "正在修改，还没有发布" in text_of(editor.get(PAGE))
    shop = place_of(post(editor, f"{ANSWER}/add", county_db, at="", say="开小吃店"))
    assert "没有下文" in text_of(editor.get(f"{ANSWER}?at={shop}"))
    found = post(editor, ANSWER, county_db, 200, at=shop, say="开小吃店", step="find", q="食品经营许可新办")
    assert f'value="{FOOD}"' in found.content.decode()
    post(
        editor,
        ANSWER,
        county_db,
        at=shop,
        say="开小吃店",
        step="keep",
        items=[FOOD],
        packages=["YJS-RESTAURANT"],
    )
    page = editor.get(f"{ANSWER}?at={shop}&saved=1")
    assert "群众选了它，现在会看到" in text_of(page)
    assert "没有下文" not in text_of(page)
    assert "开小吃店" not in text_of(Client().get("/guide-me"))
    assert "开小吃店" in text_of(editor.get("/preview/guide-me"))
    assert "食品经营许可" in text_of(editor.get(f"/preview/guide-me?a={shop}"))
    assert "published" in post(editor, f"{PAGE}/publish", county_db)["Location"]
    shown = text_of(Client().get("/guide-me"))
    assert "开小吃店" in shown
    assert "草案" not in shown
    assert "本县的问题，第 1 版" in text_of(editor.get(PAGE))
    post(editor, f"{PAGE}/restore", county_db)
    assert "开小吃店" not in text_of(Client().get("/guide-me"))


def test_questions_are_ordered_moved_and_removed(county_db: County) -> None:
    editor = begun(county_db)
    post(editor, f"{ANSWER}/shift", county_db, at="shop.open.goods", way="up")
    tree = [each["code"] for each in _choices(county_db, "shop", "open")]
    assert tree[:2] == ["goods", "eat"]
    moved = post(editor, f"{ANSWER}/move", county_db, at="shop.charity", under="family")
    assert place_of(moved) == "family.charity"
    post(editor, f"{ANSWER}/remove", county_db, at="family.charity")
    assert "charity" not in [each["code"] for each in _choices(county_db, "family")]
    told = text_of(post(editor, f"{ANSWER}/move", county_db, 422, at="shop", under="shop.open"))
    assert "它自己的问题" in told


def _choices(county: County, *codes: str) -> list[dict[str, Any]]:
    draft = questions.draft(county.tenant_id)
    assert draft is not None
    found: Any = draft.content
    for code in codes:
        found = next(each for each in found["choices"] if each["code"] == code)
    listed: list[dict[str, Any]] = found["choices"]
    return listed


def test_faults_keep_from_publishing_and_lead_to_their_place(county_db: County) -> None:
    editor = begun(county_db)
    place = place_of(post(editor, f"{ANSWER}/add", county_db, at="shop.open", say="空的"))
    post(editor, ANSWER, county_db, at=place, say="绕回来", onward="shop", step="keep")
    page = post(editor, f"{PAGE}/publish", county_db, 422)
    assert "又会回到这里" in text_of(page)
    assert f"{ANSWER}?at={place}" in page.content.decode()
    post(editor, ANSWER, county_db, at=place, say="没有的", items=["NO-SUCH"], step="keep")
    assert "事项“NO-SUCH”不存在" in text_of(post(editor, f"{PAGE}/publish", county_db, 422))
    assert "不在用" in text_of(editor.get(f"{ANSWER}?at={place}"))
    told = post(editor, ANSWER, county_db, 422, at=place, say="", step="keep")
    assert "请写上这个回答怎么说" in text_of(told)
    assert "请写上这个回答怎么说" in text_of(post(editor, f"{ANSWER}/add", county_db, 422, at="shop", say=""))


def test_what_was_cancelled_is_told_where_the_questions_are_kept(county_db: County) -> None:
    editor = begun(county_db)
    place = place_of(post(editor, f"{ANSWER}/add", county_db, at="shop", say="食品店"))
    post(editor, ANSWER, county_db, at=place, say="食品店", items=[FOOD], step="keep")
    post(editor, f"{PAGE}/publish", county_db)
    assert "已经取消" not in text_of(editor.get(PAGE))
    actions.retire(
        tenant_id=county_db.tenant_id, code=FOOD, reason="取消", principal="user:1", at=datetime.now(UTC)
    )
    assert f"（{FOOD}）已经取消" in text_of(editor.get(PAGE))
    assert "食品店" not in text_of(Client().get("/guide-me?a=shop"))


def test_whoever_saw_an_older_draft_is_told(county_db: County) -> None:
    editor = begun(county_db)
    for path, sent in (
        (f"{ANSWER}/add", {"say": "甲"}),
        (f"{ANSWER}/remove", {"at": "shop"}),
        (ANSWER, {"at": "shop", "say": "甲", "step": "keep"}),
        (f"{PAGE}/publish", {}),
        (f"{PAGE}/discard", {}),
    ):
        answer = editor.post(path, {"revision": "99", **sent})
        assert answer.status_code == 409, path
        assert "有人改过" in text_of(answer)
    post(editor, f"{PAGE}/discard", county_db)
    assert editor.get(ANSWER).status_code == 302
    assert editor.post(f"{ANSWER}/add", {"revision": "x", "say": "甲"}).status_code == 404


def test_only_the_editor_may(county_db: County) -> None:
    editing.begin(by=editing.Editor(county_db.tenant_id, "user:1", datetime.now(UTC)))
    clerk = at_desk("chuangkou")
    for path in (PAGE, ANSWER, "/preview/guide-me"):
        assert clerk.get(path).status_code == 403
    assert clerk.post(f"{PAGE}/publish", {"revision": 1}).status_code == 403
    assert Client().get(PAGE).status_code == 302


def test_odd_requests_are_refused_and_never_fall_over(county_db: County) -> None:
    editor = begun(county_db)
    for path in (
        f"{ANSWER}?at=nowhere",
        f"{ANSWER}?at=..",
        "/preview/guide-me?a=x.y",
        f"{ANSWER}?at={'a.' * 300}",
    ):
        assert editor.get(path).status_code == 404, path
    odd = {
        "at": "shop",
        "say": "甲",
        "onward": "nowhere" * 40,
        "items": ["x" * 500] * 60,
        "find": "、" * 9_000,
    }
    assert editor.post(ANSWER, {"revision": 1, "step": "keep", **odd}).status_code in (302, 422)
    assert editor.post(ANSWER, {"revision": 1, "at": "shop", "step": "find", "q": "'\"<"}).status_code == 200
