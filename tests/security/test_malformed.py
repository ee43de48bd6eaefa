"""Thousands of malformed requests to every route: each is answered, none is a fault, the interface answers in problems.

What is sent to a route is drawn from a fixed seed and the route's own name, so that a failure is repeated by running
the test again, and a new route changes nothing for the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from onedoor.domain.catalog import queries as catalog
from onedoor.faces.access import SESSION_COOKIE
from tests.architecture.test_routes import leaves, operations
from tests.county import County
from tests.faces.desk import act, at_desk, filed
from tests.faces.portal import Citizen
from tests.progress import note
from tests.security.malformed import Known, Sender, Sent

SEED = 20260918
#: Requests to each route and method by day and by night, and how many there are to be at least.
EACH, NIGHTLY_EACH = 6, 12
FEWEST = 1_000
#: A night has time for as many again from each of these seeds, and for so many in all. Each is a test of its own:
#: what is undone within a transaction still weighs on it, the more the longer it lasts.
NIGHTLY_SEEDS = range(1, 9)
NIGHTLY_FEWEST = 20_000
#: After so many answers that a page has no such method, nothing more is learnt from it.
NO_METHOD = 3
#: A page is sent both of these; operations of the interface have methods of their own.
METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many requests were sent, their statuses, and the requests that ended badly."""

    statuses: Counter[int]
    faults: list[tuple[int, Sent]]


def _routes() -> Iterator[tuple[str, str]]:
    """Every route with every method it has; pages are sent both."""
    for route, view in leaves(get_resolver().url_patterns):
        offered = (
            sorted({method for operation in operations(view) for method in operation.methods}) or METHODS
        )
        if "(?P" not in route:
            yield from ((route, method) for method in offered)


def _send(known: Known, seed: int = SEED, each: int = EACH) -> Outcome:
    """Send so many requests to every route; what one of them does is undone before the next."""
    outcome = Outcome(Counter(), [])
    browser = Client(raise_request_exception=False)
    for route, method in _routes():
        note(f"{outcome.statuses.total()} requests")
        sender, refused = Sender(f"{seed} {method} {route}", known), 0
        for number in range(each):
            sent = sender.request(route, method)
            status = _answered(browser, sent, outcome)
            refused += status == 405 and sent.method == method
            if refused > number == NO_METHOD - 1:
                break
    return outcome


def _answered(browser: Client, sent: Sent, outcome: Outcome) -> int:
    """The status of one answer, noted in `outcome`."""
    browser.cookies.clear()
    point = transaction.savepoint()
    answer = browser.generic(
        sent.method, sent.path, sent.body, content_type=sent.content_type, headers=sent.headers
    )
    transaction.savepoint_rollback(point)
    outcome.statuses[answer.status_code] += 1
    problem = answer.get("Content-Type", "").startswith("application/problem+json")
    of_interface = sent.path.startswith("/api/")
    if answer.status_code >= 500 or (of_interface and answer.status_code >= 400 and not problem):
        outcome.faults.append((answer.status_code, sent))
    return answer.status_code


@pytest.fixture
def known(county_db: County) -> Known:
    citizen = Citizen().sign_in()
    numbers = [citizen.begin(), filed().number, filed().number, filed().number]
    act(numbers[2], "accept", "chuangkou")
    items = [
        {"target": "field:shop_name", "reason": "不符", "mend": "改正"},
        {"target": "material:m1", "reason": "缺", "mend": "补"},
    ]
    act(numbers[3], "notify_correction", "chuangkou", payload={"items": items})
    desks = [
        at_desk(name) for name in ("chuangkou", "jiangyx", "yinby", "ducha", "xitong", "anquan", "shenji")
    ]
    sessions = [browser.cookies[SESSION_COOKIE].value for browser in (citizen.browser, *desks)]
    return Known(tuple(sessions), tuple(numbers))


def test_no_malformed_request_is_a_fault(known: Known) -> None:
    outcome = _send(known)
    assert outcome.statuses.total() >= FEWEST
    assert outcome.faults == []
    # What was sent came as far as the rooms: some of it was even taken, much was refused by them.
    assert outcome.statuses[200] + outcome.statuses[302] > FEWEST / 10
    assert outcome.statuses[422] > FEWEST / 20


@pytest.mark.nightly
@pytest.mark.parametrize("seed", NIGHTLY_SEEDS)
def test_a_night_of_malformed_requests_is_no_fault(known: Known, seed: int) -> None:
    outcome = _send(known, seed, NIGHTLY_EACH)
    assert outcome.faults == []
    assert outcome.statuses.total() >= NIGHTLY_FEWEST / len(NIGHTLY_SEEDS)


def test_the_same_is_sent_every_time(known: Known) -> None:
    again = [Sender(f"{SEED} POST /login", known).request("login", "POST") for _ in range(2)]
    assert again[0] == again[1]
    assert Sender(f"{SEED} POST /desk/login", known).request("login", "POST") != again[0]


def test_a_planted_fault_is_found(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(catalog, "listing", fails)
    assert {status for status, _ in _send(known, each=2).faults} == {500}
