"""Backup and restore of an installation: database, papers and anchors, proved equal.

A backup is a folder: `database.dump` (taken in one snapshot), `blobs/` (encrypted, as they lie), `anchors.jsonl`,
and `manifest.json` with the digest of every file and what the snapshot held: rows a table and one digest over the
heads of all streams. The keys are not in it; without `onedoor keys export` a backup opens nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from onedoor import __version__
from onedoor.core.refusals import Refused
from onedoor.plumbing.crypto import sm3
from onedoor.plumbing.database.binaries import engine
from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.roles import provision
from onedoor.plumbing.database.settings import Login, logins, uses_embedded
from onedoor.plumbing.home import Home

FORMAT = "onedoor-backup-1"
DUMP, BLOBS, ANCHORS, MANIFEST = "database.dump", "blobs", "anchors.jsonl", "manifest.json"
_BLOCK = 1 << 20
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_ANCHORED = "SELECT coalesce(max(number), 0) FROM journal_anchor"
_NAMED = re.compile(r"onedoor-\d{8}-\d{6}")
_HEADS = """SELECT DISTINCT ON (stream_id) stream_id, seq, hash FROM journal_fact
            ORDER BY stream_id, seq DESC"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: rows by table, one digest over the ends of all streams, how many streams."""

    rows: dict[str, int]
    heads: str
    streams: int


def back_up(home: Home, target: Path, *, at: datetime) -> Path:
    """Write a backup into a new folder below `target` and return that folder. The product may go on working.

    Raises Refused: backup_failed.
    """
    name = f"onedoor-{at:%Y%m%d-%H%M%S}"
    draft, final = target / f".{name}.partial", target / name
    _clear_leftovers(target, at)
    try:
        draft.mkdir(mode=0o700, parents=True)
        _fill(home, draft, at)
        _flush(draft)
        draft.rename(final)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise Refused(
            "backup_failed", f"备份写不进 {target}（{error.strerror}），请检查磁盘空间和权限。"
        ) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return final


def _fill(home: Home, draft: Path, at: datetime) -> None:
    """Write everything a backup consists of into the folder `draft`, and verify it."""
    owner = logins(home).owner
    with psycopg.connect(owner.conninfo()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        contents = contents_of(connection)
        (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        (anchored,) = connection.execute(_ANCHORED).fetchone() or (0,)
        _run("pg_dump", owner, "--format=custom", f"--snapshot={snapshot}", f"--file={draft / DUMP}")
    # Files are written before the row that names them commits, and never change: copied after the snapshot, none
    # that the snapshot names is missing.
    copied = _copy_blobs(home, draft / BLOBS)
    copy_anchors(home.anchors_file, draft / ANCHORS, anchored)
    manifest = {
        "format": FORMAT,
        "version": __version__,
        "at": at.isoformat(),
        "contents": asdict(contents),
        "blobs": copied,
        "database_bytes": size,
        "files": {path.name: _digest(path) for path in (draft / DUMP, draft / ANCHORS) if path.exists()},
    }
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False), "utf-8")
    verify_files(draft)


def _clear_leftovers(target: Path, at: datetime) -> None:
    """Remove what backups killed more than a day ago have left."""
    for path in target.glob(".onedoor-*.partial"):
        if at.timestamp() - path.stat().st_mtime > 86_400:
            shutil.rmtree(path, ignore_errors=True)


def prune(target: Path, keep: int) -> list[Path]:
    """Remove the oldest backups below `target` beyond the newest `keep` (at least 1); returns those removed.

    Only folders that bear a backup's name and hold its manifest are touched.
    """
    made = sorted(
        path for path in target.iterdir() if _NAMED.fullmatch(path.name) and (path / MANIFEST).exists()
    )
    gone = made[: -max(1, keep)]
    for path in gone:
        shutil.rmtree(path)
    return gone


def copy_anchors(source: Path, target: Path, anchored: int) -> None:
    """The lines of the anchor file up to the number that the snapshot knows.

    Anchors made while the dump was written would make the restored database look like one set back.
    """
    if not source.exists():
        return
    with source.open("rb") as file, target.open("wb") as copy:
        for line in file:
            if line.endswith(b"\n") and _number(line) <= anchored:
                copy.write(line)


def _number(line: bytes) -> int:
    """The number of an anchor's line; a line that is none is kept, since it is evidence."""
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        return 0


def restore(home: Home, source: Path) -> Contents:
    """Fill an empty home from a backup and prove that it holds the same.

    The keys must be there already (`onedoor keys import`). Raises Refused: not_a_backup, backup_damaged,
    home_not_empty, keys_missing, restore_differs.
    """
    manifest = verify_files(source)
    if not home.master_key.exists():
        raise Refused(
            "keys_missing", f"{home.root} 还没有密钥。请先用 onedoor keys import 导入备份时导出的密钥。"
        )
    if uses_embedded() and home.pg.is_dir():
        raise Refused(
            "home_not_empty", f"{home.root} 已有数据库，不会覆盖。请用 ONEDOOR_HOME 指定一个新的目录。"
        )
    home.ensure()
    if uses_embedded():
        EmbeddedCluster(home).start()
    parties = logins(home)
    provision(parties)
    with psycopg.connect(parties.owner.conninfo()) as connection:
        if connection.execute(_TABLES).fetchone():
            raise Refused("home_not_empty", "这个数据库里已有数据表，不会覆盖。请换一个空的数据库。")
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", parties.owner, *options, f"--dbname={parties.owner.database}", str(source / DUMP))
    shutil.copytree(source / BLOBS, home.blobs, dirs_exist_ok=True)
    # A file that is there already may be newer than the backup: it is evidence, and stays.
    if (source / ANCHORS).exists() and not home.anchors_file.exists():
        shutil.copy2(source / ANCHORS, home.anchors_file)
    return _proved(parties.owner, home, manifest)


def _proved(owner: Login, home: Home, manifest: dict[str, Any]) -> Contents:
    with psycopg.connect(owner.conninfo()) as connection:
        found = contents_of(connection)
    wanted = Contents(**manifest["contents"])
    faults = [name for name in wanted.rows if found.rows.get(name) != wanted.rows[name]]
    if found.heads != wanted.heads:
        faults.append("办件过程记录")
    if sum(1 for _ in _blob_files(home.blobs)) < manifest["blobs"]["count"]:
        faults.append("文件")
    if faults:
        raise Refused("restore_differs", f"恢复后与备份不一致：{'、'.join(faults)}。请换一份备份重试。")
    return found


def contents_of(connection: psycopg.Connection) -> Contents:
    """What a database holds, as the connection's snapshot sees it."""
    rows = {}
    for (table,) in connection.execute(_TABLES).fetchall():
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        rows[table] = (counted.fetchone() or (0,))[0]
    digest, streams = hashlib.sha256(), 0
    with connection.cursor("heads") as cursor:
        for stream_id, seq, head in cursor.execute(_HEADS):
            digest.update(stream_id.bytes + seq.to_bytes(4, "big") + head)
            streams += 1
    return Contents(rows, digest.hexdigest(), streams)


def verify_files(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are what they were. Raises Refused: not_a_backup, backup_damaged."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise ValueError(manifest["format"])
    except (OSError, ValueError, KeyError) as error:
        raise Refused("not_a_backup", f"{folder} 不是 onedoor backup 生成的备份，请核对目录。") from error
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise Refused("backup_damaged", f"备份文件 {name} 缺失或已损坏，请换一份备份。")
    if _blob_summary(folder / BLOBS) != manifest["blobs"]:
        raise Refused("backup_damaged", "备份中的文件缺失或已损坏，请换一份备份。")
    return manifest


def _copy_blobs(home: Home, target: Path) -> dict[str, Any]:
    target.mkdir(mode=0o700)
    for path in _blob_files(home.blobs):
        copy = target / path.relative_to(home.blobs)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    return _blob_summary(target)


def _blob_summary(folder: Path) -> dict[str, Any]:
    """How many files, and one digest over their names and contents."""
    digest, count = hashlib.sha256(), 0
    for path in _blob_files(folder):
        digest.update(f"{path.relative_to(folder)}\0{_digest(path)}\0".encode())
        count += 1
    return {"count": count, "digest": digest.hexdigest()}


def _blob_files(folder: Path) -> Iterator[Path]:
    """Every stored file, in order of name; half-written ones begin with a dot."""
    return iter(
        sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    )


def _digest(path: Path) -> str:
    """SM3 of a small file, SHA-256 in blocks of a large one; the length tells which."""
    if path.stat().st_size <= _BLOCK:
        return f"sm3:{sm3(path.read_bytes()).hex()}"
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _run(program: str, login: Login, *options: str) -> None:
    """A PostgreSQL client program; the password travels in its environment."""
    parts = conninfo_to_dict(login.conninfo())
    environment = {
        **os.environ,
        "PGHOST": str(parts["host"]),
        "PGPORT": str(parts["port"]),
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGDATABASE": login.database,
    }
    done = subprocess.run([engine().path(program), *options], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Refused("backup_failed", f"{program} 没有成功：{done.stderr.strip()[-600:]}")


def _flush(folder: Path) -> None:
    """On disk before the folder gets its final name."""
    for path in (*sorted(folder.rglob("*")), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
