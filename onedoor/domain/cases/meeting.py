"""Who calls and the case they call about, read in one statement: the first of the two that an act costs."""

from __future__ import annotations

from datetime import datetime

from onedoor.domain.offices.queries import BY_SESSION, BY_TOKEN, Recognition
from onedoor.domain.offices.terms import Principal

from . import statements
from .terms import Met


def met_by_token(secret: str, number: str, *, at: datetime) -> tuple[Principal | None, Met | None]:
    """Whose API token this is, and the case of this number for an act of theirs; who may see it, the act decides."""
    return _met(BY_TOKEN, secret, number, at)


def met_by_session(secret: str, number: str, *, at: datetime) -> tuple[Principal | None, Met | None]:
    """The same by a session cookie."""
    return _met(BY_SESSION, secret, number, at)


def _met(way: Recognition, secret: str, number: str, at: datetime) -> tuple[Principal | None, Met | None]:
    who, case = statements.met(way, secret, number, at)
    return who, Met(number, case) if case is not None else None
