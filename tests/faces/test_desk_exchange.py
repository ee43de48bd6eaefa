"""The editor brings a file, the worker reads it, two others review it; every page of a batch on the way."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog import tasks
from onedoor.domain.catalog.batches import files
from onedoor.domain.catalog.models import Batch
from onedoor.domain.offices.models import RoleGrant
from onedoor.faces.desk import exchange
from tests.catalog.samples import food
from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import text_of

pytestmark = pytest.mark.usefixtures("county_db")
PAGE = exchange.PAGE


@pytest.fixture(autouse=True)
def nothing_lies_there() -> Iterator[None]:
    shutil.rmtree(files.folder(), ignore_errors=True)
    yield
    shutil.rmtree(files.folder(), ignore_errors=True)


@pytest.fixture
def editor() -> Client:
    return at_desk("shixiang")


def upload(content: object, name: str = "a.json") -> dict[str, SimpleUploadedFile]:
    data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return {"file": SimpleUploadedFile(name, data)}


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def work() -> None:
    tasks.work_batches(datetime.now(UTC))


def brought(editor: Client, content: object, name: str = "a.json") -> str:
    """The address of a batch whose file has been read."""
    answer = editor.post(PAGE, upload(content, name))
    assert answer.status_code == 302, text_of(answer)
    work()
    return str(answer.headers["Location"])


def step(who: Client, url: str, verb: str, **given: object) -> int:
    found = Batch.objects.get(pk=url.rpartition("/")[2])
    return who.post(f"{url}/do/{verb}", {"revision": found.revision, **given}).status_code


def in_force(county: County, code: str) -> object:
    return catalog.in_force(county.tenant_id, code, datetime.now(UTC))


def test_a_file_goes_through_its_reviews(editor: Client, county_db: County) -> None:
    url = brought(editor, [food(code="NEW-1"), food(code="NEW-2")], "新的.json")
    assert "新增事项" in text_of(editor.get(url))
    assert step(editor, url, "hand-in", reason="省里统一调整") == 302
    assert step(editor, url, "check") == 302
    refused = editor.post(f"{url}/do/approve", {"revision": Batch.objects.get().revision})
    assert (refused.status_code, "另一位事项管理员" in text_of(refused)) == (403, True)
    other = at_desk("fazhi")
    assert "新的.json" in text_of(other.get(PAGE))
    assert "等另一位审核" in text_of(editor.get(url))
    assert "法制审核通过" in text_of(other.get(url))
    assert step(other, url, "approve") == 302
    assert in_force(county_db, "NEW-1") is None
    assert "正在施行" in text_of(other.get(url))
    work()
    assert "已施行" in text_of(other.get(url))
    assert in_force(county_db, "NEW-2") is not None
    assert list(files.folder().iterdir()) == []


def test_a_file_that_waits_says_so(editor: Client) -> None:
    url = editor.post(PAGE, upload([food(code="NEW-1")])).headers["Location"]
    text = text_of(editor.get(url))
    assert "排队等候" in text
    assert "后台任务似乎没有运行" not in text
    Batch.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=5))
    assert "后台任务似乎没有运行" in text_of(editor.get(url))
    assert editor.post(f"{url}/do/drop").status_code == 302
    assert editor.get(url).status_code == 404


def test_a_row_is_opened_and_returned(editor: Client, county_db: County) -> None:
    url = brought(editor, [food(visits=3), food(code="NEW-1")])
    text = editor.get(f"{url}?kind=change").content.decode()
    row = text.partition(f'href="{url}/change/')[2].partition('"')[0]
    assert "到现场次数由" in text_of(editor.get(f"{url}/change/{row}"))
    assert "到现场次数由" in text_of(editor.get(f"{url}/sample"))
    assert step(editor, url, "hand-in", reason="调整") == 302
    assert step(editor, url, "return-rows", reason="单独办", row=f"change:{row}") == 302
    assert f"change/{row}" not in editor.get(url).content.decode()
    assert step(editor, url, "return-rows", reason="单独办", row="change:99999999") == 422
    assert step(editor, url, "return-rows", reason="单独办", row="绝:x") == 422
    assert editor.get(f"/desk/items/drafts/{row}").status_code == 200


def test_a_faulty_file_is_told_row_by_row(editor: Client, county_db: County) -> None:
    url = brought(editor, [food(code="NEW-1"), food(code="NEW-2", type="99")])
    text = text_of(editor.get(url))
    assert "有误，还不能送审" in text
    assert "/type" in text
    assert step(editor, url, "hand-in", reason="x") == 409
    sheet = load_workbook(io.BytesIO(editor.get(f"{url}/faults.xlsx").content))["问题清单"]
    assert [row[4] for row in sheet.iter_rows(values_only=True)] == ["编码", "NEW-2"]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json", "yaml"])
def test_what_is_fetched_can_be_checked_again(editor: Client, kind: str) -> None:
    answer = editor.get(f"{PAGE}/catalogue.{kind}")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert "没有变化" in text_of(editor.get(brought(editor, body(answer), f"a.{kind}")))


def test_a_template_is_fetched(editor: Client) -> None:
    book = load_workbook(io.BytesIO(body(editor.get(f"{PAGE}/template.xlsx"))))
    assert book.sheetnames[:2] == ["事项", "材料"]


@pytest.mark.parametrize(
    ("file", "words"),
    [({}, "还没有选择文件"), (upload(b"x", "a.pdf"), "只能导入"), (upload(b"", "a.json"), "请")],
)
def test_what_is_no_file_of_ours_is_refused_at_once(
    editor: Client, file: dict[str, SimpleUploadedFile], words: str
) -> None:
    answer = editor.post(PAGE, file)
    assert (answer.status_code, words in text_of(answer)) == (422, True)


def test_a_sheet_of_fifty_megabytes_is_refused_unread(editor: Client) -> None:
    answer = editor.post(PAGE, upload(bytes(50 << 20), "a.xlsx"))
    assert (answer.status_code, "50 MB" in text_of(answer)) == (413, True)
    assert not files.folder().exists()


def test_an_editor_of_one_department_brings_and_judges_nothing(editor: Client) -> None:
    url = brought(editor, [food(code="NEW-1")])
    RoleGrant.objects.filter(user__username="fazhi").update(department="sfj")
    narrow = at_desk("fazhi")
    assert narrow.get(PAGE).status_code == 200
    assert narrow.get(url).status_code == 403
    assert narrow.post(PAGE, upload([food()])).status_code == 403
    assert narrow.post(f"{url}/do/drop").status_code == 403


def test_nobody_else_may(editor: Client) -> None:
    url = brought(editor, [food(code="NEW-1")])
    clerk = at_desk("chuangkou")
    for path in (PAGE, url, f"{url}/sample", f"{url}/faults.xlsx", f"{PAGE}/catalogue.json"):
        assert clerk.get(path).status_code == 403
        assert Client().get(path).status_code == 302
    assert clerk.post(f"{url}/do/hand-in").status_code == 403


def test_what_is_not_there_is_not_found(editor: Client) -> None:
    url = brought(editor, [food(code="NEW-1")])
    nobody = "00000000-0000-0000-0000-000000000000"
    for path in (
        f"{PAGE}/catalogue.pdf",
        f"{PAGE}/batches/{nobody}",
        f"{url}/change/1",
        f"{url}/package/1",
        f"{url}/nonsense/1",
        f"{url}/faults.xlsx",
    ):
        assert editor.get(path).status_code == 404, path
    assert editor.post(f"{url}/do/nonsense").status_code == 404
    for query in ("?kind=x&from=-3", "?q=%25%5C&from=99999999", "?from=1e9"):
        assert editor.get(url + query).status_code == 200, query
