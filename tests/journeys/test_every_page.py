"""Every page of the portal, the desk and the watch before axe: as it is, in 长者模式, and on a phone.

The pages are found from the addresses of the product, so that a new one cannot be forgotten: an address that no
visitor here can open is a fault until it is given an example or a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import CDPSession

from onedoor.domain.cases.models import Case
from onedoor.domain.cases.queries import LIFECYCLE
from onedoor.domain.catalog.packages import drafting as package_drafting
from onedoor.domain.catalog.packages import reviewing as package_reviewing
from onedoor.domain.catalog.packages.draft_terms import Hand
from onedoor.domain.catalog.search import actions as question_editing
from onedoor.domain.catalog.search.actions import Editor
from onedoor.domain.papers import queries as papers
from tests.architecture.test_routes import leaves
from tests.faces import test_desk_campaigns as campaigns
from tests.faces.desk import act, at_desk, filed
from tests.faces.portal import Citizen, text_of
from tests.faces.test_portal_entrusting import ENTRUST, entrusted
from tests.factories import packages
from tests.factories.cases import DELIVERY, FOOD, PASS, SHOP, staff
from tests.factories.items import item_draft
from tests.journeys.batches import Batches
from tests.journeys.conftest import DESK, PHONE, Meet, Work
from tests.journeys.visitor import AXE, GRAVE, Visitor

#: Who looks, in this order; an address is shown to the first who may open it.
STAFF = (
    "chuangkou",
    "jiangyx",
    "yinby",
    "chujian",
    "ducha",
    "zhuren",
    "shixiang",
    "anquan",
    "xitong",
    "shenji",
)
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
#: Answers to everything that a package asks.
ANSWERS = "asked=1&registered=no&area=120&sign=true&sewage=false&tobacco=true&invoice=false"
#: Answers to everything on which materials of an item hang.
TICKED = "asked=1&business=catering&dishes=cold&has_staff=yes"
#: Packages with a draft, one of them in review.
DRAFTED, HANDED_IN = "YJS-STORE", "YJS-HOTEL"
#: Addresses of pages that cannot be opened just so, and why.
CLOSED: Mapping[str, str] = {
    "desk": "leads to desk/",
    "watch": "leads to watch/",
    "desk/login/code": "halfway into an account with a second factor; judged where staff accounts are tried",
    "desk/account/factor/new": "halfway to a second factor; judged where staff accounts are tried",
    "desk/account/factor/qr.svg": "an image, halfway to a second factor",
    "login/identity": "leads to the identity service of a province, if the county has one",
    "login/identity/return": "where that service leads back to",
    "cases/<slug:number>/uploads/<uuid:upload_id>/preview.png": "an image, beside the file it shows",
    "services/suggest": "a piece of a page, put under a search box while somebody types",
    "services/missed": "shows nothing: it counts a query that found nothing",
    "login/left": "where that service leads back to after signing out",
}
#: Further kinds of a page, by what is asked of it.
ASKED: Mapping[str, tuple[str, ...]] = {
    "desk/intake": ("?q=开饭店", "?only=packages", "?q=没有的词"),
    "services": ("?q=低宝", "?q=甲乙丙丁证"),
    "guide-me": ("?a=shop.open", "?a=shop.open.eat"),
    "desk/exchange": ("?dropped=1",),
    "desk/synonyms": ("?q=饭&kept=夜宵", "?q=没有的词"),
    "desk/questions": ("?done=begun",),
    "desk/questions/answer": ("?at=shop", "?at=shop.open.eat&saved=1"),
    "preview/guide-me": ("?a=shop.open", "?a=shop.open.eat"),
    "desk/quality": ("?severity=error", "?q=没有的词"),
    "desk/ratios": ("?unit=main&kind=01", "?department=nobody"),
    "desk/packages": ("?q=饭&done=retired", "?q=没有的词"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page and the browser of somebody who may open it."""

    route: str
    path: str
    browser: Client


def package_drafts() -> None:
    """A draft in which a condition names a question that is gone, and one that waits for review."""
    editor, at = staff("shixiang"), datetime.now(UTC)
    faulty = package_drafting.begin_change(actor=editor, code=DRAFTED, at=at)
    package_drafting.drop_question(on=Hand(editor, DRAFTED, faulty.revision, at), place=3)
    sound = package_drafting.begin_change(actor=editor, code=HANDED_IN, at=at)
    sound = package_drafting.keep_basics(on=Hand(editor, HANDED_IN, sound.revision, at), values={"visits": 0})
    package_reviewing.hand_in(on=Hand(editor, HANDED_IN, sound.revision, at), reason="网上就能办")


class Examples:
    """A county in which every page has something to show."""

    def __init__(self, work: Work) -> None:
        self.citizen = Citizen().sign_in()
        self.public = Client()
        self.draft = self.citizen.complete()
        self.fresh = self.citizen.begin("SCJG-COMPANY-NEW")
        self.submitted = self._submitted()
        self.correcting = self._submitted()
        items = [
            {"target": target, "reason": "内容看不清", "mend": "请重新提供"}
            for target in ("field:area", "material:m4", "field:has_staff")
        ]
        act(self.correcting, "notify_correction", "chuangkou", payload={"items": items})
        self.concluded = self._concluded()
        self.whole, self.whole_code, self.member = self._together()
        self.whole_draft = packages.begun(SHOP.phone)
        self.counter_draft = packages.filed(datetime.now(UTC), draft=True).number
        self.accepted = filed().number
        act(self.accepted, "accept", "chuangkou")
        work()
        self.upload = re.findall(
            rf"/cases/{self.concluded}/uploads/([0-9a-f-]+)",
            text_of(self.citizen.get(f"/cases/{self.concluded}")),
        )[0]
        self.paper = papers.papers_of(Case.objects.get(number=self.concluded).id)[-1]
        self.principal = Citizen().sign_in("13000000005")
        self.entrustment = entrusted(self.principal).rpartition("/")[2]
        self.cleaned = campaigns.opened()
        campaigns.published(self.cleaned)
        self.campaign = campaigns.opened()
        self.entry = campaigns.item_path(self.campaign).rpartition("/")[2]
        self.staff = {name: at_desk(name) for name in STAFF}
        self.item_draft = item_draft(FOOD)
        package_drafts()
        self.batches = Batches()
        editor = staff("shixiang")
        question_editing.begin(by=Editor(editor.tenant_id, editor.key, datetime.now(UTC)))

    def _submitted(self) -> str:
        number = self.citizen.complete()
        self.citizen.submit(number)
        return number

    def _concluded(self) -> str:
        number = self._submitted()
        act(number, "accept", "chuangkou")
        act(number, "review", "jiangyx", payload=PASS, step="check")
        act(number, "review", "gongzq", payload=PASS, step="fire")
        act(number, "decide", "yinby", payload={"outcome": "approve"}, step="decide")
        act(number, "issue", "chujian", step="make")
        act(number, "deliver", "chujian", payload=DELIVERY)
        return number

    def _together(self) -> tuple[str, str, str]:
        """A package that was filed: its number, its query code, the number of one of its members."""
        at = datetime.now(UTC)
        packages.published(at - timedelta(days=1))
        answer = packages.filed(at, actor=packages.owner(SHOP.phone, at), channel="web")
        assert answer.query_code is not None
        return answer.number, answer.query_code, packages.number_of(answer, FOOD)

    def browsers(self, route: str) -> list[Client]:
        """Who may open an address of this face."""
        staff = list(self.staff.values())
        if route.startswith(("desk/", "watch/")):
            return [*staff, self.public]
        if route.startswith("progress/"):
            shown = [(self.concluded, self.citizen.query_code(self.concluded)), (self.whole, self.whole_code)]
            holders = [Client(), Client()]
            for holder, (number, code) in zip(holders, shown, strict=True):
                holder.post("/progress", {"number": number, "query_code": code})
            return holders
        if route.startswith("my/entrustments"):
            if route.endswith("confirm"):
                self.principal.post("/my/entrustments/new", ENTRUST)
            return [self.principal.browser]
        if route == "login/code":
            half = Client()
            half.post("/login", {"phone": "13000000007", "next": "/my"})
            return [half]
        return [self.public, self.citizen.browser, *staff]

    def paths(self, route: str) -> Iterator[str]:
        """Addresses of a route, one for each kind of page that it has."""
        for values in self._examples(route):
            path, _, query = ("/" + _PARAMETER.sub(partial(_value, values), route)).partition("?")
            # A value may bring answers along, which stand behind the whole path.
            query, _, rest = query.partition("/")
            yield path + (f"/{rest}" if rest else "") + (f"?{query}" if query else "")
        for asked in ASKED.get(route, ()):
            yield f"/{route}{asked}"

    def _examples(self, route: str) -> Iterator[dict[str, Any]]:
        if route.startswith(("desk/items/", "preview/")):
            return self._of_item_drafts(route)
        if route.startswith("desk/packages/"):
            return self._of_package_drafts(route)
        if "<uuid:batch_id>" in route:
            return self.batches.values(route)
        if "<uuid:campaign_id>" in route:
            both = (self.campaign, self.cleaned)
            return iter([{"campaign_id": campaign, "entry_id": self.entry} for campaign in both])
        if route in ("services/<slug:code>", "services/<slug:code>/notice"):
            # What is read in everyday words is remembered, so that the address says which of both is meant.
            asked = ("plain=0", "plain=1") if route.endswith(">") else ("asked=", TICKED)
            return iter([{"code": f"{FOOD}?{each}"} for each in asked])
        return self._values(route)

    def _values(self, route: str) -> Iterator[dict[str, Any]]:
        known = {
            "number": self.submitted,
            "code": FOOD,
            "service": FOOD,
            "upload_id": self.upload,
            "upload": self.upload,
            "kind": "xlsx",
            "paper_id": self.paper.id,
            "entrustment": self.entrustment,
            "measure": "settled",
        }
        if "/do/<" in route:
            places = {"rate": self.concluded, "correct": self.correcting, "review": self.accepted}
            for verb in LIFECYCLE:
                yield {**known, "verb": verb, "number": places.get(verb, self.submitted)}
        elif route.startswith("verify/<"):
            yield {**known, "code": self.paper.verify_code}
            yield {**known, "code": "none"}
        elif route.startswith("packages/"):
            yield {**known, "code": "YJS-RESTAURANT"}
            yield {**known, "code": f"YJS-RESTAURANT?{ANSWERS}"}
        elif route.startswith("desk/intake/packages/"):
            yield from ({**known, "code": code} for code in ("YJS-RESTAURANT", f"YJS-RESTAURANT?{ANSWERS}"))
        elif "/apply" in route and "<slug:number>" in route:
            code = "m4" if "/materials" in route else "people"
            yield {**known, "number": self.draft, "code": code}
            yield {**known, "number": self.fresh, "code": "m2" if "/materials" in route else "capital"}
            merged = "scjg_food_new_m1" if "/materials" in route else "shared"
            yield {**known, "number": self.whole_draft, "code": merged}
        elif "/correct" in route:
            yield {**known, "number": self.correcting}
        elif route.endswith("/rate") or "upload_id" in route or "paper_id" in route:
            yield {**known, "number": self.concluded}
        else:
            for number in self._numbers(route):
                yield {**known, "number": number}

    def _of_item_drafts(self, route: str) -> Iterator[dict[str, Any]]:
        """The pages of an item with a draft and of one without; parts of the draft, a row of every list."""
        known = {"draft_id": self.item_draft, "code": FOOD, "verb": "submit"}
        if "draft_id" not in route:
            yield from ({**known, "code": code} for code in (FOOD, "SCJG-COMPANY-NEW"))
        elif "<slug:place>" in route:
            for part, place in (("materials", "5"), ("form", "0-2"), ("steps", "new"), ("answers", "new")):
                yield {**known, "part": part, "place": place}
        elif "<slug:part>" in route:
            yield from ({**known, "part": part} for part in ("handling", "materials", "form", "steps"))
        else:
            yield known

    def _of_package_drafts(self, route: str) -> Iterator[dict[str, Any]]:
        """The pages of a draft with a fault, with answers, and in review; an item and a question with conditions."""
        if "/draft" not in route:
            yield {"code": "YJS-RESTAURANT"}
        elif "<int:place>" in route:
            yield from ({"code": DRAFTED, "place": place} for place in (1, 3))
        else:
            asked = "?tried=1&a-registered=no&a-goods=fresh&a-area=80" if route.endswith("/draft") else ""
            asked = "?q=食品" if route.endswith("/members/add") else asked
            yield from ({"code": code} for code in (DRAFTED, f"{DRAFTED}{asked}", HANDED_IN))

    def _numbers(self, route: str) -> tuple[str, ...]:
        """The cases that are shown at an address, one of each kind."""
        if route == "cases/<slug:number>":
            return (self.submitted, self.correcting, self.concluded, self.whole, self.member)
        if route in ("cases/<slug:number>/done", "cases/<slug:number>/withdraw"):
            return (self.submitted, self.whole)
        if route.startswith("desk/intake/together/"):
            return (self.counter_draft,) if route.endswith("draft") else (self.whole,)
        return (self.member,) if route.startswith("progress/members/") else (self.submitted,)


def _value(values: Mapping[str, Any], parameter: re.Match[str]) -> str:
    return str(values.get(parameter[1], 1))


def pages(county: Examples) -> Iterator[Shown]:
    """Every page with somebody who may open it. What is no page (a form's target, a file) is left out."""
    for route, _ in leaves(get_resolver().url_patterns):
        if route.startswith("api/") or route in CLOSED:
            continue
        opened = [shown for path in county.paths(route) if (shown := _opened(county, route, path))]
        assert opened, f"nobody here can open /{route}: give it an example or a reason"
        yield from (shown for shown in opened if shown.path)


def _opened(county: Examples, route: str, path: str) -> Shown | None:
    """The page as the first who may open it sees it; with an empty path if there is no page to see."""
    for browser in county.browsers(route):
        answer = browser.get(path)
        html = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code in (204, 405) or (answer.status_code == 200 and not html):
            return Shown(route, "", browser)
        if answer.status_code == 200:
            return Shown(route, path, browser)
    return None


def test_no_page_keeps_anybody_out(meet: Meet, work: Work) -> None:
    county = Examples(work)
    visitor = meet("visitor", DESK)
    session = visitor.context.new_cdp_session(visitor.page)
    found: list[str] = []
    seen: set[tuple[str, int]] = set()
    for shown in pages(county):
        key = (shown.path, id(shown.browser))
        if key not in seen:
            seen.add(key)
            found += _judged(visitor, session, shown)
    assert not found, "\n".join(found)
    assert len(seen) > 50
    _ask(session, _SPOIL)
    spoilt = "\n".join(_faults(session, shown, "spoilt", _EVERYTHING))
    assert "image-alt" in spoilt, "the judge sees what is wrong"
    assert "px too wide" in spoilt


def _judged(visitor: Visitor, session: CDPSession, shown: Shown) -> list[str]:
    """What is wrong with a page in each of its looks. What stands on it is judged once, how it looks each time."""
    page = visitor.page
    visitor.context.clear_cookies()
    given = shown.browser.cookies.values()
    visitor.context.add_cookies(
        [{"name": each.key, "value": each.value, "url": visitor.url} for each in given if each.value]
    )
    page.set_viewport_size(DESK)
    page.goto(f"{visitor.url}{shown.path}")
    _ask(session, AXE.read_text(encoding="utf-8") + "; 0")
    found = _faults(session, shown, "as it is", _EVERYTHING)
    page.set_viewport_size(PHONE)
    found += _faults(session, shown, "phone", _LOOKS)
    _ask(session, "document.documentElement.dataset.mode = 'elder'; 0")
    return found + _faults(session, shown, "elder", _LOOKS)


#: What depends on size and colour. What is in order is not described, which would take most of the time.
_LOOKS = (
    "{resultTypes: ['violations'], runOnly:"
    " ['color-contrast', 'target-size', 'link-in-text-block', 'scrollable-region-focusable']}"
)
_EVERYTHING = "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}"
_SPOIL = (
    "document.body.insertAdjacentHTML('beforeend', '<img width=3000 height=9><table width=3000></table>'); 0"
)
_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _faults(session: CDPSession, shown: Shown, look: str, options: str) -> list[str]:
    where = f"/{shown.route} ({shown.path}), {look}"
    wide = _ask(session, _WIDE)
    found = [f"{where}: {wide} px too wide"] if wide > 0 else []
    run = f"axe.run(document, {options}).then((found) => JSON.stringify(found.violations))"
    for each in json.loads(_ask(session, run)):
        if each["impact"] in GRAVE:
            places = "; ".join(f"{node['target']} {node['html'][:120]}" for node in each["nodes"][:3])
            found.append(f"{where}: {each['impact']} {each['id']}: {places}")
    return found


def _ask(session: CDPSession, script: str) -> Any:
    given = {"expression": script, "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", given)
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")
