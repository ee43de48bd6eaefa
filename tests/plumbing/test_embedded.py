"""The embedded database survives what a power cut or an impatient administrator does to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home, HomeFault

SMALL = (("shared_buffers", "16MB"),)


@pytest.fixture
def home() -> Iterator[Home]:
    """A home below a folder that no other user may enter, with a cluster that is stopped afterwards."""
    with tempfile.TemporaryDirectory(prefix="onedoor-") as folder:
        home = Home(Path(folder) / "home").ensure()
        yield home
        EmbeddedCluster(home).stop()


def _connect(home: Home) -> closing[psycopg.Connection]:
    cluster = EmbeddedCluster(home)
    password = home.passwords()["postgres"]
    return closing(
        psycopg.connect(
            host=cluster.host,
            port=cluster.port,
            user="postgres",
            password=password,
            dbname="postgres",
            autocommit=True,
        )
    )


def _one(home: Home, query: str) -> object:
    with _connect(home) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_a_committed_row_survives_kill_9_of_the_server(home: Home) -> None:
    cluster = EmbeddedCluster(home, SMALL)
    first = cluster.start()
    with _connect(home) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(first, signal.SIGKILL)
        second = cluster.start()
    assert second != first
    assert cluster.pid() == second
    assert _one(home, "SELECT answer FROM kept") == 42


def test_a_server_that_dies_while_it_is_taken_over_is_started_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = EmbeddedCluster(home, SMALL)
    first = cluster.start()
    os.kill(first, signal.SIGKILL)
    monkeypatch.setattr(EmbeddedCluster, "pid", lambda _: first)
    second = cluster.start()
    monkeypatch.undo()
    assert second != first
    assert cluster.pid() == second


def test_a_server_that_outlived_its_starter_is_taken_over_and_stopped(home: Home) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from onedoor.plumbing.home import Home\n"
        "from onedoor.plumbing.database.embedded import EmbeddedCluster\n"
        "print(EmbeddedCluster(Home(Path(sys.argv[1])), (('shared_buffers', '16MB'),)).start(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(home.root)], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    cluster = EmbeddedCluster(home, SMALL)
    assert cluster.start() == int(killed.stdout)
    cluster.stop()
    assert cluster.pid() is None
    assert not (home.pg / "postmaster.pid").exists()


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(home: Home) -> None:
    cluster = EmbeddedCluster(home, SMALL)
    os.kill(cluster.start(), signal.SIGKILL)
    while cluster.pid():
        pass
    (home.pg / "postmaster.pid").write_text(f"{os.getppid()}\n{home.pg}\n")
    assert cluster.pid() is None
    assert cluster.start() not in (os.getppid(), None)


def test_two_homes_are_two_servers(home: Home) -> None:
    with tempfile.TemporaryDirectory(prefix="onedoor-") as folder:
        other = Home(Path(folder)).ensure()
        try:
            pids = {EmbeddedCluster(each, SMALL).start() for each in (home, other)}
            assert len(pids) == 2
            with _connect(home) as connection:
                connection.execute("CREATE TABLE only_here ()")
            assert _one(other, "SELECT to_regclass('only_here')") is None
            assert home.passwords() != other.passwords()
        finally:
            EmbeddedCluster(other).stop()
        assert EmbeddedCluster(home).pid() is not None


def test_a_port_taken_while_the_server_was_down_is_replaced(home: Home) -> None:
    cluster = EmbeddedCluster(home, SMALL)
    taken = cluster.port
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", taken))
        stranger.listen()
        cluster.start()
        assert cluster.port != taken
        assert _one(home, "SELECT 1") == 1


def test_the_server_is_durable_utc_and_reachable_by_password_only(home: Home) -> None:
    cluster = EmbeddedCluster(home)
    cluster.start()
    names = (
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "timezone",
        "max_connections",
        "shared_buffers",
    )
    found = {name: _one(home, f"SELECT current_setting('{name}')") for name in names}
    assert found == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "timezone": "UTC",
        "max_connections": "60",
        "shared_buffers": "256MB",
    }
    for host in {cluster.host, "127.0.0.1"}:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host=host, port=cluster.port, user="postgres", password="wrong", dbname="postgres"
            )
    assert _one(home, "SELECT inet_server_addr() IS NULL OR inet_server_addr() = '127.0.0.1'")


def test_chinese_words_have_trigrams(home: Home) -> None:
    EmbeddedCluster(home, SMALL).start()
    with _connect(home) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('老年人优待证'))").fetchone()
    assert row is not None
    assert row[0] > 0


def test_no_folder_is_opened_to_others(home: Home) -> None:
    EmbeddedCluster(home, SMALL).start()
    for folder in (home.root, home.pg, home.keys, home.logs, home.blobs, home.anchors):
        assert folder.stat().st_mode & 0o077 == 0, folder
    for secret in (home.master_key, home.database_passwords):
        assert secret.stat().st_mode & 0o777 == 0o600


def test_an_interrupted_initdb_is_begun_anew(home: Home) -> None:
    draft = home.root / "pg.new"
    (draft / "base").mkdir(parents=True)
    EmbeddedCluster(home, SMALL).start()
    assert not draft.exists()
    assert _one(home, "SELECT 1") == 1


def test_a_folder_that_holds_no_database_is_never_overwritten(home: Home) -> None:
    home.pg.mkdir()
    (home.pg / "diary.txt").write_text("keep me")
    with pytest.raises(HomeFault, match="删除该目录"):
        EmbeddedCluster(home, SMALL).start()
    assert (home.pg / "diary.txt").read_text() == "keep me"
