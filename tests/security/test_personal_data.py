"""After a week of a county's life and every kind of request, nobody's number lies about in clear.

Looked at: logs, addresses, short messages, error pages, exports, and a plain dump of the database.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from openpyxl import Workbook

from onedoor.core.instants import end_of_day
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import tasks as journal
from onedoor.domain.offices import actions as offices
from onedoor.plumbing.database.settings import logins
from onedoor.simulation.county import live
from onedoor.simulation.world import Plan
from onedoor.site.logs import JsonLines, facts_of
from onedoor.site.wiring import FOLLOWERS
from tests.county import County
from tests.faces.desk import act, at_desk, filed
from tests.faces.portal import ID_NUMBER, PDF, PHONE, Citizen
from tests.factories.cases import application
from tests.security.personal_data import Found, find, find_in_dump, find_in_workbook, plain_dump

FIRST, LAST = date(2026, 9, 7), date(2026, 9, 13)
CASES_PER_DAY = 4
#: Papers that are typeset; the rest of them say the same and take long.
PAPERS = 12
#: Valid, and of nobody: the serial 000 is never given out.
STRANGER, NO_MOBILE = "110101197001010008", "13000009999"
_LINKS = re.compile(r'(?:href|src|action|hx-[a-z]+|content|value)="([^"]*[/?][^"]*)"')


@dataclass
class Left:
    """What a week has left behind, medium by medium."""

    logs: list[str] = field(default_factory=list)
    unstruck: list[str] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)
    error_pages: list[str] = field(default_factory=list)
    exports: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def answered(self, response: Any) -> None:
        """Note where an answer leads, and what it says if it is an error."""
        self.statuses.append(response.status_code)
        self.urls.add(response.headers.get("Location", ""))
        typed = response.request["PATH_INFO"]
        kind = response.headers.get("Content-Type", "")
        if response.streaming:
            self.exports.append(b"".join(response.streaming_content))
        elif kind.startswith("text/html"):
            page = response.content.decode()
            # A page may lead back to itself: that address was typed by its visitor.
            self.urls.update(link for link in _LINKS.findall(page) if link.partition("?")[0] != typed)
            if response.status_code >= 400:
                self.error_pages.append(page)
        elif response.status_code >= 400:
            self.error_pages.append(response.content.decode())


class _Keeping(logging.Handler):
    """Formats lines as the product's files do, and keeps what they were before the last net."""

    def __init__(self, left: Left) -> None:
        super().__init__(logging.INFO)
        self.left, self.lines = left, JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        self.left.logs.append(self.lines.format(record))
        self.left.unstruck.append(json.dumps(facts_of(record), ensure_ascii=False, default=str))


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Iterator[Left]:
    """Everything that is logged, and every answer that any test client gets."""
    found = Left()
    send = Client.request

    def noted(self: Client, **request: Any) -> Any:
        self.raise_request_exception = False
        response = send(self, **request)
        found.answered(response)
        return response

    monkeypatch.setattr(Client, "request", noted)
    handler, root = _Keeping(found), logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "onedoor.request")}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.INFO)
    yield found
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def week(county: County, left: Left, monkeypatch: pytest.MonkeyPatch) -> Left:
    """A simulated week, the worker's work after it, and people who type numbers wherever they can."""
    live(Plan(county.tenant_id, FIRST, end_of_day(LAST), CASES_PER_DAY, 3))
    citizen = Citizen().sign_in()
    _at_the_portal(citizen)
    _at_the_desk()
    _by_interface()
    _with_faults(monkeypatch)
    _worker()
    return left


def _worker() -> None:
    now = datetime.now(UTC)
    while journal.sequence():
        pass
    for name, reaction in FOLLOWERS.items():
        if name == "cases.papers":
            journal.follow(name, lambda fact, do=reaction: do(fact, at=now), limit=PAPERS, at=now)
        else:
            while journal.follow(name, lambda fact, do=reaction: do(fact, at=now), at=now):
                pass


def _at_the_portal(citizen: Citizen) -> None:
    """A whole application, then numbers in the wrong places."""
    number = citizen.complete()
    citizen.submit(number)
    browser = citizen.browser
    draft = citizen.begin("RSJ-CARD")
    who = {"kind": "person", "name": "庄晓禾", "phone": PHONE}
    for id_number in (ID_NUMBER, ID_NUMBER[:-1] + "1", STRANGER):
        browser.post(f"/cases/{draft}/apply/applicant", {**who, "id_number": id_number})
    browser.post(f"/cases/{draft}/apply/applicant", {**who, "name": STRANGER, "id_number": STRANGER})
    browser.post("/login", {"phone": NO_MOBILE, "next": "/my"})
    browser.post("/login/code", {"code": STRANGER})
    browser.post("/progress", {"number": STRANGER, "code": PHONE})
    named = SimpleUploadedFile(f"{STRANGER}.pdf", PDF, "application/pdf")
    browser.post(f"/cases/{citizen.begin()}/apply/materials/m4", {"way": "upload", "files": named})
    for path in (f"/services?q={STRANGER}", f"/cases/{STRANGER}", f"/verify/{STRANGER}", f"/{NO_MOBILE}"):
        browser.get(path)
    for path in ("/", "/my", "/messages", f"/cases/{number}", f"/cases/{number}/done", "/demo/messages"):
        browser.get(path)


def _at_the_desk() -> None:
    """Searches by every number, case pages, exports, refused filings."""
    case = filed()
    clerk, watcher = at_desk("chuangkou"), at_desk("ducha")
    searches = (ID_NUMBER, PHONE, STRANGER, NO_MOBILE, f"庄晓禾 {STRANGER}", f"{PHONE} 庄", quote(STRANGER))
    for text in searches:
        for place in ("desk", "watch"):
            clerk.post("/desk/find", {"q": text, "place": place}, follow=True)
    for path in ("/desk/", "/desk/cases", "/desk/intake", f"/desk/cases/{case.number}"):
        clerk.get(path)
    for name, browser in (("desk", clerk), ("watch", watcher)):
        browser.post("/desk/cases/export", {"list": name})
        browser.post("/desk/cases/export", {"list": name, "q": STRANGER})
    watcher.get("/watch/")
    clerk.post("/desk/intake/SCJG-FOOD-NEW", {"name": "庄晓禾", "id_number": STRANGER, "phone": PHONE})
    clerk.post("/desk/login", {"username": STRANGER, "password": PHONE})
    clerk.get(f"/desk/cases/{STRANGER}")
    act(case.number, "accept", "chuangkou")


def _by_interface() -> None:
    """Filings good and bad, strangers' cases, wrong codes, bodies that are not read."""
    token = offices.issue_token(username="chuangkou", principal="command", at=datetime.now(UTC))
    head = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-{STRANGER}"}
    browser, asked = Client(), application()
    body = {
        "service": asked.service,
        "channel": "window",
        "applicant": {
            "kind": "person",
            "name": "庄晓禾",
            "id_type": "resident_id",
            "id_number": STRANGER,
            "phone": PHONE,
        },
        "form": {**asked.form, "manager": STRANGER},
        "materials": [],
    }
    for changed in (body, {**body, STRANGER: PHONE}, {**body, "service": STRANGER}, [STRANGER]):
        browser.post("/api/v1/cases", json.dumps(changed), content_type="application/json", headers=head)
    browser.post("/api/v1/cases", f'{{"{STRANGER}', content_type="application/json", headers=head)
    for path in (f"/api/v1/cases/{STRANGER}", f"/api/v1/services?q={STRANGER}", f"/api/v1/verify/{STRANGER}"):
        browser.get(path, headers=head)
        browser.get(path, headers={"X-Query-Code": STRANGER})


def _with_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of ours that quote what they stumbled over."""

    def stumbles(*_: Any, **__: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO notices_message (tenant_id, key, channel, phone_masked, text)"
                " VALUES (1, %s, 'sms', '', %s)",
                [STRANGER, PHONE],
            )

    def quotes(*_: Any, **__: Any) -> None:
        raise ValueError(f"cannot read {STRANGER} of {PHONE}")

    with monkeypatch.context() as planted:
        for fault in (stumbles, quotes):
            planted.setattr(catalog, "listing", fault)
            planted.setattr(catalog, "seek", fault)
            Client().get("/services")
            Client().get("/api/v1/services")
    with pytest.raises(IntegrityError):
        stumbles()


def _texts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text || ' ' || phone_masked FROM notices_message")
        return [text for (text,) in cursor.fetchall()]


def _dump(county: County) -> str:
    return plain_dump(replace(logins().owner, database=county.database))


def test_nobodys_number_lies_about(week: Left, county: County) -> None:
    faults = [line for line in week.logs if '"status": 500' in line]
    assert len(faults) == 4, faults  # the planted ones
    assert len(week.exports) == 4
    assert {404, 422} <= set(week.statuses)
    looked_at = {
        "logs": [hit for line in week.logs for hit in find(line)],
        "logs before the last net": [hit for line in week.unstruck for hit in find(line)],
        "addresses": [hit for url in week.urls for hit in find(url)],
        "short messages": [hit for text in _texts() for hit in find(text)],
        "error pages": [hit for page in week.error_pages for hit in _not_typed_now(page)],
        "exports": [hit for data in week.exports for hit in find_in_workbook(data)],
        "dump": find_in_dump(_dump(county)),
    }
    leaks = [f"{medium}: {hit}" for medium, hits in looked_at.items() for hit in hits]
    assert leaks == [], "\n".join(leaks)
    assert len(week.logs) > 60
    assert len(week.urls) > 60
    assert len(_texts()) > CASES_PER_DAY * 5
    assert len(week.error_pages) > 15


def _not_typed_now(page: str) -> list[Found]:
    """Without what a form shows its own writer again, to be mended where it was typed."""
    return find(re.sub(r'(<input[^>]* value=)"[^"]*"|<textarea[^>]*>[^<]*</textarea>', r"\1", page))


@pytest.mark.parametrize("number", [ID_NUMBER, STRANGER, PHONE])
@pytest.mark.parametrize(
    "leave",
    [
        lambda n: f'{{"text": "看不懂 {n}"}}',
        lambda n: f"/desk/cases?q={n}",
        lambda n: f"/desk/cases?q=%E5%BA%84{quote(n)}",
        lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n),
        lambda n: f"<p>{''.join(f'&#{ord(c)};' for c in n)}</p>",
        lambda n: f"（{n}）",
    ],
)
def test_a_planted_number_is_found(number: str, leave: Callable[[str], str]) -> None:
    assert {found.number for found in find(leave(number))} == {number}


@pytest.mark.parametrize(
    "innocent",
    [
        f"{ID_NUMBER[:6]}********{ID_NUMBER[-4:]}",
        "130****0002",
        ID_NUMBER[:-1] + "1",
        "SC20261122000000001",
        "12990722MB1234567X",
        "d41d8cd98f00b204e9800998ecf813800138000",
        "01997f3e-1111-7222-8333-13800138000a",
        "2026-11-22T06:50:43.138001+00:00",
    ],
)
def test_what_is_masked_or_no_number_is_not_found(innocent: str) -> None:
    assert find(innocent) == []


def test_a_planted_number_is_found_in_a_workbook() -> None:
    book = Workbook()
    book.active.append(["庄晓禾", PHONE])
    held = io.BytesIO()
    book.save(held)
    assert {found.number for found in find_in_workbook(held.getvalue())} == {PHONE}


def test_planted_numbers_are_found_in_a_dump(county: County) -> None:
    """As text, inside JSON, and as bytes that nobody has encrypted."""
    assert find_in_dump(_dump(county)) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE offices_department SET phone = %s WHERE code = 'scjg'", [PHONE])
        cursor.execute(
            "INSERT INTO journal_outbox (stream_id, seq) SELECT gen_random_uuid(), 1 RETURNING stream_id"
        )
        cursor.execute(
            "INSERT INTO notices_message (tenant_id, key, channel, phone_cipher, phone_masked, text, created_at)"
            " VALUES (1, 'k', 'sms', %s, '', %s, now())",
            [f"庄 {ID_NUMBER}".encode(), json.dumps({"证件": STRANGER})],
        )
    assert {found.number for found in find_in_dump(_dump(county))} == {PHONE, ID_NUMBER, STRANGER}


def test_the_net_of_the_logs_is_the_last_of_several(week: Left) -> None:
    """The control: with exceptions logged in their own words, numbers appear."""
    error = ValueError(f"cannot read {STRANGER}")
    record = logging.LogRecord("other", logging.ERROR, "", 0, f"seen {PHONE}", (), (ValueError, error, None))
    assert {found.number for found in find(logging.Formatter().format(record))} == {STRANGER, PHONE}
    assert find(JsonLines().format(record)) == []
