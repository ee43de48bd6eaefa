"""A member of staff at a browser without scripts: opens pages, fills in their forms, sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from onedoor.domain.cases import actions, followers
from onedoor.domain.cases.terms import Answer, Applicant, Application
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions as offices
from onedoor.faces.access import SESSION_COOKIE
from tests.factories.cases import SHOP, given_materials, sample_answers, staff

FOOD = "SCJG-FOOD-NEW"
PASSING = {"outcome": "pass", "opinion": "现场与材料相符"}
VOID = {"input", "br", "img", "meta", "link", "hr", "option"}


def at_desk(username: str) -> Client:
    """A browser in which this member of staff has signed in."""
    client = Client()
    secret = offices.open_session(user_id=staff(username).user_id, at=datetime.now(UTC))
    client.cookies[SESSION_COOKIE] = secret
    return client


@dataclass
class Form:
    """What a browser would send of a page's main form: the values it was drawn with."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        """A second value of a name makes a list."""
        former = self.values.get(name)
        if former is None:
            self.values[name] = value
        else:
            self.values[name] = [*former, value] if isinstance(former, list) else [former, value]


class _Reader(HTMLParser):
    """Reads the form that bears data-main."""

    def __init__(self) -> None:
        super().__init__()
        self.form, self.inside = Form(), False
        self.text_of: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, listed: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in listed}
        if tag == "form":
            self.inside = "data-main" in attrs
        if not self.inside:
            return
        name, kind = attrs.get("name", ""), attrs.get("type", "text")
        if (
            tag == "input"
            and name
            and kind != "file"
            and (kind not in ("radio", "checkbox") or "checked" in attrs)
        ):
            self.form.add(name, attrs.get("value", ""))
        elif tag == "textarea":
            self.text_of = name
            self.form.values[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attrs:
            self.form.add(self.select, attrs.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.text_of:
            self.form.values[self.text_of] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.text_of = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def form_of(page: Any) -> dict[str, Any]:
    """The values of a page's main form."""
    reader = _Reader()
    reader.feed(page.content.decode())
    return reader.form.values


def send(client: Client, path: str, **changes: Any) -> Any:
    """Open a page, change what is given, send its form. Names with hyphens are written with `__`."""
    page = client.get(path)
    assert page.status_code == 200, page.content.decode()
    return client.post(
        path, form_of(page) | {name.replace("__", "-"): value for name, value in changes.items()}
    )


def filed(*, code: str = FOOD, applicant: Applicant = SHOP, complete: bool = True) -> Answer:
    """A case filed at the window a moment ago."""
    answers = sample_answers(code)
    materials = given_materials(code, answers) if complete else ()
    filing = Application(code, applicant, "window", answers, materials)
    return actions.file(application=filing, actor=staff("chuangkou"), at=datetime.now(UTC))


def act(number: str, verb: str, who: str, **more: Any) -> Answer:
    """One verb by one member of staff, a moment ago."""
    payload = more.pop("payload", {})
    return actions.perform(
        number=number, verb=verb, payload=payload, actor=staff(who), at=datetime.now(UTC), **more
    )


def accepted() -> Answer:
    """A case that has been accepted."""
    case = filed()
    return act(case.number, "accept", "chuangkou")


def issue_papers(case: Answer) -> None:
    """What the worker does beside every act: the papers of the case's facts."""
    for fact in journal.facts(case.case_id):
        followers.issue_papers(fact, at=datetime.now(UTC))


def text_of(page: Any) -> str:
    """The words of a page."""
    found: str = page.content.decode()
    return found
