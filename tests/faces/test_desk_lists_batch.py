"""One verb for ticked cases: a result for each, one effect however often it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from onedoor.domain.cases import queries
from onedoor.domain.journal import queries as journal
from tests.faces.desk import PASSING, accepted, act, at_desk, filed, form_of, text_of
from tests.factories.cases import AT, staff

pytestmark = pytest.mark.usefixtures("county_db")


def stage(number: str) -> str:
    return queries.case_sheet(number, actor=staff("ducha"), at=AT).stage


def asked(client: Client, verb: str, *numbers: str) -> Any:
    """The page that comes after ticking and pressing."""
    return client.post("/desk/batch", {"verb": verb, "number": list(numbers), "next": "/desk/?waits=accept"})


def send(client: Client, page: Any, **values: str) -> Any:
    return client.post("/desk/batch/do", form_of(page) | {k.replace("__", "-"): v for k, v in values.items()})


def reviewed() -> str:
    """A case whose reviews are done."""
    case = accepted()
    for who, step in (("jiangyx", "check"), ("gongzq", "fire")):
        act(case.number, "review", who, step=step, payload=PASSING)
    return case.number


def test_ticked_cases_are_accepted_each_for_itself() -> None:
    good, also, gone = filed(), filed(), filed()
    incomplete = filed(complete=False)
    act(gone.number, "accept", "chuangkou2")
    clerk = at_desk("chuangkou")
    inbox = text_of(clerk.get("/desk/"))
    assert f'name="number" value="{good.number}"' in inbox
    assert 'name="verb" value="accept"' in inbox
    page = asked(clerk, "accept", good.number, also.number, gone.number, incomplete.number)
    assert "3 件可以办理，1 件不能" in text_of(page)
    assert "已受理，审查中”，不能“受理”" in text_of(page)
    done = send(clerk, page)
    words = text_of(done)
    assert "办成 2 件，没有办成 1 件" in words
    assert "材料" in words
    assert 'href="/desk/?waits=accept"' in words
    assert [stage(c.number) for c in (good, also, incomplete)] == ["accepted", "accepted", "submitted"]
    assert f'rel="next" data-key="n" href="/desk/cases/{incomplete.number}"' in words


def test_sent_twice_it_has_one_effect_and_the_same_answer() -> None:
    cases = [filed(), filed()]
    clerk = at_desk("chuangkou")
    page = asked(clerk, "accept", *(case.number for case in cases))
    form = form_of(page)
    first = clerk.post("/desk/batch/do", form)
    second = clerk.post("/desk/batch/do", form)
    assert "2 件全部办成" in text_of(first)
    assert "2 件全部办成" in text_of(second)
    assert [len(journal.facts(case.case_id)) for case in cases] == [2, 2]
    # Control: another form is another act.
    other = clerk.post("/desk/batch/do", form | {"form-once": "x" * 22})
    assert "没有办成 2 件" in text_of(other)


def test_who_was_overtaken_is_told_so_and_the_others_are_done() -> None:
    moved, still = filed(), filed()
    clerk = at_desk("chuangkou")
    page = asked(clerk, "accept", moved.number, still.number)
    act(moved.number, "notify_correction", "chuangkou2", payload={
        "items": [{"target": "material:m1", "reason": "没有签名", "mend": "请补签"}]
    })  # fmt: skip
    words = text_of(send(clerk, page))
    assert "吴桂芳" in words
    assert stage(still.number) == "accepted"
    assert stage(moved.number) == "correcting"


def test_what_was_not_done_is_taken_up_again_from_the_result() -> None:
    good, incomplete = filed(), filed(complete=False)
    clerk = at_desk("chuangkou")
    result = text_of(send(clerk, asked(clerk, "accept", good.number, incomplete.number)))
    assert "再办没有办成的 1 件" in result
    assert f'name="number" value="{incomplete.number}"' in result
    assert f'name="number" value="{good.number}"' not in result
    again = asked(clerk, "accept", incomplete.number)
    assert "1 件可以办理" in text_of(again)
    whole = text_of(send(clerk, asked(clerk, "accept", filed().number)))
    assert "再办没有办成的" not in whole


def test_reviews_and_decisions_share_their_words() -> None:
    one, two = accepted(), accepted()
    reviewer = at_desk("jiangyx")
    page = asked(reviewer, "review", one.number, two.number)
    silent = send(reviewer, page)
    assert silent.status_code == 422
    assert "“审查结论”没有填写" in text_of(silent)
    assert form_of(silent)["row"] == form_of(page)["row"]
    assert "2 件全部办成" in text_of(send(reviewer, silent, **PASSING))
    opinions = {
        text
        for case in (one, two)
        for fact in queries.case_sheet(case.number, actor=staff("jiangyx"), at=AT).facts
        for label, text in fact.details
        if label == "意见"
    }
    assert opinions == {PASSING["opinion"]}
    numbers = [reviewed(), reviewed()]
    decider = at_desk("yinby")
    page = asked(decider, "decide", *numbers)
    refused = send(decider, page, outcome="refuse")
    assert "没有办成 2 件" in text_of(refused), "a refusal without reasons is refused for each"
    decided = send(decider, asked(decider, "decide", *numbers), outcome="approve")
    assert "2 件全部办成" in text_of(decided)
    issuer = at_desk("chujian")
    assert "2 件全部办成" in text_of(send(issuer, asked(issuer, "issue", *numbers)))
    handed = asked(issuer, "deliver", *numbers)
    missing = send(issuer, handed, **{f"receiver__{numbers[0]}": "庄晓禾"})
    assert missing.status_code == 422
    assert f"{numbers[1]} 的“领取人”没有填写" in text_of(missing)
    who = {f"receiver__{number}": name for number, name in zip(numbers, ("庄晓禾", "李春来"), strict=True)}
    assert "2 件全部办成" in text_of(send(issuer, missing, **who))
    assert [stage(number) for number in numbers] == ["delivered", "delivered"]


def test_what_one_may_not_see_or_do_stays_out_of_a_batch() -> None:
    case = filed()
    stranger = at_desk("yish")
    nothing = asked(stranger, "accept", case.number)
    assert nothing.status_code == 422
    assert case.number not in text_of(nothing)
    form = {"verb": "accept", "form-once": "y" * 22, "row": [f"{case.number}||1"], "next": "/desk/"}
    assert "没有找到这个办件" in text_of(stranger.post("/desk/batch/do", form))
    assert stage(case.number) == "submitted"
    clerk = at_desk("chuangkou")
    for grave in ("decline", "withdraw", "nonsense"):
        assert asked(clerk, grave, case.number).status_code == 422
    assert clerk.post("/desk/batch/do", form | {"row": ["garbage", f"{case.number}||x"]}).status_code == 422


def test_tabs_and_batches_follow_the_role() -> None:
    filed()
    accepted()
    clerk, reviewer = text_of(at_desk("chuangkou").get("/desk/")), text_of(at_desk("jiangyx").get("/desk/"))
    assert "待受理" in clerk
    assert "待审查" not in clerk
    assert "批量审查" in reviewer
    assert "批量受理" not in reviewer
