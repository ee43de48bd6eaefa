"""What the counter 综合窗口 reads of packages: the merged form of a plan, what is wrong with one that was filled in,
the drafts taken down there, and what was handed in. A door like `queries`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.people.terms import AgentGiven

from . import agency, bundlerows, bundling, filing, plans
from .drafts import DraftMaterial, draft_materials
from .engine.lapse import DRAFT_LIFE
from .models import Bundle
from .terms import Application, BundleStage

#: The most drafts on a page.
MOST: Final = 20
_COUNTER: Final = (Role.CLERK, Role.TOWN)


@dataclass(frozen=True, slots=True)
class Begun:
    """An application for a package that somebody at the counter has begun to take down; it ends at `ends_at` if nobody
    goes on with it."""

    number: str
    package: str
    package_name: str
    applicant_kind: str
    applicant_name: str
    saved_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What was handed in for a package, and the plan by which it was: every material of the merged list that the
    answers called for, with how it came, "" for one that was not there."""

    plan: Plan
    materials: tuple[DraftMaterial, ...]

    @property
    def received(self) -> tuple[DraftMaterial, ...]:
        """The materials that are there."""
        return tuple(each for each in self.materials if each.given)

    @property
    def lacking(self) -> tuple[DraftMaterial, ...]:
        """The materials that are not there."""
        return tuple(each for each in self.materials if not each.given)


def merged_form(plan: Plan, agent: AgentGiven | None = None) -> ServiceVersion:
    """The plan as one version: its merged form and list, with the letter of an agent if there is one."""
    return agency.with_letter(plans.merged(plan), agent)


def known_answers(plan: Plan) -> dict[str, Any]:
    """What the package's questions have answered of the merged form, by its codes."""
    return plans.with_answers(plan, {})


def filing_problems(application: Application, *, actor: Principal, at: datetime) -> tuple[Problem, ...]:
    """Every fault that would keep an application for a package from being filed, with pointers as `actions.file` gives
    them. Nothing is written. Raises Refused as `actions.file` does where package, item or channel is at fault."""
    return bundling.judge(application, actor, at).problems


def drafts(principal: Principal) -> tuple[Begun, ...]:
    """The packages that this member of staff has begun to take down, the latest first."""
    rows = Bundle.objects.filter(
        tenant_id=principal.tenant_id,
        created_by=principal.key,
        stage=BundleStage.DRAFT.value,
        applicant_user_id=None,
    )
    return tuple(
        Begun(
            number=row.number,
            package=row.package_code,
            package_name=row.package_name,
            applicant_kind=row.applicant_kind,
            applicant_name=row.applicant_name,
            saved_at=row.saved_at,
            ends_at=row.saved_at + DRAFT_LIFE,
        )
        for row in rows.order_by("-saved_at")[:MOST]
    )


def handed_in(number: str, *, actor: Principal, at: datetime) -> HandedIn:
    """What was handed in for a package, for those who receive applications.

    Raises Refused: case_not_found (404), role_missing (403), not_handed_in (409) while it is a draft.
    """
    bundle = bundlerows.seen(bundlerows.read(number), actor, at)
    if not actor.has(*_COUNTER):
        raise Refused("role_missing", "收件回执由窗口打印，请到窗口办理。", status=403)
    if bundle.state.filed_at is None:
        raise Refused("not_handed_in", "这份申请没有提交，没有回执。", status=409)
    content = bundlerows.application(bundle)
    answers: Mapping[str, Any] = content["answers"]
    # By the versions of the day, which never change.
    plan = plans.plan_for(bundle.tenant_id, bundle.package_code, answers, bundle.state.filed_at)
    version = merged_form(plan, agency.agent_from(content))
    return HandedIn(plan, draft_materials(version, filing.papers_from(content)))
