"""Walks through the interface: what one call is answered is what the next one is called with, as programs use it.

Every answer is held to the OpenAPI document. What is drawn depends on the seed alone; a failure names the seed of
its walk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from schemathesis.core.failures import ServerError

from onedoor.domain.cases import followers
from onedoor.domain.cases.engine import evolve as folding
from onedoor.domain.cases.engine.terms import Kind
from onedoor.domain.cases.queries import LIFECYCLE
from onedoor.domain.journal import queries as journal
from tests.county import County
from tests.faces.desk import act, filed
from tests.faces.test_api import caller, filing
from tests.progress import note
from tests.security.malformed import Known, Sender
from tests.security.test_openapi import CHECKS, PLAIN, schema  # noqa: F401

#: Who walks: the window, both reviewers, who decides, their head, who issues, who watches.
WALKERS = ("chuangkou", "jiangyx", "gongzq", "yinby", "scjgju", "chujian", "ducha")
CALLS = 25
WALKS = 4
NIGHTLY = 100
#: Acts that end a case too soon, or change little, come seldom.
SELDOM = ("withdraw", "decline", "save_draft", "suspend", "extend", "notify_correction")
API = "/api/v1"
#: What is looked at between two acts.
LOOKS = ("", "/facts", "/deadline", "/papers")


@pytest.fixture
def tokens(county_db: County) -> dict[str, str]:
    return {name: f"Bearer {caller(name).token}" for name in WALKERS}


@pytest.fixture
def number(county_db: County) -> str:
    """A case with papers, which no call of the interface makes."""
    case = filed()
    act(case.number, "accept", "chuangkou")
    for fact in journal.facts(case.case_id):
        followers.issue_papers(fact, at=datetime.now(UTC))
    return case.number


class Walk:
    """A program that remembers what it was answered."""

    def __init__(self, schema: Any, tokens: Mapping[str, str], number: str, seed: int) -> None:  # noqa: F811
        self.schema, self.tokens = schema, tokens
        self.draw, self.sender = Random(seed), Sender(str(seed), Known((), ()))
        self.numbers, self.papers = [number], list[str]()
        self.answered: Counter[str] = Counter()

    def live(self) -> Counter[str]:
        """A case is filed, then so many calls are made; what was answered, by call and status."""
        self._file()
        for _ in range(CALLS):
            self.draw.choices((self._act, self._look, self._file), (6, 3, 1))[0]()
        return self.answered

    def _file(self) -> None:
        body = filing() | {"draft": self.draw.random() < 0.4}
        answer = self._call("chuangkou", "POST", "/cases", self._perhaps_spoilt(body))
        if answer.status_code == 201:
            self.numbers.append(answer.json()["number"])

    def _act(self) -> None:
        """Mostly something that a case says somebody may do now."""
        number = self.draw.choice(self.numbers[-2:])
        for who in self.draw.sample(WALKERS, len(WALKERS)):
            found = self._call(who, "GET", "/cases/{number}", number=number).json()
            if allowed := [act for act in found.get("allowed", ()) if self._would(act["verb"])]:
                break
        else:
            self._file()
        if not allowed or self.draw.random() < 0.1:
            allowed = [{"verb": name, "step": "check"} for name in LIFECYCLE]
        act = self.draw.choice(allowed)
        payload = self._payload(act["verb"], act["step"], found.get("seq", 1))
        path = "/cases/{number}/actions/{verb}"
        answer = self._call(who, "POST", path, self._perhaps_spoilt(payload), number=number, verb=act["verb"])
        if answer.status_code == 200:
            self.answered[answer.json()["state"]] += 1

    def _would(self, verb: str) -> bool:
        return verb not in SELDOM or self.draw.random() < 0.1

    def _payload(self, name: str, step: str, seq: int) -> dict[str, Any]:
        """What the verb asks for, and now and then what it leaves free."""
        verb = LIFECYCLE[name]
        asked = {
            field: value
            for field, value in self.sender.payload(verb).items()
            if field in verb.payload["required"] or self.draw.random() < 0.2
        }
        for item in asked.get("items", ()):
            item["target"] = self.draw.choice(("field:shop_name", "material:m1"))
        return asked | ({"step": step} if step else {}) | {"expect": seq}

    def _look(self) -> None:
        who, number = self.draw.choice(WALKERS), self.draw.choice(self.numbers)
        look = self.draw.choice((*LOOKS, "paper", "/cases", "/work"))
        if look == "paper":
            for paper in self.draw.sample(self.papers, min(1, len(self.papers))):
                self._call(who, "GET", "/papers/{paper_id}.pdf", paper_id=paper)
            look, who, number = "/papers", "chuangkou", self.numbers[0]
        if look in ("/cases", "/work"):
            self._call(who, "GET", look)
        else:
            answer = self._call(who, "GET", f"/cases/{{number}}{look}", number=number)
            if look == "/papers" and answer.status_code == 200:
                self.papers += [paper["id"] for paper in answer.json()["items"]]

    def _perhaps_spoilt(self, body: Any) -> Any:
        return self.sender.spoilt(body) if self.draw.random() < 0.2 else body

    def _call(self, who: str, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """One call, its answer held to the document."""
        # Written here: the client would refuse to write some of what is spoilt.
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        more = {} if body is None else {"body": sent, "media_type": "application/json"}
        case = self.schema[f"{API}{path}"][method].Case(path_parameters=parameters, **more)
        key = {"Idempotency-Key": f"k{self.draw.random()}"} if method == "POST" else {}
        answer = case.call_and_validate(
            headers=PLAIN | {"Authorization": self.tokens[who]} | key, checks=CHECKS
        )
        self.answered[f"{method} {path} {answer.status_code}"] += 1
        return answer


def walks(schema: Any, tokens: Mapping[str, str], number: str, first: int, count: int) -> Counter[str]:  # noqa: F811
    """So many walks; what was answered to all of them."""
    answered: Counter[str] = Counter()
    for seed in range(first, first + count):
        note(f"{seed - first} of {count} walks")
        try:
            answered += Walk(schema, tokens, number, seed).live()
        except BaseException as fault:
            fault.add_note(f"seed of this walk: {seed}")
            raise
    return answered


def test_acts_that_follow_one_another_are_answered(
    schema: Any,  # noqa: F811
    tokens: dict[str, str],
    number: str,
) -> None:
    answered = walks(schema, tokens, number, 0, WALKS)
    assert answered["POST /cases/{number}/actions/{verb} 200"] > WALKS
    assert {"accepted", "correcting"} & set(answered)


@pytest.mark.nightly
def test_a_night_of_acts_that_follow_one_another_is_answered(
    schema: Any,  # noqa: F811
    tokens: dict[str, str],
    number: str,
) -> None:
    answered = walks(schema, tokens, number, 1_000, NIGHTLY)
    # The walks come far: to nearly every stage, and to papers that were told of on the way.
    reached = set(answered) & {stage for verb in LIFECYCLE.values() for stage in verb.stages}
    assert reached >= {"submitted", "correcting", "accepted", "suspended", "approved", "refused", "issued"}
    assert answered["GET /papers/{paper_id}.pdf 200"]


def test_a_fault_late_on_the_way_is_found(
    schema: Any,  # noqa: F811
    tokens: dict[str, str],
    number: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: what fails only once a case was filed and taken up."""

    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("planted")

    monkeypatch.setitem(folding._FOLDS, Kind.ACCEPTED, fails)
    with pytest.raises(BaseExceptionGroup) as found:
        walks(schema, tokens, number, 0, WALKS)
    assert found.group_contains(ServerError)
