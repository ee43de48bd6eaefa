"""Who of a county's staff does what: for every verb somebody whose grants fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import ServiceVersion, Step, StepKind
from onedoor.domain.offices.terms import Grant, Principal, Role

#: One in so many comes to a town's counter, where there is one.
TOWN_SHARE = 8


@dataclass(frozen=True, slots=True)
class Staff:
    """Everyone who works in a county."""

    members: tuple[Principal, ...]

    def serves(self, version: ServiceVersion) -> bool:
        """Whether every step of an item, receiving and handing over have somebody."""
        people = [self._at_counter(version.department), self._with(Role.ISSUER, version.department)]
        people += [self._for(step) for step in version.procedure.steps]
        return all(people)

    def receiving(self, version: ServiceVersion, rng: Random) -> Principal:
        """Whoever stands at the counter an applicant walks up to: mostly the county's, sometimes a town's."""
        towns = self._who(lambda grant: grant.role is Role.TOWN and grant.department is None)
        if towns and rng.randrange(TOWN_SHARE) == 0:
            return rng.choice(towns)
        return self.clerk(version, rng)

    def for_all(self, versions: Iterable[ServiceVersion]) -> list[Principal]:
        """The clerks of the county's hall who receive every one of these items."""
        departments = {version.department for version in versions}
        everybody = [self._at_counter(department) for department in sorted(departments)]
        return [who for who in self.members if everybody and all(who in clerks for clerks in everybody)]

    def clerk(self, version: ServiceVersion, rng: Random) -> Principal:
        """A clerk of the county's hall."""
        return _one(self._at_counter(version.department), rng, "综合窗口人员")

    def examiner(self, version: ServiceVersion, rng: Random) -> Principal:
        """Who examines for the lead department."""
        roles = (Role.REVIEWER, Role.DECIDER, Role.HEAD)
        found = next((who for role in roles if (who := self._with(role, version.department))), [])
        return _one(found, rng, "主办部门的审查人员")

    def head(self, version: ServiceVersion) -> Principal | None:
        """The head of the lead department, if the county names one."""
        return next(iter(self._with(Role.HEAD, version.department)), None)

    def issuer(self, version: ServiceVersion, rng: Random) -> Principal:
        """Who hands results over."""
        return _one(self._with(Role.ISSUER, version.department), rng, "出件人员")

    def at(self, step: Step, rng: Random) -> Principal:
        """Who does a step of a procedure."""
        return _one(self._for(step), rng, f"“{step.name}”环节的办理人员")

    def _for(self, step: Step) -> list[Principal]:
        role = Role.ISSUER if step.kind is StepKind.MAKING else Role(step.role)
        return self._with(role, step.department) or self._with(Role.HEAD, step.department)

    def _at_counter(self, department: str) -> list[Principal]:
        return self._with(Role.CLERK, department)

    def _with(self, role: Role, department: str) -> list[Principal]:
        """Members whose grant covers a department in the whole county."""
        return self._who(
            lambda grant: grant.role is role and not grant.place and grant.department in (None, department)
        )

    def _who(self, fits: Callable[[Grant], bool]) -> list[Principal]:
        return [member for member in self.members if any(map(fits, member.grants))]


def _one(people: Iterable[Principal], rng: Random, what: str) -> Principal:
    found = list(people)
    if not found:
        raise Refused("nobody_serves", f"没有{what}，请先用 onedoor user add 建立用户并授予角色。")
    return rng.choice(found)
