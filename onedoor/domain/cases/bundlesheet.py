"""One bundle as its page shows it: what was applied for as one, its members and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from onedoor.core.identifiers import mask_id, mask_name, mask_phone
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role

from . import agency, bundlerows, bundling, finding, plans
from .bundlerows import BundleRow
from .bundles import Member
from .drafts import DraftSheet, answers_in_words, draft_materials
from .engine.codec import state_from_json
from .engine.lapse import DRAFT_LIFE
from .engine.lifecycle import LIFECYCLE, Verb
from .engine.procedure import stage_name
from .events import BUNDLE_KIND_NAMES, BundleKind
from .models import Bundle, Case
from .rules import permit
from .terms import (
    BUNDLE_STAGE_NAMES,
    MEMBER_STATE_NAMES,
    BundleStage,
    Holder,
    MemberLine,
    MemberState,
)

_COUNTER: Final = (Role.CLERK, Role.TOWN)
#: The most bundles of one's own on a page.
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class BundleParty:
    """Who applies, masked unless the reader is the applicant or their agent."""

    kind: str
    name: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class BundleFact:
    """One line of what has happened to a bundle."""

    seq: int
    kind: str
    name: str
    about: str
    who: str
    effective_at: datetime
    recorded_at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class BundleSheet:
    """A bundle in full, as its reader may see it. `due_at` is the earliest limit that runs in a member the reader may
    open; `query_code` is told to those who may read the receipts; `originals` names what was to be brought to the
    counter when it was handed in."""

    number: str
    package_code: str
    package_name: str
    package_number: int
    stage: str
    stage_name: str
    seq: int
    channel: str
    department_name: str
    filed_at: datetime | None
    concluded_at: datetime | None
    due_at: datetime | None
    applicant: BundleParty
    members: tuple[MemberLine, ...]
    facts: tuple[BundleFact, ...]
    allowed: tuple[Verb, ...]
    query_code: str | None = None
    originals: tuple[str, ...] = ()
    mine: bool = False

    @property
    def over(self) -> int:
        """How many members nothing more will happen to."""
        return sum(member.over for member in self.members)

    @property
    def granted(self) -> int:
        """How many members were granted."""
        return sum(member.state == MemberState.GRANTED for member in self.members)


@dataclass(frozen=True, slots=True)
class BundleBrief:
    """A bundle as a line of a list, or on the page of one of its members."""

    id: UUID
    number: str
    package_code: str
    package_name: str
    stage: str
    stage_name: str
    applicant_name: str
    filed_at: datetime | None
    saved_at: datetime
    members: tuple[MemberLine, ...] = ()


def compose(bundle: BundleRow, actor: Principal | Holder, at: datetime) -> BundleSheet:
    """The sheet as this actor may see it; members of other departments show number, item and stage only."""
    content = bundlerows.application(bundle)
    members = lines(bundle, actor, at)
    names = {code: each.name for code, each in offices.departments(bundle.tenant_id).items()}
    own = isinstance(actor, Principal) and _owns(bundle, actor, at)
    knows_code = own or (isinstance(actor, Principal) and actor.has(*_COUNTER))
    state = bundle.state
    return BundleSheet(
        number=bundle.number,
        package_code=bundle.package_code,
        package_name=bundle.package_name,
        package_number=state.package_number,
        stage=state.stage.value,
        stage_name=BUNDLE_STAGE_NAMES[state.stage],
        seq=state.seq,
        channel=bundle.channel,
        department_name=names.get(bundle.lead_department, bundle.lead_department),
        filed_at=state.filed_at,
        concluded_at=state.concluded_at,
        due_at=min((line.due_at for line in members if line.due_at), default=None),
        applicant=_party(content.get("applicant", {}), actor, own=own),
        members=members,
        facts=_facts(journal.facts(bundle.id), members),
        allowed=_permitted(bundle, actor, at),
        query_code=content.get("query_code") if knows_code else None,
        originals=tuple(content.get("originals", ())) if own else (),
        mine=own,
    )


def _permitted(bundle: BundleRow, actor: Principal | Holder, at: datetime) -> tuple[Verb, ...]:
    """The verbs that this actor may do to the bundle as a whole now."""
    open_ = any(m.state in (MemberState.OPEN, MemberState.WAITING) for m in bundle.state.members)
    draft = bundle.state.stage is BundleStage.DRAFT
    offered = [
        LIFECYCLE[code]
        for code in ("save_draft", "submit", "withdraw")
        if draft or (code == "withdraw" and open_ and bundle.state.stage is BundleStage.IN_HAND)
    ]
    return tuple(verb for verb in offered if _may(actor, verb, bundle, at))


def _may(actor: Principal | Holder, verb: Verb, bundle: BundleRow, at: datetime) -> bool:
    try:
        permit(actor, verb, bundle.standing(at), bundling.NOTHING)
    except Refused:
        return False
    return True


def _owns(bundle: BundleRow, actor: Principal, at: datetime) -> bool:
    return bundle.applicant_user_id == actor.user_id or bundle.standing(at).acts_for(actor)


def _party(who: Mapping[str, Any], actor: Principal | Holder, *, own: bool) -> BundleParty:
    name = who.get("name", "")
    shown = name if own or isinstance(actor, Principal) else mask_name(name)
    number, phone = who.get("id_number", ""), who.get("phone", "")
    return BundleParty(who.get("kind", ""), shown, mask_id(number), mask_phone(phone))


def lines(bundle: BundleRow, actor: Principal | Holder, at: datetime) -> tuple[MemberLine, ...]:
    """The members as they stand now, in the order of the plan."""
    cases = {
        row.id: row
        for row in Case.objects.filter(
            tenant_id=bundle.tenant_id, id__in=[m.case for m in bundle.state.members if m.case]
        ).only("id", "engine", "due_at", "version_id", "number")
    }
    mine = _openable(bundle, cases, actor, at)
    return tuple(
        _line(member, cases.get(member.case) if member.case else None, mine)
        for member in bundle.state.members
    )


def _openable(
    bundle: BundleRow, cases: Iterable[UUID], actor: Principal | Holder, at: datetime
) -> frozenset[UUID]:
    """The members' cases that this actor may open."""
    if isinstance(actor, Holder):
        return frozenset(cases)
    rows = finding.everything(actor, at).filter(id__in=list(cases))
    return frozenset(rows.values_list("id", flat=True))


def _line(member: Member, case: Case | None, mine: frozenset[UUID]) -> MemberLine:
    service = catalog.version(member.version)
    opened = member.case in mine
    state = state_from_json(case.engine) if case is not None else None
    return MemberLine(
        service=service.code,
        service_name=service.name,
        department=service.department_name,
        number=member.number,
        state=member.state.value,
        state_name=stage_name(state, service.procedure) if state else MEMBER_STATE_NAMES[member.state],
        stage=state.stage.value if state else "",
        after=member.after,
        due_at=case.due_at if case is not None and opened else None,
        over=member.over,
        mine=opened,
    )


def _facts(facts: tuple[Fact, ...], members: tuple[MemberLine, ...]) -> tuple[BundleFact, ...]:
    """Newest first; each says which member it is about."""
    by_service = {line.service: line.service_name for line in members}
    users = {_user(fact.principal) for fact in facts} - {0}
    people = {key: user.name for key, user in offices.users(users).items()}
    by_case = {
        member["case"]: by_service.get(member["service"], "")
        for fact in facts
        for member in ([*fact.data.get("members", ())] + ([fact.data] if "number" in fact.data else []))
    }
    return tuple(
        BundleFact(
            seq=fact.seq,
            kind=fact.kind,
            name=BUNDLE_KIND_NAMES.get(fact.kind, fact.kind),
            about=_about(fact, by_service, by_case),
            who=_who(fact.principal, people),
            effective_at=fact.effective_at,
            recorded_at=fact.recorded_at,
            hash=fact.hash.hex(),
        )
        for fact in reversed(facts)
    )


def _user(principal: str) -> int:
    """The account that is recorded, 0 for none."""
    return int(principal.removeprefix("user:")) if principal.startswith("user:") else 0


def _who(principal: str, people: Mapping[int, str]) -> str:
    return people.get(_user(principal), "") or {"law": "依法自动发生"}.get(principal, "系统")


def _about(fact: Fact, by_service: Mapping[str, str], by_case: Mapping[str, str]) -> str:
    data = fact.data
    name = by_service.get(data.get("service", "")) or by_case.get(data.get("case", ""), "")
    if fact.kind == BundleKind.MEMBER_DECIDED:
        return f"{name}：{'准予' if data['outcome'] == 'approve' else '不予许可'}"
    if fact.kind == BundleKind.MEMBER_DROPPED and data["because"]:
        return f"{name}：前置的“{by_service.get(data['because'], '')}”没有办成"
    if fact.kind == BundleKind.MEMBER_OVER:
        return f"{name}：{MEMBER_STATE_NAMES[MemberState(data['state'])]}"
    if fact.kind == BundleKind.CONCLUDED:
        return f"{data['of']} 项中准予 {data['granted']} 项"
    return name


def bundle_around(case_id: UUID, actor: Principal | Holder, at: datetime) -> BundleBrief | None:
    """The bundle of which a case is a member, with its sisters; None for a case filed alone. Whoever may see the case
    may know what it is part of."""
    parent = Case.objects.filter(pk=case_id).values_list("parent_id", flat=True).first()
    bundle = bundlerows.read_by_id(parent) if parent else None
    if bundle is None:
        return None
    return _brief(bundle, "", lines(bundle, actor, at))


def bundle_briefs(ids: Iterable[UUID], tenant_id: int) -> dict[UUID, BundleBrief]:
    """Bundles by id, for lists of their members."""
    rows = Bundle.objects.filter(tenant_id=tenant_id, id__in=list(ids))
    return {row.id: _brief(bundlerows.row_of(row), row.applicant_name) for row in rows}


def bundle_numbers(ids: Iterable[UUID], tenant_id: int) -> dict[UUID, str]:
    """The numbers of bundles by id, to mark their members in a list."""
    wanted = list(ids)
    if not wanted:
        return {}
    return dict(Bundle.objects.filter(tenant_id=tenant_id, id__in=wanted).values_list("id", "number"))


def own_bundles(principal: Principal, *, at: datetime) -> tuple[BundleBrief, ...]:
    """The bundles of this account, newest first, with their members; not the drafts that have come to nothing."""
    rows = (
        Bundle.objects.filter(tenant_id=principal.tenant_id, applicant_user_id=principal.user_id)
        .exclude(stage=BundleStage.WITHDRAWN.value)
        .order_by("-created_at")[:MOST]
    )
    found = [(bundlerows.row_of(row), row.applicant_name) for row in rows]
    return tuple(_brief(row, name, lines(row, principal, at)) for row, name in found)


def _brief(bundle: BundleRow, applicant_name: str, members: tuple[MemberLine, ...] = ()) -> BundleBrief:
    return BundleBrief(
        id=bundle.id,
        number=bundle.number,
        package_code=bundle.package_code,
        package_name=bundle.package_name,
        stage=bundle.state.stage.value,
        stage_name=BUNDLE_STAGE_NAMES[bundle.state.stage],
        applicant_name=applicant_name,
        filed_at=bundle.state.filed_at,
        saved_at=bundle.saved_at,
        members=members,
    )


def bundle_sheet(number: str, *, actor: Principal | Holder, at: datetime) -> BundleSheet | None:
    """A bundle in full as this actor may see it; None if no bundle has this number.

    Raises Refused("case_not_found", 404).
    """
    found = bundlerows.read(number)
    return compose(bundlerows.seen(found, actor, at), actor, at) if found else None


def bundle_holds_code(number: str, holder: Holder) -> bool:
    """Whether a bundle with this number exists and the holder's query code is the right one."""
    found = bundlerows.read(number)
    return found is not None and bundlerows.holds_code(found, holder.query_code)


def bundle_draft(number: str, *, actor: Principal, at: datetime) -> DraftSheet | None:
    """An application for a package that is still being written, as the draft of its merged form; None if no bundle has
    this number.

    Raises Refused: case_not_found (404), not_a_draft (409), the codes of `rules.permit` and of the plan.
    """
    found = bundlerows.read(number)
    if found is None:
        return None
    bundle = bundlerows.seen(found, actor, at)
    permit(actor, LIFECYCLE["save_draft"], bundle.standing(at), bundling.NOTHING)
    if bundle.state.stage is not BundleStage.DRAFT:
        detail = "这份申请已经提交或作废，不能再修改，请到办件页面查看进度。"
        raise Refused("not_a_draft", detail, status=409)
    judged = bundling.reconsidered(bundle, actor, at)
    application, body = judged.application, judged.body
    version = agency.with_letter(plans.merged(judged.plan), application.agent)
    return DraftSheet(
        number=bundle.number,
        seq=bundle.state.seq,
        version=version,
        applicant=application.applicant,
        form=body.form,
        answers=answers_in_words(version, body.form),
        materials=draft_materials(version, body),
        problems=judged.problems,
        agent=application.agent,
        saved_at=bundle.saved_at,
        ends_at=bundle.saved_at + DRAFT_LIFE,
        plan=judged.plan,
    )


def own_bundle_draft(principal: Principal, package: str) -> str | None:
    """The number of this account's newest unfinished application for a package."""
    rows = Bundle.objects.filter(
        tenant_id=principal.tenant_id,
        applicant_user_id=principal.user_id,
        stage=BundleStage.DRAFT.value,
        package_code=package,
    )
    return rows.order_by("-created_at").values_list("number", flat=True).first()
