"""Role × verb × relation: what the table's rights say, what the rules say, and what the database lets happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, queries, rules
from onedoor.domain.cases.engine.lifecycle import LIFECYCLE, Relation, Right, Verb
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import Holder
from onedoor.domain.catalog.terms import Procedure, StepKind
from onedoor.domain.offices.models import CalendarVersion, RoleGrant, Tenant
from onedoor.domain.offices.terms import Grant, Principal, Role
from onedoor.domain.people.terms import Act, Agency
from tests.county import County
from tests.factories.cases import AT, DELIVERY, FOOD, PASS, act, filed, version_of
from tests.factories.procedures import decision, procedure, step

SEES_ALL = {"supervisor", "director"}
WORKS = {"clerk", "reviewer", "decider", "head", "issuer", "town"}
#: The law of the verbs, written down once more: a right added to the table by mistake is noticed here.
COUNTER = {("clerk", "lead"), ("town", "lead")}
OWN = {("applicant", "own"), ("applicant", "agent")}
LAW = {
    "save_draft": COUNTER | OWN,
    "submit": COUNTER | OWN,
    "accept": COUNTER,
    "decline": COUNTER,
    "notify_correction": COUNTER,
    "correct": COUNTER | OWN,
    "review": {("reviewer", "step"), ("head", "step")},
    "decide": {("decider", "step"), ("head", "step")},
    "suspend": {("reviewer", "lead"), ("decider", "lead"), ("head", "lead")},
    "resume": {("reviewer", "lead"), ("decider", "lead"), ("head", "lead")},
    "extend": {("head", "lead")},
    "issue": {("issuer", "step")},
    "deliver": COUNTER | {("issuer", "lead")},
    "withdraw": COUNTER | OWN,
    "rate": OWN | {("applicant", "holder")},
}
#: What an entrustment must name for an agent to do a verb.
NAMED = {
    "save_draft": "apply",
    "submit": "apply",
    "correct": "correct",
    "withdraw": "withdraw",
    "rate": "apply",
}
GRAPH = procedure(
    step("check"),
    step("fire", kind=StepKind.OPINION, department="xfjy"),
    decision("check", "fire"),
    replace(step("make", "decide", kind=StepKind.MAKING), department="wsjk"),
)
TOWN = "990722100000"
PAYLOADS: dict[str, dict[str, Any]] = {
    "decline": {"reasons": "不属本县"},
    "notify_correction": {"items": [{"target": "material:m1", "reason": "没有签名", "mend": "补签"}]},
    "review": PASS,
    "decide": {"outcome": "refuse", "reasons": "不符"},
    "suspend": {"kind": "inspection", "days": 10, "reason": "送检"},
    "resume": {"result": "合格"},
    "extend": {"days": 10, "reasons": "情况复杂"},
    "deliver": DELIVERY,
    "rate": {"level": 5},
}


def rights_of(verb: Verb) -> set[tuple[str, str]]:
    return {(right.role.value, right.relation.value) for right in verb.rights}


def test_the_table_says_what_the_law_says() -> None:
    assert {code: rights_of(verb) for code, verb in LIFECYCLE.items()} == LAW
    assert {code: str(verb.entrusted) for code, verb in LIFECYCLE.items() if verb.entrusted} == NAMED


@dataclass(frozen=True)
class Ground:
    """Where the case belongs: the departments of its steps, its place, county and applicant."""

    lead: str
    steps: dict[str, str]
    place: str
    tenant: int
    applicant: int
    #: Who writes it, while it has not been handed in.
    writer: int | None = None
    #: Who acts for the applicant, and what the entrustment names; nobody once it has ended.
    agent: int | None = None
    named: frozenset[str] = frozenset()


def people(ground: Ground) -> Iterator[Principal]:
    """Every role, in every relation to the case: department, place, own case or not, this county or another."""
    departments = [None, ground.lead, *sorted({*ground.steps.values()} - {ground.lead}), "lyj"]
    scopes = [(department, "") for department in departments]
    scopes += [(None, ground.place[:9]), (ground.lead, ground.place[:9]), (None, "990722102")]
    for role in Role:
        for department, place in scopes:
            for user in (
                ground.applicant,
                ground.applicant + 1000,
                *(filter(None, (ground.writer, ground.agent))),
            ):
                for tenant in (ground.tenant, ground.tenant + 1):
                    yield Principal(user, tenant, "某人", "someone", (Grant(role, department, place),))


def expected(who: Principal | Holder, verb: Verb, step_code: str, ground: Ground) -> str:
    """seen from the rights alone: `done`, `forbidden`, or `unseen` where the case does not exist for them."""
    if isinstance(who, Holder):
        return "done" if ("applicant", "holder") in rights_of(verb) else "forbidden"
    (grant,) = who.grants
    own = who.user_id == ground.applicant
    agent = who.user_id == ground.agent

    def covers(*departments: str) -> bool:
        return ground.place.startswith(grant.place) and (grant.department in (None, *departments))

    sees = grant.role in SEES_ALL and covers(ground.lead)
    works = grant.role in WORKS and covers(ground.lead, *ground.steps.values())
    if ground.writer is not None and who.user_id != ground.writer:
        sees = works = False
    if who.tenant_id != ground.tenant or not (own or agent or sees or works):
        return "unseen"
    entrusted = agent and NAMED.get(verb.code) in ground.named
    stands = {"own": own, "agent": entrusted, "holder": False, "lead": covers(ground.lead)}
    stands["step"] = bool(step_code) and covers(ground.steps[step_code])
    fits = any(role == grant.role and stands[relation] for role, relation in rights_of(verb))
    return "done" if fits else "forbidden"


def ruled(who: Principal | Holder, verb: Verb, step_code: str, ground: Ground, graph: Procedure) -> str:
    """The same as the room's rules see it."""
    departments = tuple(dict.fromkeys((ground.lead, *ground.steps.values())))
    standing = rules.Standing(ground.tenant, ground.lead, departments, ground.place, ground.applicant)
    if ground.writer is not None:
        standing = replace(standing, draft_of=f"user:{ground.writer}")
    if ground.agent is not None:
        standing = replace(standing, agency=Agency(uuid4(), ground.agent, ground.named, date(2027, 1, 1)))
    if isinstance(who, Principal) and not rules.may_see(who, standing):
        return "unseen"
    try:
        rules.permit(who, verb, standing, graph, step_code)
    except Refused as refused:
        return "forbidden" if refused.status == 403 else refused.code
    return "done"


def places(verb: Verb, ground: Ground) -> list[str]:
    """The steps at which a verb can be tried: for making, only the making step."""
    if not verb.at_step:
        return [""]
    return ["make"] if verb.code == "issue" else list(ground.steps)


def cells_off(
    table: dict[str, Verb],
    writer: int | None = None,
    agent: int | None = 50,
    named: frozenset[str] = frozenset({"apply", "correct"}),
) -> tuple[int, list[str]]:
    """How many cells the matrix has, and those in which the rules differ from the lifecycle table's rights."""
    ground = Ground("scjg", {s.code: s.department for s in GRAPH.steps}, TOWN, 1, 7, writer, agent, named)
    count, off = 0, []
    for code, law in LIFECYCLE.items():
        for step_code in places(law, ground):
            for who in (*people(ground), Holder("code")):
                count += 1
                wanted = expected(who, law, step_code, ground)
                found = ruled(who, table[code], step_code, ground, GRAPH)
                if found != wanted:
                    off.append(f"{code} {step_code} {who}: {found}, not {wanted}")
    return count, off


@pytest.mark.parametrize(
    ("writer", "agent", "named"),
    [
        (None, None, frozenset()),
        (99, 50, frozenset({"correct", "withdraw", "receive"})),
    ],
)
def test_no_cell_of_the_matrix_is_off(writer: int | None, agent: int | None, named: frozenset[str]) -> None:
    count, off = cells_off(dict(LIFECYCLE), writer, agent, named)
    assert count > 8000
    assert off == []


@pytest.mark.parametrize("relation", list(Relation))
def test_a_planted_right_is_noticed(relation: Relation) -> None:
    wrong = replace(LIFECYCLE["accept"], rights=(*LIFECYCLE["accept"].rights, Right(Role.REVIEWER, relation)))
    if relation is Relation.HOLDER:
        wrong = replace(LIFECYCLE["accept"], rights=(Right(Role.APPLICANT, relation),))
    if relation is Relation.AGENT:
        wrong = replace(wrong, entrusted=Act.APPLY)
    assert rights_of(wrong) != LAW["accept"]
    assert cells_off({**LIFECYCLE, "accept": wrong})[1]


def _whatever_place(grant: Grant, department: str, place: str) -> bool:
    return grant.department is None or grant.department == department


def test_a_rule_that_forgets_the_place_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_covers", _whatever_place)
    assert cells_off(dict(LIFECYCLE))[1]


# ---- on PostgreSQL, in every stage


def food_ground(number: str) -> Ground:
    row = Case.objects.get(number=number)
    steps = {s.code: s.department for s in version_of(FOOD).procedure.steps}
    assert row.applicant_user_id is not None
    writer = int(row.created_by.removeprefix("user:")) if row.stage == "draft" else None
    return Ground(row.lead_department, steps, row.place_code, row.tenant_id, row.applicant_user_id, writer)


STAGES = (
    "draft",
    "submitted",
    "correcting",
    "accepted",
    "suspended",
    "reviewed",
    "approved",
    "issued",
    "delivered",
)


def brought_to(stage: str) -> Any:
    """A food case in a stage; `reviewed` waits for the decision only."""
    case = filed(draft=stage == "draft")
    if stage == "correcting":
        act(case.number, "notify_correction", "chuangkou", payload=PAYLOADS["notify_correction"])
    if stage == "suspended":
        act(case.number, "accept", "chuangkou")
        act(case.number, "suspend", "jiangyx", payload=PAYLOADS["suspend"])
    path = [("accept", "chuangkou", "", {}), ("review", "jiangyx", "check", PASS)]
    path += [
        ("review", _reviewer("xfjy"), "fire", PASS),
        ("decide", "yinby", "decide", {"outcome": "approve"}),
    ]
    path += [("issue", "chujian", "make", {}), ("deliver", "chujian", "", DELIVERY)]
    length = {"accepted": 1, "reviewed": 3, "approved": 4, "issued": 5, "delivered": 6}.get(stage, 0)
    for verb, who, step_code, payload in path[:length]:
        act(case.number, verb, who, AT, step=step_code, payload=payload)
    return case


def _reviewer(department: str) -> str:
    found = RoleGrant.objects.filter(role="reviewer", department=department).select_related("user").first()
    assert found is not None
    return found.user.username


def happened(number: str, verb: Verb, step_code: str, who: Principal | Holder) -> str:
    """What the database lets happen; the attempt is undone. A refusal by the law itself is permission."""
    payload = PAYLOADS.get(verb.code, {})
    at = AT + timedelta(hours=1)
    try:
        with transaction.atomic():
            actions.perform(number=number, verb=verb.code, payload=payload, actor=who, at=at, step=step_code)
            transaction.set_rollback(True)
    except Refused as refused:
        return {404: "unseen", 403: "forbidden"}.get(refused.status, "done")
    return "done"


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_the_database_agrees_in_every_stage(county_db: County, stage: str) -> None:
    case = brought_to(stage)
    ground = food_ground(case.number)
    everybody = list(people(ground))
    draw, off = Random(stage), []
    for verb in LIFECYCLE.values():
        for who in (*draw.sample(everybody, 25), *_likely(everybody, verb, draw), Holder(case.query_code)):
            step_code = draw.choice(places(verb, ground))
            wanted = expected(who, verb, step_code, ground)
            found = happened(case.number, verb, step_code, who)
            if found != wanted:
                off.append(f"{verb.code} {step_code} {who}: {found}, not {wanted}")
    assert off == []


def _likely(everybody: list[Principal], verb: Verb, draw: Random) -> list[Principal]:
    """People with a role of the verb, so that the sample is not all refusals."""
    roles = {right.role for right in verb.rights}
    return draw.sample([who for who in everybody if who.grants[0].role in roles], 12)


def test_nobody_learns_of_a_case_with_a_wrong_code(county_db: County) -> None:
    case = filed()
    for who in (Holder("WRONG-CODE"), Holder("")):
        for verb in LIFECYCLE.values():
            assert happened(case.number, verb, "", who) == "unseen"


@pytest.mark.slow
def test_lists_show_exactly_the_cases_that_exist_for_somebody(county_db: County) -> None:
    case = filed()
    ground = food_ground(case.number)
    Tenant.objects.create(pk=ground.tenant + 1, name="邻县", region_code="990723", created_at=AT)
    edition = CalendarVersion.objects.get(tenant_id=ground.tenant)
    edition.pk, edition.tenant_id = None, ground.tenant + 1
    edition.save(force_insert=True)
    for who in people(ground):
        unseen = expected(who, LIFECYCLE["accept"], "", ground) == "unseen"
        listed = [line.number for line in queries.cases(who, at=AT).items]
        assert listed == ([] if unseen else [case.number]), who
