"""The database is gone for a while; later the whole installation is restored from a backup made under load."""

from __future__ import annotations

import errno
import json
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django import db

from onedoor.faces.outages import DISK_FULL, UNREACHABLE, outage_of
from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home
from onedoor.site.backup import contents_of
from tests.faults import evidence
from tests.faults.at_work import Running
from tests.faults.gateway import Gateway, gateway
from tests.faults.installation import Installation, disk_folder, status_of

CLIENTS = 3


def ask(url: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Message, str]:
    """Status, headers and text of an answer, whatever it is."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_only_what_time_mends_is_an_outage() -> None:
    """The control: other faults of the database, and of files, stay faults of ours, logged with their place."""
    lost, full = db.OperationalError("x"), OSError(errno.ENOSPC, "x")
    lost.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
    assert outage_of(lost) is UNREACHABLE
    assert outage_of(full) is DISK_FULL
    wrapped = RuntimeError()
    wrapped.__cause__ = full
    assert outage_of(wrapped) is DISK_FULL
    for state, expected in (("53100", DISK_FULL), ("57P03", UNREACHABLE), ("57014", None), ("40P01", None)):
        told = db.OperationalError("x")
        told.__cause__ = psycopg.errors.lookup(state)("x")
        assert outage_of(told) is expected, state
    for other in (
        ValueError("x"),
        FileNotFoundError(errno.ENOENT, "x"),
        db.IntegrityError("x"),
        db.DataError("x"),
    ):
        assert outage_of(other) is None


@pytest.mark.alone
@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.nightly)])
def test_a_database_gone_for_a_while_is_told_and_comes_back(running: Running, seconds: int) -> None:
    made, traffic = running.made, running.traffic(f"gone{seconds}")
    processes = {kind: made.pids(kind) for kind in ("supervisor", "web", "worker")}
    with traffic.flowing(CLIENTS):
        made.until(lambda: traffic.since(0.0) > 20, "traffic")
        with database_gone(made):
            heard = len(traffic.acknowledged)
            _look_while_gone(made, running.prepared)
            time.sleep(seconds)
            assert len(traffic.acknowledged) - heard <= CLIENTS  # answers that were under way
        back = made.until(made.ready, "database")
        since = time.monotonic()
        made.until(lambda: traffic.strange or traffic.since(since) > 20, "writes")
    print(f"\ndatabase gone for {seconds} s: served again {back:.1f} s after it could start")
    assert not traffic.strange, traffic.strange
    assert traffic.turned_away
    assert {
        kind: made.pids(kind) for kind in processes
    } == processes  # nothing was started again but the database
    made.until(lambda: _outbox(made) == 0, "positions")
    found = evidence.collect(made, traffic.acknowledged)
    assert found.sound, found


class database_gone:  # noqa: N801  reads as what it does
    """The database is killed and cannot start until the block ends: a file it needs is away."""

    def __init__(self, made: Installation) -> None:
        self.made, self.file = made, made.home.pg / "PG_VERSION"

    def __enter__(self) -> None:
        self.file.rename(self.made.home.root / "PG_VERSION.away")
        self.made.kill("database")
        self.made.until(lambda: not self.made.ready(), "outage")

    def __exit__(self, *_: object) -> None:
        (self.made.home.root / "PG_VERSION.away").rename(self.file)


def _look_while_gone(made: Installation, prepared: dict[str, Any]) -> None:
    for path in ("/", "/services", "/progress", "/desk/login", "/nowhere"):
        status, headers, text = ask(made.url + path, Cookie="onedoor_session=somebody")
        assert status == 503, (path, status)
        assert int(headers["Retry-After"]) > 0
        assert headers["Cache-Control"] == "no-store"
        assert "请稍后再试" in text
        assert "Traceback" not in text
    token = {"Authorization": f"Bearer {prepared['tokens']['chuangkou']}", "Idempotency-Key": "while-gone"}
    for body in (None, prepared["application"]):
        status, headers, text = ask(f"{made.url}/api/v1/cases", body, **token)
        assert status == 503
        assert headers["Content-Type"] == "application/problem+json"
        assert int(headers["Retry-After"]) > 0
        assert json.loads(text)["code"] == "database_unreachable"
        assert "重试" in json.loads(text)["detail"]
    assert status_of(f"{made.url}/healthz") == 200
    assert status_of(f"{made.url}/readyz") == 503


def _outbox(made: Installation) -> int:
    with made.connect() as connection:
        (count,) = connection.execute("SELECT count(*) FROM journal_outbox").fetchone() or (-1,)
    return int(count)


@pytest.mark.alone
def test_a_backup_under_load_restores_to_all_it_held(running: Running, tmp_path: Path) -> None:
    """Rows, files and chains are equal; followers go on where the backup left them, missing and repeating nothing."""
    made, traffic = running.made, running.traffic("backup")
    keys = tmp_path / "keys.json"
    made.run("keys", "export", "--out", str(keys))
    with traffic.flowing(CLIENTS):
        made.until(lambda: traffic.since(0.0) > 60, "traffic")
        before = list(traffic.acknowledged)
        made.run("backup", str(tmp_path / "backups"))
        during = len(traffic.acknowledged) - len(before)
        made.until(lambda: len(traffic.acknowledged) > len(before) + during + 10, "traffic after the backup")
    assert during > 0
    (source,) = (tmp_path / "backups").iterdir()
    with gateway() as sms, disk_folder() as folder:
        copy = Installation(Home(folder / "copy"), settings={"ONEDOOR_SMS_URL": sms.url})
        copy.run("keys", "import", str(keys))
        copy.run("restore", str(source))
        try:
            _compare(copy, source, before)
            _followers_go_on(copy, running.sms, sms)
        finally:
            copy.stop()


def _compare(copy: Installation, source: Path, before: list[Any]) -> None:
    manifest = json.loads((source / "manifest.json").read_text())
    EmbeddedCluster(copy.home).start()
    with copy.connect() as connection, connection.transaction():
        found = contents_of(connection)
    assert {"rows": found.rows, "heads": found.heads, "streams": found.streams} == manifest["contents"]
    stored = {p.name: p.read_bytes() for p in (source / "blobs").rglob("*") if p.is_file()}
    restored = {p.name: p.read_bytes() for p in copy.home.blobs.rglob("*") if p.is_file()}
    assert stored == restored
    held = evidence.collect(copy, before)  # whatever was acknowledged before the backup began
    assert held.sound, held


def _followers_go_on(copy: Installation, former: Gateway, sms: Gateway) -> None:
    """What the restored county still has to do is done once, and what it had done is not done again."""
    with copy.connect() as connection:
        papers = connection.execute("SELECT id, document_number FROM papers_paper").fetchall()
        messages = connection.execute("SELECT id, key, text, sent_at FROM notices_message").fetchall()
        reached: dict[str, int] = dict(
            connection.execute("SELECT name, position FROM journal_follower").fetchall()
        )
        waiting = connection.execute(
            "SELECT (SELECT count(*) FROM journal_outbox), (SELECT max(position) FROM journal_position)"
        ).fetchone()
    copy.stop()
    said = copy.program("tests.faults.drain")
    assert "全部一致" in said
    assert '"sound": true' in said
    EmbeddedCluster(copy.home).start()
    with copy.connect() as connection:
        kept = connection.execute("SELECT id, document_number FROM papers_paper").fetchall()
        after = connection.execute("SELECT id, key, text FROM notices_message").fetchall()
        ends: dict[str, int] = dict(
            connection.execute("SELECT name, position FROM journal_follower").fetchall()
        )
        (last,) = connection.execute("SELECT max(position) FROM journal_position").fetchone() or (0,)
    assert waiting is not None
    assert last == waiting[0] + waiting[1]  # positions go on densely
    assert set(ends.values()) == {last}
    assert all(ends[name] >= position for name, position in reached.items())
    assert set(papers) <= set(kept)
    assert {row[:3] for row in messages} <= set(after)
    assert len({key for _, key, _ in after}) == len(after)
    assert evidence.collect(copy, ()).halves == []
    assert evidence.untold(copy, _both(former, sms)) == []
    sent_before = {key for _, key, _, sent_at in messages if sent_at is not None}
    again = [fault for fault in sms.taken if fault in _delivery_keys(sent_before)]
    assert again == []


def _both(former: Gateway, sms: Gateway) -> Gateway:
    """Everything that either gateway was handed: to the county's people they are one."""
    return Gateway(
        taken={key: former.taken.get(key, []) + sms.taken.get(key, []) for key in {*former.taken, *sms.taken}}
    )


def _delivery_keys(keys: set[str]) -> set[str]:
    return {evidence.delivery_key(1, key) for key in keys}
