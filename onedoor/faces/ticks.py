"""Ticked answers in an address. They choose between what everybody may read and say nothing of who answers; nothing
that was typed ever stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from onedoor.domain.catalog.guides.situations import CalledFor
from onedoor.domain.catalog.terms import Field, ServiceVersion

#: In the address of a page whose questions have been sent.
SENT = "asked"
#: A longer address makes a code that telephones cannot read from paper.
LONGEST = 700


def ticked(query: QueryDict, questions: Sequence[Field]) -> dict[str, Any]:
    """The answers in an address, by the code of the question; those passed over are left out."""
    found: dict[str, Any] = {}
    for field in questions:
        given = [each[:100] for each in query.getlist(field.code)[:50] if each.strip()]
        if field.type == "choices" and (given or SENT in query):
            found[field.code] = given
        elif given:
            found[field.code] = given[-1]
    return found


def query_of(answers: Mapping[str, Any]) -> str:
    """Answers as an address has them, for `ticked` to read again; "" for none."""
    pairs = []
    for code, value in answers.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(code, str(each).lower() if isinstance(each, bool) else str(each)) for each in values]
    return urlencode([(SENT, "1"), *pairs]) if answers else ""


def path_to(version: ServiceVersion, called: CalledFor) -> str:
    """Where the code on a notice leads: to the same answers, or to the guide if there are none."""
    guide, query = f"/services/{version.code}", query_of(called.answers)
    path = f"{guide}/notice?{query}"
    return path if query and len(path) <= LONGEST else guide
