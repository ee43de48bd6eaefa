"""The documents say what is so: names in them exist, links lead somewhere, generated pages are current."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from onedoor.domain.cases.engine.lifecycle import LIFECYCLE
from onedoor.domain.cases.engine.terms import Stage
from onedoor.domain.catalog.packages.rules import examine_package
from onedoor.domain.catalog.rules import examine, parse_content
from onedoor.domain.catalog.terms import CaseKind, StepKind
from onedoor.domain.offices.terms import ROLE_NAMES, Role
from onedoor.domain.papers.terms import PaperKind
from onedoor.site.cli import COMMANDS
from onedoor.site.demo.loader import demo_items
from onedoor.site.environment import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
WORDS = ROOT / "docs" / "words.md"

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?<![\w/])(?:\.venv/bin/)?onedoor (?P<command>[a-z]+)(?P<rest>(?: [a-z]+)*)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_DIAGRAM = re.compile(r"```(?:json|yaml|mermaid).*?```", re.DOTALL)


def generator() -> ModuleType:
    """`scripts/generate-docs.py`, whose name no import statement can say."""
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate-docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands(text: str) -> set[str]:
    """The first words after `onedoor` in the code of a page."""
    code = "\n".join(_CODE.findall(_DIAGRAM.sub("", text)))
    return {found["command"] for found in _COMMAND.finditer(code)}


def targets(page: Path, text: str) -> Iterator[tuple[str, Path]]:
    """The relative links of a page with the files that they mean."""
    for link in _LINK.findall(_CODE.sub("", text)):
        path = link.partition("#")[0]
        if path and not re.match(r"[a-z]+:", path):
            yield link, (page.parent / path).resolve()


def dead(page: Path, text: str) -> list[str]:
    """The relative links of a page that lead nowhere."""
    return [link for link, target in targets(page, text) if not target.exists()]


def section(heading: str) -> str:
    """The part of words.md whose heading names `heading`."""
    parts = re.split(r"^#+ ", WORDS.read_text("utf-8"), flags=re.MULTILINE)
    found = [part for part in parts if heading in part.partition("\n")[0]]
    assert len(found) == 1, f"words.md has {len(found)} sections for {heading}"
    return found[0]


def words_of(table: str) -> set[str]:
    """The English words of a table: the codes in its second column."""
    rows = (line.split("|") for line in table.splitlines() if line.startswith("|"))
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row[2])}


def places_of(text: str) -> set[str]:
    """The places in code that the tables of words.md name in their third column."""
    rows = (line.split("|") for line in text.splitlines() if line.startswith("|"))
    return {place for row in rows for place in re.findall(r"`([a-z][\w.]+)`", row[3])}


def resolves(place: str) -> bool:
    """Whether a place such as `cases.terms.Applicant` is a module, or something in one."""
    rooted = place if place.startswith(("core.", "plumbing.")) else f"domain.{place}"
    parts = f"onedoor.{rooted}".split(".")
    for end in range(len(parts), 1, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def test_the_generated_pages_are_current() -> None:
    made = generator().pages()
    assert {path.stem for path in made} >= {"lifecycle", "commands", "settings", "roles"}
    old = [path.name for path, text in made.items() if path.read_text("utf-8") != text]
    assert old == [], "run scripts/generate-docs.py"


def test_every_variable_that_is_read_is_told() -> None:
    sources = [*ROOT.glob("onedoor/**/*.py"), *ROOT.glob("scripts/*.sh")]
    read = re.compile(
        r"""(?:environ|get|getenv)\W+["'](ONEDOOR_[A-Z_]+)|_VARIABLE\b.*= "(ONEDOOR_[A-Z_]+)"""
        r"""|\$\{?(ONEDOOR_[A-Z_]+)"""
    )
    found = {
        name for path in sources for names in read.findall(path.read_text("utf-8")) for name in names if name
    }
    assert len(found) > 12
    assert found == {variable.name for variable in VARIABLES}


def test_the_lifecycle_page_names_every_verb_stage_and_fact() -> None:
    made = generator()
    text = made.page()
    missing = [verb.code for verb in LIFECYCLE.values() if f"### {verb.name} `{verb.code}`" not in text]
    missing += [stage.value for stage in Stage if f"| `{stage.value}` |" not in text]
    missing += [kind.value for kind in made.Kind if f"`{kind.value}`" not in text]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    assert commands(page.read_text("utf-8")) <= COMMANDS.keys()


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_readme_names_every_command(name: str) -> None:
    assert commands((ROOT / name).read_text("utf-8")) == COMMANDS.keys()


def test_a_command_that_is_none_is_found() -> None:
    assert commands("run `onedoor fly`, then `.venv/bin/onedoor due --help`") - COMMANDS.keys() == {"fly"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = "\n".join(_CODE.findall(page.read_text("utf-8")))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    assert not dead(page, page.read_text("utf-8"))


def test_a_dead_link_is_found() -> None:
    assert dead(README, "[one](docs/nowhere.md) [two](README.en.md#top) [three](https://example.org/x)") == [
        "docs/nowhere.md"
    ]


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        found = (target for _, target in targets(page, page.read_text("utf-8")))
        waiting += [target for target in found if target.suffix == ".md"]
    assert not set(PAGES) - reached


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_environment_variable_is_read_somewhere(page: Path) -> None:
    named = set(re.findall(r"\bONEDOOR_[A-Z_]+", page.read_text("utf-8")))
    sources = [
        *(path for folder in ("onedoor", "tests") for path in ROOT.glob(f"{folder}/**/*.py")),
        *ROOT.glob("scripts/*.sh"),
        ROOT / "Makefile",
    ]
    text = "\n".join(source.read_text("utf-8") for source in sources) if named else ""
    assert {name for name in named if name not in text} == set()


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("offices.terms.Role", Role),
        ("cases.engine.terms.Stage", Stage),
        ("catalog.terms.StepKind", StepKind),
        ("catalog.terms.CaseKind", CaseKind),
        ("papers.terms.PaperKind", PaperKind),
    ],
)
def test_every_word_has_its_line(heading: str, words: type[StrEnum]) -> None:
    missing = {word.value for word in words} - words_of(section(heading))
    assert not missing


def test_every_place_of_a_word_exists() -> None:
    places = places_of(WORDS.read_text("utf-8"))
    assert len(places) > 50
    assert sorted(place for place in places if not resolves(place)) == []


def test_a_place_that_is_none_is_found() -> None:
    assert not resolves("cases.terms.Nobody")
    assert not resolves("nowhere.terms")


def test_every_verb_has_its_line() -> None:
    assert LIFECYCLE.keys() <= words_of(section("cases.engine.lifecycle.LIFECYCLE"))


def test_every_picture_is_shown_and_none_is_empty() -> None:
    kept = set((ROOT / "docs" / "images").glob("*"))
    shown = {goal for page in PAGES for _, goal in targets(page, page.read_text("utf-8"))}
    assert kept <= shown, "no document shows these"
    assert [picture.name for picture in kept if picture.stat().st_size < 5_000] == [], "run make pictures"


@pytest.mark.parametrize("role", list(Role))
def test_roles_are_called_as_pages_call_them(role: Role) -> None:
    assert f"| {ROLE_NAMES[role]} | `{role.value}` |" in section("offices.terms.Role")


def test_the_item_of_the_import_page_can_be_published() -> None:
    text = (ROOT / "docs" / "how-to" / "import-catalogue.md").read_text("utf-8")
    example, details = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    for document in (example, {**example, **details}):
        assert examine(document)[1] == ()


def test_the_package_of_its_page_can_be_published() -> None:
    text = (ROOT / "docs" / "how-to" / "packages.md").read_text("utf-8")
    whole, bare_list = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    items = {item["code"]: parse_content(item) for item in demo_items()}
    _, problems = examine_package(yaml.safe_load(whole), items)
    assert problems == ()
    listed = yaml.safe_load(bare_list)
    assert set(listed["mapping"].values()) <= set(items)


def test_the_examples_of_due_dates_are_right() -> None:
    from datetime import date

    from onedoor.core.calendar import seed_calendar
    from onedoor.core.due import Limit, Pause, Unit, due

    text = (ROOT / "docs" / "explanation" / "deadlines.md").read_text("utf-8")
    rows = re.findall(r"^\| (2026-\d\d-\d\d)(.*?)\| (\d+) 个工作日 \| (2026-\d\d-\d\d)", text, re.MULTILINE)
    assert len(rows) == 4
    for accepted, remark, amount, wanted in rows:
        start = date.fromisoformat(accepted)
        pauses = [Pause(date(2026, 9, 21), date(2026, 9, 23))] if "暂停" in remark else []
        limit = Limit(int(amount), Unit.WORKING_DAY)
        answer = due(start, limit=limit, calendar=seed_calendar(), pauses=pauses)
        assert answer.date == date.fromisoformat(wanted)
