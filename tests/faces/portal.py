"""A citizen before the portal: signs in by telephone and fills in forms as a browser does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import queries as offices
from tests.papers.samples import pdf_file

PHONE = "13000000002"
USCC = "92990722MAXH00010M"
ID_NUMBER = "110101198806160008"
PDF = pdf_file()
OTHER_PDF = pdf_file(2)


def text_of(response: HttpResponse) -> str:
    """The page as text."""
    return response.content.decode()


def value_of(response: HttpResponse, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text_of(response))
    assert found, f"no hidden input {name}"
    return found[1]


@dataclass
class Citizen:
    """A browser with a person before it."""

    browser: Client = field(default_factory=Client)

    def sign_in(self, phone: str = PHONE) -> Citizen:
        """Ask for a code, read it from the outbox, give it."""
        asked = self.browser.post("/login", {"phone": phone, "next": "/my"})
        assert asked.status_code == 302, text_of(asked)
        tenant = offices.first_tenant()
        assert tenant is not None
        code = re.search(r"\d{6}", notices.outbox(tenant.id, limit=1)[0].text)
        assert code
        given = self.browser.post("/login/code", {"code": code[0], "next": "/my"})
        assert given.status_code == 302, text_of(given)
        return self

    def get(self, path: str, status: int = 200) -> HttpResponse:
        """Open a page."""
        response = self.browser.get(path)
        assert response.status_code == status, (response.status_code, text_of(response))
        return response

    def post(self, path: str, data: dict[str, Any], status: int = 302) -> HttpResponse:
        """Send a form."""
        response = self.browser.post(path, data)
        assert response.status_code == status, (response.status_code, text_of(response))
        return response

    def begin(self, code: str = "SCJG-FOOD-NEW") -> str:
        """Open a draft; returns the case number."""
        once = value_of(self.get(f"/apply/{code}"), "once")
        return self.post(f"/apply/{code}", {"once": once}).headers["Location"].split("/")[2]

    def answer(self, number: str, section: str, answers: dict[str, Any], status: int = 302) -> HttpResponse:
        """Answer what a section asks, as its page shows it now."""
        path = f"/cases/{number}/apply/section/{section}"
        asked = re.findall(r'name="asked" value="([^"]+)"', text_of(self.get(path)))
        return self.post(path, {"asked": asked, **answers}, status)

    def name_shop(self, number: str) -> None:
        """Apply as a shop."""
        who = {"name": "明渠县晓禾小吃店", "id_number": USCC, "phone": PHONE}
        self.post(f"/cases/{number}/apply/applicant", {"kind": "organization", **who})

    def hand_in(self, number: str, code: str, *, upload: bool = False) -> None:
        """Provide a material, as original or as a file."""
        data: dict[str, Any] = {"way": "upload" if upload else "original"}
        if upload:
            data["files"] = SimpleUploadedFile("布局图.pdf", PDF, "application/pdf")
        self.post(f"/cases/{number}/apply/materials/{code}", data)

    def complete(self) -> str:
        """A food licence application, ready to be submitted; returns the case number."""
        number = self.begin()
        self.name_shop(number)
        self.answer(number, "shop", SHOP)
        self.answer(number, "people", PEOPLE)
        for code, upload in (("m1", False), ("m4", True), ("m5", False)):
            self.hand_in(number, code, upload=upload)
        return number

    def submit(self, number: str) -> str:
        """Tick the declaration and submit; returns the form's token."""
        once = value_of(self.get(f"/cases/{number}/apply/check"), "once")
        answer = self.post(f"/cases/{number}/apply/check", {"once": once, "declared": "on"})
        assert answer.headers["Location"] == f"/cases/{number}/done"
        return once

    def query_code(self, number: str) -> str:
        """The code on the done page."""
        found = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", text_of(self.get(f"/cases/{number}/done")))
        assert found
        return found[0]


SHOP = {
    "shop_name": "晓禾小吃店",
    "premises": "清源街道中街 18 号",
    "business": "catering",
    "dishes": ["hot"],
    "area": "60",
}
PEOPLE = {"manager": "庄晓禾", "has_staff": "no", "gas": "electric", "open_date": ""}
