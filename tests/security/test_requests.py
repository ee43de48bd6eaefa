"""Requests that no browser of ours sends are told so; none of them is a fault of the system."""

from __future__ import annotations

import base64
import json
import sys
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from onedoor.site.wsgi import application
from tests.county import County
from tests.faces.desk import at_desk, filed
from tests.faces.test_api import Caller, caller, filing

pytestmark = pytest.mark.usefixtures("county_db")

HUGE = "9" * 5000
MULTIPART = "multipart/form-data; boundary=x"
ID = UUID(int=7)
#: Instants at which a list may be said to have ended, that are none.
CURSORS = (
    f"0001-01-01T00:00:00|{ID}",
    f"9999-12-31T23:59:59-23:59|{ID}",
    f"0001-01-01T00:00:00+23:59|{ID}",
)


def _part(name: str, *more: str) -> bytes:
    return "\r\n".join(
        ["--x", f'Content-Disposition: form-data; name="{name}"', *more, "", "h!", ""]
    ).encode()


BODIES = {
    "without boundary": (b"x", "multipart/form-data"),
    "bad base64": (_part("file", "Content-Transfer-Encoding: base64") + b"--x--\r\n", MULTIPART),
    "too many fields": (b"".join(_part(f"f{n}") for n in range(1001)) + b"--x--\r\n", MULTIPART),
    "without end": (b"--x\r\n", MULTIPART),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_malformed_upload_is_refused(what: str) -> None:
    body, kind = BODIES[what]
    headers = {"Authorization": f"Bearer {caller('chuangkou').token}", "Idempotency-Key": "k"}
    response = Client().generic("POST", "/api/v1/uploads", body, content_type=kind, headers=headers)
    assert response.status_code in (400, 413, 422)
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "cursor"),
    [("/cases", f"|{ID}"), *((path, each) for path in ("/cases", "/work") for each in CURSORS)],
)
def test_a_made_up_cursor_is_refused(path: str, cursor: str) -> None:
    made_up = base64.urlsafe_b64encode(cursor.encode()).decode()
    response = caller("chuangkou").get(f"{path}?cursor={made_up}")
    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")


def test_the_last_day_of_all_has_no_next() -> None:
    response = caller("ducha").get("/metrics?from=2026-01-01&to=9999-12-31")
    assert (response.status_code, response.json()["code"]) == (422, "date_malformed")


def test_numbers_of_thousands_of_digits_are_no_numbers() -> None:
    desk, number = at_desk("chuangkou"), filed().number
    path = f"/desk/cases/{number}/do"
    assert desk.get(f"{path}/accept?seen={HUGE}").status_code == 200
    sent = {"form-seen": HUGE, "form-once": "a" * 22}
    assert desk.post(f"{path}/rate", {**sent, "level": HUGE}).status_code == 422
    assert desk.post(f"{path}/accept", sent).status_code == 302


@pytest.mark.parametrize("text", ["不符\x00合", "不符\x07合", "不符\x9b合"])
def test_control_characters_reach_neither_table_nor_paper(text: str) -> None:
    desk, number = at_desk("chuangkou"), filed().number
    sent = {"reasons": text, "form-once": "a" * 22, "form-sure": "1"}
    assert desk.post(f"/desk/cases/{number}/do/decline", sent).status_code == 422
    clerk = caller("chuangkou")
    draft = clerk.post("/cases", filing() | {"draft": True}).json()["number"]
    who = {"applicant-name": text, "applicant-kind": "organization", "form-once": "b" * 22}
    assert desk.post(f"/desk/cases/{draft}/do/save_draft", who).status_code == 422
    # Control: lines are no control characters, and the same words without one are taken.
    sent["reasons"] = "不符合：\r\n一、不属于本机关职权。\n\t二、材料虚假。"
    assert desk.post(f"/desk/cases/{number}/do/decline", sent).status_code == 302


def test_json_is_utf8_and_nothing_else() -> None:
    clerk, body = caller("chuangkou"), json.dumps(filing() | {"draft": True})
    number = clerk.post("/cases", body.encode("utf-8-sig")).json()["number"]
    path = f"/cases/{number}/actions/save_draft"
    half = b'{"form": {"shop_name": "ZZ"}}'.replace(b"ZZ", b"\xed\xa0\x80")
    for bad in (half, body.encode("utf-16"), b'{"form": {"shop_name": "\xff"}}'):
        answer = clerk.post(path, bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
    # Control: six characters that spell an escape are text like any other.
    assert clerk.post(path, {"form": {"shop_name": "\\u0000"}}).status_code == 200


@pytest.fixture
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests begin without ending the connection in whose transaction the test plays."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


def _served(path: str, query: str, kind: str) -> tuple[str, bytes]:
    """Status and body of a GET as the web server gets them."""
    answered: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    body = b"".join(application(environ, lambda status, headers, fault=None: answered.append(status)))
    return answered[0], body


#: A NUL, for who takes the bytes in the sender's encoding.
HIDDEN_NUL = "".join(f"%{ord(each):02x}" for each in "\\x00")


@pytest.mark.parametrize("charset", ["hex", "idna", "unicode_escape", "utf-7", "utf-16", "gbk", "HEX", "x"])
@pytest.mark.parametrize("path", ["/services", "/api/v1/services", "/progress"])
@pytest.mark.usefixtures("one_connection")
def test_addresses_are_read_in_utf8_whatever_is_claimed(path: str, charset: str) -> None:
    status, body = _served(path, f"q={HIDDEN_NUL}&number={HIDDEN_NUL}", f"text/plain; charset={charset}")
    assert status == "200 OK"
    assert b"\0" not in body


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("kind", ["a/b; charset*=bogus''x", "a/b; charset*=hex''%41", "a/b; x*=idna''%ff"])
def test_a_content_type_that_cannot_be_read_is_none(kind: str) -> None:
    assert _served("/healthz", "", kind)[0] == "200 OK"


def test_a_host_that_is_none_is_refused_by_the_interface_too() -> None:
    client = at_desk("chuangkou")
    headers = {"Host": "a;b", "Origin": "http://a;b", "Idempotency-Key": "k"}
    response = client.post("/api/v1/cases", "{}", content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/login", "/api/v1/uploads"])
def test_more_bytes_than_any_form_has_are_not_even_read(path: str) -> None:
    class Untouched(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body has been read")

    sent: dict[str, Any] = {
        "CONTENT_TYPE": MULTIPART,
        "CONTENT_LENGTH": str(2**30),
        "wsgi.input": Untouched(),
    }
    response = Client().post(path, headers={"Idempotency-Key": "k"}, **sent)
    assert response.status_code in (401, 413) if path.startswith("/api") else response.status_code == 413


def test_what_a_token_or_code_opens_is_kept_by_no_cache(county_db: County) -> None:
    case = caller("chuangkou").post("/cases", filing()).json()
    path = f"/cases/{case['number']}"
    with_code = Caller(None).get(path, **{"X-Query-Code": case["query_code"]})
    assert with_code.status_code == 200
    assert with_code["Cache-Control"] == "no-store"
    assert caller("chuangkou").get(path)["Cache-Control"] == "no-store"
    # Control: what is everybody's may be kept.
    assert "Cache-Control" not in Caller(None).get("/services")
