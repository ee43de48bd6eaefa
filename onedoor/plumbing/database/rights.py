"""What the application's role may do with each table.

Every table may be read and written by it, save two kinds: Django's record of migrations is read only, and an
append-only table may be read and added to. Being append-only is written on the table itself, as its comment,
so that granting again, at every migration, can never give the right back. TRUNCATE is never granted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation
from psycopg import sql

from onedoor.plumbing.database.settings import application_role

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

MARK = "append-only"
_COMMENT = re.compile(rf"{MARK}(?:; updatable: (?P<columns>.+))?")
READ_ONLY = ("django_migrations",)

_TABLES = """
    SELECT c.relname, coalesce(obj_description(coalesce(root.oid, c.oid), 'pg_class'), '')
    FROM pg_class c
    LEFT JOIN LATERAL (SELECT pg_partition_root(c.oid)::oid AS oid WHERE c.relispartition) root ON true
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND pg_get_userbyid(c.relowner) = current_user
    ORDER BY c.relname
"""


def grant_application_rights(connection: BaseDatabaseWrapper, role: str | None = None) -> None:
    """Give the application's role exactly its rights on every table the connected owner owns, at once."""
    app = sql.Identifier(role or application_role())
    statements = [sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app)]
    statements += _table_rights(connection, app)
    statements += [
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app),
        sql.SQL(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}"
        ).format(app),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}").format(
            app
        ),
    ]
    _run(connection, statements)


class AppendOnly(Operation):
    """Migration operation: the application may add and read rows of `table`, never change or remove them.

    `updatable` names columns it may change nevertheless, such as the state of an otherwise frozen
    version. Goes into the migration that creates the table, after it.
    """

    reversible = True
    reduces_to_sql = False

    def __init__(self, table: str, updatable: Sequence[str] = ()) -> None:
        self.table = table
        self.updatable = tuple(updatable)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "AppendOnly", [self.table], {"updatable": self.updatable} if self.updatable else {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models are the same before and after."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        comment = f"{MARK}; updatable: {', '.join(self.updatable)}" if self.updatable else MARK
        self._mark(schema_editor.connection, comment)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._mark(schema_editor.connection, "")

    def describe(self) -> str:
        return f"Rows of {self.table} can only be added"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_append_only"

    def _mark(self, connection: BaseDatabaseWrapper, comment: str) -> None:
        table = sql.Identifier(self.table)
        _run(connection, [sql.SQL("COMMENT ON TABLE {} IS {}").format(table, sql.Literal(comment))])
        app = application_role()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [app])
            known = cursor.fetchone()
        if known:
            _run(connection, _table_rights(connection, sql.Identifier(app)))


def _table_rights(connection: BaseDatabaseWrapper, app: sql.Identifier) -> list[sql.Composed]:
    """Statements that set the rights on every table; a partition follows the table it is a part of."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = cursor.fetchall()
    statements: list[sql.Composed] = []
    for name, comment in tables:
        table = sql.Identifier(name)
        statements.append(sql.SQL("REVOKE ALL ON {} FROM {}").format(table, app))
        statements.append(
            sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ").join(_verbs(name, comment)), table, app)
        )
    return statements


def _verbs(table: str, comment: str) -> list[sql.Composable]:
    """The rights the application has on a table with this name and comment."""
    if table in READ_ONLY:
        return [sql.SQL("SELECT")]
    marked = _COMMENT.fullmatch(comment)
    if not marked:
        return [sql.SQL(verb) for verb in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    verbs: list[sql.Composable] = [sql.SQL("SELECT"), sql.SQL("INSERT")]
    if marked["columns"]:
        columns = sql.SQL(", ").join(
            sql.Identifier(column.strip()) for column in marked["columns"].split(",")
        )
        verbs.append(sql.SQL("UPDATE ({})").format(columns))
    return verbs


def _run(connection: BaseDatabaseWrapper, statements: Sequence[sql.Composable]) -> None:
    if not statements:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join(statements).as_string())
