"""What the interface answers is what its OpenAPI document says, for requests that are made from that document."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from django.db import connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import ServerError
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from onedoor.domain.cases.queries import LIFECYCLE
from onedoor.domain.catalog import queries as catalog
from onedoor.site.wsgi import application
from tests.county import County
from tests.faces.desk import act, filed
from tests.faces.test_api import caller, filing

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
#: The client unpacks nothing.
PLAIN = {"Accept-Encoding": "identity"}
#: Who calls: with each token other operations come far.
CALLERS = ("chuangkou", "jiangyx", "yinby", "ducha")
#: Requests to each operation: as the document wants them, and as it does not.
EACH = 5
NIGHTLY = 100


@pytest.fixture
def schema(county_db: County, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document of the interface, and the interface behind it, playing in this test's transaction."""
    # A web process gives up a connection that is in the middle of something; this one is, for the whole test.
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def known(county_db: County) -> dict[str, st.SearchStrategy[str]]:
    """What somebody who has worked with the interface puts into its addresses."""
    numbers = [filed().number, filed().number]
    act(numbers[1], "accept", "chuangkou")
    return {
        "number": st.sampled_from(numbers),
        "verb": st.sampled_from(sorted(LIFECYCLE)),
        "code": st.just("SCJG-FOOD-NEW"),
    }


@pytest.fixture
def tokens(county_db: County) -> list[str]:
    return [f"Bearer {caller(name).token}" for name in CALLERS]


def _quiet(examples: int) -> Any:
    """The same requests every time, none of them kept in a file."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _run(schema: Any, known: dict[str, st.SearchStrategy[str]], tokens: list[str], each: int) -> Counter[str]:
    """Call every operation; the sum of its answers by operation, and of all by status."""
    answered: Counter[str] = Counter()
    for found in schema.get_all_operations():
        operation: APIOperation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            # What takes nothing cannot be called wrongly.
            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                _call(operation, operation.as_strategy(generation_mode=mode), known, tokens, each, answered)
    return answered


def _call(
    operation: APIOperation,
    cases: Any,
    known: dict[str, st.SearchStrategy[str]],
    tokens: list[str],
    each: int,
    answered: Counter[str],
) -> None:
    @_quiet(each)
    @given(case=cases, token=st.sampled_from(tokens), data=st.data())
    def one(case: Any, token: str, data: Any) -> None:
        for name in set(known) & set(case.path_parameters or {}):
            if data.draw(st.integers(0, 3)):
                case.path_parameters[name] = data.draw(known[name])
        if case.path == "/api/v1/cases" and case.method == "POST" and data.draw(st.booleans()):
            case.body = filing()
        answer = case.call_and_validate(headers=PLAIN | {"Authorization": token}, checks=CHECKS)
        answered[operation.label] += 1
        answered[str(answer.status_code)] += 1

    one()


def test_answers_are_as_the_document_says(
    schema: Any, known: dict[str, st.SearchStrategy[str]], tokens: list[str]
) -> None:
    answered = _run(schema, known, tokens, EACH)
    operations = {operation.ok().label for operation in schema.get_all_operations()}
    assert len(operations) > 15
    assert operations <= set(answered)
    assert answered["200"] > 20
    assert answered["422"] > 20


@pytest.mark.nightly
def test_many_answers_are_as_the_document_says(
    schema: Any, known: dict[str, st.SearchStrategy[str]], tokens: list[str]
) -> None:
    assert _run(schema, known, tokens, NIGHTLY).total() > 2 * 18 * NIGHTLY


def test_a_planted_breach_is_found(
    schema: Any,
    known: dict[str, st.SearchStrategy[str]],
    tokens: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(catalog, "listing", fails)
    with pytest.raises(BaseExceptionGroup) as found:
        _run(schema.include(path="/api/v1/services"), known, tokens, 2)
    assert found.group_contains(ServerError)
