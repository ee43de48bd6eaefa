"""The commands of the county's IT person, run as they run them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Grant, Role
from onedoor.site.worker import run_once
from tests.county import County


def _onedoor(database: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on one database of the test cluster."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "onedoor.site.cli", *words],
        env={**os.environ, "ONEDOOR_DATABASE_NAME": database},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _findings(database: str) -> dict[str, dict[str, object]]:
    done = _onedoor(database, "doctor", "--json")
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == int(not all(finding["well"] for finding in found.values()))
    return found


def test_the_first_administrator_gets_a_password_and_a_token(county: County) -> None:
    added = _onedoor(county.database, "user", "add", "weihu", "--role", "admin", "--display-name", "维护员")
    assert added.returncode == 0, added.stderr
    assert "初始密码" in added.stdout
    principal = offices.principal_by_username("weihu")
    assert principal is not None
    assert principal.grants == (Grant(Role.ADMIN),)
    issued = _onedoor(county.database, "token", "weihu")
    assert issued.returncode == 0, issued.stderr
    assert len(issued.stdout.strip()) >= 43
    assert issued.stdout.count("\n") == 1


def test_a_password_may_be_piped_in_and_is_not_repeated(county: County) -> None:
    done = _onedoor(
        county.database, "user", "add", "weihu", "--role", "clerk", "--department", "scjg", "--password-stdin",
        stdin="a-long-and-quiet-one\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "quiet" not in done.stdout


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["user", "add", "x", "--role", "clerk", "--department", "none"], "scjg"),
        (["token", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_done_names_the_mend(county: County, words: list[str], mend: str) -> None:
    done = _onedoor(county.database, *words)
    assert done.returncode == 1
    assert mend in done.stderr


def test_a_user_needs_a_county(own_database: str) -> None:
    done = _onedoor(own_database, "user", "add", "weihu", "--role", "admin")
    assert done.returncode == 1
    assert "onedoor county load" in done.stderr


def test_the_doctor_finds_what_is_well_and_what_is_not(county: County) -> None:
    found = _findings(county.database)
    well = ("主密钥", "数据表", "记录保护", "待排序记录")
    assert {name: found[name]["well"] for name in well} == dict.fromkeys(well, True)
    assert "fsync" in str(found["断电保护"]["detail"])  # off in tests, and said so


def test_the_doctor_notices_lost_protection_and_waiting_migrations(
    county: County, superuser_connection: psycopg.Connection
) -> None:
    superuser_connection.execute("GRANT UPDATE ON journal_fact TO onedoor_app")
    superuser_connection.execute("DELETE FROM django_migrations WHERE app = 'cases'")
    found = _findings(county.database)
    assert "onedoor migrate" in str(found["记录保护"]["mend"])
    assert "onedoor upgrade" in str(found["数据表"]["mend"])


def test_the_doctor_notices_a_clock_that_went_back(county: County) -> None:
    assert _findings(county.database)["系统时钟"]["level"] == "well"
    journal.append(
        stream_id=uuid4(),
        tenant_id=county.tenant_id,
        stream_kind="test",
        principal="test",
        at=datetime.now(UTC) + timedelta(hours=3),
        facts=[NewFact("test.happened", {}, datetime.now(UTC))],
    )
    found = _findings(county.database)["系统时钟"]
    assert found["level"] == "fault"
    assert "NTP" in str(found["mend"])


def test_the_doctor_knows_a_database_newer_than_the_program(
    county: County, superuser_connection: psycopg.Connection
) -> None:
    superuser_connection.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '0999_later', now())"
    )
    found = _findings(county.database)["数据表"]
    assert found["level"] == "fault"
    assert "比程序新" in str(found["detail"])
    done = _onedoor(county.database, "migrate")
    assert done.returncode == 1
    assert "数据比这个程序新" in done.stderr


def test_the_doctor_finds_a_taken_port(county: County) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = str(stranger.getsockname()[1])
        found = json.loads(_onedoor(county.database, "doctor", "--json", "--port", port).stdout)
    (web,) = [finding for finding in found if finding["name"] == "网站"]
    assert web["level"] == "notice"
    assert "--port" in web["mend"]


def test_migrate_gives_back_exactly_the_rights(
    county: County, superuser_connection: psycopg.Connection
) -> None:
    superuser_connection.execute("GRANT ALL ON journal_fact TO onedoor_app")
    assert _onedoor(county.database, "migrate").returncode == 0
    assert _findings(county.database)["记录保护"]["well"]


@pytest.mark.usefixtures("own_anchors")
def test_the_worker_orders_facts_and_anchors_them(county: County) -> None:
    assert run_once() > 0
    found = _findings(county.database)
    assert found["待排序记录"]["detail"] == "0 条"
    assert "最近一次" in str(found["锚点"]["detail"])
