"""A full disk is said plainly, leaves nothing by half, shows in the doctor's findings, and passes without a trace."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from onedoor.domain.cases.queries import differences
from onedoor.domain.journal import tasks as journal
from onedoor.domain.papers import blobs
from onedoor.plumbing.home import Home
from onedoor.site.checkup import journal as journal_checks
from onedoor.site.checkup import machine
from onedoor.site.wiring import FOLLOWERS
from tests.county import County
from tests.faces.portal import PDF, Citizen, text_of
from tests.faces.test_api import Caller, caller, filing, problem

_WRITTEN = ("journal_fact", "journal_outbox", "cases_case", "cases_dossier", "papers_upload", "papers_blob")


def rows() -> dict[str, int]:
    """How much lies in the tables that an act writes to."""
    with connection.cursor() as cursor:
        found = {}
        for table in _WRITTEN:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def files(home: Path) -> list[str]:
    """Every file in the store, drafts among them."""
    return sorted(str(path) for path in (home / "blobs").resolve().rglob("*") if path.is_file())


def full(path: Path, content: bytes) -> None:
    """What a write to a disk with room for half of it does."""
    path.write_bytes(content[: len(content) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@pytest.fixture
def store(own_anchors: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose files nobody else writes."""
    (own_anchors / "blobs").unlink()
    (own_anchors / "blobs").mkdir()
    return own_anchors


def upload(who: Caller, key: str) -> Any:
    """A file handed in by the interface."""
    file = SimpleUploadedFile("布局图.pdf", PDF, "application/pdf")
    return Client().post(
        "/api/v1/uploads",
        {"file": file},
        headers={"Authorization": f"Bearer {who.token}", "Idempotency-Key": key},
    )


def test_a_file_without_room_is_told_and_leaves_nothing(
    county: County, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, citizen = caller("chuangkou"), Citizen().sign_in()
    draft = citizen.begin()
    page = f"/cases/{draft}/apply/materials/m4"
    before, kept = rows(), files(store)
    with monkeypatch.context() as planted:
        planted.setattr(blobs, "_write_through", full)
        answer = upload(clerk, "once")
        assert "稍后" in problem(answer, 507, "disk_full")["detail"]
        assert int(answer["Retry-After"]) > 0
        file = SimpleUploadedFile("布局图.pdf", PDF, "application/pdf")
        told = citizen.post(page, {"way": "upload", "files": file}, 507)
        assert "没有保存" in text_of(told)
        assert told["Retry-After"]
        assert rows() == before
        assert files(store) == kept
    assert upload(clerk, "once").status_code == 201
    file = SimpleUploadedFile("布局图.pdf", PDF, "application/pdf")
    citizen.post(page, {"way": "upload", "files": file})


def test_the_look_for_halves_sees_one(county: County, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a store that writes straight to the goal leaves half a file, and `files` shows it."""

    def straight(self: blobs.DirectoryStore, digest: str, envelope: bytes) -> None:
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        full(path, envelope)

    before = files(store)
    monkeypatch.setattr(blobs.DirectoryStore, "put", straight)
    assert upload(caller("chuangkou"), "once").status_code == 507
    assert len(files(store)) == len(before) + 1


class Act(NamedTuple):
    """Something that writes, and the table at which the database runs out of room."""

    table: str
    do: Callable[[Caller, str], Any]


def _file(clerk: Caller, number: str) -> Any:
    return clerk.post("/cases", filing(), key="again")


def _accept(clerk: Caller, number: str) -> Any:
    return clerk.post(f"/cases/{number}/actions/accept", {}, key="again")


@contextmanager
def no_room_in(owner: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """The server itself refuses to write to a table, as it does when its disk is full."""
    owner.execute("""CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$""")
    owner.execute(
        f"CREATE TRIGGER no_room AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
    )
    try:
        yield
    finally:
        owner.execute(f"DROP TRIGGER no_room ON {table}")
        owner.execute("DROP FUNCTION no_room")


@pytest.mark.parametrize(
    "act",
    [
        Act("cases_case", _file),
        Act("cases_dossier", _file),
        Act("journal_outbox", _file),
        Act("journal_fact", _accept),
        Act("cases_case", _accept),
    ],
    ids=lambda act: f"{act.do.__name__}-{act.table}",
)
def test_an_act_without_room_in_the_database_is_told_and_leaves_nothing(
    act: Act, county: County, owner_connection: psycopg.Connection[Any]
) -> None:
    clerk = caller("chuangkou")
    number = clerk.post("/cases", filing()).json()["number"]
    before = rows()
    with no_room_in(owner_connection, act.table):
        answer = act.do(clerk, number)
        problem(answer, 507, "disk_full")
        assert answer["Retry-After"]
        assert rows() == before
    first, second = act.do(clerk, number), act.do(clerk, number)
    assert first.status_code in (200, 201)
    assert second.json() == first.json()
    assert list(differences()) == []


def test_papers_wait_and_the_doctor_says_so(
    county: County, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller("chuangkou").post("/cases", filing())
    at, papers = datetime.now(UTC), FOLLOWERS["cases.papers"]

    def follow() -> int:
        return journal.follow("cases.papers", lambda fact: papers(fact, at=at), at=datetime.now(UTC))

    journal.sequence()
    with monkeypatch.context() as planted:
        planted.setattr(blobs, "_write_through", full)
        planted.setattr(machine, "shutil", _NoRoom())
        while follow():
            pass
        finding = next(f for f in journal_checks.followers() if f.name.endswith("cases.papers"))
        assert "连续失败" in finding.detail
        assert finding.mend
        assert machine.disk(Home(store)).mend
    assert files(store) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_follower SET retry_at = NULL")  # the wait between two tries
    while follow():
        pass
    assert files(store)
    assert not next(f for f in journal_checks.followers() if f.name.endswith("cases.papers")).mend


class _NoRoom:
    """`shutil` on a disk with one megabyte left."""

    def __getattr__(self, name: str) -> Any:
        return getattr(shutil, name)

    def disk_usage(self, path: object) -> Any:
        return type(shutil.disk_usage("/"))(1 << 30, (1 << 30) - (1 << 20), 1 << 20)


@pytest.fixture
def small_disk(store: Path) -> Iterator[Path]:
    """The store on a file system of one megabyte; only the system's administrator may mount one."""
    folder = store / "blobs"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no right to mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(county: County, small_disk: Path) -> None:
    clerk = caller("chuangkou")
    filler = small_disk / ".filler"
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        _fill(filler)
    before = rows()
    problem(upload(clerk, "once"), 507, "disk_full")
    assert rows() == before
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == [".filler"]
    filler.unlink()
    assert upload(clerk, "once").status_code == 201


def _fill(path: Path) -> None:
    """Write until there is no room left."""
    with path.open("wb", buffering=0) as file:
        while file.write(b"\0" * 4096):
            pass
