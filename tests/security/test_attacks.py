"""What attackers try first: headers on every page, bombs, floods, methods, names that break out of headers and logs."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from pytest_django.fixtures import Settings

from onedoor.domain.papers import scanning
from onedoor.domain.papers.models import Upload
from tests.architecture.test_routes import leaves, operations
from tests.faces.desk import at_desk
from tests.faces.portal import Citizen
from tests.faces.test_api import Caller, caller, filing
from tests.papers.clamd import VIRUS, fake_clamd
from tests.papers.hostile import hostile, with_object
from tests.papers.samples import jpeg_file, pdf_file

pytestmark = pytest.mark.usefixtures("county_db")
INFECTED = with_object(pdf_file(), b"(" + VIRUS + b")")


def _pages() -> Iterator[str]:
    """An address of every page."""
    for route, view in leaves(get_resolver().url_patterns):
        if not operations(view) and "(?P" not in route:
            path = "/" + route
            for kind, value in (("slug", "x"), ("str", "x"), ("uuid", str(UUID(int=7))), ("int", "1")):
                while f"<{kind}:" in path:
                    before, _, rest = path.partition(f"<{kind}:")
                    path = before + value + rest.partition(">")[2]
            yield path


@pytest.mark.parametrize("who", ["citizen", "clerk"])
def test_every_answer_to_somebody_known_is_theirs_alone_and_unframed(who: str) -> None:
    browser = Citizen().sign_in().browser if who == "citizen" else at_desk("chuangkou")
    paths = list(_pages())
    assert len(paths) > 60
    for path in paths:
        answer = browser.get(path)
        assert "no-store" in answer.headers.get("Cache-Control", ""), path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["Referrer-Policy"] == "same-origin", path
        policy = answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
    # Control: what is everybody's says nothing of the kind.
    assert "no-store" not in Client().get("/services").headers.get("Cache-Control", "")


FLOODS = {
    "ten thousand fields": ("&".join(f"a{n}=1" for n in range(10_000)).encode(), "form"),
    "ten thousand values": (b"a=1&" * 10_000, "form"),
    "five megabytes": (b"a=" + b"1" * 5_000_000, "form"),
    "ten thousand parts": (
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(10_000)),
        "multipart",
    ),
    "a hundred files": (
        b"".join(
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n1\r\n' for _ in range(100)
        ),
        "multipart",
    ),
    "endless part heading": (b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 200_000, "multipart"),
    "endless headings": (b"--x\r\n" + b"X: a\r\n" * 50_000 + b"\r\n1\r\n--x--\r\n", "multipart"),
    "deep lists": (b"[" * 100_000, "json"),
    "deep documents": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json"),
    "packed": (gzip.compress(b'{"draft": true}'), "json"),
    "wide document": (b'{"form":{' + b",".join(b'"%d":1' % n for n in range(150_000)) + b"}}", "json"),
}
KINDS = {
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "json": "application/json",
}


@pytest.mark.parametrize("what", FLOODS)
def test_floods_and_bombs_are_refused(what: str) -> None:
    body, kind = FLOODS[what]
    headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {caller('chuangkou').token}"}
    for path in ("/api/v1/cases", "/api/v1/uploads", "/api/v1/cases/x/actions/accept"):
        answer = Client().post(path, body, content_type=KINDS[kind], headers=headers)
        assert answer.status_code in (400, 404, 413, 422), path
        assert answer["Content-Type"] == "application/problem+json"
    desk = at_desk("chuangkou")
    for path in ("/desk/login", "/login", "/desk/intake/SCJG-FOOD-NEW", "/progress"):
        assert desk.post(path, body, content_type=KINDS[kind]).status_code in (400, 413, 422), path


def test_a_packed_body_is_not_unpacked() -> None:
    clerk = caller("chuangkou")
    headers = {"Content-Encoding": "gzip", "X-HTTP-Method-Override": "GET"}
    packed = clerk.post("/cases", gzip.compress(b'{"draft": true}'), **headers)
    assert (packed.status_code, packed.json()["code"]) == (400, "not_json")


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "GET\x0b", "get"])
def test_other_methods_do_nothing_and_echo_nothing(method: str) -> None:
    browser = at_desk("chuangkou")
    for path in ("/", "/desk/", "/api/v1/cases", "/healthz"):
        answer = browser.generic(method, path, headers={"X-Secret": "echoed-secret"})
        assert answer.status_code in (200, 302, 400, 401, 403, 404, 405), path
        assert b"echoed-secret" not in answer.content


NAMES = (
    'a".pdf',
    "a;b.pdf",
    "a%0d%0aSet-Cookie: x=y.pdf",
    "长名" * 60 + ".pdf",
    "<script>alert(1)</script>.pdf",
    "=cmd|' /C calc'!A1.pdf",
    "a\\b.pdf",
    "filename*=UTF-8''x.pdf",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_breaks_out_of_nothing(name: str) -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    path = f"/cases/{number}/apply/materials/m4"
    file = SimpleUploadedFile("x.pdf", pdf_file(), "application/pdf")
    file._name = name
    page = citizen.browser.post(path, {"way": "upload", "files": file, "once": "a" * 24}, follow=True)
    assert b"<script>alert" not in page.content
    kept = Upload.objects.get()
    answer = citizen.browser.get(f"/cases/{number}/uploads/{kept.id}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    disposition = answer["Content-Disposition"]
    assert "\r" not in disposition
    assert "\n" not in disposition
    assert disposition.startswith(("attachment; filename=", "attachment; filename*="))
    assert "Set-Cookie" not in answer


def test_what_is_typed_cannot_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    forged = "x\r\n2026-11-22 08:00:00 INFO onedoor signed in"
    with caplog.at_level(logging.DEBUG):
        Client().post("/desk/login", {"username": forged, "password": forged})
        Client().get("/desk/" + "x%0d%0a2026-11-22", headers={"User-Agent": forged, "Referer": forged})
        Client().get("/", headers={"Host": "a b"})
        Caller(None).get("/work", **{"X-Query-Code": "x 2026-11-22 08:00:00 INFO"})
    for record in caplog.records:
        assert "\n2026-11-22" not in record.getMessage()
        assert "\r" not in record.getMessage()


def _sent(content: bytes, name: str, declared: str, token: str | None) -> Any:
    headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {token}"}
    file = SimpleUploadedFile("x", content, declared or None)
    file._name = name
    return Client().post("/api/v1/uploads", {"file": file}, headers=headers)


def test_hostile_files_are_refused_over_the_line_too() -> None:
    """Some of every kind; control characters and folders in names do not survive the line, and are left out."""
    plain = [file for file in hostile() if file.name.isprintable() and not set(file.name) & set("/\\")]
    some = [file for file in plain[::23] if len(file.name) < 200]
    assert len(some) > 20
    token = caller("chuangkou").token
    for file in some:
        answer = _sent(file.content, file.name, file.declared, token)
        assert answer["Content-Type"] == "application/problem+json", file.label
        assert answer.status_code in (413, 415, 422), file.label
        assert answer.json()["code"] in file.codes, file.label
    assert Upload.objects.count() == 0
    # Control: an honest one is kept.
    assert _sent(jpeg_file(), "a.jpg", "image/jpeg", token).status_code == 201


def test_a_scanner_out_of_reach_is_told_to_programs_and_people(settings: Settings) -> None:
    settings.ONEDOOR_SCANNER = "clamd://127.0.0.1:1"
    scanning.scanner_of.cache_clear()
    refused = _sent(pdf_file(), "a.pdf", "application/pdf", caller("chuangkou").token)
    assert (refused.status_code, refused.json()["code"]) == (503, "scanner_unavailable")
    citizen = Citizen().sign_in()
    path = f"/cases/{citizen.begin()}/apply/materials/m4"

    def hand_in(content: bytes) -> Any:
        file = SimpleUploadedFile("a.pdf", content, "application/pdf")
        return citizen.browser.post(path, {"way": "upload", "files": file, "once": "a" * 24})

    page = hand_in(pdf_file())
    assert page.status_code == 422
    assert "防病毒检查暂时不能用" in page.content.decode()
    with fake_clamd() as (_, settings.ONEDOOR_SCANNER):
        assert "文件带有病毒" in hand_in(INFECTED).content.decode()
        assert Upload.objects.count() == 0
        assert hand_in(pdf_file()).status_code == 302


def test_a_case_filed_by_another_page_needs_its_origin() -> None:
    """A simple request from elsewhere carries the session cookie, but neither key nor token."""
    browser = at_desk("chuangkou")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        answer = browser.post("/api/v1/cases", str(filing()), content_type=kind)
        assert answer.status_code in (400, 422)
        assert answer.json()["code"] in ("idempotency_key_missing", "not_json")
