"""The application's role cannot change what is append-only, whatever is granted again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections

from onedoor.plumbing.database.engine.base import DatabaseWrapper
from onedoor.plumbing.database.rights import AppendOnly, grant_application_rights
from onedoor.plumbing.database.settings import logins


def _owner() -> DatabaseWrapper:
    """A Django connection of the tables' owner to the database in use."""
    owner = logins().owner
    settings = connections["default"].settings_dict
    return DatabaseWrapper({**settings, "USER": owner.user, "PASSWORD": owner.password}, alias="owner")


def _apply(owner: DatabaseWrapper, operation: AppendOnly, *, forwards: bool = True) -> None:
    move = operation.database_forwards if forwards else operation.database_backwards
    with owner.schema_editor() as editor:
        move("journal", editor, None, None)  # type: ignore[arg-type]


@pytest.fixture
def owner(own_database: str) -> Iterator[DatabaseWrapper]:
    """`frozen` is append-only, `versioned` save for its state, `control` is an ordinary table."""
    with closing(_owner()) as wrapper:
        connections["owner"] = wrapper
        with wrapper.cursor() as cursor:
            for name in ("frozen", "versioned", "control"):
                cursor.execute(f"CREATE TABLE {name} (id int, state text)")
        _apply(wrapper, AppendOnly("frozen"))
        _apply(wrapper, AppendOnly("versioned", updatable=("state",)))
        yield wrapper
    del connections["owner"]


def _try(statement: str) -> bool:
    """Whether the application's role may run `statement`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        return False
    return True


VERBS = ("UPDATE {} SET id = 2", "DELETE FROM {}", "TRUNCATE {}")


@pytest.mark.parametrize("regranted", [False, True])
def test_append_only_rows_can_be_added_and_read_only(owner: DatabaseWrapper, regranted: bool) -> None:
    if regranted:
        grant_application_rights(owner)
    assert _try("INSERT INTO frozen VALUES (1, 'a')")
    assert _try("SELECT * FROM frozen")
    assert [_try(verb.format("frozen")) for verb in VERBS] == [False, False, False]


def test_control_an_ordinary_table_can_be_changed_but_never_truncated(owner: DatabaseWrapper) -> None:
    grant_application_rights(owner)
    assert _try("INSERT INTO control VALUES (1, 'a')")
    assert [_try(verb.format("control")) for verb in VERBS] == [True, True, False]


def test_named_columns_stay_updatable(owner: DatabaseWrapper) -> None:
    grant_application_rights(owner)
    assert _try("UPDATE versioned SET state = 'retired'")
    assert not _try("UPDATE versioned SET id = 2")
    assert not _try("DELETE FROM versioned")


def test_the_mark_cannot_be_taken_off_by_the_application(owner: DatabaseWrapper) -> None:
    assert not _try("COMMENT ON TABLE frozen IS ''")
    _try("GRANT UPDATE ON frozen TO onedoor_app")  # a warning, no error: nothing is granted
    assert not _try("UPDATE frozen SET id = 2")
    assert not _try("DROP TABLE frozen")


def test_undoing_the_operation_gives_the_rights_back(owner: DatabaseWrapper) -> None:
    _apply(owner, AppendOnly("frozen"), forwards=False)
    assert _try("UPDATE frozen SET id = 2")


def test_partitions_follow_their_table(owner: DatabaseWrapper) -> None:
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE whole (id int) PARTITION BY HASH (id)")
        cursor.execute("CREATE TABLE part PARTITION OF whole FOR VALUES WITH (MODULUS 1, REMAINDER 0)")
    assert _try("UPDATE part SET id = 2")
    _apply(owner, AppendOnly("whole"))
    assert not _try("UPDATE part SET id = 2")
    assert not _try("DELETE FROM whole")


def test_migrations_are_recorded_by_the_owner_only(owner: DatabaseWrapper) -> None:
    assert _try("SELECT * FROM django_migrations")
    assert not _try("DELETE FROM django_migrations")


def test_a_role_of_another_name_gets_the_same_rights(
    owner: DatabaseWrapper, superuser_connection: psycopg.Connection
) -> None:
    superuser_connection.execute("DROP ROLE IF EXISTS another_app")
    superuser_connection.execute("CREATE ROLE another_app")
    grant_application_rights(owner, "another_app")
    asked = "SELECT has_table_privilege('another_app', %s, 'UPDATE')"
    allowed = {name: superuser_connection.execute(asked, [name]).fetchone() for name in ("frozen", "control")}
    assert allowed == {"frozen": (False,), "control": (True,)}
    superuser_connection.execute("DROP OWNED BY another_app")
    superuser_connection.execute("DROP ROLE another_app")


def test_the_operation_writes_itself_into_a_migration() -> None:
    operation = AppendOnly("catalog_version", updatable=("state",))
    name, arguments, named = operation.deconstruct()
    assert (name, arguments, named) == ("AppendOnly", ["catalog_version"], {"updatable": ("state",)})
