"""Two roles on every server: one owns, one works; however much the given user may do there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.roles import provision
from onedoor.plumbing.database.settings import database_settings, logins
from onedoor.plumbing.home import Home, HomeFault


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own, since its roles are changed: `host:port`, with users of several powers."""
    with tempfile.TemporaryDirectory(prefix="onedoor-roles-") as folder:
        home = Home(Path(folder)).ensure()
        cluster = EmbeddedCluster(home, (("shared_buffers", "16MB"), ("fsync", "off")))
        cluster.start()
        password = home.passwords()["postgres"]
        address = f"127.0.0.1:{cluster.port}"
        with closing(_connect(f"postgresql://postgres:{password}@{address}/postgres")) as admin:
            admin.execute("ALTER ROLE postgres PASSWORD 'super'")
            admin.execute("CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'maker'")
            admin.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
            admin.execute("CREATE ROLE worker LOGIN PASSWORD 'worker'")
            admin.execute("CREATE DATABASE plainly OWNER plain")
        yield address
        with closing(_connect(f"postgresql://postgres:super@{address}/postgres")) as admin:
            admin.execute("ALTER ROLE postgres PASSWORD %s".replace("%s", f"'{password}'"))
        cluster.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home of an application server whose database lies elsewhere."""
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path))
    return Home(tmp_path).ensure()


def _connect(conninfo: str) -> psycopg.Connection:
    return psycopg.connect(conninfo, autocommit=True)


def _check_powers(home: Home) -> None:
    """The owner makes tables, the application cannot."""
    parties = logins(home)
    with closing(_connect(parties.owner.conninfo())) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS thing ()")
    with closing(_connect(parties.app.conninfo())) as app:
        row = app.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
        ).fetchone()
        assert row == (False, False, False)
        for statement in ("CREATE TABLE other ()", "DROP TABLE thing", "CREATE ROLE more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


@pytest.mark.parametrize(
    ("user", "password", "database"), [("postgres", "super", "first"), ("maker", "maker", "second")]
)
def test_a_user_that_may_create_roles_is_given_both(
    server: str, home: Home, monkeypatch: pytest.MonkeyPatch, user: str, password: str, database: str
) -> None:
    if user == "maker":  # roles another user made are not this one's to change
        with closing(_connect(f"postgresql://postgres:super@{server}/postgres")) as admin:
            admin.execute("DROP DATABASE IF EXISTS first")
            admin.execute("DROP ROLE IF EXISTS onedoor_owner, onedoor_app")
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", f"postgresql://{user}:{password}@{server}/{database}")
    provision(logins(home))
    provision(logins(home))
    _check_powers(home)
    assert logins(home).owner.user == "onedoor_owner"


def test_an_owner_and_an_application_role_made_by_others(
    server: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", f"postgresql://plain:plain@{server}/plainly")
    monkeypatch.setenv("ONEDOOR_APP_DATABASE_URL", f"postgresql://worker:worker@{server}/plainly")
    provision(logins(home))
    _check_powers(home)
    assert database_settings()["USER"] == "worker"
    monkeypatch.setenv("ONEDOOR_DB_ROLE", "owner")
    assert database_settings()["USER"] == "plain"


def test_a_user_without_the_power_is_told_both_ways_out(
    server: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", f"postgresql://plain:plain@{server}/plainly")
    with pytest.raises(HomeFault, match=r"CREATEROLE.*ONEDOOR_APP_DATABASE_URL"):
        provision(logins(home))


def test_a_mighty_application_role_is_refused(
    server: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", f"postgresql://plain:plain@{server}/plainly")
    monkeypatch.setenv("ONEDOOR_APP_DATABASE_URL", f"postgresql://postgres:super@{server}/plainly")
    with pytest.raises(HomeFault, match="权限过大"):
        provision(logins(home))


def test_one_user_for_both_is_refused(server: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ONEDOOR_DATABASE_URL", "ONEDOOR_APP_DATABASE_URL"):
        monkeypatch.setenv(variable, f"postgresql://plain:plain@{server}/plainly")
    with pytest.raises(HomeFault, match="同一个用户"):
        logins(home)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://someone:wrong@{}/any", "连不上"),
        ("postgresql://someone@127.0.0.1:1/any", "连不上"),
        ("not a url", "不是有效的数据库地址"),
    ],
)
def test_a_wrong_address_is_named(
    server: str, home: Home, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", url.format(server))
    with pytest.raises(HomeFault, match=said):
        provision(logins(home))


def test_parameters_of_the_address_reach_the_driver(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "ONEDOOR_DATABASE_URL", "postgresql://a:b@one:5433,two:5434/county?sslmode=verify-full"
    )
    settings = database_settings()
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("one,two", "5433,5434", "county")
    assert settings["OPTIONS"]["sslmode"] == "verify-full"
    assert settings["USER"] == "onedoor_app"
