"""Whose turn it is: the inbox tokens of a case, derived from its state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from onedoor.domain.catalog.terms import Procedure
from onedoor.domain.offices.terms import Role

from .procedure import making_step, open_steps
from .terms import Stage, State

#: The token that a granted case bears once nothing is left to be made: the counter may hand it over.
HANDING_OVER: Final = f"{Role.CLERK.value}:*"


def waiting_for(state: State, procedure: Procedure, lead: str) -> tuple[tuple[str, str], ...]:
    """Pairs of role and department that can move the case on now; empty when it waits for the applicant."""
    return tuple(dict.fromkeys(_turns(state, procedure, lead)))


def _turns(state: State, procedure: Procedure, lead: str) -> Iterator[tuple[str, str]]:
    if state.stage is Stage.SUBMITTED:
        yield Role.CLERK.value, lead
    elif state.stage is Stage.SUSPENDED:
        yield Role.REVIEWER.value, lead
    elif state.stage is Stage.ACCEPTED:
        for step, _ in open_steps(procedure, state):
            yield step.role, step.department
    elif state.stage in (Stage.APPROVED, Stage.REFUSED, Stage.ISSUED):
        making = making_step(procedure, state.skipped)
        waits_for_making = state.stage is Stage.APPROVED and making is not None
        yield Role.ISSUER.value, making.department if making and waits_for_making else lead
        if not waits_for_making:
            yield Role.CLERK.value, lead


def work_tokens(state: State, procedure: Procedure, lead: str) -> list[str]:
    """`role:department` and `role:*` for each turn, as the case row keeps them for the inbox query."""
    found: dict[str, None] = {}
    for role, department in waiting_for(state, procedure, lead):
        found[f"{role}:{department}"] = None
        found[f"{role}:*"] = None
    return list(found)
