"""The questions of forms and their options, a row each, put back where they stand in the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .owners import Headed, Owner


def place_fields(owner: Owner, headed: Headed | None, title: str) -> None:
    """Pages, questions and the questions of groups, in the order of their rows."""
    if headed is None or not owner.asked:
        return
    sections: list[dict[str, Any]] = []
    for line, entry in owner.asked:
        page = _page(owner, sections, entry.pop("section", ""), entry.pop("title", ""), headed, line)
        at, fields = f"/sections/{sections.index(page)}/fields", page["fields"]
        group = entry.pop("group", "")
        if not entry:
            continue
        if group:
            index = next((n for n, field in enumerate(fields) if field.get("code") == group), None)
            if index is None:
                detail = f"前面没有代码为“{group[:40]}”的填写组，请改正，或把填写组移到前面。"
                owner.problems.append(headed.problem(_place(headed, "group"), line, "unknown_group", detail))
                continue
            at, fields = f"{at}/{index}/fields", fields[index].setdefault("fields", [])
        owner.places[f"{at}/{len(fields)}"] = (title, line)
        fields.append(entry)
    owner.document["sections"] = sections


def _page(
    owner: Owner, sections: list[dict[str, Any]], code: str, title: str, headed: Headed, line: int
) -> dict[str, Any]:
    """The page of a code: the last one with it, or a new one."""
    if sections and sections[-1]["code"] == code:
        if title and title != sections[-1]["title"]:
            detail = f"分组“{code}”在前面的行叫“{sections[-1]['title']}”，请统一。"
            owner.problems.append(headed.problem(_place(headed, "title"), line, "title_differs", detail))
        return sections[-1]
    if any(section["code"] == code for section in sections):
        detail = f"分组“{code}”的问题要连在一起，请把这一行移到同一分组的后面。"
        owner.problems.append(headed.problem(_place(headed, "section"), line, "section_scattered", detail))
        return next(section for section in sections if section["code"] == code)
    section: dict[str, Any] = {"code": code, "title": title, "fields": []}
    owner.places[f"/sections/{len(sections)}"] = (headed.title, line)
    sections.append(section)
    return section


def place_options(owner: Owner, headed: Headed | None, title: str) -> None:
    """The options of every question that has some."""
    if headed is None or not owner.offered:
        return
    asked = dict(_asked(owner.document))
    for line, entry in owner.offered:
        code = entry.pop("field", "")
        if code not in asked:
            detail = f"没有代码为“{code[:40]}”的问题，请改正，或删去这一行。"
            owner.problems.append(headed.problem(_place(headed, "field"), line, "unknown_field", detail))
            continue
        pointer, field = asked[code]
        options = field.setdefault("options", [])
        owner.places[f"{pointer}/options/{len(options)}"] = (title, line)
        options.append(entry)


def _asked(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    """Every question by its code, with its pointer."""
    for page, section in enumerate(document.get("sections", ())):
        for index, field in enumerate(section["fields"]):
            pointer = f"/sections/{page}/fields/{index}"
            yield field.get("code", ""), (pointer, field)
            for inner, row in enumerate(field.get("fields", ())):
                yield row.get("code", ""), (f"{pointer}/fields/{inner}", row)
    for index, question in enumerate(document.get("questions", ())):
        yield question.get("code", ""), (f"/questions/{index}", question)


def _place(headed: Headed, path: str) -> int:
    return next((place for place, column in headed.columns.items() if column.path == path), 0)
