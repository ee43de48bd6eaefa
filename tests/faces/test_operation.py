"""The status page is the administrator's, says the same as the doctor, and shows what is amiss with its mend."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from onedoor.plumbing.figures import SHARED_VARIABLE
from onedoor.plumbing.home import Home
from onedoor.site import status, supervisor, traces
from onedoor.site.checkup import machine, sections
from onedoor.site.figures import monitoring_token
from tests.cluster import REPOSITORY
from tests.county import County
from tests.faces.desk import at_desk, filed


@pytest.fixture(autouse=True)
def _looked_at_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_last", None)


def test_the_page_names_every_check_with_word_and_mend(county_db: County) -> None:
    page = at_desk("xitong").get("/status").content.decode()
    found = [finding for section in sections(Home.current()) for finding in section.findings]
    assert len(found) > 15
    assert [finding.name for finding in found if finding.name not in page] == []
    assert {"断电保护", "系统时钟", "锚点", "工作日历", "磁盘空间", "后台任务", "最近备份", "恢复演练"} <= {
        finding.name for finding in found
    }
    # Tests run without fsync, which is a fault, and it is said with its mend.
    assert "断电会丢数据" in page
    assert "故障</span>" in page
    assert "正常</span>" in page
    assert 'hx-trigger="every' in page


def test_an_open_page_asks_for_the_part_alone(county_db: County) -> None:
    part = at_desk("xitong").get("/status", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "断电保护" in part


@pytest.mark.parametrize("username", ["chuangkou", "ducha", "shenji"])
def test_others_are_turned_away(county_db: County, username: str) -> None:
    assert at_desk(username).get("/status").status_code == 403


def test_strangers_are_asked_to_sign_in(county_db: County) -> None:
    answer = Client().get("/status")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/login?next=%2Fstatus")


def test_only_administrators_are_led_there(county_db: County) -> None:
    assert 'href="/status"' in at_desk("xitong").get("/desk/staff").content.decode()
    assert 'href="/status"' not in at_desk("chuangkou").get("/desk/").content.decode()


AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home in which the product seems to run."""
    record = {"pid": 1, "url": "http://127.0.0.1:1", "token": "t", "loopback": True, "tls_cert": ""}
    monkeypatch.setattr(machine, "running", lambda home: record)
    return Home(tmp_path).ensure()


@pytest.mark.parametrize(("age", "level"), [(5, "well"), (300, "fault")])
def test_a_worker_without_a_beat_is_a_fault(home: Home, age: int, level: str) -> None:
    assert machine.worker(home, AT).level == "fault"
    traces.leave(home, traces.WORKER, {"pid": 1, "failing": {}}, at=AT - timedelta(seconds=age))
    assert machine.worker(home, AT).level == level


def test_a_failing_job_is_named(home: Home) -> None:
    traces.leave(home, traces.WORKER, {"pid": 1, "failing": {"journal.anchor": 3}}, at=AT)
    assert "journal.anchor 连续失败 3 次" in machine.worker(home, AT).detail


def test_a_trace_that_is_none_is_no_news(home: Home) -> None:
    (home.state / "worker.json").write_text('{"at": "yesterday"')
    assert machine.worker(home, AT).level == "fault"
    assert supervisor.running(home) is None


@pytest.mark.parametrize(("days", "level"), [(90, "well"), (20, "notice"), (3, "fault"), (-1, "fault")])
def test_a_certificate_is_seen_to_end(
    home: Home, monkeypatch: pytest.MonkeyPatch, days: int, level: str
) -> None:
    record = {"tls_cert": str(_certificate(home.root / "cert.pem", AT + timedelta(days=days)))}
    monkeypatch.setattr(machine, "running", lambda home: record)
    assert machine.certificate(home, AT).level == level


def _certificate(path: Path, ends: datetime) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "onedoor.test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(ends - timedelta(days=365)).not_valid_after(ends)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_loose_key_files_are_named(home: Home) -> None:
    assert machine.folders(home).well
    home.master_key.chmod(0o644)
    assert str(home.master_key) in machine.folders(home).detail


def _counted(page: str, name: str, **labels: str) -> float:
    """The value of a figure on a page of figures; 0 if it is not there."""
    for line in page.splitlines():
        if line.startswith(name) and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rpartition(" ")[2])
    return 0.0


def test_figures_count_requests_acts_and_refusals_without_anybodys_number(county_db: County) -> None:
    number, desk = filed().number, at_desk("chuangkou")
    api = f"/api/v1/cases/{number}/actions/accept"
    headers = {"Idempotency-Key": "figures-1"}
    before = Client().get("/metrics").content.decode()
    assert desk.get(f"/desk/cases/{number}").status_code == 200
    assert desk.post(api, "{}", content_type="application/json", headers=headers).status_code == 200
    refused = desk.post(api, "{}", content_type="application/json", headers={"Idempotency-Key": "figures-2"})
    after = Client().get("/metrics").content.decode()

    def more(name: str, **labels: str) -> float:
        return _counted(after, name, **labels) - _counted(before, name, **labels)

    assert more("onedoor_requests_total", route="desk/cases/<str:number>", status="200") == 1
    assert more("onedoor_request_seconds_count", route="desk/cases/<str:number>") == 1
    assert more("onedoor_actions_total", verb="accept") == 1
    assert more("onedoor_refusals_total", code=refused.json()["code"]) == 1
    assert _counted(after, "onedoor_check", check="断电保护") == 2
    assert _counted(after, "onedoor_outbox_facts") > 0
    assert _counted(after, "onedoor_database_bytes") > 1_000_000
    assert number not in after


def test_figures_are_shown_near_by_or_for_the_token(county_db: County, settings: Settings) -> None:
    def status(**more: str) -> int:
        return Client().get("/metrics", **more).status_code

    token = monitoring_token()
    assert status() == 200
    assert status(REMOTE_ADDR="10.1.2.3") == 403
    assert status(HTTP_X_FORWARDED_FOR="10.1.2.3") == 403
    assert status(REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION=f"Bearer {token}") == 200
    assert status(REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION=f"Bearer {token[:-1]}") == 403
    assert status(REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION="Bearer 密") == 403
    settings.ONEDOOR_BEHIND_PROXY = True
    assert status() == 403
    assert status(HTTP_AUTHORIZATION=f"Bearer {token}") == 200


COUNTING = "from onedoor.plumbing import figures; figures.ACTIONS.labels('accept').inc(2)"
ASKING = "from onedoor.plumbing import figures; print(figures.exposition().decode())"


def test_the_counts_of_all_processes_are_added_up(tmp_path: Path) -> None:
    def run(program: str, **more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program], cwd=REPOSITORY, env={**os.environ, **more}, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    shared = {SHARED_VARIABLE: str(tmp_path)}
    run(COUNTING, **shared)
    run(COUNTING, **shared)
    assert _counted(run(ASKING, **shared), "onedoor_actions_total", verb="accept") == 4
    assert _counted(run(ASKING), "onedoor_actions_total", verb="accept") == 0
