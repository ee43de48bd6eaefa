"""How the tables stand to the program: what waits to be applied, and what only a newer program knows."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Names of migrations, `app.name`: those `waiting`, and those `unknown` to this program."""

    waiting: tuple[str, ...]
    unknown: tuple[str, ...]


def standing() -> Standing:
    """Compare the database with the program."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    ours = {config.label for config in apps.get_app_configs()}
    known = set(loader.disk_migrations or ())
    replaced = {pair for migration in (loader.disk_migrations or {}).values() for pair in migration.replaces}
    unknown = {
        (app, name)
        for app, name in loader.applied_migrations or ()
        if (app, name) not in known | replaced and (app in ours or app not in FORMER)
    }
    return Standing(
        tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan),
        tuple(sorted(f"{app}.{name}" for app, name in unknown)),
    )


#: Apps that earlier programs had and this one has given up; their migrations do not make a database newer.
FORMER: frozenset[str] = frozenset()
