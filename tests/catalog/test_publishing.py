"""Publishing and retiring: what is in force when, and what nobody can change."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal import queries as journal
from tests.catalog.conftest import make_tenant
from tests.catalog.samples import AT, food

LATER = AT + timedelta(days=1)


def publish(tenant: int, at: Any = AT, **changes: Any) -> ServiceVersion:
    return actions.publish(tenant_id=tenant, content=food(**changes), principal="user:1", at=at)


def facts(tenant: int, code: str = "SCJG-FOOD-NEW") -> list[tuple[str, int]]:
    item = Item.objects.get(tenant_id=tenant, code=code)
    return [(fact.kind, fact.data["number"]) for fact in journal.facts(item.stream_id)]


def test_a_published_item_is_in_force_from_its_instant(tenant: int) -> None:
    made = publish(tenant)
    assert (made.number, made.tenant_id, made.published_at) == (1, tenant, AT)
    assert queries.in_force(tenant, "SCJG-FOOD-NEW", AT) == made
    assert queries.in_force(tenant, "SCJG-FOOD-NEW", AT - timedelta(microseconds=1)) is None
    assert queries.in_force(tenant + 1, "SCJG-FOOD-NEW", AT) is None


def test_a_version_read_from_the_table_equals_the_one_published(tenant: int) -> None:
    made = publish(tenant)
    queries._versions.clear()
    assert queries.version(made.id) == made


def test_a_version_is_read_once_per_process(tenant: int, django_assert_num_queries: Any) -> None:
    made = publish(tenant)
    queries.version(made.id)
    with django_assert_num_queries(0):
        queries.version(made.id)
    with django_assert_num_queries(1):
        queries.in_force(tenant, "SCJG-FOOD-NEW", AT)


def test_a_new_version_takes_over_at_the_same_instant_and_the_old_one_stays_readable(tenant: int) -> None:
    first, second = publish(tenant), publish(tenant, at=LATER, visits=0)
    assert second.number == 2
    assert queries.in_force(tenant, "SCJG-FOOD-NEW", LATER) == second
    assert queries.in_force(tenant, "SCJG-FOOD-NEW", LATER - timedelta(microseconds=1)) == first
    assert queries.version(first.id).visits == 1
    assert facts(tenant) == [
        ("catalog.version_published", 1), ("catalog.version_retired", 1), ("catalog.version_published", 2),
    ]  # fmt: skip


def test_publishing_what_is_in_force_changes_nothing(tenant: int) -> None:
    first = publish(tenant)
    assert publish(tenant, at=LATER) == first
    assert facts(tenant) == [("catalog.version_published", 1)]


def test_a_version_cannot_be_published_before_the_one_in_force(tenant: int) -> None:
    publish(tenant, at=LATER)
    with pytest.raises(Refused, match="published_later"):
        publish(tenant, visits=0)


def test_an_invalid_document_is_refused_and_leaves_nothing(tenant: int) -> None:
    with pytest.raises(Refused, match="item_invalid"):
        publish(tenant, type="99")
    assert not Item.objects.filter(tenant_id=tenant).exists()


def test_the_departments_own_name_is_kept_with_the_version(tenant: int) -> None:
    assert publish(tenant, department_name=None).department_name == "明渠县市场监督管理局"
    assert publish(tenant, at=LATER, department_name="旧名").department_name == "旧名"


def test_a_retired_item_is_in_force_no_more_and_may_come_back(tenant: int) -> None:
    publish(tenant)
    actions.retire(tenant_id=tenant, code="SCJG-FOOD-NEW", reason="法规修改", principal="user:1", at=LATER)
    assert queries.in_force(tenant, "SCJG-FOOD-NEW", LATER) is None
    assert queries.listing(tenant).items == ()
    assert publish(tenant, at=LATER + timedelta(days=1)).number == 2
    with pytest.raises(Refused, match="unknown_item"):
        actions.retire(tenant_id=tenant, code="NOBODY", reason="无", principal="user:1", at=LATER)
    with pytest.raises(Refused, match="reason_missing"):
        actions.retire(tenant_id=tenant, code="SCJG-FOOD-NEW", reason=" ", principal="user:1", at=LATER)


@pytest.mark.parametrize(
    "change",
    ["content = '{}'", "digest = ''", "name = 'x'", "published_at = now()", "number = 9", "ready = false"],
)
def test_the_application_cannot_change_what_was_published(tenant: int, change: str) -> None:
    publish(tenant)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE catalog_version SET {change}")


@pytest.mark.parametrize("statement", ["DELETE FROM catalog_version", "UPDATE catalog_item SET code = 'X'"])
def test_the_application_cannot_remove_or_rename(tenant: int, statement: str) -> None:
    publish(tenant)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def second_version(superuser: psycopg.Connection, version_id: int, number: int) -> None:
    """Copy a version under another number, in force at the same time."""
    superuser.execute(
        """
        INSERT INTO catalog_version (item_id, tenant_id, number, content, digest, name, plain_name, type, department,
            department_name, themes, audience, case_kind, ready, keywords, pinyin, initials, published_at, published_by)
        SELECT item_id, tenant_id, %s, content, digest, name, plain_name, type, department, department_name, themes,
            audience, case_kind, ready, keywords, pinyin, initials, published_at + interval '1 day', published_by
        FROM catalog_version WHERE id = %s
        """,
        [number, version_id],
    )


def test_not_even_a_superuser_puts_two_versions_into_force_at_once(
    own_database: str, superuser_connection: psycopg.Connection
) -> None:
    made = publish(make_tenant())
    with pytest.raises(psycopg.errors.ExclusionViolation):
        second_version(superuser_connection, made.id, 2)
    # The control: once the first one has ended, the same statement goes through.
    superuser_connection.execute(
        "UPDATE catalog_version SET retired_at = published_at + interval '1 day' WHERE id = %s", [made.id]
    )
    second_version(superuser_connection, made.id, 2)
    assert Version.objects.count() == 2


def test_two_editors_publishing_at_once_make_two_versions_in_a_row(own_database: str) -> None:
    tenant, start, faults = make_tenant(), Barrier(2), list[Exception]()

    def edit(visits: int) -> None:
        start.wait()
        try:
            publish(tenant, visits=visits)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=edit, args=(visits,)) for visits in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(Version.objects.values_list("number", flat=True)) == [1, 2]
    assert Version.objects.filter(retired_at__isnull=True).count() == 1
