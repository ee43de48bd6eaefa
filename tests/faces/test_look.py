"""The look keeps its promises: contrast, one token file, nothing inline, every template compiles."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from onedoor.core.calendar import seed_calendar
from onedoor.core.due import ExplainedDay, Limit, Unit, explain
from onedoor.core.refusals import Problem
from onedoor.domain.catalog.terms import Field, Option
from onedoor.faces import controls, modes, parts, wording
from onedoor.faces.casework import days_over
from onedoor.faces.clockface import clockface

FACES = Path(__file__).resolve().parents[2] / "onedoor" / "faces"
LOOK = FACES / "static" / "look"
SHEETS = sorted(LOOK.glob("*.css"))
TEMPLATES = sorted(FACES.rglob("templates/**/*.html"))

#: Words on grounds, as the sheets use them.
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "mist")),
    *((ink, "door-tint") for ink in ("ink", "ink-2")),
    *((ink, ground) for ink in ("door", "door-deep") for ground in ("paper", "mist", "door-tint")),
    *((ink, ground) for ink in ("seal", "jade", "amber") for ground in ("paper", "mist", f"{ink}-tint")),
    *((ink, "door-tint") for ink in ("seal", "jade", "amber")),
    ("on-door", "door"),
    ("on-door", "door-deep"),
    ("on-seal", "seal"),
    ("on-bar", "bar"),
]
THEMES = {"plain": ":root", "elder": '[data-mode="elder"]', "screen": '[data-mode="screen"]'}
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")


def plain_css(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def theme(name: str) -> dict[str, str]:
    """The tokens of a theme as a browser would see them."""
    css = plain_css((LOOK / "tokens.css").read_text())
    css = css[: css.index("@media print")]
    tokens: dict[str, str] = {}
    for wanted in dict.fromkeys((THEMES["plain"], THEMES[name])):
        for selectors, body in RULE.findall(css):
            if wanted in (part.strip() for part in selectors.split(",")):
                for token, value in TOKEN.findall(body):
                    tokens.setdefault(token, value) if wanted == ":root" else tokens.update({token: value})
    return tokens


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance of #rrggbb."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("name", "least"), [("plain", 4.5), ("elder", 7.0), ("screen", 4.5)])
def test_words_stand_out(name: str, least: float) -> None:
    tokens = theme(name)
    faint = {
        pair: round(found, 2)
        for pair in PAIRS
        if (found := contrast(tokens[pair[0]], tokens[pair[1]])) < least
    }
    assert not faint


@pytest.mark.parametrize("name", list(THEMES))
def test_edges_of_fields_are_seen(name: str) -> None:
    tokens = theme(name)
    assert min(contrast(tokens["edge"], tokens[ground]) for ground in ("paper", "mist")) >= 3


def test_every_theme_has_its_own_colours() -> None:
    plain = theme("plain")
    colours = {token for token, value in plain.items() if value.startswith("#")}
    for name in ("elder", "screen"):
        selector = re.escape(THEMES[name])
        body = re.search(rf"{selector},[^{{]*\{{([^}}]*)\}}", plain_css((LOOK / "tokens.css").read_text()))
        assert body is not None
        assert colours <= {token for token, _ in TOKEN.findall(body[1])}


def test_elder_sizes() -> None:
    tokens = theme("elder")
    assert tokens["text"] == "1.375rem"  # 22 px
    assert tokens["target"] == "3.75rem"  # 60 px


COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\(|:[^;]*\b(?:white|black|red|blue|green|gr[ae]y|orange|yellow)\b(?!-)"
)
#: Newer than Chromium 86, so layout must not lean on them.
TOO_NEW = re.compile(
    r":has\(|:is\(|:where\(|@container|@layer|oklch|color-mix|\binset:|aspect-ratio|\b[dsl]vh\b|&"
)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_colours_only_in_tokens(sheet: Path) -> None:
    css = plain_css(sheet.read_text())
    if sheet.name != "tokens.css":
        assert not COLOUR.findall(css)
    assert not TOO_NEW.findall(css)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_token_used_exists(sheet: Path) -> None:
    used = set(re.findall(r"var\(--(?!bs-)([\w-]+)", sheet.read_text()))
    assert used <= set(theme("plain"))


def test_nothing_moves_for_those_who_ask() -> None:
    assert "prefers-reduced-motion: reduce" in (LOOK / "type.css").read_text()
    outside = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]|\{[^{}]*\})*\}", "",
                     "".join(plain_css(sheet.read_text()) for sheet in SHEETS))  # fmt: skip
    assert re.findall(r"animation:(?! none)", outside) == []


INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=|<script(?![^>]*\ssrc=)|javascript:|hx-on|hx-vals='js|https?://(?!www\.w3\.org)",
    re.IGNORECASE,
)


def test_inline_code_is_recognised() -> None:
    for fault in ('<p style="x">', "<script>1</script>", '<a onclick="x">', '<img src="http://a/b">'):
        assert INLINE.search(fault)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(FACES).as_posix())
def test_templates_compile_and_hold_nothing_inline(path: Path) -> None:
    text = path.read_text()
    engines["django"].from_string(text)
    assert INLINE.findall(text) == []


def test_icons_named_in_templates_exist() -> None:
    drawn = set(re.findall(r'id="([\w-]+)"', (LOOK / "icons.svg").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    assert named <= drawn


def render(source: str, cookies: dict[str, str] | None = None, **context: object) -> str:
    request = RequestFactory().get("/services?q=1", headers={"referer": "http://testserver/"})
    request.COOKIES.update(cookies or {})
    return engines["django"].from_string("{% load look %}" + source).render(context, request)


@pytest.mark.parametrize("status", ["green", "yellow", "red", "paused", "done"])
def test_a_lamp_is_a_shape_and_a_word(status: str) -> None:
    drawn = render("{% lamp status %}", status=status)
    assert "#lamp-" in drawn
    assert re.search(r"</svg>[一-鿿]+</span>", drawn)


class Person(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致", error_messages={"required": "请填写姓名"})
    kind = forms.ChoiceField(label="类型", choices=[("p", "个人"), ("o", "企业")], widget=forms.RadioSelect)


def test_a_fault_is_told_twice_in_the_same_words() -> None:
    form = Person({"kind": "p"})
    page = render("{% error_summary form %}{% for f in form %}{% field f %}{% endfor %}", form=form)
    assert page.count("请填写姓名") == 2
    assert 'href="#id_name"' in page
    assert 'aria-describedby="id_name-hint id_name-fault"' in page
    assert 'id="id_kind"' in page
    assert not re.search(r"\srequired[\s>]", page)


def test_a_problem_leads_to_its_field() -> None:
    problems = (Problem("/answers/shop_name", "required", "请填写经营者名称。"),)
    assert '<a href="#id_shop_name">请填写经营者名称。</a>' in render("{% error_summary p %}", p=problems)


def test_what_people_wrote_is_escaped() -> None:
    entry = parts.Entry("<b>补正</b>", datetime(2026, 9, 29, 7, 2, tzinfo=UTC), who="<i>")
    page = render("{% timeline e %}{% tag t %}{% notice %}{{ t }}{% endnotice %}", e=[entry], t="<u>")
    assert not re.search(r"<[biu]>", page)
    assert "2026年9月29日（周二）15:02" in page


def test_a_catalogue_field_is_drawn_with_its_answer() -> None:
    asked = Field(
        "cold", "food.cold", "是否制售冷食", "choice", options=(Option("yes", "是"), Option("no", "否"))
    )
    page = render("{% field c %}", c=controls.control_of(asked, "no", fault="请选择"))
    assert re.search(r'value="no" checked', page)
    assert "faulty" in page


def explained(today: date) -> list[ExplainedDay]:
    limit = Limit(5, Unit.WORKING_DAY)
    return list(explain(date(2026, 9, 30), limit=limit, calendar=seed_calendar()))


def test_the_day_bar_counts_as_the_law_does() -> None:
    days = explained(date(2026, 10, 9))
    face = clockface(days, date(2026, 10, 9))
    assert (face.counted, face.left) == (2, 3)
    assert face.standing == "还剩 3 个工作日"
    assert clockface(days, days[-1].date).standing == "今天到期"
    assert clockface(days, days[-1].date + timedelta(days=1)).standing == "期限已满"


def test_the_day_bar_is_told_in_a_table() -> None:
    page = render("{% day_bar days today %}", days=explained(date(2026, 10, 9)), today=date(2026, 10, 9))
    assert page.count('<th scope="row">') == 13
    assert 'role="img" aria-label="期限：已计 2 个工作日，还剩 3 个工作日"' in page


def test_words_of_dates_limits_and_masks() -> None:
    assert wording.date_zh("2026-10-13") == "2026年10月13日（周二）"
    assert [wording.left_zh(n) for n in (3, 0, -2, None)] == [
        "还有 3 个工作日",
        "今天到期",
        "已超期 2 个工作日",
        "暂停计时",
    ]
    assert wording.MASKS["id"]("220802199001011234") == "2208**********1234"


def test_the_mode_is_remembered_and_leads_back() -> None:
    answer = modes.set_mode(
        RequestFactory().post("/settings/mode", {"mode": "elder", "next": "/services?q=1"})
    )
    assert (answer.status_code, answer["Location"]) == (302, "/services?q=1")
    assert answer.cookies["mode"].value == "elder"
    assert render("{% mode %}", {"mode": "elder"}) == "elder"
    assert render("{% mode %}", {"mode": '"><script>'}) == "plain"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_the_mode_never_leads_elsewhere(target: str) -> None:
    answer = modes.set_mode(RequestFactory().post("/settings/mode", {"mode": "elder", "next": target}))
    assert answer["Location"] == "/"


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 429, 500, 503, 507])
def test_error_pages_stand_alone(code: int) -> None:
    page = engines["django"].get_template(f"{code}.html").render({})
    assert f"页面代码：{code}" in page
    assert 'lang="zh-CN"' in page


def test_doors_open_only_for_those_who_come_from_outside() -> None:
    inside = render("{% door_search %}")
    outside = engines["django"].from_string("{% load look %}{% door_search %}")
    assert "opening" not in inside
    assert "opening" in outside.render({}, RequestFactory().get("/"))


def test_current_place_is_marked() -> None:
    assert "aria-current" in render('{% nav_link "/services" "办事" %}')
    assert "aria-current" not in render('{% nav_link "/" "首页" exact=True %}')


def test_a_delay_counts_what_the_limit_counts() -> None:
    calendar, due = seed_calendar(), date(2026, 9, 29)
    assert [each.status for each in days_over(due, date(2026, 10, 9), calendar)] == ["over"] + [
        "holiday"
    ] * 7 + ["over"] * 2
    saturday, sunday = date(2026, 11, 21), date(2026, 11, 22)
    late = days_over(date(2026, 11, 20), sunday, calendar)
    assert [(each.date, each.status) for each in late] == [(saturday, "weekend"), (sunday, "over")]
    assert clockface(late, sunday).standing == "已超期 1 个工作日"
    assert [each.status for each in days_over(due, date(2026, 10, 2), calendar, "calendar")] == ["over"] * 3
