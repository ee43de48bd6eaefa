"""Hundreds of hostile files leave nothing behind, hundreds of honest ones are taken, and looking costs little."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions
from onedoor.domain.papers.inspection import MAX_BYTES, PDF, inspect
from onedoor.domain.papers.models import Blob, Upload
from onedoor.plumbing.home import Home
from tests.cluster import REPOSITORY
from tests.papers.honest import honest
from tests.papers.hostile import Hostile, hostile, with_bytes
from tests.papers.samples import AT, chunk, jpeg_file, pdf_file, png_file, segment


def _outcome(file: Hostile) -> str:
    """The refusal that a file earns when it is handed in, or `kept`."""
    try:
        actions.upload(
            tenant_id=1,
            owner="user:1",
            name=file.name,
            content=file.content,
            declared=file.declared,
            at=AT,
        )
    except Refused as refused:
        return refused.code
    return "kept"


def _stored(home: Home) -> int:
    return sum(path.is_file() for path in home.blobs.rglob("*"))


@pytest.mark.django_db
def test_no_hostile_file_is_kept(home: Home) -> None:
    assert len({file.label for file in hostile()}) == len(hostile()) > 300
    outcomes = [(file.label, _outcome(file), file.codes) for file in hostile()]
    assert [each for each in outcomes if each[1] not in each[2]] == []
    assert (Upload.objects.count(), Blob.objects.count(), _stored(home)) == (0, 0, 0)


@pytest.mark.django_db
def test_without_inspection_they_would_be_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "inspect", lambda content, **_: PDF)
    monkeypatch.setattr(actions.blobs, "_flush_directory", lambda directory: None)
    monkeypatch.setattr("os.fsync", lambda handle: None)
    half = [file for file in hostile()[::2] if len(file.content) < 1_000_000]
    assert {_outcome(file) for file in half} == {"kept"}
    assert Upload.objects.count() == len(half) > 300
    assert _stored(home) == len({file.content for file in half})


def test_no_honest_file_is_refused() -> None:
    assert len({file.label for file in honest()}) == len(honest()) > 200
    for file in honest():
        assert inspect(file.content, name=file.name, declared=file.declared) == file.found, file.label


def _documents_of(word: bytes) -> Callable[[int], bytes]:
    return lambda size: with_bytes(pdf_file(), word * (size // len(word)))


#: Files of any size that make a careless reader look at everything again and again.
ENDLESS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "openings": ("a.pdf", _documents_of(b"stream\n")),
    "names": ("a.pdf", _documents_of(b"/ObjStm ")),
    "escapes": ("a.pdf", _documents_of(b"/#4f#62#6aStm ")),
    "lengths": ("a.pdf", _documents_of(b"/Length 1 ")),
    "spaces": ("a.pdf", _documents_of(b"/First   " * 9 + b" " * 900)),
    "digits": ("a.pdf", _documents_of(b"/N 9" + b"9" * 900)),
    "notes": ("a.png", lambda size: png_file(extra=chunk(b"tEXt", b"") * (size // 12))),
    "segments": ("a.jpg", lambda size: jpeg_file(extra=segment(0xFE, b"") * (size // 4))),
    "fill bytes": ("a.jpg", lambda size: jpeg_file(extra=b"\xff" * size)),
    "openings of markup": ("a.jpg", lambda size: jpeg_file() + b"<!doctype " * (size // 10)),
}


def _seconds(name: str, content: bytes) -> float:
    """Processor time of one look at a file, the shortest of three."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        with suppress(Refused):
            inspect(content, name=name)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("what", ENDLESS)
def test_looking_at_twice_as_much_takes_twice_as_long(what: str) -> None:
    name, make = ENDLESS[what]
    small, large = (_seconds(name, make(size)) for size in (100_000, 800_000))
    # Eight times the size; a quadratic reader takes sixty-four times as long.
    assert large < max(small, 0.001) * 24


_CHILD = """
import json, re, sys, time
from onedoor.core.refusals import Refused
from onedoor.domain.papers.inspection import inspect
from onedoor.domain.papers.photographs import without_place
slowest = 0.0
for path in sys.argv[1:]:
    content = open(path, "rb").read()
    begun = time.process_time()
    try:
        without_place(content, inspect(content, name=path))
    except Refused:
        pass
    slowest = max(slowest, time.process_time() - begun)
print(json.dumps([slowest, int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024]))
"""


def test_the_largest_files_take_little_memory_and_time(tmp_path: Path) -> None:
    """At most 256 MB and five seconds of the processor, whatever is in twenty megabytes."""
    room = MAX_BYTES - 4_000
    files = [(name, make(room)) for name, make in ENDLESS.values()]
    files += [(f"a{file.name[-4:]}", file.content) for file in hostile() if len(file.content) > 500_000]
    assert len(files) > 15
    paths = [tmp_path / f"{number}{name}" for number, (name, _) in enumerate(files)]
    for path, (_, content) in zip(paths, files, strict=True):
        path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, paths)], capture_output=True, check=True, cwd=REPOSITORY
    )
    seconds, megabytes = json.loads(done.stdout)
    assert seconds < 5
    assert megabytes < 256
