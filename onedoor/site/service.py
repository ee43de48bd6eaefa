"""A systemd unit for this installation: started with the machine, restarted after a fault, shut in.

The unit may write to the home and to the folder of backups, and nowhere else. A service of the machine runs as the
user to whom the home belongs; root's needs the few rights with which the embedded database is given to another user.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.environment import PASSED_ON

NAME: Final = "onedoor.service"
SYSTEM_FOLDER: Final = Path("/etc/systemd/system")
#: systemd makes a folder of the state with the service's user and right mode where the home is this one.
STATE: Final = Path("/var/lib/onedoor")
#: Longer than `onedoor up` takes at most to stop web, worker and database.
STOP_SECONDS: Final = 60
#: What root's service may do beyond an ordinary user: hand the database's files to another user and run it as that
#: user, reach and end what that user owns.
ROOT_RIGHTS: Final = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID")


@dataclass(frozen=True, slots=True)
class Service:
    """What the unit is to run: `options` go to `onedoor up`; `user` None is a service of the present user's own."""

    home: Path
    program: Path
    options: tuple[str, ...]
    user: str | None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_user(self) -> bool:
        return self.user is None

    def unit(self) -> str:
        """The text of the unit."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "[Unit]"
        yield "Description=OneDoor 一扇门政务服务系统"
        if not self.of_user:
            yield "After=network-online.target local-fs.target"
            yield "Wants=network-online.target"
        yield "StartLimitIntervalSec=600"
        yield "StartLimitBurst=10"
        yield ""
        yield "[Service]"
        yield "Type=exec"
        yield f"ExecStart={_words(str(self.program), '-P', '-m', 'onedoor.site.cli', 'up', *self.options)}"
        if not self.of_user:
            yield f"User={self.user}"
        yield f"Environment={_words(f'ONEDOOR_HOME={self.home}')}"
        for name, value in self.environment.items():
            yield f"Environment={_words(f'{name}={value}')}"
        yield "Restart=on-failure"
        yield "RestartSec=5"
        yield "KillMode=mixed"
        yield f"TimeoutStopSec={STOP_SECONDS}"
        yield "UMask=0077"
        yield "NoNewPrivileges=yes"
        yield "LimitNOFILE=65536"
        if not self.of_user:
            yield from self._walls()
        yield ""
        yield "[Install]"
        yield f"WantedBy={'default.target' if self.of_user else 'multi-user.target'}"

    def _walls(self) -> Iterator[str]:
        yield "ProtectSystem=strict"
        if self.home == STATE:
            yield "StateDirectory=onedoor"
            yield "StateDirectoryMode=0700"
        yield f"ReadWritePaths={' '.join(self._writable())}"
        yield f"ProtectHome={'read-only' if self._below_homes() else 'yes'}"
        yield "PrivateTmp=yes"
        yield "PrivateDevices=yes"
        for name in ("Clock", "ControlGroups", "Hostname", "KernelLogs", "KernelModules", "KernelTunables"):
            yield f"Protect{name}=yes"
        yield "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK"
        yield "RestrictNamespaces=yes"
        yield "RestrictRealtime=yes"
        yield "RestrictSUIDSGID=yes"
        yield "LockPersonality=yes"
        yield "SystemCallArchitectures=native"
        yield "SystemCallFilter=@system-service"
        rights = [*(ROOT_RIGHTS if self.user == "root" else ()), *self._low_port()]
        yield f"CapabilityBoundingSet={' '.join(rights)}"
        if self._low_port() and self.user != "root":
            yield f"AmbientCapabilities={' '.join(self._low_port())}"

    def _writable(self) -> list[str]:
        """The home, the backups, and where root's database programs are copied to; a "-" may be missing."""
        found = [] if self.home == STATE else [_words(str(self.home))]
        if folder := self.environment.get("ONEDOOR_BACKUP_DIR"):
            found.append(_words(f"-{folder}"))
        if self.user == "root":
            found.append("-/var/cache")
        return found or [_words(str(self.home))]

    def _below_homes(self) -> bool:
        """Whether the program or the data lie where ProtectHome would hide them."""
        places = (self.home, self.program, Path(sys.base_prefix), Path(__file__).resolve())
        return any(str(place).startswith(("/home/", "/root/", "/run/user/")) for place in places)

    def _low_port(self) -> list[str]:
        port = next(
            (b for a, b in zip(self.options, self.options[1:], strict=False) if a == "--port"), "8000"
        )
        return ["CAP_NET_BIND_SERVICE"] if port.isdecimal() and int(port) < 1024 else []


def service_of(home: Home, options: list[str], *, of_user: bool, user: str = "") -> Service:
    """The service for this home, as the environment has it."""
    environment = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    if os.environ.get("ONEDOOR_DATABASE_URL"):
        raise HomeFault(
            "数据库地址里有密码，不写进服务文件。请用 systemctl edit onedoor 加上 "
            "EnvironmentFile=文件（权限 0600），在那个文件里写 ONEDOOR_DATABASE_URL，再不带这个变量运行本命令。"
        )
    return Service(
        home=home.root,
        program=Path(sys.executable),
        options=tuple(options),
        user=None if of_user else user or _owner(home),
        environment=environment,
    )


def _owner(home: Home) -> str:
    """The user to whom the home belongs; of one that is still to be made, whoever asks for it."""
    number = home.root.stat().st_uid if home.root.exists() else os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError as error:
        raise HomeFault(
            f"{home.root} 的所有者 {number} 不是本机用户，请用 --run-as 指定一个用户。"
        ) from error


def systemd_runs() -> bool:
    """Whether this machine was started by systemd, so that it can be asked to keep a service."""
    return Path("/run/systemd/system").is_dir() and shutil.which("systemctl") is not None


def place(of_user: bool) -> Path:
    """Where the unit lies."""
    if not of_user:
        return SYSTEM_FOLDER / NAME
    base = os.environ.get("XDG_CONFIG_HOME", "") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user" / NAME


def systemctl(of_user: bool, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd."""
    command = ["systemctl", *(["--user"] if of_user else []), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _words(*words: str) -> str:
    """Words as a unit file wants them: % doubled, quoted where there are spaces."""
    return " ".join(
        shlex.quote(word).replace("%", "%%") if " " in word else word.replace("%", "%%") for word in words
    )
