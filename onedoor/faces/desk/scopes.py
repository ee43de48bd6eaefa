"""Roles and their scopes in words: 审查人员（市场监管局，石桥镇）."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from onedoor.core.divisions import full_code
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import ROLE_NAMES, Grant, Role


@dataclass(frozen=True, slots=True)
class Scopes:
    """The names of a county's departments by code, and of its places by full code."""

    departments: Mapping[str, str]
    places: Mapping[str, str]

    @classmethod
    def of(cls, tenant_id: int) -> Self:
        """The names of one county."""
        departments = {code: d.short_name for code, d in offices.departments(tenant_id).items()}
        return cls(departments, {place.code: place.name for place in offices.places(tenant_id)})

    def word(self, grant: Grant) -> str:
        """One role with its scope."""
        return self.said(grant.role.value, grant.department, grant.place)

    def words(self, grants: Iterable[Grant]) -> tuple[str, ...]:
        """Every role with its scope."""
        return tuple(self.word(grant) for grant in grants)

    def said(self, role: str, department: str | None, place: str) -> str:
        """A role with its scope, as facts name them."""
        name = ROLE_NAMES[Role(role)] if role in tuple(Role) else role
        where = [self.departments.get(department, department)] if department else []
        if place:
            code = full_code(place)
            where.append(self.places.get(code, code))
        return f"{name}（{'，'.join(where)}）" if where else name
