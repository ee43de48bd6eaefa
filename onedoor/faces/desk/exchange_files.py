"""Files of the catalogue that wait to be taken over: checked by one editor, handed on, taken over by another."""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from onedoor.core.instants import format_instant, parse_instant
from onedoor.core.refusals import Refused
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.home import Home

#: A page has somebody waiting for it; larger files are for the command.
LARGEST = 8 * 1024 * 1024
#: How long a file that was checked, and one that was handed on, is kept, in seconds.
CHECKED_SECONDS, HANDED_SECONDS = 2 * 3600, 14 * 24 * 3600
_SUFFIXES = (".xlsx", ".csv", ".json", ".yaml", ".yml")
_HANDLE = re.compile(r"[0-9a-f]{32}\.(xlsx|csv|json|ya?ml)")
_TOLD = ".told"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that was handed on: by whom, when, under which name, and what it would do."""

    handle: str
    name: str
    user_id: int
    by: str
    at: datetime
    counts: str


def folder() -> Path:
    """Where the files lie."""
    return Home.current().state / "imports"


def checked(principal: Principal, handle: str) -> Path:
    """A file that somebody is checking; only who has brought it finds it. Raises Refused("file_gone")."""
    return _there(folder() / f"{principal.tenant_id}-{principal.user_id}-{_sound(handle)}")


def handed(principal: Principal, handle: str) -> Path:
    """A file that was handed on in this county. Raises Refused("file_gone")."""
    return _there(_handed(principal, handle))


def _handed(principal: Principal, handle: str) -> Path:
    return folder() / f"handed-{principal.tenant_id}-{_sound(handle)}"


def _sound(handle: str) -> str:
    if not _HANDLE.fullmatch(handle):
        raise _gone()
    return handle


def _there(path: Path) -> Path:
    if not path.exists():
        raise _gone()
    return path


def _gone() -> Refused:
    return Refused("file_gone", "检查过的文件已经过期，或者已经办完，请重新选择文件检查一次。")


def keep(principal: Principal, file: UploadedFile | None, at: datetime) -> str:
    """Keep a file while it is checked, in place of what its owner was checking before; returns its handle."""
    if file is None or not file.name:
        raise Refused("file_missing", "还没有选择文件，请先选择要导入的文件。")
    suffix = Path(file.name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise Refused("unknown_file_kind", "只能导入 .xlsx、.csv、.json 或 .yaml 文件，请转换格式后再试。")
    if (file.size or 0) > LARGEST:
        raise Refused(
            "file_too_large",
            f"文件超过 {LARGEST >> 20} MB，请分成几个文件，或者请系统管理员用 onedoor catalog import 导入。",
        )
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(principal, at)
    handle = f"{secrets.token_hex(16)}{suffix}"
    path = folder() / f"{principal.tenant_id}-{principal.user_id}-{handle}"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return handle


def _sweep(principal: Principal, at: datetime) -> None:
    own = f"{principal.tenant_id}-{principal.user_id}-"
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            longest = HANDED_SECONDS if path.name.startswith("handed-") else CHECKED_SECONDS
            if path.name.startswith(own) or at.timestamp() - path.stat().st_mtime > longest:
                path.unlink()


def hand_on(principal: Principal, handle: str, *, name: str, counts: str, at: datetime) -> None:
    """Let a checked file wait for another editor; its owner cannot change it any more."""
    path, target = checked(principal, handle), _handed(principal, handle)
    told = {
        "name": name[:120],
        "user_id": principal.user_id,
        "by": principal.name,
        "at": format_instant(at),
        "counts": counts,
    }
    target.with_name(target.name + _TOLD).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    path.replace(target)


def waiting(principal: Principal) -> tuple[Waiting, ...]:
    """The files that wait in this county, the oldest first."""
    beginning = f"handed-{principal.tenant_id}-"
    if not folder().is_dir():
        return ()
    handles = [
        path.name.removeprefix(beginning)
        for path in folder().iterdir()
        if path.name.startswith(beginning) and not path.name.endswith(_TOLD)
    ]
    found = [each for handle in handles if (each := told_of(principal, handle)) is not None]
    return tuple(sorted(found, key=lambda each: each.at))


def told_of(principal: Principal, handle: str) -> Waiting | None:
    """What is known of a file that was handed on, None if it is gone."""
    path = _handed(principal, handle)
    try:
        told = json.loads(path.with_name(path.name + _TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    at = parse_instant(told["at"])
    return Waiting(handle, told["name"], told["user_id"], told["by"], at, told["counts"])


def drop(principal: Principal, handle: str) -> None:
    """Take a file that was handed on away."""
    path = _handed(principal, handle)
    path.unlink(missing_ok=True)
    path.with_name(path.name + _TOLD).unlink(missing_ok=True)
