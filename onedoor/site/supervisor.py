"""`onedoor up` at work: database, tables, demo county, worker and web, started in order and kept running."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.settings import uses_embedded
from onedoor.plumbing.figures import SHARED_VARIABLE
from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.children import STOP_SECONDS, TOKEN_VARIABLE, Child, bound, end_survivors, stop_all
from onedoor.site.logs import NAME_VARIABLE
from onedoor.site.record import record, record_path, running, write_record
from onedoor.site.web import web_command

__all__ = ["Plan", "announce", "healthy", "login_lines", "port_fault", "running", "up"]

#: Seconds the web server may take until it answers.
HEALTHY_SECONDS = 90.0
#: Seconds between two looks at the children.
LOOK_SECONDS = 0.5
#: Seconds until what could not be started is tried again.
RETRY_SECONDS = 3.0
#: Seconds a port may stay taken after a former run has been ended.
PORT_SECONDS = 5.0
#: Addresses that mean all networks, and the one by which this machine reaches itself.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Plan:
    """What `onedoor up` was asked for."""

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    demo: bool = False
    workers: int = 2

    @property
    def scheme(self) -> str:
        return "https" if self.tls_cert else "http"

    @property
    def url(self) -> str:
        """Where this machine reaches the web server, whatever address it listens on."""
        near = EVERYWHERE.get(self.host, self.host)
        return f"{self.scheme}://{f'[{near}]' if ':' in near else near}:{self.port}"

    @property
    def public_url(self) -> str:
        """Where others reach it, as far as this machine knows; goes into the QR codes of papers."""
        addresses = self.network_addresses()
        return f"{self.scheme}://{addresses[0]}:{self.port}" if addresses else self.url

    def network_addresses(self) -> list[str]:
        """This machine's addresses in its networks, where it listens on all of them."""
        if self.host not in EVERYWHERE:
            return []
        with suppress(OSError):
            found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
            return sorted({str(item[4][0]) for item in found if not str(item[4][0]).startswith("127.")})
        return []


class _Stop(BaseException):
    """SIGTERM or SIGINT arrived."""


def up(plan: Plan, home: Home) -> int:
    """Run until SIGINT or SIGTERM; returns 0 after a clean stop. Raises HomeFault when something is amiss."""
    home.ensure()
    with _only_one(home, plan) as token, _stoppable():
        run = _Run(plan, home, token)
        try:
            run.begin()
            run.keep()
        except _Stop:
            _say("正在停止……")
            return 0
        finally:
            with _deaf():
                run.end()
    return 0


@dataclass(slots=True)
class _Run:
    """One life of an installation, from start to stop."""

    plan: Plan
    home: Home
    token: str
    children: list[Child] = field(default_factory=list)
    cluster: EmbeddedCluster | None = None
    ready: bool = False
    #: Why something could not be started at the last look.
    trouble: str = ""

    def begin(self) -> None:
        """Start everything in order; returns once the web server answers."""
        _check_port(self.plan)
        if uses_embedded():
            self.cluster = EmbeddedCluster(self.home)
            _say("启动数据库……")
            self.cluster.start()
        _say("检查数据表……")
        self._command("migrate")
        if self.plan.demo:
            _say("准备演示县……")
            self._command("demo")
        shutil.rmtree(self._figures, ignore_errors=True)
        self._figures.mkdir(mode=0o700, parents=True)
        self.children = [
            self._child("worker", "后台任务", [*_ONEDOOR, "worker"]),
            self._child("web", "网站", self._web()),
        ]
        for child in self.children:
            child.start()
        self._await_health()
        self.ready = True
        announce(self.plan, self.home)

    def keep(self) -> None:
        """Look after database and children for ever; what cannot be started now is tried again and again."""
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                self._look_after_database()
                for child in self.children:
                    self._look_after(child)
                    bound(child.log)
                bound(self.home.logs / "postgres.log")
                self.trouble = ""
            except (HomeFault, OSError) as fault:
                # A full disk or a missing file: whoever mends it should not have to start anything besides.
                if str(fault) != self.trouble:
                    _say(f"{fault}\n每隔几秒再试一次。")
                self.trouble = str(fault)
                time.sleep(RETRY_SECONDS)

    def end(self) -> None:
        """Stop web and worker, then the database."""
        # A web server asked before it serves may never answer; it holds no request yet, so it is not waited for.
        stop_all(self.children, STOP_SECONDS if self.ready else 1.0)
        end_survivors(self.token, seconds=2.0)
        if self.cluster is not None:
            self.cluster.stop()
        _say("已停止。")

    def _look_after_database(self) -> None:
        if self.cluster is not None and self.cluster.pid() is None:
            if not self.trouble:
                _say("数据库意外停止，正在恢复……")
            self.cluster.start()
            _say("数据库已恢复。")

    def _look_after(self, child: Child) -> None:
        if child.alive:
            return
        if child.process is not None:
            wait = child.mourn()
            after = f"{wait:.0f} 秒后" if wait else "立即"
            _say(f"{child.label}意外退出，{after}重新启动。日志：{child.log}")
        if time.monotonic() >= child.restart_at:
            child.start()

    def _web(self) -> list[str]:
        plan = self.plan
        return web_command(
            host=plan.host, port=plan.port, workers=plan.workers, tls_cert=plan.tls_cert, tls_key=plan.tls_key
        )

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "ONEDOOR_HOME": str(self.home.root),
            TOKEN_VARIABLE: self.token,
            "PYTHONUNBUFFERED": "1",
        }
        environment.pop("ONEDOOR_DB_ROLE", None)
        environment.setdefault("ONEDOOR_PUBLIC_URL", self.plan.public_url)
        if self.plan.tls_cert or self.plan.behind_proxy:
            environment["ONEDOOR_TLS"] = "1"
        if self.plan.behind_proxy:
            environment["ONEDOOR_BEHIND_PROXY"] = "1"
        return environment

    def _child(self, name: str, label: str, command: list[str]) -> Child:
        environment = {**self._environment(), NAME_VARIABLE: name, SHARED_VARIABLE: str(self._figures)}
        return Child(name, label, command, environment, self.home.logs / f"{name}.log")

    @property
    def _figures(self) -> Path:
        """Where the children count; each run begins at nought."""
        return self.home.state / "figures"

    def _command(self, *words: str) -> None:
        """Run one of our own commands to its end; its fault becomes ours."""
        done = subprocess.run(
            [*_ONEDOOR, *words],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip())[-3000:]
            raise HomeFault(f"onedoor {' '.join(words)} 没有成功：\n{said}")

    def _await_health(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not healthy(self.plan.url):
            for child in self.children:
                if child.killed:
                    self._look_after(child)
                elif not child.alive:
                    raise HomeFault(f"{child.label}无法启动。日志 {child.log} 的末尾：\n{child.last_words()}")
            if time.monotonic() > deadline:
                log = self.home.logs / "web.log"
                raise HomeFault(f"网站在 {HEALTHY_SECONDS:.0f} 秒内没有就绪，请查看日志 {log}。")
            time.sleep(0.1)


_ONEDOOR = [sys.executable, "-P", "-m", "onedoor.site.cli"]


def healthy(url: str, timeout: float = 5.0) -> bool:
    """Whether the web server at `url` answers its health check. No proxy is asked, no certificate checked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(f"{url}/healthz", timeout=timeout) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def announce(plan: Plan, home: Home) -> None:
    """Say where the product answers and, for the demo county, who may sign in."""
    _say(f"一扇门已就绪：{plan.url}")
    for address in plan.network_addresses():
        _say(f"  局域网访问：{plan.scheme}://{address}:{plan.port}")
    if plan.demo and home.demo_logins.exists():
        _say("\n演示账号（每种角色一个，仅限演示县）：")
        for line in login_lines(json.loads(home.demo_logins.read_text("utf-8"))):
            _say(f"  {line}")
        _say("  同一种角色的人员密码相同。例如消防大队的审查人员是 gongzq。")
        _say(f"\n申请人在 {plan.url}/login 登录，短信验证码见 {plan.url}/demo/messages")
        _say(f"工作人员在 {plan.url}/desk/login 登录")
    _say("\n按 Ctrl-C 停止。")


def login_lines(logins: dict[str, list[dict[str, str]]]) -> list[str]:
    """One line a role: its name, and how to sign in. `logins` is what the demo loader left in the home."""
    first: dict[str, str] = {}
    for person in logins["applicants"][:1]:
        first["申请人"] = f"手机号 {person['phone']}，用短信验证码登录"
    for person in logins["staff"]:
        first.setdefault(
            person["role_name"],
            f"{person['username']:<12}{person['password']:<16}{person['name']}，{person['title']}",
        )
    width = max(map(len, first), default=0)
    return [f"{role.ljust(width, '　')}　{how}" for role, how in first.items()]


@contextmanager
def _only_one(home: Home, plan: Plan) -> Iterator[str]:
    """Hold the home for this run; clear away what a killed run left. Yields the run's token."""
    with (home.root / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = record(home) or {}
            raise HomeFault(
                f"数据目录 {home.root} 已在运行：进程 {other.get('pid', '?')}，地址 {other.get('url', '?')}。"
                f"如要重新启动，请先停止它：kill {other.get('pid', '进程号')}"
            ) from error
        former = record(home)
        if former and (count := end_survivors(former["token"], seconds=1.0)):
            _say(f"上次运行没有正常停止，已清理遗留的 {count} 个进程。")
            _await_port(plan)
        token = secrets.token_hex(16)
        write_record(home, {"pid": os.getpid(), "url": plan.url, "token": token, **_terms(plan)})
        try:
            yield token
        finally:
            record_path(home).unlink(missing_ok=True)


def _terms(plan: Plan) -> dict[str, Any]:
    """How the web is served, for those who look at it later."""
    return {
        "loopback": plan.host in ("127.0.0.1", "::1", "localhost"),
        "tls_cert": str(plan.tls_cert.absolute()) if plan.tls_cert else "",
        "behind_proxy": plan.behind_proxy,
    }


def _await_port(plan: Plan) -> None:
    """Wait while the port is taken, a few seconds at most: a process that is killed lets go of it last of all."""
    deadline = time.monotonic() + PORT_SECONDS
    while port_fault(plan) and time.monotonic() < deadline:
        time.sleep(0.05)


def _check_port(plan: Plan) -> None:
    """Refuse a port that is taken or not ours to take, naming the mend."""
    if fault := port_fault(plan):
        raise HomeFault(fault)


def port_fault(plan: Plan) -> str:
    """What keeps this program from listening where it is asked to, with the mend; "" if nothing does."""
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((plan.host, plan.port))
        except PermissionError:
            return f"无权使用端口 {plan.port}。请用 --port 换一个 1024 以上的端口。"
        except (OSError, OverflowError) as error:
            return _unusable(plan, error)
    return ""


def _unusable(plan: Plan, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (98, 48):
        return (
            f"端口 {plan.port} 已被别的程序占用。请停止占用它的程序（用 ss -ltnp 可以查到），"
            "或用 --port 换一个端口。"
        )
    return f"无法在 {plan.host}:{plan.port} 上提供服务（{error}）。请检查 --host 和 --port。"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let the first SIGINT, SIGTERM or SIGHUP interrupt whatever is going on."""

    def stop(signum: int, frame: FrameType | None) -> None:
        for sign in _SIGNALS:
            signal.signal(sign, signal.SIG_IGN)
        raise _Stop

    former = {sign: signal.signal(sign, stop) for sign in _SIGNALS}
    try:
        yield
    finally:
        for sign, handler in former.items():
            signal.signal(sign, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _deaf() -> Iterator[None]:
    """No signal may interrupt the stopping; each of its steps ends by itself."""
    for sign in _SIGNALS:
        signal.signal(sign, signal.SIG_IGN)
    yield


def _say(text: str) -> None:
    with suppress(OSError):
        print(text, flush=True)
