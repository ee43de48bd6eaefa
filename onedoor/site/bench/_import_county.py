"""The workbooks for `onedoor bench import`, and the measurement itself.

Run as a program in the environment of a temporary installation; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

Document = dict[str, Any]


def multiplied(originals: Sequence[Document], wanted: int, turn: int) -> list[Document]:
    """So many items, each a copy of an original with a code and a name of its own in this round."""
    copies = (
        {**one, "code": f"R{turn}-{n}-{one['code']}"[:64], "name": f"{one['name']}（第{turn}轮{n}）"}
        for n in count(1)
        for one in originals
    )
    return list(islice(copies, wanted))


def measured(wanted: int, rounds: int) -> dict[str, Any]:
    """Import and read in turn, and sum up."""
    from onedoor.domain.catalog.exporting import catalogue
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    assert tenant is not None
    exported = BytesIO()
    catalogue.export_catalogue(tenant.id, "json", datetime.now(UTC), exported)
    originals = [each for each in json.loads(exported.getvalue())["items"] if each.get("ready", True)]
    taken, used, spared = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.xlsx"
        for turn in range(1, rounds + 1):
            documents = multiplied(originals, wanted, turn)
            _write(path, documents)
            before = _reference(path, documents)
            seconds, cpu = _import(tenant.id, path, wanted)
            taken.append(seconds)
            used.append(cpu)
            spared.append((before + _reference(path, documents)) / 2)
        size = path.stat().st_size
    return {
        "items": wanted,
        "seconds": round(median(taken), 2),
        "cpu_seconds": round(median(used), 2),
        "reference_seconds": round(median(spared), 2),
        "workbook_mb": round(size / 1e6, 1),
        "document_mb": round(sum(len(_line(document)) for document in documents) / 1e6, 1),
        "rounds": rounds,
    }


def _write(path: Path, documents: Sequence[Document]) -> None:
    from onedoor.domain.catalog.exporting import catalogue

    with path.open("wb") as file:
        catalogue.write_documents("xlsx", documents, (), file)


def _import(tenant_id: int, path: Path, wanted: int) -> tuple[float, float]:
    """Seconds and processor seconds of one import."""
    from onedoor.domain.catalog import actions
    from onedoor.domain.catalog.terms import Outcome

    begun, cpu = perf_counter(), process_time()
    report = actions.import_file(
        tenant_id=tenant_id, path=path, principal="command:bench", at=datetime.now(UTC)
    )
    taken = perf_counter() - begun, process_time() - cpu
    if report.count(Outcome.ADDED) != wanted:
        raise AssertionError("the import has not taken every item")
    return taken


def _reference(path: Path, documents: Sequence[Document]) -> float:
    """Seconds for reading every cell and storing every document, without any rule."""
    from django.db import connection, transaction
    from openpyxl import load_workbook

    lines = [_line(document) for document in documents]
    begun = perf_counter()
    book = load_workbook(path, read_only=True)
    cells = sum(
        value is not None
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for value in row
    )
    book.close()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_import (content jsonb) ON COMMIT DROP")
        with cursor.copy("COPY bench_import (content) FROM STDIN") as copy:
            for line in lines:
                copy.write_row((line,))
    taken = perf_counter() - begun
    assert cells > len(documents)
    return taken


def _line(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
