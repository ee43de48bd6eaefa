"""The editor of items at the desk: from a fault to the day a version holds, without a single script."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from onedoor.domain.cases.models import Case
from onedoor.domain.catalog import queries
from onedoor.domain.catalog.documents import read_document
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import edits as draft_edits
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.models import Draft, Version
from onedoor.domain.catalog.states import DraftState, Operation
from onedoor.faces.desk import items_asking
from onedoor.faces.desk.items_parts import PARTS
from tests.county import County
from tests.faces.desk import PASSING, act, at_desk, filed, form_of
from tests.faces.portal import text_of
from tests.factories.cases import DELIVERY, FOOD, staff

pytestmark = pytest.mark.usefixtures("county_db")
REASON = "省里统一压减时限"


def plain(response: Any) -> str:
    """The words of a page."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", text_of(response)))


def begun(operation: str = "change", code: str = FOOD, **more: str) -> tuple[Client, str]:
    """An editor and the address of a draft just begun."""
    editor = at_desk("shixiang")
    answer = editor.post(f"/desk/items/{code}", {"operation": operation, "reason": REASON, **more})
    assert answer.status_code == 302, text_of(answer)
    return editor, answer.headers["Location"]


def kept(client: Client, path: str, **changes: Any) -> Any:
    """Open a page, change what is given, send its form. Names with hyphens are written with `__`."""
    page = client.get(path)
    assert page.status_code == 200, text_of(page)
    given = {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(path, form_of(page) | given)


def done(client: Client, url: str, verb: str, **more: str) -> Any:
    """One step of a draft as its page offers it."""
    page = client.get(url)
    assert f"{url}/do/{verb}" in text_of(page), plain(page)
    revision = re.search(r'name="revision" value="(\d+)"', text_of(page))
    assert revision
    return client.post(f"{url}/do/{verb}", {"revision": revision[1], **more})


def draft_of(url: str) -> Any:
    return drafts.draft(staff("shixiang"), int(url.rpartition("/")[2]))


def test_a_shorter_promise_is_written_checked_reviewed_and_holds() -> None:
    editor, url = begun()
    assert kept(editor, f"{url}/edit/handling", promised_limit__amount="7").status_code == 302
    page = editor.get(url)
    assert "承诺时限由8个工作日改为7个工作日。" in plain(page)
    assert done(editor, url, "submit").status_code == 302
    assert done(editor, url, "check").status_code == 302
    waiting = editor.get(url)
    assert "请由另一位事项管理员审核" in plain(waiting)
    assert "/do/approve" not in text_of(waiting)
    reviewer = at_desk("fazhi")
    assert "承诺时限由8个工作日改为7个工作日。" in plain(reviewer.get(url))
    assert done(reviewer, url, "approve").status_code == 302
    assert "7个工作日" in plain(Client().get(f"/services/{FOOD}"))
    listed = plain(editor.get(f"/desk/items/{FOOD}"))
    assert "第2版" in listed
    assert "承诺时限由8个工作日改为7个工作日。" in listed
    assert "严守章" in listed


def test_a_writer_who_sends_the_approval_all_the_same_is_refused() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/handling", visits="0")
    done(editor, url, "submit")
    done(editor, url, "check")
    answer = editor.post(f"{url}/do/approve", {"revision": draft_of(url).revision})
    assert answer.status_code == 403
    assert "起草、修改或核对过这份草案的人不能审核" in plain(answer)
    assert draft_of(url).state is DraftState.REVIEWING


def test_a_case_filed_under_a_version_ends_under_it_while_the_next_is_in_force() -> None:
    number = filed().number
    before = Case.objects.get(number=number).version_id
    editor, url = begun()
    kept(editor, f"{url}/edit/handling", promised_limit__amount="7")
    done(editor, url, "submit")
    done(editor, url, "check")
    done(at_desk("fazhi"), url, "approve")
    newest = Version.objects.get(item__code=FOOD, retired_at__isnull=True)
    assert newest.pk != before
    act(number, "accept", "chuangkou")
    act(number, "review", "jiangyx", payload=PASSING, step="check")
    act(number, "review", "gongzq", payload=PASSING, step="fire")
    act(number, "decide", "yinby", payload={"outcome": "approve"}, step="decide")
    act(number, "issue", "chujian", step="make")
    act(number, "deliver", "chujian", payload=DELIVERY)
    ended = Case.objects.get(number=number)
    assert (ended.stage, ended.version_id) == ("delivered", before)
    assert Case.objects.get(number=filed().number).version_id == newest.pk
    told = drafts.between(queries.version(before), queries.version(newest.pk))
    assert [each.words for each in told] == ["承诺时限由8个工作日改为7个工作日。"]


def test_a_fault_is_told_on_top_and_leads_to_its_place() -> None:
    editor, url = begun()
    answer = kept(editor, f"{url}/edit/handling", promised_limit__amount="90")
    assert answer.headers["Location"].endswith("/edit/handling?saved=1")
    page = editor.get(url)
    assert "承诺时限长于法定时限" in plain(page)
    place = re.search(rf'href="({url}/edit/handling#id_[^"]+)"', text_of(page))
    assert place
    assert f'id="{place[1].partition("#")[2]}"' in text_of(editor.get(place[1]))
    assert "/do/submit" not in text_of(page)
    refused = editor.post(f"{url}/do/submit", {"revision": draft_of(url).revision})
    assert refused.status_code == 422


def test_what_is_no_number_is_not_kept_and_stays_on_the_page() -> None:
    editor, url = begun()
    answer = kept(editor, f"{url}/edit/handling", visits="一次")
    assert answer.status_code == 422
    assert "“到现场次数”应填整数" in plain(answer)
    assert 'value="一次"' in text_of(answer)
    assert draft_of(url).version.visits == 1


def test_a_page_sent_unchanged_changes_nothing() -> None:
    editor, url = begun()
    before = draft_of(url).version
    for part in ("basics", "handling", "places", "conditions"):
        assert kept(editor, f"{url}/edit/{part}").status_code == 302
    for part, count in (("materials", len(before.materials)), ("steps", len(before.procedure.steps))):
        for place in range(count):
            assert kept(editor, f"{url}/edit/{part}/{place}").status_code == 302
    for page, section in enumerate(before.sections):
        assert kept(editor, f"{url}/edit/form/{page}").status_code == 302
        for place in range(len(section.fields)):
            assert kept(editor, f"{url}/edit/form/{page}-{place}").status_code == 302
    assert draft_of(url).version == before
    assert drafts.difference(draft_of(url)) == ()


def test_channels_that_go_without_saying_are_ticked_and_may_be_taken_away() -> None:
    editor, url = begun()
    page = editor.get(f"{url}/edit/handling")
    assert form_of(page)["channels"] == ["window", "web", "mobile"]
    kept(editor, f"{url}/edit/handling", channels=["window"])
    assert draft_of(url).version.channels == ("window",)
    answer = kept(editor, f"{url}/edit/handling", channels=[])
    assert answer.status_code == 302
    assert "缺少办理渠道" in plain(editor.get(url)) or "请填写“办理渠道”" in plain(editor.get(url))


def test_materials_are_added_moved_and_taken_out() -> None:
    editor, url = begun()
    first = draft_of(url).version.materials[0].name
    answer = kept(
        editor,
        f"{url}/edit/materials/new",
        name="消防验收意见",
        necessity="conditional",
        when__pick='business == "catering"',
        copies="1",
    )
    assert answer.status_code == 302
    made = draft_of(url).version.materials[-1]
    assert (made.name, made.when, made.copies) == ("消防验收意见", 'business == "catering"', 1)
    assert "“主要做哪一类”选“餐饮服务”的" in plain(editor.get(f"{url}/edit/materials"))
    revision = draft_of(url).revision
    editor.post(f"{url}/edit/materials", {"revision": revision, "change": "down:0"})
    assert draft_of(url).version.materials[1].name == first
    editor.post(f"{url}/edit/materials", {"revision": revision + 1, "change": "drop:1"})
    assert first not in [material.name for material in draft_of(url).version.materials]
    assert f"删去材料“{first}”，不用再交。" in plain(editor.get(url))


def test_a_condition_is_checked_in_chinese() -> None:
    editor, url = begun()
    path = f"{url}/edit/materials/0"
    for typed, words in (
        ("area > ", "写法有误"),
        ("size > 3", "此前没有的填写项size"),
        ("area > 50", "现在的条件读作：经营面积超过50平方米的"),
    ):
        answer = kept(editor, path, necessity="conditional", when__pick="own", when=typed)
        assert answer.status_code == 302
        assert words in plain(editor.get(path)), typed


def test_a_question_is_made_of_choices_and_keeps_the_values_that_conditions_name() -> None:
    editor, url = begun()
    asked = draft_of(url).version.sections[0].fields
    place = next(index for index, field in enumerate(asked) if field.code == "business")
    path = f"{url}/edit/form/0-{place}"
    labels = [option.label for option in asked[place].options]
    assert kept(editor, path, options="\n".join(["饭店餐馆", *labels[1:], "网络餐饮"])).status_code == 302
    options = draft_of(url).version.sections[0].fields[place].options
    assert (options[0].value, options[0].label) == ("catering", "饭店餐馆")
    assert options[-1].label == "网络餐饮"
    assert not draft_of(url).problems
    kept(editor, f"{url}/edit/form/0-new", label="有没有包间", type="boolean", required="false")
    made = draft_of(url).version.sections[0].fields[-1]
    assert (made.type, made.required, made.element) == ("boolean", False, f"own.{made.code}")
    kept(editor, f"{url}/edit/form/0-new", label="股东", type="group")
    group = len(draft_of(url).version.sections[0].fields) - 1
    kept(editor, f"{url}/edit/form/0-{group}-new", label="股东姓名", element="own.holder")
    assert draft_of(url).version.sections[0].fields[group].fields[0].label == "股东姓名"
    assert not draft_of(url).problems


def test_a_step_taken_out_leaves_the_others_joined() -> None:
    editor, url = begun()
    steps = draft_of(url).version.procedure.steps
    fire = next(index for index, step in enumerate(steps) if step.code == "fire")
    editor.post(f"{url}/edit/steps", {"revision": draft_of(url).revision, "change": f"drop:{fire}"})
    assert not draft_of(url).problems
    kept(editor, f"{url}/edit/steps/new", name="公示", kind="publicity", department="scjg", role="reviewer")
    assert "环节“公示”不通向决定" in plain(editor.get(url))
    assert "环节“公示”：环节" not in plain(editor.get(url))


@pytest.mark.parametrize(
    ("kind", "role"), [("review", "reviewer"), ("opinion", "reviewer"), ("publicity", "head")]
)
def test_a_step_of_every_kind_is_added_through_the_page(kind: str, role: str) -> None:
    editor, url = begun()
    answer = kept(
        editor,
        f"{url}/edit/steps/new",
        name="再看一遍",
        kind=kind,
        department="scjg",
        role=role,
        after=["check"],
    )
    assert answer.status_code == 302
    made = draft_of(url)
    assert made.content["procedure"][-1]["kind"] == kind
    assert not [each for each in made.problems if each.code == "required"]
    decide = next(i for i, step in enumerate(made.version.procedure.steps) if step.code == "decide")
    before = list(made.version.procedure.steps[decide].after)
    kept(editor, f"{url}/edit/steps/{decide}", after=[*before, made.content["procedure"][-1]["code"]])
    assert not draft_of(url).problems


def test_what_a_document_has_to_say_is_said_though_it_is_the_default() -> None:
    """Every question answered with its default leaves a document in which nothing is missing for that."""
    for part in PARTS.values():
        for depth, asks in enumerate(part.rows or (part.asks,)):
            defaults = [ask for ask in asks if ask.default not in ("", None)]
            sent = QueryDict(mutable=True)
            for ask in defaults:
                values = ask.default if isinstance(ask.default, list) else [ask.default]
                sent.setlist(ask.name, [str(value).lower() for value in values])
            content = items_asking.read(asks, {}, sent, items_asking.Around({})).values
            if part.listed:
                path = (0,) * (depth + 1)
                held = draft_edits.put({}, part.slug, path[:1], {}) if depth else {}
                held = draft_edits.put(held, part.slug, path[:2], {"type": "group"}) if depth == 2 else held
                content = draft_edits.put(held, part.slug, path, content)
            place = draft_edits.pointer(part.slug, (0,) * (depth + 1)) if part.listed else ""
            missing = {each.pointer for each in read_document(content)[1] if each.code == "required"}
            assert not {f"{place}/{ask.key.replace('.', '/')}" for ask in defaults} & missing, part.slug


def test_two_editors_are_told_of_one_another() -> None:
    editor, url = begun()
    page = editor.get(f"{url}/edit/places")
    other = at_desk("fazhi")
    kept(other, f"{url}/edit/places", phone="0000-1111111")
    answer = editor.post(f"{url}/edit/places", form_of(page) | {"phone": "0000-2222222"})
    assert answer.status_code == 409
    assert "这份草案已被修改" in plain(answer)
    assert 'value="0000-2222222"' in text_of(answer)
    assert draft_of(url).version.phone == "0000-1111111"


def test_the_preview_is_the_portals_own_and_nothing_is_kept() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/basics", plain_name="开小饭馆要办的证")
    number = url.rpartition("/")[2]
    guide = editor.get(f"/preview/{number}")
    assert "开小饭馆要办的证" in plain(guide)
    assert "这是草案的预览" in plain(guide)
    assert "/apply/" not in plain(guide)
    assert "开小饭馆要办的证" not in plain(Client().get(f"/services/{FOOD}"))
    form = editor.get(f"/preview/{number}/form")
    assert "店铺名称" in plain(form)
    cases = Case.objects.count()
    sent = editor.post(
        f"/preview/{number}/form", {"asked": ["shop_name", "area"], "shop_name": "", "area": "大"}
    )
    assert sent.status_code == 422
    assert (Case.objects.count(), draft_of(url).revision) == (cases, 2)
    assert at_desk("chuangkou").get(f"/preview/{number}").status_code == 403
    assert Client().get(f"/preview/{number}").status_code == 302


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ("steps/0", {"after": ["decide"]}),
        ("steps/0", {"when-pick": "own", "when": "area >"}),
        ("materials/0", {"when-pick": "own", "when": "nobody == 1"}),
        ("materials/0", {"when-pick": "own", "when": "size(area) > "}),
        ("form/0-0", {"when-pick": "own", "when": "]["}),
        ("form/0-2", {"options": ""}),
        ("handling", {"promised_limit-amount": "", "result-name": "", "ready": "false"}),
        ("basics", {"name": "", "type": "99", "level": "", "department": "scjg"}),
    ],
)
def test_a_draft_with_faults_is_shown_all_the_same(part: str, sent: dict[str, Any]) -> None:
    editor, url = begun()
    page = editor.get(f"{url}/edit/{part}")
    assert editor.post(f"{url}/edit/{part}", form_of(page) | sent).status_code == 302
    assert draft_of(url).problems or "ready" in sent
    number = url.rpartition("/")[2]
    for path in (url, f"{url}/edit/{part}", f"{url}/try", f"/preview/{number}", f"/preview/{number}/form"):
        assert editor.get(path).status_code == 200, path
    assert editor.post(f"{url}/try", {"business": "retail"}).status_code == 200


def test_a_test_run_shows_what_answers_lead_to_and_leaves_nothing() -> None:
    editor, url = begun()
    before = Case.objects.count()
    empty = plain(editor.get(f"{url}/try"))
    assert "从业人员健康证明" in empty.partition("不用交：")[2]
    sent = editor.post(
        f"{url}/try", {"has_staff": "yes", "business": "vending", "dishes": ["cold"], "area": "x"}
    )
    assert sent.status_code == 200
    called = plain(sent).partition("要交的材料")[2].partition("不用交")[0]
    for name in ("从业人员健康证明", "冷食或生食专间设施说明", "自动售货设备合格证明和放置点清单"):
        assert name in called
    assert "回答里的毛病" in plain(sent)
    assert (Case.objects.count(), draft_of(url).revision) == (before, 1)


def test_a_new_item_from_nothing() -> None:
    editor = at_desk("shixiang")
    assert editor.post("/desk/items/new", {"code": "新", "name": "甲"}).status_code == 422
    taken = {"code": FOOD, "name": "甲", "type": "01", "department": "scjg", "reason": REASON}
    assert "已有事项" in plain(editor.post("/desk/items/new", taken))
    answer = editor.post("/desk/items/new", {**taken, "code": "SCJG-STALL"})
    assert answer.status_code == 302
    page = editor.get(answer.headers["Location"])
    assert re.search(r"还差\d+处才能提交核对", plain(page))
    assert editor.get("/services/SCJG-STALL").status_code == 404


def fresh() -> tuple[Client, str]:
    """An editor and the address of the draft of an item that is not there yet."""
    editor = at_desk("shixiang")
    first = {"code": "SCJG-STALL", "name": "摊位备案", "type": "01", "department": "scjg", "reason": REASON}
    answer = editor.post("/desk/items/new", first)
    assert answer.status_code == 302, text_of(answer)
    return editor, answer.headers["Location"]


def test_a_fresh_draft_is_told_calmly_what_it_lacks_until_it_is_handed_in() -> None:
    editor, url = fresh()
    for path in (url, *(f"{url}/edit/{part.slug}" for part in PARTS.values())):
        page = text_of(editor.get(path))
        assert "error-summary" not in page, path
        assert 'class="fault"' not in page, path
    assert "处才能提交核对" in plain(editor.get(f"{url}/edit/handling"))
    refused = editor.post(f"{url}/do/submit", {"revision": draft_of(url).revision})
    assert refused.status_code == 422
    assert "error-summary" in text_of(refused)
    saved = editor.get(f"{url}/edit/handling?saved=1")
    assert 'class="fault"' in text_of(saved)
    assert "error-summary" in text_of(kept(editor, f"{url}/edit/handling", visits="一次"))


def test_a_part_without_content_is_not_called_faultless() -> None:
    editor, url = fresh()
    tasks = plain(editor.get(url)).partition("内容")[2]
    for part, told in (("地点、时间和电话", "必须改"), ("设定依据", "1处必须改"), ("更多信息", "没有填")):
        assert told in tasks.partition(part)[2][:24], part
    assert "常见问题没有填" in tasks


def test_what_the_check_up_will_find_is_told_before_handing_in_and_before_approving() -> None:
    editor, url = begun()
    for _ in draft_of(url).content["basis"]:
        editor.post(f"{url}/edit/basis", {"revision": draft_of(url).revision, "change": "drop:0"})
    assert kept(editor, f"{url}/edit/places", phone="").status_code == 302
    for client, verb in ((editor, "submit"), (editor, "check"), (at_desk("fazhi"), "approve")):
        page = plain(client.get(url))
        assert "必须改没有设定依据。" in page, verb
        assert "必须改没有咨询电话。" in page, verb
        assert "体检会指出2处必须改" in page, verb
        assert done(client, url, verb).status_code == 302
    assert "体检会指出" not in plain(editor.get(url))


def test_a_draft_in_force_leads_on() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/handling", visits="0")
    done(editor, url, "submit")
    done(editor, url, "check")
    reviewer = at_desk("fazhi")
    page = text_of(reviewer.get(done(reviewer, url, "approve").headers["Location"]))
    told = page.partition("已施行</h2>")[2].partition("</ul>")[0]
    assert f'href="/desk/items/{FOOD}"' in told
    assert f'href="/services/{FOOD}"' in told


def test_a_draft_given_back_without_a_reason_is_refused_at_the_field() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/handling", visits="0")
    done(editor, url, "submit")
    page = text_of(editor.get(url))
    assert page.index(f"{url}/do/check") < page.index("<summary>退回修改") < page.index(f"{url}/do/return")
    answer = done(editor, url, "return", reason=" ")
    assert answer.status_code == 422
    field = text_of(answer).partition("<summary>退回修改")[2].partition("</form>")[0]
    assert "请写明哪里要改、怎么改。" in field
    assert "autofocus" in field
    assert text_of(answer).count("请写明哪里要改、怎么改。") == 1
    assert "<details open><summary>退回修改" in text_of(answer)
    long = done(editor, url, "return", reason="改" * 501)
    assert "改" * 400 in text_of(long).partition("<summary>退回修改")[2].partition("</form>")[0]


def test_what_few_need_stands_folded_and_an_element_of_ones_own_is_not_shown() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/form/0-new", label="有没有包间", type="boolean")
    place = len(draft_of(url).version.sections[0].fields) - 1
    path = f"{url}/edit/form/0-{place}"
    own = draft_of(url).version.sections[0].fields[place].element
    page = text_of(editor.get(path))
    folded = page.partition("<details")[2].partition("</details>")[0]
    for name in ("element-pick", "element", "when"):
        assert f'name="{name}"' in folded
        assert page.count(f'name="{name}"') == 1
    assert own not in page
    assert kept(editor, path, hint="包间").status_code == 302
    assert draft_of(url).version.sections[0].fields[place].element == own
    kept(editor, path, when__pick="own", when="area >")
    assert re.search(r"<details[^>]* open><summary>更多", text_of(editor.get(path)))


def test_the_steps_say_after_which_others_they_begin_and_are_drawn() -> None:
    editor, url = begun()
    page = editor.get(f"{url}/edit/steps")
    assert "一开始就办" in plain(page)
    steps = {step.code: step for step in draft_of(url).version.procedure.steps}
    made = next(step for step in steps.values() if step.after)
    assert f"在{''.join(f'“{steps[code].name}”' for code in made.after)}之后" in plain(page)
    assert '<svg class="flow"' in text_of(page)
    editor, url = fresh()
    assert '<svg class="flow"' not in text_of(editor.get(f"{url}/edit/steps"))
    first = text_of(editor.get(f"{url}/edit/steps/new"))
    assert 'id="id_name"' in first
    assert "在哪些环节之后" not in first
    assert "前面有几个环节时" not in first
    kept(editor, f"{url}/edit/steps/new", name="看材料", department="scjg", role="reviewer")
    assert "在哪些环节之后" in text_of(editor.get(f"{url}/edit/steps/new"))


def test_what_was_taken_out_is_named_and_nothing_else_is() -> None:
    editor, url = begun()
    name = draft_of(url).version.materials[0].name
    sent = {"revision": draft_of(url).revision, "change": "drop:0"}
    after = editor.post(f"{url}/edit/materials", sent).headers["Location"]
    assert f"已删去“{name}”。" in plain(editor.get(after))
    assert "已删去" not in plain(editor.get(f"{url}/edit/materials?gone=乱写的"))


def test_an_item_is_paused_and_resumed() -> None:
    editor, url = begun("pause")
    assert "不再受理新的申请" in plain(editor.get(url))
    assert editor.get(f"{url}/edit/basics").status_code == 200
    done(editor, url, "submit")
    done(editor, url, "check")
    done(at_desk("fazhi"), url, "approve")
    assert Client().get(f"/services/{FOOD}").status_code == 404
    assert "已暂停的事项" in plain(editor.get("/desk/items"))
    editor, url = begun("resume")
    done(editor, url, "submit")
    done(editor, url, "check")
    done(at_desk("fazhi"), url, "approve")
    assert Client().get(f"/services/{FOOD}").status_code == 200


def test_a_draft_for_a_day_to_come_says_so_and_can_be_taken_back() -> None:
    editor, url = begun()
    kept(editor, f"{url}/edit/handling", visits="0")
    assert "施行日期的写法不对" in plain(done(editor, url, "submit", effective_on="明天"))
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    done(editor, url, "submit", effective_on=day)
    done(editor, url, "check")
    reviewer = at_desk("fazhi")
    done(reviewer, url, "approve")
    assert "待施行" in plain(reviewer.get(url))
    assert "到现场次数" in plain(Client().get(f"/services/{FOOD}"))
    assert done(editor, url, "withdraw", reason="改期").status_code == 302
    assert "起草中" in plain(editor.get(url))


def test_the_list_shows_drafts_and_finds_items() -> None:
    editor, url = begun()
    page = editor.get("/desk/items?q=食品经营")
    assert url in text_of(page)
    assert f'href="/desk/items/{FOOD}"' in text_of(page)
    assert "变更：起草中" in plain(page)
    assert editor.get("/desk/items?q=没有这样的事项&department=zz&from=-3").status_code == 200
    assert editor.get(f"/desk/items/{FOOD}?a=x&b=9").status_code == 200


@pytest.mark.parametrize("username", ["chuangkou", "jiangyx", "xitong"])
def test_only_editors_come_in(username: str) -> None:
    _, url = begun()
    browser = at_desk(username)
    paths = (
        "",
        "/new",
        f"/{FOOD}",
        *(f"{url.removeprefix('/desk/items')}{rest}" for rest in ("", "/try", "/edit/basics")),
    )
    for path in paths:
        assert browser.get(f"/desk/items{path}").status_code == 403, path
    assert browser.post(f"{url}/do/submit", {"revision": 1}).status_code == 403


@pytest.mark.parametrize(
    "rest",
    [
        "/edit/nothing",
        "/edit/materials/999",
        "/edit/materials/0-new",
        "/edit/form/0-0-new",
        "/edit/basics/0",
        "/edit/basics/new",
        "/edit/form/x",
    ],
)
def test_a_place_that_is_not_there(rest: str) -> None:
    editor, url = begun()
    assert editor.get(f"{url}{rest}").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"change": "up"},
        {"change": "drop:x"},
        {"change": "fly:1", "revision": "1"},
        {"change": "drop:99", "revision": "1"},
        {"change": "drop:0", "revision": "٣"},
    ],
)
def test_a_change_of_a_list_that_makes_no_sense_is_refused(sent: dict[str, str]) -> None:
    editor, url = begun()
    assert editor.post(f"{url}/edit/materials", sent).status_code in (409, 422)
    assert draft_of(url).revision == 1


def test_what_was_decided_elsewhere_is_kept_out_of_a_closed_draft() -> None:
    editor, url = begun()
    done(editor, url, "abandon", reason="不改了")
    page = kept(editor, f"{url}/edit/places", phone="1")
    assert page.status_code == 409
    assert Draft.objects.get(pk=url.rpartition("/")[2]).state == "abandoned"
    again = drafting.open_draft(
        actor=staff("shixiang"), code=FOOD, operation=Operation.CHANGE, reason="再改", at=datetime.now(UTC)
    )
    assert again.number == 1


def test_a_draft_of_another_county_is_not_there(county_db: County) -> None:
    assert county_db.tenant_id
    assert at_desk("shixiang").get("/desk/items/drafts/999999").status_code == 404


@pytest.mark.parametrize("text", ["\0", "<b>&\"'</b>", "长" * 3000, "甲\r\n乙\r\n\r\n", "own"])
def test_no_text_breaks_the_editor(text: str) -> None:
    editor, url = begun()
    for part in PARTS.values():
        for rest in ("/0", "/new") if part.listed else ("",):
            path = f"{url}/edit/{part.slug}{rest}"
            page = editor.get(path)
            if page.status_code == 404:
                continue
            names = re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_.-]+)"', text_of(page))
            sent = dict.fromkeys(names, text) | {"revision": draft_of(url).revision, "department": "scjg"}
            assert editor.post(path, sent).status_code in (302, 422), path
    number = url.rpartition("/")[2]
    for path in (url, f"{url}/try", f"/preview/{number}", f"/preview/{number}/form", f"{url}/edit/form"):
        assert editor.get(path).status_code == 200, path
    assert editor.post(f"{url}/try", dict.fromkeys(("area", "business", "dishes"), text)).status_code == 200
    assert (
        editor.post(f"{url}/do/abandon", {"revision": draft_of(url).revision, "reason": text}).status_code
        < 500
    )
