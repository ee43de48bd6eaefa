"""The logs say what happened without saying to whom: no number, no name, no address, nothing that was typed."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from onedoor.core.identifiers import is_valid_id_number, is_valid_mobile
from onedoor.domain.catalog import queries as catalog
from onedoor.site.logs import BoundedFile, JsonLines, PlainLines, line_of, struck_out, tail
from tests.county import County
from tests.faces.desk import at_desk, filed
from tests.faces.portal import Citizen
from tests.security import test_malformed as malformed
from tests.security.malformed import Known
from tests.security.test_malformed import known  # noqa: F401  a fixture

ID, PHONE, NAME = "110101199003074610", "13812345678", "欧阳不凡"
_LIKE_A_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])")


def personal(text: str) -> list[str]:
    """Identity and mobile numbers in a text, judged by check digit, and the name that these tests type."""
    found = [n for n in _LIKE_A_NUMBER.findall(text) if is_valid_id_number(n.upper()) or is_valid_mobile(n)]
    return found + [NAME] * text.count(NAME)


class Written:
    """What the processes' handlers would write, with our form and, as a control, with the library's."""

    def __init__(self) -> None:
        self.ours, self.plain, self.control = io.StringIO(), io.StringIO(), io.StringIO()
        forms = (
            (self.ours, JsonLines()),
            (self.plain, PlainLines()),
            (self.control, logging.Formatter("%(message)s")),
        )
        self.handlers = [logging.StreamHandler(stream) for stream, _ in forms]
        for handler, (_, form) in zip(self.handlers, forms, strict=True):
            handler.setFormatter(form)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.ours.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    found, requests = Written(), logging.getLogger("onedoor.request")
    former = requests.level
    requests.setLevel(logging.INFO)
    for handler in found.handlers:
        logging.getLogger().addHandler(handler)
    yield found
    for handler in found.handlers:
        logging.getLogger().removeHandler(handler)
    requests.setLevel(former)


def test_numbers_are_struck_out_by_their_check_digit() -> None:
    assert is_valid_id_number(ID)
    assert struck_out(f"a{ID}b {PHONE}") == "a[证件号码]b [手机号码]"
    assert struck_out("110101199003074611 2026112200010000123 12812345678") == (
        "110101199003074611 2026112200010000123 12812345678"
    )


def test_a_line_says_the_pattern_of_the_route_and_who_asked(county_db: County, written: Written) -> None:
    number = filed().number
    answer = at_desk("chuangkou").get(f"/desk/cases/{number}?q={ID}")
    (line,) = written.lines
    assert line["route"] == "desk/cases/<str:number>"
    assert line["status"] == answer.status_code == 200
    assert line["request"] == answer["X-Request-Id"]
    assert isinstance(line["user"], int)
    assert number not in written.ours.getvalue()


def test_nothing_that_was_typed_is_written(
    county_db: County, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError(f"invalid literal: {ID} {PHONE} {NAME}")

    browser = Client(raise_request_exception=False)
    browser.get(f"/nowhere/{ID}?phone={PHONE}")
    browser.post("/login", {"phone": PHONE, "name": NAME})
    browser.get(f"/api/v1/cases/{ID}", headers={"X-Query-Code": PHONE})
    Citizen().sign_in()
    monkeypatch.setattr(catalog, "seek", fails)
    monkeypatch.setattr(catalog, "listing", fails)
    assert browser.get(f"/services?q={ID}").status_code == 500
    assert browser.get(f"/api/v1/services?q={PHONE}").status_code == 500
    logging.getLogger("onedoor.worker").error("failed for %s", ID)
    logging.getLogger("library").error("failed for %s", NAME)
    assert len(written.lines) >= 9
    assert personal(written.ours.getvalue()) == []
    assert personal(written.plain.getvalue()) == []
    assert "phone=" not in written.ours.getvalue()
    # Without our form all of it would have been written.
    assert {ID, PHONE, NAME} <= set(personal(written.control.getvalue()))


def test_a_fault_is_told_by_kind_and_place(
    county_db: County, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError(NAME)

    monkeypatch.setattr(catalog, "seek", fails)
    Client(raise_request_exception=False).get("/services")
    (fault,) = [line["fault"] for line in written.lines if "fault" in line]
    assert isinstance(fault, dict)
    assert fault["kind"] == "KeyError"
    assert "words" not in fault
    assert any("onedoor/faces/portal/searching.py" in frame for frame in fault["frames"])


@pytest.mark.nightly
def test_nothing_of_a_flood_of_malformed_requests_is_written(
    known: Known,  # noqa: F811
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(malformed, "EACH", 6)
    sent = malformed._send(known)
    assert sent.statuses.total() > 500
    assert len(written.lines) >= sent.statuses.total() * 0.9
    assert personal(written.ours.getvalue()) == []


WRITER = """
import logging, sys
from onedoor.site.logs import BoundedFile, JsonLines
handler = BoundedFile(sys.argv[1], size=40_000, former=3)
handler.setFormatter(JsonLines())
for n in range(400):
    handler.emit(logging.LogRecord("onedoor.x", 20, "", 0, "line %s %d " + "x" * 100, (sys.argv[2], n), None))
"""


def test_files_of_several_writers_stay_whole_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "web.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=Path(__file__).parents[2])
        for name in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    files = [file for file in tmp_path.iterdir() if ".jsonl" in file.name]
    assert {file.name for file in files} <= {"web.jsonl", "web.jsonl.1", "web.jsonl.2", "web.jsonl.3"}
    assert len(files) == 4
    # Writers look at the size now and then: each may add some lines to a file that is full.
    assert all(file.stat().st_size < 100_000 for file in files)
    for file in files:
        assert all(json.loads(line)["text"].startswith("line") for line in file.read_text().splitlines())


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    handler = BoundedFile(str(tmp_path / "web.jsonl"))
    handler.setFormatter(JsonLines())
    handler.stream.close()
    handler.emit(logging.LogRecord("onedoor.x", 40, "", 0, "one", (), None))


def test_the_end_of_a_log_is_read_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "worker.jsonl"
    base = {"at": "2026-11-22T15:04:05.000+08:00", "source": "onedoor.worker", "pid": 1}
    lines = [base | {"level": level, "text": f"{level} here"} for level in ("info", "error", "info")]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\ntorn {")
    assert tail(path, 5, level="error") == ["2026-11-22 15:04:05 错误 onedoor.worker error here"]
    assert len(tail(path, 2)) == 2
    assert tail(tmp_path / "none", 5) == []
    assert "KeyError" in line_of(lines[1] | {"fault": {"kind": "KeyError", "frames": ["a.py:1 f"]}})
