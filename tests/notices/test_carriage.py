"""Messages on their way: at least once, always under the same key, and what fails is seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection

from onedoor.domain.notices import actions, queries, tasks
from onedoor.domain.notices.terms import Parcel, Progress, Undelivered
from tests.notices.gateway import Gateway, running_gateway

AT = datetime(2026, 10, 13, 2, 0, tzinfo=UTC)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as running:
        yield running


def write(number: int = 1, **changes: datetime) -> None:
    actions.send(
        tenant_id=1, key=f"case:{number}", phone="13800001234", text=f"第{number}条", at=AT, **changes
    )


def carry(gateway: Gateway, at: datetime = AT, token: str = "") -> int:
    return tasks.carry(tasks.webhook(gateway.url + "/sms?line=2", token), at=at)


@pytest.mark.django_db
def test_what_waits_is_carried_in_order_and_noted(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    for number in (1, 2):
        write(number)
    assert carry(gateway, token=str(tmp_path / "token")) == 2
    assert [(p["text"], p["phone"], p["channel"]) for p in gateway.received] == [
        ("第1条", "13800001234", "sms"),
        ("第2条", "13800001234", "sms"),
    ]
    assert gateway.headers[0]["Authorization"] == "Bearer s3cret"
    assert [h["Idempotency-Key"] for h in gateway.headers] == gateway.keys
    assert {(m.sent_at, m.progress, m.attempts) for m in queries.outbox(1)} == {(AT, Progress.SENT, 1)}
    assert carry(gateway) == 0
    assert len(gateway.received) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [500, 503, 429, 401, 404, 302, None])
def test_a_gateway_in_trouble_is_tried_again_with_the_same_key(gateway: Gateway, trouble: int | None) -> None:
    write(1)
    write(2)
    gateway.answers = [trouble]
    with pytest.raises(Undelivered):
        carry(gateway)
    newest, oldest = queries.outbox(1)
    assert (oldest.progress, oldest.attempts, newest.attempts) == (Progress.WAITING, 1, 0)
    assert oldest.fault == (f"http_{trouble}" if trouble else "connection_failed")
    # The other is not held up; the first has its turn again after a wait.
    assert carry(gateway) == 1
    assert carry(gateway, AT + timedelta(seconds=9)) == 0
    assert carry(gateway, AT + timedelta(seconds=10)) == 1
    assert gateway.keys[0] == gateway.keys[2] != gateway.keys[1]
    assert {m.progress for m in queries.outbox(1)} == {Progress.SENT}


@pytest.mark.django_db
def test_waits_grow_up_to_an_hour(gateway: Gateway) -> None:
    write(until=AT + timedelta(days=30))
    at, waits = AT, []
    for _ in range(12):
        gateway.answers = [503]
        with pytest.raises(Undelivered):
            carry(gateway, at)
        start = at
        while actions.claim(at=at) is None:
            at += timedelta(seconds=5)
        waits.append((at - start).total_seconds())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE notices_message SET next_try_at = NULL, attempts = attempts - 1")
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == 3600


@pytest.mark.django_db
def test_a_message_the_gateway_will_never_take_is_set_aside_and_seen(gateway: Gateway) -> None:
    write(1)
    write(2)
    gateway.answers = [422]
    assert carry(gateway) == 2
    newest, oldest = queries.outbox(1)
    assert (oldest.progress, oldest.fault, oldest.failed_at) == (Progress.FAILED, "http_422", AT)
    assert newest.progress is Progress.SENT
    assert carry(gateway, AT + timedelta(days=1)) == 0
    assert (queries.backlog(at=AT).waiting, queries.backlog(at=AT).failed) == (0, 1)


@pytest.mark.django_db
def test_what_comes_too_late_is_not_sent(gateway: Gateway) -> None:
    """A sign-in code is good for minutes; a gateway set up later does not send last month's messages."""
    write(1, until=AT + timedelta(minutes=5))
    write(2)
    assert queries.backlog(at=AT) == queries.Backlog(2, AT, 0)
    assert carry(gateway, AT + timedelta(minutes=5)) == 2
    assert [p["text"] for p in gateway.received] == ["第2条"]
    write(3)
    assert carry(gateway, AT + timedelta(days=3)) == 1
    assert {m.fault for m in queries.outbox(1)} == {"", "too_late"}


@pytest.mark.django_db
def test_a_process_that_dies_after_the_answer_sends_again_under_the_same_key(gateway: Gateway) -> None:
    write()

    class Killed(BaseException):
        pass

    def killed(parcel: Parcel) -> None:
        tasks.webhook(gateway.url)(parcel)
        raise Killed

    with pytest.raises(Killed):
        tasks.carry(killed, at=AT)
    assert queries.outbox(1)[0].sent_at is None
    assert carry(gateway, AT + timedelta(seconds=60)) == 0
    assert carry(gateway, AT + actions.LEASE) == 1
    assert len(set(gateway.keys)) == 1
    assert len(gateway.keys) == 2


def test_two_workers_never_hold_the_same_message(own_database: str) -> None:
    write()
    held, together = [], Barrier(2)

    def worker() -> None:
        together.wait()
        held.append(actions.claim(at=AT))
        connection.close()

    threads = [Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one is None for one in held].count(False) == 1
    # The control: when the lease has run out, the message is there to be had.
    assert actions.claim(at=AT + actions.LEASE) is not None


@pytest.mark.django_db
def test_a_gateway_that_is_away_or_without_its_token_is_named(tmp_path: Path) -> None:
    with running_gateway() as gone:
        pass
    for number, (url, token, fault) in enumerate(
        [
            (gone.url, "", "unreachable"),
            (gone.url, str(tmp_path / "none"), "token_unreadable"),
            ("https" + gone.url[4:], "", "unreachable"),
        ]
    ):
        write(number)
        with pytest.raises(Undelivered, match=fault):
            tasks.carry(tasks.webhook(url, token), at=AT)


@pytest.mark.parametrize("url", ["sms.example", "file:///etc/passwd", "ftp://h/", "http://", "http://u:p@h/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="短信网关地址"):
        tasks.webhook(url)
