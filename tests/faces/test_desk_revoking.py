"""A principal who comes to the counter in person has an entrustment revoked there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.people import actions, events, queries
from onedoor.domain.people.terms import AgentGiven, PartyGiven
from tests.county import County
from tests.faces.desk import at_desk, text_of
from tests.factories.cases import staff

OWNER, HELPER = "13000000051", "13000000052"
NUMBER = "110101199003070134"
HELPERS_NUMBER = "110101198806160008"
PAGE = "/desk/entrustments"


@pytest.fixture
def given(county_db: County) -> UUID:
    at = datetime.now(UTC)
    owner = offices.principal_by_id(
        accounts.applicant_account(tenant_id=county_db.tenant_id, phone=OWNER, at=at)
    )
    assert owner is not None
    return actions.entrust(
        owner=owner,
        principal=PartyGiven("person", "庄大禾", "resident_id", NUMBER, OWNER),
        agent=AgentGiven(
            name="庄小禾",
            id_number=HELPERS_NUMBER,
            phone=HELPER,
            capacity="entrusted",
            until=(at + timedelta(days=30)).date().isoformat(),
            acts=("apply", "withdraw"),
        ),
        services=frozenset(),
        at=at,
    )


def holds(key: UUID) -> bool:
    at = datetime.now(UTC)
    helper = accounts.applicant_account(tenant_id=staff("chuangkou").tenant_id, phone=HELPER, at=at)
    return key in queries.entrustments_held(helper, at=at)


def form(key: UUID, **changes: str) -> dict[str, str]:
    return {
        "id_number": NUMBER,
        "act": "revoke",
        "entrustment": str(key),
        "reason": "委托人要求自己办理",
        "checked": "yes",
        **changes,
    }


def test_the_principal_at_the_counter_is_served_and_it_is_logged(given: UUID) -> None:
    clerk = at_desk("chuangkou")
    assert PAGE in text_of(clerk.get("/desk/intake"))
    found = text_of(clerk.post(PAGE, {"id_number": f" {NUMBER[:6]} {NUMBER[6:]} "}))
    assert "1101**********0008" in found
    assert HELPERS_NUMBER not in found
    assert "庄小禾" not in found
    done = clerk.post(PAGE, form(given, reason=f"换人办，身份证 {NUMBER}"))
    assert "委托已撤销" in text_of(done)
    assert not holds(given)
    fact = journal.facts(given)[-1]
    assert (fact.kind, fact.principal) == (events.ENTRUSTMENT_ENDED, staff("chuangkou").key)
    assert fact.data["ending"] == "revoked"
    assert fact.data["counter"] is True
    assert NUMBER not in str(fact.data)
    sent = [message.text for message in notices.outbox(staff("chuangkou").tenant_id, limit=2)]
    assert any("不是您本人办理的" in text for text in sent)
    assert any("您受托代办的" in text for text in sent)
    log = text_of(at_desk("shenji").get("/desk/audit"))
    assert "在窗口查看某人给的委托" in log
    assert "委托人到窗口撤销，理由：换人办" in log
    assert clerk.post(PAGE, form(given)).status_code == 422


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checked": ""}, "请先核对证件原件"),
        ({"reason": " "}, "写明为什么撤销"),
        ({"reason": "x" * 300}, "写明为什么撤销"),
        ({"entrustment": "x"}, "请选择要撤销的委托"),
        ({"entrustment": "019a0000-0000-7000-8000-000000000000"}, "名下没有这份委托"),
        ({"id_number": HELPERS_NUMBER}, "名下没有这份委托"),
        ({"id_number": ""}, "请填写委托人证件上的号码"),
    ],
)
def test_without_document_reason_or_the_right_number_it_stands(
    given: UUID, changes: dict[str, str], words: str
) -> None:
    answer = at_desk("chuangkou").post(PAGE, form(given, **changes))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert holds(given)


def test_only_the_counter_of_the_same_county_may(given: UUID) -> None:
    for username in ("jiangyx", "xitong", "shenji"):
        assert at_desk(username).post(PAGE, form(given)).status_code == 403
        with pytest.raises(Refused, match="role_missing"):
            revoked(replace(staff(username)), given)
    assert Client().post(PAGE, form(given)).status_code == 302
    # A clerk of another county finds nothing, whatever they know.
    foreign = replace(staff("chuangkou"), tenant_id=staff("chuangkou").tenant_id + 1)
    assert queries.entrustments_at_counter(NUMBER, actor=foreign, at=datetime.now(UTC)) == ()
    with pytest.raises(Refused, match="entrustment_not_found"):
        revoked(foreign, given)
    assert holds(given)
    # Control: the same with the right clerk.
    revoked(staff("chuangkou"), given)
    assert not holds(given)


def revoked(actor: object, key: UUID) -> None:
    actions.revoke_at_counter(
        entrustment=key,
        id_number=NUMBER,
        checked=True,
        reason="本人要求",
        actor=actor,  # type: ignore[arg-type]
        at=datetime.now(UTC),
    )
