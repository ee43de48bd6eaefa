"""The database and the server that tests run against.

One embedded cluster serves all runs of one system user; each run works in databases of its own, cloned from a
template that holds every migration. Django connects as the application's role, so tests have the rights the
product has, no more. Nothing here touches the home of a real installation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster import TEST_HOME, Clones

os.environ["ONEDOOR_HOME"] = str(TEST_HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "onedoor.site.settings"
for _variable in (
    "ONEDOOR_DATABASE_URL",
    "ONEDOOR_APP_DATABASE_URL",
    "ONEDOOR_DB_ROLE",
    "ONEDOOR_DATABASE_NAME",
):
    os.environ.pop(_variable, None)

import django
import psycopg
import pytest

from tests.county import County, clone_county, county_template
from tests.progress import Progress
from tests.server import Server, running_server

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

django.setup()

from django.contrib.auth.hashers import ScryptPasswordHasher

# A password of a test guards nothing; a cheap one is verified by a real server all the same.
ScryptPasswordHasher.work_factor = 2**4


def pytest_configure(config: pytest.Config) -> None:
    """Long tests say now and then how far they are."""
    config.pluginmanager.register(Progress(config))


@pytest.fixture(scope="session")
def clones() -> Iterator[Clones]:
    """The running test cluster and the template of this working tree."""
    with Clones.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def django_db_setup(clones: Clones, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point Django at this run's own clone; `db` rolls back what a test did there."""
    name = clones.create()
    with django_db_blocker.unblock():
        _use(name)
    yield
    with django_db_blocker.unblock():
        _disconnect()
    clones.drop(name)


@pytest.fixture
def own_database(clones: Clones, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A fresh database for a test that commits, uses threads or starts processes; yields its name."""
    from django.db import connections

    shared = connections["default"].settings_dict["NAME"]
    name = clones.create()
    with django_db_blocker.unblock():
        _use(name)
        yield name
        _use(shared)
    clones.drop(name)


@pytest.fixture
def owner_connection() -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner to the database Django uses now, committing each statement."""
    yield from _connection("owner")


@pytest.fixture
def superuser_connection() -> Iterator[psycopg.Connection]:
    """A connection of the server's superuser to the database Django uses now, committing each statement."""
    yield from _connection("admin")


@pytest.fixture(scope="session")
def county_template_name(clones: Clones, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> str:
    """The template that holds the demo county."""
    with django_db_blocker.unblock():
        return county_template(clones)


@pytest.fixture
def county(clones: Clones, county_template_name: str, django_db_blocker: DjangoDbBlocker) -> Iterator[County]:
    """A database of its own with the demo county, for tests that commit, use threads or start processes."""
    name = clone_county(clones, county_template_name)
    with django_db_blocker.unblock():
        shared = use_database(name)
        yield County(_tenant_id(), name)
        use_database(shared)
    clones.drop(name)


@pytest.fixture(scope="session")
def _shared_county(clones: Clones, county_template_name: str) -> Iterator[str]:
    name = clone_county(clones, county_template_name)
    yield name
    clones.drop(name)


@pytest.fixture
def county_db(_shared_county: str, django_db_blocker: DjangoDbBlocker) -> Iterator[County]:
    """The demo county, rolled back after the test; quick, for tests on one connection."""
    from django.db import transaction

    with django_db_blocker.unblock():
        former = use_database(_shared_county)
        with transaction.atomic():
            yield County(_tenant_id(), _shared_county)
            transaction.set_rollback(True)
        use_database(former)


def _tenant_id() -> int:
    from onedoor.domain.offices import queries

    tenant = queries.first_tenant()
    assert tenant is not None
    return tenant.id


@pytest.fixture
def own_anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For tests that run the worker's jobs: a home like that of all tests but for the anchors.

    A file of anchors belongs to one database, and every test has another. Returns the home's folder.
    """
    for shared in TEST_HOME.iterdir():
        if shared.name != "anchors":
            (tmp_path / shared.name).symlink_to(shared)
    (tmp_path / "anchors").mkdir()
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def live_county(county: County) -> Iterator[Server]:
    """A real server process on a database of its own that holds the demo county."""
    with running_server(county.database) as server:
        yield server


@pytest.fixture
def live_server_on(own_database: str) -> Iterator[Server]:
    """A real server process on this test's own database."""
    with running_server(own_database) as server:
        yield server


@pytest.fixture
def live_onedoor(live_server_on: Server) -> str:
    """Base URL, without a trailing slash, of a real server on this test's own database."""
    return live_server_on.url


def _connection(party: str) -> Iterator[psycopg.Connection]:
    from django.db import connections

    from onedoor.plumbing.database.settings import logins

    login = getattr(logins(), party)
    name = connections["default"].settings_dict["NAME"]
    with closing(psycopg.connect(login.conninfo(name), autocommit=True)) as connection:
        yield connection


def use_database(name: str) -> str:
    """Turn Django to another test database; returns the one it used before."""
    from django.db import connections

    former: str = connections["default"].settings_dict["NAME"]
    _use(name)
    return former


def _use(name: str) -> None:
    """Make every connection Django opens from now on, in any thread, one to the database `name`."""
    from django.db import connections

    _disconnect()
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def _disconnect() -> None:
    from django.db import connections

    connections["default"].close()
