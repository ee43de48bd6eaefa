"""消息: what an applicant was told, counted until it is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from onedoor.domain.cases import followers
from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from tests.faces.portal import Citizen, text_of

pytestmark = pytest.mark.usefixtures("county_db")


def tell(number: str) -> None:
    """What the worker does after an act: papers and messages."""
    for fact in journal.facts(Case.objects.get(number=number).id):
        followers.issue_papers(fact, at=datetime.now(UTC))
        followers.tell_applicant(fact, at=datetime.now(UTC))


def counted(page: str) -> str:
    """The number beside 消息 in the navigation."""
    found = re.search(r'<a href="/messages"[^>]*>消息(?: <span class="count[^"]*">(\d+)</span>)?', page)
    assert found
    return found[1] or ""


def test_messages_are_counted_until_they_are_read() -> None:
    citizen = Citizen().sign_in()
    assert "还没有消息" in text_of(citizen.get("/messages"))
    number = citizen.complete()
    citizen.submit(number)
    tell(number)
    assert counted(text_of(citizen.get("/my"))) == "1"
    citizen.browser.head("/messages")
    page = text_of(citizen.get("/messages"))
    assert "已收件" in page
    assert ">新<" in page
    assert f'href="/cases/{number}"' in page
    paper = re.search(rf'href="(/cases/{number}/papers/[^"]+)">收件凭证', page)
    assert paper, "the paper that the message is about"
    assert citizen.get(paper[1]).headers["Content-Type"] == "application/pdf"
    again = text_of(citizen.get("/messages"))
    assert ">新<" not in again
    assert counted(again) == ""


def test_nobody_reads_what_others_were_told() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    tell(number)
    stranger = Citizen().sign_in("13000000009")
    page = text_of(stranger.get("/messages"))
    assert number not in page
    assert counted(text_of(stranger.get("/my"))) == ""
    assert Citizen().browser.get("/messages").status_code == 302


def test_a_place_in_the_list_that_cannot_be() -> None:
    citizen = Citizen().sign_in()
    for cursor in ("x", "MjAyNnwx", "4pyT", "OTk5OS0xMi0zMVQyMzo1OTo1OSswMDowMHwtMQ"):
        citizen.get(f"/messages?cursor={cursor}", 422)
