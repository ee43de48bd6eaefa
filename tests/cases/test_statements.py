"""What one action costs in statements, counted on the wire, and that the hot ones are really prepared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from onedoor.domain.cases import statements
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries
from onedoor.site.bench._wire import Sent, watched
from tests.cases.test_actions import PASS, act, filed
from tests.county import County

REVIEWER = "jiangyx"
#: Who calls and may, with the case; everything the act changes, if the case has not moved.
MOST = 2
_keys = count(1)


def by_token() -> Client:
    """A caller with a token."""
    token = offices.issue_token(username=REVIEWER, principal="test", at=datetime.now(UTC))
    return Client(headers={"Authorization": f"Bearer {token}"})


def by_cookie() -> Client:
    """A caller with a session."""
    who = queries.principal_by_username(REVIEWER)
    assert who is not None
    client = Client()
    client.cookies["onedoor_session"] = offices.open_session(user_id=who.user_id, at=datetime.now(UTC))
    return client


def review(client: Client) -> tuple[Any, Sent]:
    """Review a fresh accepted case over HTTP; what was sent to the database meanwhile."""
    at = datetime.now(UTC)
    case = filed(at)
    act(case.number, "accept", "chuangkou", at)
    with watched(connection.connection) as sent:
        answer = client.post(
            f"/api/v1/cases/{case.number}/actions/review",
            {"step": "check", "expect": 2, **PASS},
            content_type="application/json",
            headers={"Idempotency-Key": f"statements-{next(_keys)}"},
        )
    assert answer.status_code == 200, answer.content.decode()
    assert [fact.kind for fact in journal.facts(case.case_id)][2:] == ["case.reviewed"]
    return answer, sent


@pytest.mark.parametrize("caller", [by_cookie, by_token])
def test_an_action_takes_two_statements_and_no_bracket(county: County, caller: Callable[[], Client]) -> None:
    client = caller()
    review(client)
    _, sent = review(client)
    assert sent.statements <= MOST, sent.trace
    assert sent.brackets == 0, sent.trace


def test_an_act_that_was_overtaken_is_done_under_the_lock(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "write_if_unmoved", lambda *asked: False)
    client = by_token()
    review(client)
    _, sent = review(client)
    assert (sent.statements, sent.brackets) == (MOST + 1, 2), sent.trace


def test_control_every_statement_is_counted(county: County) -> None:
    offices.issue_token(username=REVIEWER, principal="test", at=datetime.now(UTC))
    with watched(connection.connection) as sent:
        queries.principal_by_username(REVIEWER)  # two statements of the ORM
        with transaction.atomic(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s", [1])  # and the inner block's savepoint and its release
    assert (sent.statements, sent.brackets) == (5, 2)


def test_the_statements_of_an_action_are_prepared(county: County) -> None:
    for client in (by_cookie(), by_token()):
        for _ in range(4):
            review(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [statement for (statement,) in cursor.fetchall()]
    for opening in (
        "FROM offices_session",
        "FROM offices_apitoken",
        "found ON true",
        "FOR UPDATE",
        "UPDATE cases_case SET",
    ):
        assert any(opening in statement for statement in prepared), opening


def test_the_answer_is_as_the_interface_says(county: County) -> None:
    from onedoor.faces.api.schemas import CaseAnswer

    answer, _ = review(by_token())
    CaseAnswer.model_validate_json(answer.content)
    assert set(answer.json()) == set(CaseAnswer.model_fields)
    assert answer.json()["due_at"].endswith("+08:00")
