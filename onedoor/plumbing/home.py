"""The home of one installation: the folder that holds its database, keys, papers and logs.

Two homes are two installations. Nothing outside the home belongs to an installation, except the database of a
real server named by `ONEDOOR_DATABASE_URL`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

MASTER_KEY_BYTES = 32


class HomeFault(Exception):
    """Something about the home is wrong; the text is Chinese and says how to mend it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one home. Holding a `Home` creates nothing; `ensure()` does."""

    root: Path

    @classmethod
    def current(cls) -> Home:
        """The home named by `ONEDOOR_HOME`, else /var/lib/onedoor (root) or ~/.local/share/onedoor."""
        named = os.environ.get("ONEDOOR_HOME", "").strip()
        if named:
            return cls(Path(named).expanduser().absolute())
        if os.geteuid() == 0:
            return cls(Path("/var/lib/onedoor"))
        return cls(Path.home() / ".local" / "share" / "onedoor")

    @property
    def pg(self) -> Path:
        """Data directory of the embedded database; also holds its Unix socket."""
        return self.root / "pg"

    @property
    def pg_port(self) -> Path:
        """Text file with the loopback port of the embedded database."""
        return self.root / "pg.port"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def master_key(self) -> Path:
        """32 random bytes from which every other secret of the installation is derived or unwrapped."""
        return self.keys / "master.key"

    @property
    def anchor_key(self) -> Path:
        """The private key that signs journal anchors; written by `plumbing.crypto`."""
        return self.keys / "anchor.key"

    @property
    def database_passwords(self) -> Path:
        """JSON object: database role → password."""
        return self.keys / "db.json"

    @property
    def anchors(self) -> Path:
        return self.root / "anchors"

    @property
    def anchors_file(self) -> Path:
        return self.anchors / "anchors.jsonl"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What the processes of the installation tell one another: heartbeats, figures, the last backup."""
        return self.root / "state"

    @property
    def demo_logins(self) -> Path:
        """JSON list of the demo county's logins, one per role; absent outside a demo."""
        return self.root / "demo-logins.json"

    def ensure(self) -> Home:
        """Create what is missing: folders with mode 0700, the master key and the database passwords.

        A home that already holds a database but lost its master key is refused: a new key could open nothing
        that was sealed before.
        """
        try:
            for folder in (self.root, self.keys, self.anchors, self.blobs, self.logs, self.state):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeFault(
                f"无法创建数据目录 {self.root}（{error.strerror}）。"
                "请把环境变量 ONEDOOR_HOME 设为一个当前用户可写的目录后重试。"
            ) from error
        if not self.master_key.exists():
            if self.pg.is_dir() and any(self.pg.iterdir()):
                raise HomeFault(
                    f"{self.root} 里有数据库，却没有主密钥 {self.master_key}。"
                    "请从备份恢复 keys 目录；没有原主密钥，已加密的数据无法读取。"
                )
            _write_once(self.master_key, secrets.token_bytes(MASTER_KEY_BYTES))
        if not self.database_passwords.exists():
            _write_once(self.database_passwords, json.dumps(self._first_passwords(), indent=2).encode())
        return self

    def master(self) -> bytes:
        """The master key; a home that never had one is set up first."""
        if not self.master_key.exists():
            self.ensure()
        try:
            key = self.master_key.read_bytes()
        except OSError as error:
            raise HomeFault(
                f"读不到主密钥 {self.master_key}（{error.strerror}）。请用创建该目录的系统用户运行。"
            ) from error
        if len(key) != MASTER_KEY_BYTES:
            raise HomeFault(f"主密钥 {self.master_key} 长度不对。请从备份恢复 keys 目录。")
        return key

    def secret(self, name: str) -> str:
        """A stable secret text for one purpose (64 hexadecimal digits), derived from the master key."""
        return hmac.new(self.master(), f"secret:{name}".encode(), hashlib.sha256).hexdigest()

    def passwords(self) -> dict[str, str]:
        """Password of every database role of this installation, by role."""
        if not self.database_passwords.exists():
            self.ensure()
        found: dict[str, str] = json.loads(self.database_passwords.read_text("utf-8"))
        return found

    def _first_passwords(self) -> dict[str, str]:
        """Derived, so that application servers sharing a master key agree without sharing more."""
        return {
            role: self.secret(f"database:{role}") for role in ("postgres", "onedoor_owner", "onedoor_app")
        }


def _write_once(path: Path, content: bytes) -> None:
    """Write a secret file with mode 0600, whole or not at all; whoever comes second keeps the first one's."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
