"""The parts of a page, as template tags: `{% load look %}`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from onedoor.core.identifiers import mask_id, mask_name, mask_phone
from onedoor.core.refusals import Problem, Refused
from onedoor.faces import wording
from onedoor.faces.clockface import clockface
from onedoor.faces.controls import Control, control_of_bound
from onedoor.faces.modes import Mode, mode_of

register = template.Library()

register.filter("date_zh", wording.date_zh)
register.filter("day_zh", wording.day_zh)
register.filter("instant_zh", wording.instant_zh)
register.filter("mask_name", mask_name)
register.filter("mask_id", mask_id)
register.filter("mask_phone", mask_phone)

#: The word of a lamp when the page gives none, and the shape drawn before it.
LAMPS = {
    "green": ("期限内", "green"),
    "yellow": ("即将到期", "yellow"),
    "red": ("已超期", "red"),
    "paused": ("暂停计时", "paused"),
    "done": ("已办结", "tick"),
}
NOTICE_ICONS = {"": "info", "good": "done", "warn": "alert", "bad": "stop"}


def request_of(context: Context) -> HttpRequest | None:
    found = context.get("request")
    return found if isinstance(found, HttpRequest) else None


@register.filter
def limit_zh(limit: Any) -> str:
    """A limit with `amount` and `unit`: 8 个工作日."""
    return wording.limit_zh(limit.amount, limit.unit)


@register.filter
def masked(value: str, kind: str) -> str:
    """Personal data as lists show it; kind is name, id or phone."""
    return wording.MASKS[kind](value)


@register.filter
def number(value: int | None) -> str:
    """12,345; nothing is a dash."""
    return "—" if value is None else f"{value:,}"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An outline icon of the sprite; with `label` it speaks, without it is silent beside its word."""
    target = f"{static('look/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, target
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', target
    )


@register.simple_tag
def lamp(status: str, words: str = "") -> SafeString:
    """The state of a clock: shape and word; status is green, yellow, red, paused or done."""
    own, shape = LAMPS.get(str(status), (str(status), "ring"))
    return format_html(
        '<span class="lamp {}"><svg class="shape" aria-hidden="true" focusable="false"><use href="{}#lamp-{}"/>'
        "</svg>{}</span>",
        status, static("look/icons.svg"), shape, words or own,
    )  # fmt: skip


@register.simple_tag
def tag(words: str, tone: str = "") -> SafeString:
    """A state in a word; tone is "", door, jade, amber or seal."""
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def left(amount: int | None, unit: str = "working", soon: int = 1) -> SafeString:
    """What is left of a limit, with its lamp: yellow when `soon` or less is left, red when overdue."""
    status = "paused" if amount is None else "red" if amount < 0 else "yellow" if amount <= soon else "green"
    return lamp(status, wording.left_zh(amount, unit))


@register.simple_tag
def time_zh(value: datetime | date | None) -> SafeString:
    """A <time> element with Chinese words."""
    if value is None:
        return mark_safe("")
    words = wording.instant_zh(value) if isinstance(value, datetime) else wording.date_zh(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


@register.inclusion_tag("faces/parts/mark.html")
def mark() -> dict[str, Any]:
    """The mark: two door leaves in 门."""
    return {}


@register.simple_tag(takes_context=True)
def mode(context: Context) -> str:
    """The value of `data-mode` for this visitor."""
    return str(mode_of(request_of(context)))


@register.inclusion_tag("faces/parts/mode_switch.html", takes_context=True)
def mode_switch(context: Context) -> dict[str, Any]:
    """The 长者模式 switch; without a request (a failing server) there is none."""
    request = request_of(context)
    elder = mode_of(request) is Mode.ELDER
    return {"next": request.get_full_path() if request else "", "elder": elder, "shown": request is not None}


@register.inclusion_tag("faces/parts/read_aloud.html", takes_context=True)
def read_aloud(context: Context) -> dict[str, Any]:
    """朗读本页, in 长者模式; the script shows the button where the browser can speak."""
    return {"shown": mode_of(request_of(context)) is Mode.ELDER}


@register.inclusion_tag("faces/parts/nav_link.html", takes_context=True)
def nav_link(
    context: Context,
    url: str,
    words: str,
    exact: bool = False,
    count: int | str | None = None,
    hot: bool = False,
) -> dict[str, Any]:
    """A link of the navigation that knows whether it is the present place."""
    request = request_of(context)
    path = request.path if request else ""
    inside = path == url or (not exact and path.startswith(url.rstrip("/") + "/"))
    # A page that counts nothing gives "" for a count.
    counted = None if count == "" else count
    return {"url": url, "words": words, "current": inside, "count": counted, "hot": hot}


@register.inclusion_tag("faces/parts/door_search.html", takes_context=True)
def door_search(
    context: Context,
    action: str = "/services",
    heading: str = "您要办什么事？",
    suggestions: Iterable[Any] = (),
) -> dict[str, Any]:
    """The home page's search behind the two leaves, which open when a visitor comes from outside.

    `suggestions` are objects with `name` and `url`.
    """
    request = request_of(context)
    come_from = urlsplit(request.headers.get("Referer", "")).netloc if request else ""
    opening = request is not None and come_from != request.get_host()
    return {"action": action, "heading": heading, "suggestions": suggestions, "opening": opening}


@register.inclusion_tag("faces/parts/field.html")
def field(
    asked: BoundField | Control, heading: bool = False, inline: bool = False, redraw: str = ""
) -> dict[str, Any]:
    """A question with label, hint, fault and control; `heading` makes its label the page's h1. A group's buttons draw
    it anew from the address `redraw`; without scripts, and without one, they send the form."""
    control = asked if isinstance(asked, Control) else control_of_bound(asked)
    return {"control": control, "heading": heading, "inline": inline, "redraw": redraw}


@register.inclusion_tag("faces/parts/error_summary.html")
def error_summary(source: BaseForm | Refused | Iterable[Problem] | None) -> dict[str, Any]:
    """What is wrong, on top of the page, each line a link to its field. A form, a refusal or problems."""
    return {"faults": faults_of(source)}


def faults_of(source: BaseForm | Refused | Iterable[Problem] | None) -> list[tuple[str, str]]:
    """Pairs of element id ("" if the fault is nobody's in particular) and sentence."""
    if source is None:
        return []
    if isinstance(source, BaseForm):
        return form_faults(source)
    problems = source.errors if isinstance(source, Refused) else tuple(source)
    if isinstance(source, Refused) and not problems:
        return [("", source.detail)]
    return [(f"id_{name}" if (name := p.pointer.rpartition("/")[2]) else "", p.detail) for p in problems]


def form_faults(form: BaseForm) -> list[tuple[str, str]]:
    found = [("", str(words)) for words in form.non_field_errors()]
    for bound in form:
        found += [(control_of_bound(bound).id, str(words)) for words in bound.errors]
    return found


@register.inclusion_tag("faces/parts/day_bar.html")
def day_bar(
    days: Iterable[Any],
    today: date,
    due: date | None = None,
    name: str = "clock",
    unit: str = "working",
    stopped: bool = False,
) -> dict[str, Any]:
    """The clock of a case: days with `date` and `status`, drawn and told; `name` must differ on one page."""
    return {"face": clockface(days, today, unit, stopped=stopped), "due": due, "name": name}


@register.inclusion_tag("faces/parts/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """What has happened, in the order given (newest first): `parts.Entry` or the like."""
    return {"entries": entries}


@register.inclusion_tag("faces/parts/summary_list.html")
def summary_list(rows: Iterable[Any], tight: bool = False) -> dict[str, Any]:
    """Names and values: `parts.Row` or the like."""
    return {"rows": rows, "tight": tight}


@register.inclusion_tag("faces/parts/task_list.html")
def task_list(tasks: Iterable[Any]) -> dict[str, Any]:
    """What is asked and how far it is: `parts.Task` or the like."""
    return {"tasks": list(tasks)}


@register.inclusion_tag("faces/parts/steps.html")
def steps(names: Iterable[str], current: int) -> dict[str, Any]:
    """The steps of a flow; `current` counts from 1."""
    states = (
        (name, "past" if n < current else "now" if n == current else "") for n, name in enumerate(names, 1)
    )
    return {"steps": list(states)}


@register.inclusion_tag("faces/parts/tabs.html")
def tabs(items: Iterable[Any], label: str) -> dict[str, Any]:
    """Links drawn as tabs: `parts.Tab` or the like."""
    return {"tabs": items, "label": label}


@register.inclusion_tag("faces/parts/pages.html")
def pages(next_url: str = "", previous_url: str = "", words: str = "") -> dict[str, Any]:
    """前一页 and 后一页 of a list."""
    return {"next_url": next_url, "previous_url": previous_url, "words": words}


@register.inclusion_tag("faces/parts/empty.html")
def empty(title: str, how: str, url: str = "", link: str = "", icon: str = "files") -> dict[str, Any]:
    """An empty list: what will appear here and how to make it."""
    return {"title": title, "how": how, "url": url, "link": link, "icon": icon}


@register.inclusion_tag("faces/parts/stat.html")
def stat(amount: int | str | None, name: str, url: str = "", tone: str = "") -> dict[str, Any]:
    """A number that leads to its list; stands in <ul class="figures-row">."""
    shown = number(amount) if isinstance(amount, int) or amount is None else amount
    return {"amount": shown, "name": name, "url": url, "tone": tone}


@register.inclusion_tag("faces/parts/bars.html")
def bars(items: Iterable[Any]) -> dict[str, Any]:
    """A list drawn as bars, the longest full: `parts.Bar` or the like."""
    listed = list(items)
    most = max((item.value for item in listed), default=0) or 1
    return {"bars": [(item, f"{item.value * 100 / most:.1f}%") for item in listed]}


@register.simple_block_tag
def notice(content: str, tone: str = "", title: str = "") -> SafeString:
    """A word aside: tone is "", good, warn or bad."""
    head = format_html("<h2>{}</h2>", title) if title else ""
    return format_html(
        '<div class="notice {}">{}<div>{}{}</div></div>',
        tone,
        icon(NOTICE_ICONS.get(tone, "info")),
        head,
        content,
    )


@register.simple_block_tag
def panel(content: str, title: str = "", extra: str = "", end: str = "") -> SafeString:
    """A sheet of paper with a heading; `extra` are classes (tight, flush), `end` a word at the right."""
    aside = format_html('<span class="end muted">{}</span>', end) if end else ""
    head = format_html('<div class="panel-head"><h2>{}</h2>{}</div>', title, aside) if title else ""
    return format_html('<section class="panel {}">{}{}</section>', extra, head, content)


@register.simple_block_tag
def done(content: str, title: str, reference: str = "", name: str = "办件编号") -> SafeString:
    """The end of a flow: what was done, its number, and what comes next in the content."""
    number_line = (
        format_html('<p>{}<br><span class="reference">{}</span></p>', name, reference) if reference else ""
    )
    return format_html(
        '<div class="done-panel">{}<h1>{}</h1>{}{}</div>', icon("done"), title, number_line, content
    )
