"""The editor fetches the catalogue, has a file checked row by row, and takes it over whole or not at all."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices.models import RoleGrant
from onedoor.faces.desk import exchange, exchange_files
from onedoor.plumbing.home import Home
from tests.catalog.samples import food
from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import text_of

pytestmark = pytest.mark.usefixtures("county_db")
PAGE = exchange.PAGE


@pytest.fixture
def editor() -> Client:
    """An editor in a county where no file waits."""
    shutil.rmtree(Home.current().state / "imports", ignore_errors=True)
    return at_desk("shixiang")


def upload(content: object, name: str = "a.json") -> dict[str, SimpleUploadedFile]:
    data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return {"file": SimpleUploadedFile(name, data)}


def handle_of(text: str) -> str:
    found = re.search(r'name="handle" value="([0-9a-f]{32}\.\w+)"', text)
    assert found, text
    return found[1]


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def in_force(county: County, code: str) -> object:
    return catalog.in_force(county.tenant_id, code, datetime.now(UTC))


def handed_on(editor: Client, *codes: str) -> str:
    """A file that was checked and waits for another editor."""
    answer = editor.post(PAGE, upload([food(code=code) for code in codes]))
    handle = handle_of(text_of(answer))
    assert editor.post(f"{PAGE}/hand-on", {"handle": handle, "name": "a.json"}).status_code == 302
    return handle


def test_a_file_is_checked_by_one_editor_and_taken_over_by_another(editor: Client, county_db: County) -> None:
    answer = editor.post(PAGE, upload([food(code="NEW-1"), food(code="NEW-2")]))
    text = text_of(answer)
    assert answer.status_code == 200
    assert "可以导入" in text
    assert "NEW-1" in text
    handle = handle_of(text)
    assert editor.post(f"{PAGE}/hand-on", {"handle": handle, "name": "新的.json"}).status_code == 302
    assert in_force(county_db, "NEW-1") is None
    other = at_desk("fazhi")
    listed = text_of(other.get(PAGE))
    assert "新的.json" in listed
    assert "新增 2" in listed
    assert "审核通过" in text_of(other.post(f"{PAGE}/review", {"handle": handle}))
    done = other.post(f"{PAGE}/import", {"handle": handle})
    assert done.status_code == 302
    assert "新增 2" in text_of(other.get(done.headers["Location"]))
    assert in_force(county_db, "NEW-2") is not None
    gone = other.post(f"{PAGE}/import", {"handle": handle})
    assert (gone.status_code, "已经办完" in text_of(gone)) == (422, True)
    assert list((Home.current().state / "imports").iterdir()) == []


def test_nobody_takes_over_a_file_of_their_own(editor: Client, county_db: County) -> None:
    handle = handed_on(editor, "NEW-1")
    assert "不能审核自己的文件" in text_of(editor.post(f"{PAGE}/review", {"handle": handle}))
    refused = editor.post(f"{PAGE}/import", {"handle": handle})
    assert (refused.status_code, "另一位事项管理员" in text_of(refused)) == (403, True)
    assert in_force(county_db, "NEW-1") is None
    assert at_desk("fazhi").post(f"{PAGE}/import", {"handle": handle}).status_code == 302
    assert in_force(county_db, "NEW-1") is not None


def test_what_was_only_checked_is_taken_over_by_nobody(editor: Client, county_db: County) -> None:
    handle = handle_of(text_of(editor.post(PAGE, upload([food(code="NEW-1")]))))
    for who in (editor, at_desk("fazhi")):
        assert who.post(f"{PAGE}/import", {"handle": handle}).status_code == 422
    assert in_force(county_db, "NEW-1") is None


def test_a_waiting_file_is_taken_away(editor: Client) -> None:
    handle = handed_on(editor, "NEW-1")
    assert editor.post(f"{PAGE}/drop", {"handle": handle}).status_code == 302
    assert "等待审核" not in text_of(editor.get(PAGE))


def test_an_editor_of_one_department_takes_nothing_over(editor: Client, county_db: County) -> None:
    handle = handed_on(editor, "NEW-1")
    RoleGrant.objects.filter(user__username="fazhi").update(department="sfj")
    narrow = at_desk("fazhi")
    assert narrow.get(PAGE).status_code == 200
    for path, given in (
        (PAGE, upload([food()])),
        (f"{PAGE}/import", {"handle": handle}),
        (f"{PAGE}/drop", {"handle": handle}),
    ):
        assert narrow.post(path, given).status_code == 403
    assert in_force(county_db, "NEW-1") is None


def test_a_faulty_file_is_told_row_by_row_and_not_taken_over(editor: Client, county_db: County) -> None:
    answer = editor.post(PAGE, upload([food(code="NEW-1"), food(code="NEW-2", type="99")]))
    text = text_of(answer)
    assert answer.status_code == 422
    assert "送审" not in text
    assert "/type" in text
    handle = handle_of(text)
    assert editor.post(f"{PAGE}/hand-on", {"handle": handle}).status_code == 422
    assert in_force(county_db, "NEW-1") is None
    sheet = load_workbook(io.BytesIO(editor.post(f"{PAGE}/faults", {"handle": handle}).content))["问题清单"]
    assert [row[4] for row in sheet.iter_rows(values_only=True)] == ["编码", "NEW-2"]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json", "yaml"])
def test_what_is_fetched_can_be_checked_again(editor: Client, kind: str) -> None:
    answer = editor.get(f"{PAGE}/catalogue.{kind}")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    text = text_of(editor.post(PAGE, upload(body(answer), f"a.{kind}")))
    assert "没有变化" in text


def test_a_template_is_fetched(editor: Client) -> None:
    book = load_workbook(io.BytesIO(body(editor.get(f"{PAGE}/template.xlsx"))))
    assert book.sheetnames[:2] == ["事项", "材料"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({}, "还没有选择文件"),
        (upload(b"x", "a.pdf"), "只能导入"),
        (upload(b"no zip", "a.xlsx"), "不是可读的 Excel"),
        (upload(b"", "a.json"), "请"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    editor: Client, file: dict[str, SimpleUploadedFile], words: str
) -> None:
    answer = editor.post(PAGE, file)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_a_large_file_is_left_to_the_command(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_files, "LARGEST", 10)
    answer = editor.post(PAGE, upload([food()]))
    assert (answer.status_code, "onedoor catalog import" in text_of(answer)) == (422, True)


def test_a_file_waits_for_its_owner_alone_and_not_for_ever(editor: Client) -> None:
    first = handle_of(text_of(editor.post(PAGE, upload([food(code="NEW-1")]))))
    second = handle_of(text_of(editor.post(PAGE, upload([food(code="NEW-2")]))))
    folder = Home.current().state / "imports"
    (kept,) = folder.iterdir()
    assert kept.name.endswith(second)
    assert kept.stat().st_mode & 0o077 == 0
    assert editor.post(f"{PAGE}/hand-on", {"handle": first}).status_code == 422
    assert at_desk("fazhi").post(f"{PAGE}/hand-on", {"handle": second}).status_code == 422
    for handle in ("../../keys/master.key", "", f"../{second}", second.upper()):
        for act in ("hand-on", "review", "import", "drop", "faults"):
            assert editor.post(f"{PAGE}/{act}", {"handle": handle}).status_code == 422
    old = kept.rename(folder / f"9-9-{second}")
    os.utime(old, (0, 0))
    editor.post(PAGE, upload([food(code="NEW-3")]))
    assert not old.exists()


def test_nobody_else_may(county_db: County) -> None:
    clerk = at_desk("chuangkou")
    for path in (PAGE, f"{PAGE}/catalogue.json", f"{PAGE}/template.xlsx"):
        assert clerk.get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert clerk.post(PAGE, upload([food(code="NEW-1")])).status_code == 403
    assert clerk.post(f"{PAGE}/import", {"handle": f"{'0' * 32}.json"}).status_code == 403


def test_an_unknown_form_is_not_there(editor: Client) -> None:
    assert editor.get(f"{PAGE}/catalogue.pdf").status_code == 404
