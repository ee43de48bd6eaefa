"""Uploads from hand to disk: kept once, encrypted, flushed before anything commits, and only for their owner."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions, blobs, queries, rules
from onedoor.domain.papers.inspection import MAX_BYTES
from onedoor.domain.papers.models import Blob, Upload
from onedoor.domain.papers.terms import UploadRef
from onedoor.plumbing.crypto import sm3
from onedoor.plumbing.home import Home
from tests.papers.samples import AT, jpeg_file, pdf_file, png_file


def _upload(content: bytes, name: str = "身份证.png", owner: str = "user:1") -> UploadRef:
    return actions.upload(tenant_id=1, owner=owner, name=name, content=content, at=AT)


def _files(home: Home) -> list[Path]:
    return [path for path in home.blobs.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_an_upload_comes_back_as_it_was_and_lies_encrypted(home: Home) -> None:
    content = pdf_file(pages=3)
    kept = _upload(content, "C:\\扫描\\申请书.PDF")
    assert kept == UploadRef(kept.id, sm3(content).hex(), len(content), "application/pdf")
    assert queries.open_blob(kept.sm3) == content
    (path,) = _files(home)
    assert b"%PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    (seen,) = queries.uploads([kept.id], "user:1")
    assert (seen.name, seen.owner, seen.sm3, seen.created_at) == ("申请书.pdf", "user:1", kept.sm3, AT)


@pytest.mark.django_db
def test_a_stream_is_read_no_further_than_the_limit() -> None:
    stream = io.BytesIO(b"%PDF-1.4" + bytes(3 * MAX_BYTES))
    with pytest.raises(Refused, match="upload_too_large"):
        actions.upload(tenant_id=1, owner="user:1", name="a.pdf", content=stream, at=AT)
    assert stream.tell() == MAX_BYTES + 1


@pytest.mark.django_db
def test_the_same_content_is_one_blob_of_many_uploads(home: Home) -> None:
    first, second = _upload(png_file()), _upload(png_file(), "另一张.png", "user:2")
    assert first.id != second.id
    assert first.sm3 == second.sm3
    assert Blob.objects.count() == len(_files(home)) == 1


@pytest.mark.django_db
def test_only_the_owner_sees_an_upload_and_order_is_kept() -> None:
    mine, other, third = (
        _upload(png_file()),
        _upload(jpeg_file(), "a.jpg", "user:2"),
        _upload(pdf_file(), "b.pdf"),
    )
    assert [each.id for each in queries.uploads([third.id, other.id, uuid4(), mine.id], "user:1")] == [
        third.id,
        mine.id,
    ]
    assert len(queries.uploads([third.id, other.id])) == 2


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(home: Home) -> None:
    with pytest.raises(Refused, match="upload_disguised"):
        _upload(png_file(), "a.jpg")
    assert _files(home) == []
    assert Upload.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("bound", ["FILES_A_DAY", "BYTES_A_DAY"])
def test_nobody_fills_the_disk(home: Home, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    several = [png_file(2, n) for n in range(2, 9)]
    monkeypatch.setattr(rules, bound, 3 if bound == "FILES_A_DAY" else 3 * len(several[0]))
    outcomes = []
    for content in several:
        try:
            _upload(content)
        except Refused as refused:
            outcomes.append((refused.code, refused.status))
        else:
            outcomes.append(("kept", 201))
    assert outcomes == [("kept", 201)] * 3 + [("upload_too_many", 429)] * 4
    assert len(_files(home)) == 3
    # Control: it is counted by account and by day.
    assert _upload(several[-1], owner="user:2")
    later = AT + timedelta(days=1, seconds=1)
    assert actions.upload(tenant_id=1, owner="user:1", name="a.png", content=several[-1], at=later)


@pytest.mark.django_db
def test_bytes_are_on_disk_before_the_row(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and every directory entry on the way to it are flushed before the first row is written."""
    flushed: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        assert Blob.objects.count() == 0
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    digest = _upload(png_file()).sm3
    folder = home.blobs / digest[:2] / digest[2:4]
    named = [str(folder.parent.parent), str(folder.parent)]
    assert flushed[:2] == named
    assert f".{digest}." in flushed[2]
    assert flushed[3:] == [str(folder)]


@pytest.mark.django_db
def test_a_torn_write_is_never_taken_for_the_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(handle: int) -> None:
        raise OSError(28, "disk full")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="disk full"):
            blobs.DirectoryStore(home.blobs).put("ab" * 32, b"x")
    assert blobs.DirectoryStore(home.blobs).get("ab" * 32) is None
    assert _files(home) == []


def test_one_blob_cannot_stand_in_for_another() -> None:
    first, second = blobs.keep(b"first"), blobs.keep(b"second")
    store = blobs.current_store()
    envelope = store.get(second)
    assert envelope is not None
    store.put(first, envelope)
    with pytest.raises(blobs.BlobDamaged):
        blobs.fetch(first)
    assert blobs.fetch(second) == b"second"


def test_another_homes_key_opens_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = blobs.keep(b"content")
    envelope = blobs.current_store().get(digest)
    assert envelope is not None
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path / "thief"))
    Home.current().ensure()
    blobs.current_store().put(digest, envelope)
    with pytest.raises(blobs.BlobDamaged):
        blobs.fetch(digest)


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", "AB" * 32, "ab" * 31])
def test_only_digests_name_files(home: Home, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        blobs.DirectoryStore(home.blobs).get(digest)
