"""The byte form of facts, which must never change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.refusals import Refused
from onedoor.domain.journal.actions import chain
from onedoor.domain.journal.canonical import encode_data, stamp
from onedoor.domain.journal.rules import recompute
from onedoor.domain.journal.terms import GENESIS, FactRow, NewFact
from onedoor.plumbing.crypto import sm3

STREAM = UUID("01920000-0000-7000-8000-000000000001")
AT = datetime(2026, 10, 13, 9, 2, 3, 456789, tzinfo=timezone(timedelta(hours=8)))

text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
plain = st.none() | st.booleans() | st.integers() | text
data = st.dictionaries(
    text,
    st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)),
)


def one(fact: NewFact) -> FactRow:
    (row,) = chain(
        stream_id=STREAM,
        seq=4,
        prev_hash=GENESIS,
        tenant_id=7,
        stream_kind="case",
        principal="user:3",
        recorded_at=AT,
        facts=[fact],
        command_id="k1",
        command_hash=b"\xab" * 32,
    )
    return row


def test_the_form_is_what_the_reference_says() -> None:
    row = one(NewFact("case.decided", {"b": 1, "a": ["准予", None, True, {"d": "", "c": -2}]}, AT, version=2))
    written = (
        '["01920000-0000-7000-8000-000000000001",5,7,"case","case.decided",2,'
        '"2026-10-13T01:02:03.456789+00:00","2026-10-13T01:02:03.456789+00:00","user:3","k1","'
        + "ab"
        * 32
        + '",'
        '{"a":["准予",null,true,{"c":-2,"d":""}],"b":1},"' + "00" * 32 + '"]'
    )
    assert row.hash == sm3(written.encode())


@given(data)
def test_the_parts_join_to_the_json_of_the_whole(values: dict[str, Any]) -> None:
    row = one(NewFact("case.decided", values, AT))
    whole = json.dumps(
        [
            str(STREAM), 5, 7, "case", "case.decided", 1, stamp(AT), stamp(AT), "user:3", "k1", "ab" * 32,
            values, "00" * 32,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )  # fmt: skip
    assert row.hash == sm3(whole.encode())
    assert json.loads(row.body) == values


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 6},
        {"stream_id": UUID(int=5)},
        {"tenant_id": 8},
        {"stream_kind": "licence"},
        {"kind": "case.issued"},
        {"version": 2},
        {"effective_at": AT + timedelta(microseconds=1)},
        {"recorded_at": AT + timedelta(microseconds=1)},
        {"principal": "user:4"},
        {"command_id": None},
        {"command_hash": None},
        {"data": {"n": 2}},
        {"prev_hash": b"\x01" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_column_is_under_the_hash(change: dict[str, Any]) -> None:
    row = one(NewFact("case.decided", {"n": 1}, AT))
    assert recompute(row) == row.hash
    columns = {name: getattr(row, name) for name in FactRow.__dataclass_fields__}
    assert recompute(FactRow(**(columns | change))) != row.hash


@pytest.mark.parametrize(
    "values",
    [{"a": 1.5}, {"a": [{"b": 2.0}]}, {1: "a"}, {"a": {2: 3}}, {"a": AT}, {"a": b"x"}, {"a": {1, 2}}],
)
def test_what_has_no_canonical_form_is_a_mistake_of_the_programmer(values: dict[Any, Any]) -> None:
    with pytest.raises(TypeError):
        encode_data(values)


@pytest.mark.parametrize("values", [{"a": "x\0y"}, {"a": ["\0"]}, {"\0": 1}, {"a": "\ud800"}])
def test_text_that_cannot_be_stored_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        encode_data(values)
    assert refused.value.code == "unwritable_text"


def test_a_written_out_escape_is_no_nul() -> None:
    assert json.loads(encode_data({"a": "\\u0000"})) == {"a": "\\u0000"}


def test_an_instant_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        stamp(AT.replace(tzinfo=None))
    assert stamp(AT.astimezone(UTC)) == stamp(AT) == "2026-10-13T01:02:03.456789+00:00"
