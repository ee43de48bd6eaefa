"""Packages: publishing them, what is in force when, and plans read through the doors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.models import Package, PackageVersion
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.journal import queries as journal
from tests.catalog.package_samples import PACKAGE, members, package
from tests.catalog.samples import AT

LATER = AT + timedelta(days=1)


@pytest.fixture
def county(tenant: int) -> int:
    """A county in which the items of the sample package are published."""
    for item in members():
        actions.publish(tenant_id=tenant, content=item, principal="user:1", at=AT)
    return tenant


def publish(tenant: int, at: Any = AT, **changes: Any) -> Any:
    return package_actions.publish_package(
        tenant_id=tenant, content=package(**changes), principal="user:1", at=at
    )


def facts(code: str = PACKAGE) -> list[tuple[str, int]]:
    stream = Package.objects.get(code=code).stream_id
    return [(fact.kind, fact.data["number"]) for fact in journal.facts(stream)]


def test_a_published_package_is_in_force_from_its_instant(county: int) -> None:
    made = publish(county)
    assert packages.package(county, PACKAGE, AT) == made
    assert (made.number, made.lead_name, made.members[0].name) == (1, "明渠县市场监督管理局", "设立登记")
    for tenant, code, at in (
        (county, PACKAGE, AT - timedelta(microseconds=1)), (county + 1, PACKAGE, AT), (county, "NONE", AT),
    ):  # fmt: skip
        with pytest.raises(Refused, match="unknown_package"):
            packages.package(tenant, code, at)


def test_a_version_read_from_the_table_equals_the_one_published(county: int) -> None:
    made = publish(county)
    packages._packages.clear()
    assert packages.version(made.id) == made


def test_a_new_version_takes_over_and_the_old_one_stays_readable(county: int) -> None:
    first, second = publish(county), publish(county, at=LATER, visits=0)
    assert packages.package(county, PACKAGE, LATER) == second
    assert packages.package(county, PACKAGE, LATER - timedelta(microseconds=1)) == first
    assert packages.version(first.id).visits == 1
    assert facts() == [
        ("catalog.package_published", 1), ("catalog.package_retired", 1), ("catalog.package_published", 2),
    ]  # fmt: skip


def test_publishing_what_is_in_force_changes_nothing(county: int) -> None:
    first = publish(county)
    assert publish(county, at=LATER) == first
    assert facts() == [("catalog.package_published", 1)]


def test_a_version_cannot_be_published_before_the_one_in_force(county: int) -> None:
    publish(county, at=LATER)
    with pytest.raises(Refused, match="published_later"):
        publish(county, visits=0)


def test_a_faulty_package_leaves_nothing(county: int) -> None:
    with pytest.raises(Refused, match="package_invalid"):
        publish(county, name="")
    assert not Package.objects.exists()


def test_a_retired_package_is_gone_from_the_list_and_its_reason_stands_in_the_journal(county: int) -> None:
    publish(county)
    with pytest.raises(Refused, match="reason_missing"):
        package_actions.retire_package(
            tenant_id=county, code=PACKAGE, reason=" ", principal="user:1", at=LATER
        )
    package_actions.retire_package(
        tenant_id=county, code=PACKAGE, reason="并入另一件事", principal="user:1", at=LATER
    )
    assert packages.packages(county).total == 0
    with pytest.raises(Refused, match="unknown_package"):
        packages.package(county, PACKAGE, LATER)
    stream = Package.objects.get(code=PACKAGE).stream_id
    assert journal.facts(stream)[-1].data["reason"] == "并入另一件事"
    with pytest.raises(Refused, match="unknown_package"):
        package_actions.retire_package(
            tenant_id=county, code=PACKAGE, reason="再来一次", principal="user:1", at=LATER
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE catalog_packageversion SET content = '{}'",
        "UPDATE catalog_packageversion SET published_at = now()",
        "DELETE FROM catalog_packageversion",
        "DELETE FROM catalog_package",
    ],
)
def test_nobody_changes_what_was_published(county: int, change: str) -> None:
    publish(county)
    refused = pytest.raises(DatabaseError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_two_versions_are_never_in_force_at_once(county: int) -> None:
    made = publish(county)
    row = PackageVersion.objects.get(pk=made.id)
    row.pk, row.number = packages.version(made.id).id.__class__(int=1), 2
    with pytest.raises(DatabaseError, match="one_in_force"), transaction.atomic():
        PackageVersion.objects.bulk_create([row])
    row.published_at, row.retired_at = AT - timedelta(days=2), AT
    PackageVersion.objects.bulk_create([row])


def test_a_plan_uses_the_items_in_force_on_its_day(county: int) -> None:
    publish(county)
    food = next(item for item in members() if item["code"] == "FOOD")
    actions.publish(tenant_id=county, content={**food, "visits": 0}, principal="user:1", at=LATER)
    answers = {"area": 30, "smoke": False}
    numbers = [
        next(
            m.service.number
            for m in packages.plan(county, PACKAGE, answers, at).members
            if m.service.code == "FOOD"
        )
        for at in (AT, LATER)
    ]
    assert numbers == [1, 2]


def test_an_item_that_was_cancelled_is_said_to_be_lacking(county: int) -> None:
    publish(county)
    actions.retire(tenant_id=county, code="FOOD", reason="取消", principal="user:1", at=LATER)
    plan = packages.plan(county, PACKAGE, {"area": 30, "smoke": False}, LATER)
    assert [(each.code, each.name) for each in plan.lacking] == [("FOOD", "食品经营许可")]
    assert plan.complete
    assert not plan.can_be_filed
    assert packages.plan(county, PACKAGE, {"area": 30, "smoke": False}, AT).can_be_filed


def test_a_plan_costs_two_statements_once_its_versions_are_known(
    county: int, django_assert_num_queries: Any
) -> None:
    publish(county)
    packages.plan(county, PACKAGE, {}, AT)
    with django_assert_num_queries(2):
        packages.plan(county, PACKAGE, {"area": 80}, AT)


def test_the_list_is_narrowed_searched_and_paged(county: int) -> None:
    publish(county)
    publish(county, code="PKG-BIRTH", name="新生儿出生", plain_name="", keywords=["生孩子"], audience=["person"],
            themes=["生育"], lead="wsjk")  # fmt: skip
    publish(county, code="PKG-LATER", name="教育入学", plain_name="", keywords=[], ready=False)

    def found(**asked: Any) -> list[str]:
        return [card.code for card in packages.packages(county, **asked).items]

    assert found() == [PACKAGE, "PKG-BIRTH", "PKG-LATER"]
    assert found(audience="person") == ["PKG-BIRTH"]
    assert found(theme="生育") == ["PKG-BIRTH"]
    for said in ("我要开饭店", "开餐馆", "kcg", "kaican", "PKG-DINER"):
        assert found(q=said)[:1] == [PACKAGE], said
    assert found(q="我要生孩子") == ["PKG-BIRTH"]
    assert found(q="飞机") == []
    first = packages.packages(county, limit=2)
    assert (first.next_cursor, first.total) == ("PKG-BIRTH", 3)
    rest = packages.packages(county, limit=2, cursor=first.next_cursor)
    assert ([card.code for card in rest.items], rest.next_cursor) == (["PKG-LATER"], None)
    with pytest.raises(Refused, match="bad_cursor"):
        packages.packages(county, cursor="x")
