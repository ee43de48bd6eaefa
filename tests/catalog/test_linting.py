"""Every rule of the linter finds what it is for, and an item in order is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.documents import write_document
from onedoor.domain.catalog.quality import queries as quality
from onedoor.domain.catalog.quality.linting import RULES, Finding, Severity, lint
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import Hall, LimitTerm, Option, Procedure, ServiceVersion
from onedoor.site.commands._lint import document
from tests.catalog.samples import AT, food

DEPARTMENTS = {"scjg": "县市场监督管理局", "xfjy": "县消防救援大队"}
Change = Callable[[ServiceVersion], ServiceVersion]


def sound(**changes: Any) -> ServiceVersion:
    """An item that leaves nothing to be desired."""
    materials = [{**material, "basis": "《食品经营许可和备案管理办法》"} for material in food()["materials"]]
    whole = {
        "conditions": ["有固定场所"],
        "fee": "不收费",
        "hours": "工作日 9:00—17:00",
        "phone": "0434-5550001",
        "complaint_phone": "0434-5550002",
        "location": "政务服务中心一楼",
        "questions": [{"question": "多久能办好？", "answer": "八个工作日。"}],
        "materials": materials,
        "hall": "in",
    }
    return parse_content(food(**{**whole, **changes}))


def codes(*versions: ServiceVersion) -> list[str]:
    return [finding.code for finding in lint(versions, DEPARTMENTS)]


def _question(version: ServiceVersion, place: int, **changes: Any) -> ServiceVersion:
    section = version.sections[0]
    fields = [replace(f, **changes) if i == place else f for i, f in enumerate(section.fields)]
    return replace(version, sections=(replace(section, fields=tuple(fields)),))


def _material(version: ServiceVersion, **changes: Any) -> ServiceVersion:
    first, *others = version.materials
    return replace(version, materials=(replace(first, **changes), *others))


#: What breaks each rule, once. What publishing refuses by now can still stand in a version from before.
BREAKING: dict[str, Change] = {
    "promise_longer_than_law": lambda v: replace(v, promised_limit=LimitTerm(21)),
    "no_basis": lambda v: replace(v, basis=()),
    "no_phone": lambda v: replace(v, phone=""),
    "no_place": lambda v: replace(v, location=""),
    "no_procedure": lambda v: replace(v, procedure=Procedure(())),
    "unknown_department": lambda v: replace(v, department="nobody"),
    "incomplete": lambda v: replace(v, ready=False, fee=""),
    "empty_guide": lambda v: replace(v, hours=""),
    "limits_in_different_units": lambda v: replace(v, promised_limit=LimitTerm(8, "calendar")),
    "instant_takes_days": lambda v: parse_content(
        {**write_document(v), "case_kind": "instant", "promised_limit": {"amount": 8, "unit": "working"}}
    ),
    "already_proved": lambda v: _material(v, name="营业执照复印件"),
    "choice_with_one_option": lambda v: _question(v, 1, options=(Option("yes", "是"),)),
    "condition_unknown_value": lambda v: _question(v, 2, when='cold == "maybe"'),
    "several_visits": lambda v: replace(v, visits=3),
    "question_never_used": lambda v: _question(v, 0, type="boolean", required=False),
    "material_without_basis": lambda v: _material(v, basis=""),
    "no_questions": lambda v: replace(v, questions=()),
    "no_complaint_phone": lambda v: replace(v, complaint_phone=""),
    "hall_unstated": lambda v: replace(v, hall=Hall.UNSTATED),
}


def test_an_item_in_order_is_left_in_peace() -> None:
    assert lint([sound()], DEPARTMENTS) == ()


@pytest.mark.parametrize("code", BREAKING)
def test_a_rule_finds_what_it_is_for_and_nothing_else(code: str) -> None:
    found = lint([BREAKING[code](sound())], DEPARTMENTS)
    assert {finding.code for finding in found} == {code}, found
    for finding in found:
        assert finding.place
        assert finding.detail.endswith("。")
        assert finding.mend.endswith("。")
        assert (finding.item, finding.name) == ("SCJG-FOOD-NEW", "食品经营许可新办")


def test_every_rule_has_a_test() -> None:
    assert {rule.code for rule in RULES} == {*BREAKING, "duplicate_name"}


def test_one_name_for_two_items() -> None:
    found = codes(sound(), sound(code="B-1", name="食品经营许可（新办）"))
    assert found == ["duplicate_name", "duplicate_name"]
    assert codes(sound(), sound(code="B-1", name="食品经营许可变更")) == []


def test_a_licence_that_another_item_verifies_is_known_here_too() -> None:
    other = sound(code="B-1", name="另一个事项", materials=[
        {"code": "m1", "name": "烟花爆竹经营许可证", "source": "licence", "licence_type": "烟花爆竹经营许可证",
         "form": "electronic", "originals": 0},
    ])  # fmt: skip
    asks = _material(sound(), name="烟花爆竹经营许可证")
    assert codes(asks) == []
    assert codes(asks, other) == ["already_proved"]


def test_what_is_used_by_a_condition_is_not_useless() -> None:
    optional = _question(sound(), 1, required=False)
    assert codes(optional) == []


def test_a_condition_over_members_of_a_choice_is_looked_at() -> None:
    several = _question(sound(), 1, type="choices")
    assert codes(_question(several, 2, when='"maybe" in cold')) == ["condition_unknown_value"]
    assert codes(_question(several, 2, when='"yes" in cold')) == []


def test_a_step_in_a_department_that_is_none() -> None:
    assert [f.pointer for f in lint([sound()], {"scjg": ""})] == ["/procedure/1/department"]


def test_the_gravest_come_first() -> None:
    spoilt = replace(sound(), basis=(), hours="", questions=())
    assert [f.severity for f in lint([spoilt], DEPARTMENTS)] == list(Severity)


def test_a_bare_listing_is_told_once(tenant: int) -> None:
    bare = {"code": "B-1", "name": "只有目录", "type": "01", "department": "scjg", "ready": False}
    actions.publish(tenant_id=tenant, content=bare, principal="user:1", at=AT)
    found, items = quality.findings(tenant)
    assert items == 1
    assert [finding.code for finding in found] == ["incomplete"]
    assert "设定依据" in found[0].detail


def test_findings_follow_the_catalogue(tenant: int) -> None:
    assert quality.findings(tenant) == ((), 0)
    actions.publish(tenant_id=tenant, content=food(), principal="user:1", at=AT)
    errors = {f.code for f in quality.findings(tenant)[0] if f.severity is Severity.ERROR}
    assert errors == {"no_phone", "no_place"}
    better = food(phone="0434-5550001", location="一楼")
    actions.publish(tenant_id=tenant, content=better, principal="user:1", at=AT)
    assert not any(f.severity is Severity.ERROR for f in quality.findings_of(tenant, "SCJG-FOOD-NEW"))


def test_the_document_of_findings() -> None:
    found: tuple[Finding, ...] = lint([replace(sound(), basis=(), questions=())], DEPARTMENTS)
    told = document(found, 1)
    assert (told["items"], told["errors"], told["warnings"], told["advice"]) == (1, 1, 0, 1)
    assert set(told["findings"][0]) >= {"code", "severity", "item", "place", "pointer", "detail", "mend"}
