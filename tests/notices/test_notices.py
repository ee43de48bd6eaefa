"""The outbox: once a key, masked, and without personal numbers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.notices import actions, queries, rules
from onedoor.domain.notices.models import Message
from onedoor.domain.notices.terms import Sent

AT = datetime(2026, 10, 13, 2, 0, tzinfo=UTC)
TEXT = "您申请的“食品经营许可”已受理，编号990722-20261013-SCJG-00001，请留意办理进度。"


def send(**changes: Any) -> Sent:
    values = {"tenant_id": 1, "key": "case:1", "phone": "13800001234", "text": TEXT, "at": AT}
    return actions.send(**(values | changes))


@pytest.mark.django_db
def test_a_message_goes_out_once_for_its_key() -> None:
    first = send()
    assert first.new
    assert send(text="换一句话", at=AT + timedelta(days=1)) == Sent(first.id, new=False)
    assert [message.text for message in queries.outbox(1)] == [TEXT]
    assert send(tenant_id=2).new
    assert send(key="case:2").new


@pytest.mark.django_db
def test_the_outbox_shows_the_newest_first_and_masked() -> None:
    for number in range(4):
        send(key=f"case:{number}", at=AT + timedelta(minutes=number))
    send(tenant_id=2)
    shown = queries.outbox(1, limit=3)
    assert [message.key for message in shown] == ["case:3", "case:2", "case:1"]
    assert {message.phone_masked for message in shown} == {"138****1234"}
    assert {message.sent_at for message in shown} == {None}


@pytest.mark.django_db
def test_the_telephone_does_not_stand_in_the_table() -> None:
    send()
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM notices_message m")
        ((row,),) = cursor.fetchall()
    assert "13800001234" not in row
    assert b"13800001234".hex() not in row


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": "  "}, "text_missing"),
        ({"text": "长" * 71}, "text_too_long"),
        ({"text": "长" * 501, "long": True}, "text_too_long"),
        ({"text": "您的身份证号11010519491231002X已核验。"}, "text_holds_personal_data"),
        ({"text": "您的身份证号11010519491231002x已核验。"}, "text_holds_personal_data"),
        ({"text": "您的身份证号１１０１０５１９４９１２３１００２Ｘ已核验。"}, "text_holds_personal_data"),
        ({"text": "请联系王经理13800001234。"}, "text_holds_personal_data"),
        ({"text": "长" * 80 + "13800001234", "long": True}, "text_holds_personal_data"),
        ({"phone": "0433-1234567"}, "mobile_malformed"),
    ],
)
def test_what_must_not_be_sent_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        send(**changes)
    assert refused.value.code == code
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "编号990722202610130000113800001234567，请留意。",  # a longer number that holds eleven such digits
        "验证码 138000，5分钟内有效。",
        "末位不对的110105194912310021不是身份证号码。",
        "咨询电话 0433-1234567 或 12345。",
        "请携带尾号002X的身份证。",
    ],
)
def test_other_numbers_may_be_sent(text: str) -> None:
    assert rules.check_text(text) == text


@pytest.mark.django_db
def test_a_long_message_must_be_meant() -> None:
    assert send(text="长" * 70).new
    assert send(key="case:2", text="长" * 500, long=True).new


def test_at_once_one_message_is_made(own_database: str) -> None:
    start, made = threading.Barrier(6), []

    def run() -> None:
        try:
            start.wait(10)
            made.append(send().new)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(made) == [False] * 5 + [True]
    assert Message.objects.count() == 1
