"""With a scanner nothing is kept that it has not passed, whatever the scanner does or leaves undone."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.papers import actions, queries, scanning
from onedoor.domain.papers.models import Blob, Upload
from onedoor.plumbing.crypto import sm3
from onedoor.plumbing.home import Home
from tests.papers.clamd import VIRUS, fake_clamd
from tests.papers.hostile import with_object
from tests.papers.samples import AT, pdf_file

pytestmark = pytest.mark.django_db
INFECTED = with_object(pdf_file(), b"(" + VIRUS + b")")
#: A port on which nobody listens.
NOBODY = "clamd://127.0.0.1:1"


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A scanner that is not remembered from test to test."""
    scanning.scanner_of.cache_clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner that is not waited for long."""
    monkeypatch.setattr(scanning, "SECONDS", 1.0)


def _upload(content: bytes) -> str:
    """What becomes of a file: `kept`, or the code of its refusal."""
    try:
        actions.upload(tenant_id=1, owner="user:1", name="a.pdf", content=content, at=AT)
    except Refused as refused:
        refusal = refused
    else:
        return "kept"
    assert refusal.status == (422 if refusal.code == "upload_infected" else 503)
    assert "没有保存" in refusal.detail
    return refusal.code


def _kept(home: Home) -> tuple[int, int, int]:
    files = sum(path.is_file() for path in home.blobs.rglob("*"))
    return Upload.objects.count(), Blob.objects.count(), files


def test_without_a_scanner_files_are_only_inspected(home: Home, settings: Settings) -> None:
    assert settings.ONEDOOR_SCANNER == ""
    assert _upload(INFECTED) == "kept"
    assert queries.scanner_trial().configured is False


def test_an_infected_file_is_recorded_and_not_kept(home: Home, settings: Settings) -> None:
    with fake_clamd() as (_, settings.ONEDOOR_SCANNER):
        assert _upload(INFECTED) == "upload_infected"
        assert _upload(INFECTED) == "upload_infected"
        assert _kept(home) == (0, 0, 0)
        assert _upload(pdf_file()) == "kept"
    first, second = journal.facts(actions.uploads_stream(1))
    assert (first.kind, first.principal, second.seq) == ("papers.upload_infected", "user:1", 2)
    assert first.data == {
        "sm3": sm3(INFECTED).hex(),
        "size": len(INFECTED),
        "media_type": "application/pdf",
        "found": "Test.Virus",
    }


def test_a_scanner_may_listen_on_a_socket_of_the_machine(settings: Settings, tmp_path: Path) -> None:
    with fake_clamd(path=str(tmp_path / "clamd")) as (_, settings.ONEDOOR_SCANNER):
        assert [_upload(INFECTED), _upload(pdf_file())] == ["upload_infected", "kept"]


FAULTS = ("hang up", "silent", "slow", "garbage", "half", "ok of something else", "endless", "error", "empty")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mood", FAULTS)
def test_without_a_clear_answer_nothing_is_kept(home: Home, settings: Settings, mood: str) -> None:
    with fake_clamd(mood) as (_, settings.ONEDOOR_SCANNER):
        assert _upload(pdf_file()) == "scanner_unavailable"
    assert _kept(home) == (0, 0, 0)


def test_a_file_that_the_scanner_will_not_look_at_is_refused(home: Home, settings: Settings) -> None:
    with fake_clamd("full") as (clamd, settings.ONEDOOR_SCANNER):
        assert _upload(pdf_file()) == "scanner_size_limit"
        clamd.mood = "limits"
        assert _upload(pdf_file()) == "upload_infected"
        # Control: it is the answer, not the file.
        clamd.mood = "honest"
        assert _upload(pdf_file()) == "kept"


@pytest.mark.parametrize(
    "setting",
    [NOBODY, "clamd://127.0.0.1:0x10", "http://127.0.0.1", "clamav", "clamd:///nowhere/x", "clamd:x"],
)
def test_a_scanner_that_is_not_there_keeps_nothing(home: Home, settings: Settings, setting: str) -> None:
    settings.ONEDOOR_SCANNER = setting
    assert _upload(pdf_file()) == "scanner_unavailable"
    assert queries.scanner_trial().fault
    assert _kept(home) == (0, 0, 0)


@pytest.mark.usefixtures("impatient")
def test_nobody_waits_again_for_a_scanner_that_has_just_failed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_clamd("silent") as (clamd, settings.ONEDOOR_SCANNER):
        assert [_upload(pdf_file()) for _ in range(4)] == ["scanner_unavailable"] * 4
        assert clamd.asked == 1
        clamd.mood = "honest"
        clamd.stopping.set()
    later = time.monotonic() + scanning.REST
    # After a while it is asked again.
    with fake_clamd() as (_, setting):
        scanner = scanning.scanner_of(settings.ONEDOOR_SCANNER)
        assert isinstance(scanner, scanning.Clamd)
        fresh = scanning.scanner_of(setting)
        assert isinstance(fresh, scanning.Clamd)
        scanner._address, scanner._seconds = fresh._address, 30.0
        monkeypatch.setattr(scanning.time, "monotonic", lambda: later)
        assert _upload(pdf_file()) == "kept"


def test_the_trial_tells_a_blind_scanner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_clamd() as (_, settings.ONEDOOR_SCANNER):
        assert queries.scanner_trial().fault == ""
        monkeypatch.setattr("tests.papers.clamd.KNOWN", ())
        assert "没有认出" in queries.scanner_trial().fault


def test_the_log_says_why_and_names_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.ONEDOOR_SCANNER = NOBODY
    with caplog.at_level(logging.ERROR):
        _upload(pdf_file())
    assert "ConnectionRefusedError" in caplog.text
    assert "user:1" not in caplog.text
