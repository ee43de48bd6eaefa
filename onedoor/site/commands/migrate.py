"""`onedoor migrate`: roles, database, tables and rights, brought to the present version."""

from __future__ import annotations

import argparse
import os

from onedoor.core.refusals import Refused
from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.roles import provision
from onedoor.plumbing.database.settings import logins, uses_embedded
from onedoor.plumbing.home import Home


def run(argv: list[str]) -> int:
    """Provision the database, migrate it as its owner, then give the application its rights."""
    parser = argparse.ArgumentParser("onedoor migrate", description="升级数据表到当前版本。可重复执行。")
    parser.add_argument("-v", "--verbose", action="store_true", help="列出每一步")
    options = parser.parse_args(argv)
    os.environ["ONEDOOR_DB_ROLE"] = "owner"
    home = Home.current().ensure()
    cluster = EmbeddedCluster(home) if uses_embedded() else None
    started = cluster is not None and cluster.pid() is None
    if cluster and started:
        cluster.start()
    try:
        provision(logins(home))
        _migrate_tables(verbosity=1 if options.verbose else 0)
    finally:
        if cluster and started:
            cluster.stop()
    return 0


def _migrate_tables(verbosity: int) -> None:
    _setup()
    from django.core.management import call_command

    from onedoor.site.migrations import standing

    if unknown := standing().unknown:
        raise Refused(
            "database_newer",
            f"数据比这个程序新（{'、'.join(unknown[:3])}），不能用旧程序打开。请换回升级后的程序。",
        )
    call_command("migrate", interactive=False, verbosity=verbosity)
    grant_rights()


def grant_rights() -> None:
    """Give the application's role exactly its rights on every table; connected as the owner."""
    _setup()
    from django.db import connection, transaction

    from onedoor.plumbing.database.rights import grant_application_rights

    with transaction.atomic():
        grant_application_rights(connection)
    connection.close()


def _setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    django.setup()
