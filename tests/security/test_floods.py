"""What one account may have too much of: applications begun, questions to a device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.cases.models import Case
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import rules
from onedoor.domain.offices.models import Attempt, Challenge
from onedoor.domain.offices.terms import Site
from onedoor.faces import access
from tests.county import County
from tests.faces.portal import Citizen, text_of, value_of
from tests.faces.test_api import caller, filing, problem
from tests.faces.test_api_entrustments import citizen
from tests.factories.cases import staff

PHONE = "13000000071"
DRAFT = {"channel": "web", "draft": True}


def test_one_account_begins_so_many_applications_a_day(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "FILINGS_A_DAY", 3)
    flooder = citizen(county_db, PHONE)
    assert [flooder.post("/cases", filing() | DRAFT).status_code for _ in range(3)] == [201] * 3
    problem(flooder.post("/cases", filing() | DRAFT), 429, "too_many_filings")
    # By the pages it is the same account.
    browser = Citizen().sign_in(PHONE)
    once = value_of(browser.get("/apply/SCJG-FOOD-NEW"), "once")
    refused = browser.post("/apply/SCJG-FOOD-NEW", {"once": once}, 429)
    assert "请到窗口办理" in text_of(refused)
    assert Case.objects.count() == 3
    # The counter, and everybody else, go on; tomorrow so does who was stopped.
    clerk = caller("chuangkou")
    assert [clerk.post("/cases", filing()).status_code for _ in range(5)] == [201] * 5
    assert citizen(county_db, "13000000072").post("/cases", filing() | DRAFT).status_code == 201
    Attempt.objects.update(at=datetime.now(UTC) - timedelta(days=1, minutes=1))
    assert flooder.post("/cases", filing() | DRAFT).status_code == 201
    # Control: without the bound there is none.
    monkeypatch.setattr(access, "FILINGS_A_DAY", 10_000)
    assert [flooder.post("/cases", filing() | DRAFT).status_code for _ in range(4)] == [201] * 4


def test_a_device_is_asked_so_many_times(county_db: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WRONG_FROM_ADDRESS", 3)
    at, user = datetime.now(UTC), staff("chuangkou").user_id
    site = Site("zwfw.example.cn", "https://zwfw.example.cn")
    for _ in range(3):
        offices.confirming_options(user_id=user, site=site, at=at)
    with pytest.raises(Refused, match="too_many_attempts"):
        offices.confirming_options(user_id=user, site=site, at=at)
    assert Challenge.objects.count() == 3
