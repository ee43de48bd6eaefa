"""Items and packages as a file: .xlsx and .csv in sheets, .json and .yaml as documents. The same content is the same
file, byte by byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

import yaml

from onedoor.core.refusals import Refused

from .layout import Kind
from .tables import Document, Filled, explained, filled
from .xlsx import Page, Ruled, write_workbook

#: Stands before the title of a sheet in a .csv file, which has one sheet only.
TITLE_OPENS, TITLE_ENDS = "【", "】"
#: The sheet that tells what the columns are for; never read.
EXPLANATION = "说明"
KINDS = ("xlsx", "csv", "json", "yaml")

Documents = Sequence[Document]


def write_documents(kind: str, items: Documents, packages: Documents, target: IO[bytes]) -> None:
    """Write items and packages in the form that one of KINDS names. Raises Refused("unknown_file_kind")."""
    writer = _WRITERS.get(kind)
    if writer is None:
        raise Refused("unknown_file_kind", "只能导出为 .xlsx、.csv、.json 或 .yaml，请改文件名的后缀后再试。")
    writer(items, packages, target)


def write_template(target: IO[bytes]) -> None:
    """Write a workbook with every sheet and nothing in it, to be filled in."""
    _workbook((), (), target)


def _workbook(items: Documents, packages: Documents, target: IO[bytes]) -> None:
    write_workbook(_pages(items, packages), target)


def _pages(items: Documents, packages: Documents) -> Iterator[Page]:
    for each in filled(items, packages):
        ruled = [
            Ruled(
                column.width,
                tuple(dict.fromkeys(column.words.values()))
                if column.kind is Kind.CHOICE
                else ("是", "否")
                if column.kind is Kind.FLAG
                else (),
                column.kind is Kind.NUMBER,
            )
            for column in each.columns
        ]
        yield Page(each.sheet.title, ruled, _with_headings(each))
    widths = (12, 20, 8, 44, 44, 40)
    yield Page(EXPLANATION, [Ruled(width) for width in widths], explained())


def _with_headings(each: Filled) -> Iterator[list[str]]:
    yield [column.heading for column in each.columns]
    yield from each.rows


def _csv(items: Documents, packages: Documents, target: IO[bytes]) -> None:
    """The sheets one below the other, each under its title; empty ones are left out."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    for each in filled(items, packages):
        rows = iter(each.rows)
        first = next(rows, None)
        if first is None and each.sheet.at:
            continue
        writer.writerow([f"{TITLE_OPENS}{each.sheet.title}{TITLE_ENDS}"])
        writer.writerow([column.heading for column in each.columns])
        if first is not None:
            writer.writerow(first)
        writer.writerows(rows)
    text.flush()
    text.detach()


def _json(items: Documents, packages: Documents, target: IO[bytes]) -> None:
    """One object; a line an item or package, so that two files can be compared line by line."""
    parts = {"items": items, "packages": packages}
    blocks = [f'"{key}": [\n' + ",\n".join(map(_line, listed)) + "\n]" for key, listed in parts.items()]
    target.write(("{\n" + ",\n".join(blocks) + "\n}\n").encode())


def _line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


def _yaml(items: Documents, packages: Documents, target: IO[bytes]) -> None:
    yaml.dump(
        {"items": list(items), "packages": list(packages)},
        target,
        Dumper=yaml.CSafeDumper,
        encoding="utf-8",
        allow_unicode=True,
        sort_keys=False,
        width=1_000,
    )


_WRITERS: dict[str, Callable[[Documents, Documents, IO[bytes]], None]] = {
    "xlsx": _workbook,
    "csv": _csv,
    "json": _json,
    "yaml": _yaml,
}
