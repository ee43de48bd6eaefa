"""What commands that read or write the database begin with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.settings import uses_embedded
from onedoor.plumbing.home import Home, HomeFault


@contextmanager
def database() -> Iterator[None]:
    """Django, connected as the application's role.

    Where the embedded database is not running it is started for the time of the command, and stopped again.
    """
    home = Home.current()
    if not uses_embedded():
        _setup()
        yield
        return
    if not home.pg.is_dir():
        raise HomeFault(f"{home.root} 还没有数据库。请先运行 onedoor up，或检查环境变量 ONEDOOR_HOME。")
    cluster = EmbeddedCluster(home)
    started = cluster.pid() is None
    if started:
        cluster.start()
    try:
        _setup()
        yield
    finally:
        if started and not _supervised(home):
            cluster.stop()


def _setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    django.setup()


def _supervised(home: Home) -> bool:
    """Whether `onedoor up` has begun meanwhile and relies on the database."""
    from django.db import connections

    from onedoor.site.supervisor import running

    connections.close_all()
    return running(home) is not None
