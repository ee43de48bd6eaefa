"""The unit says what systemd needs to keep the product running and shut in, and systemd can read it."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from onedoor.plumbing.home import HomeFault
from onedoor.site.cli import main
from onedoor.site.service import Service, place, systemd_runs

SERVICE = Service(
    home=Path("/srv/一扇门 data"),
    program=Path("/opt/onedoor/.venv/bin/python"),
    options=("--host", "0.0.0.0", "--port", "8443"),
    user="onedoor",
    environment={"ONEDOOR_BACKUP_DIR": "/mnt/backup", "ONEDOOR_PUBLIC_URL": "https://a.test/%E4"},
)


def read(unit: str) -> configparser.ConfigParser:
    """The unit by section and key; a key that stands twice keeps its lines, one below the other."""

    class Repeated(dict):  # type: ignore[type-arg]
        def __setitem__(self, key: str, value: object) -> None:
            if isinstance(value, list) and key in self:
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    found = configparser.ConfigParser(
        interpolation=None, strict=False, dict_type=Repeated, delimiters=("=",), comment_prefixes=("#",)
    )
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(unit)
    return found


def test_the_unit_restarts_stops_in_time_and_is_shut_in() -> None:
    service = read(SERVICE.unit())["Service"]
    assert service["ExecStart"].startswith("/opt/onedoor/.venv/bin/python -P -m onedoor.site.cli up --host")
    assert service["Restart"] == "on-failure"
    assert int(service["TimeoutStopSec"]) > 30
    assert service["User"] == "onedoor"
    assert service["ProtectSystem"] == "strict"
    for wall in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "RestrictSUIDSGID"):
        assert service[wall] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ReadWritePaths"] == "'/srv/一扇门 data' -/mnt/backup"
    assert "'ONEDOOR_HOME=/srv/一扇门 data'" in service["Environment"]
    assert "ONEDOOR_PUBLIC_URL=https://a.test/%%E4" in service["Environment"]
    assert read(SERVICE.unit())["Install"]["WantedBy"] == "multi-user.target"


def test_the_usual_home_is_systemds_to_make() -> None:
    service = read(replace(SERVICE, home=Path("/var/lib/onedoor"), environment={}).unit())["Service"]
    assert service["StateDirectory"] == "onedoor"
    assert service["StateDirectoryMode"] == "0700"


def test_a_low_port_and_root_get_just_the_rights_they_need() -> None:
    low = read(replace(SERVICE, options=("--port", "443")).unit())["Service"]
    assert low["AmbientCapabilities"] == low["CapabilityBoundingSet"] == "CAP_NET_BIND_SERVICE"
    root = read(replace(SERVICE, user="root").unit())["Service"]
    assert "CAP_SETUID" in root["CapabilityBoundingSet"]
    assert "CAP_SYS_ADMIN" not in root["CapabilityBoundingSet"]


def test_a_users_own_service_asks_for_nothing_it_cannot_have() -> None:
    unit = read(replace(SERVICE, user=None).unit())
    assert "User" not in unit["Service"]
    assert "ProtectSystem" not in unit["Service"]
    assert unit["Service"]["NoNewPrivileges"] == "yes"
    assert unit["Install"]["WantedBy"] == "default.target"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("user", ["root", None])
def test_systemd_can_read_it(tmp_path: Path, user: str | None) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "onedoor.service"

    def complaints(unit: str) -> str:
        path.write_text(unit)
        done = subprocess.run(
            ["systemd-analyze", "verify", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "\n".join(line for line in done.stderr.splitlines() if "onedoor.service" in line)

    unit = replace(SERVICE, user=user, program=program).unit()
    assert complaints(unit) == ""
    assert "Restrat" in complaints(unit.replace("Restart=", "Restrat="))


def test_print_shows_the_unit_and_installs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert main(["service", "install", "--user", "--print", "--port", "8123"]) == 0
    assert "up --port 8123" in capsys.readouterr().out
    assert not place(True).exists()


@pytest.mark.skipif(systemd_runs(), reason="systemd runs here")
def test_without_systemd_it_says_so_and_shows_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert main(["service", "install", "--user"]) == 1
    said = capsys.readouterr()
    assert "[Service]" in said.out
    assert "没有运行 systemd" in said.err
    assert main(["service", "status", "--user"]) == 1
    assert main(["service", "uninstall", "--user"]) == 1


@pytest.mark.parametrize("words", [["--port", "x"], ["--nonsense"], ["--tls-cert", "a.pem"]])
def test_what_up_would_refuse_is_refused(words: list[str]) -> None:
    try:
        status = main(["service", "install", "--print", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    assert status != 0


def test_a_password_does_not_come_into_a_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    from onedoor.plumbing.home import Home
    from onedoor.site.service import service_of

    monkeypatch.setenv("ONEDOOR_DATABASE_URL", "postgresql://a:secret@db/x")
    with pytest.raises(HomeFault, match="EnvironmentFile"):
        service_of(Home(Path("/srv")), [], of_user=os.geteuid() != 0)
