"""A file is read, becomes a batch, and goes through its reviews: published as a whole, by another, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions as catalog_actions
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog import tasks
from onedoor.domain.catalog.batches import actions, applying, files, queries, reading
from onedoor.domain.catalog.batches import rules as batch_rules
from onedoor.domain.catalog.batches.terms import Batch
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.models import Draft, Item, PackageDraft, PackageVersion, Version
from onedoor.domain.catalog.packages import drafting as composing
from onedoor.domain.catalog.packages.draft_terms import Hand
from onedoor.domain.catalog.states import BatchState, DraftState, Operation
from onedoor.domain.journal import queries as journal
from onedoor.site.commands import catalog as command
from tests.catalog.conftest import make_tenant
from tests.catalog.editors import begun, editor, published
from tests.catalog.package_samples import members, package
from tests.catalog.samples import AT, food

BRINGS, CHECKS, APPROVES = 7, 8, 9
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the files."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "imports")
    return tmp_path / "imports"


def clock() -> datetime:
    return LATER


def brought(tenant: int, content: object, number: int = BRINGS, name: str = "事项.json") -> UUID:
    """A file that has been taken in."""
    data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return actions.take_in(actor=editor(tenant, number), name=name, size=len(data), chunks=[data], at=LATER)


def read(tenant: int, content: object, number: int = BRINGS, name: str = "事项.json") -> Batch:
    """A file that has been read."""
    batch_id = brought(tenant, content, number, name)
    assert actions.read_next(at=LATER, clock=clock)
    return seen(tenant, batch_id)


def seen(tenant: int, batch_id: UUID) -> Batch:
    return queries.batch(editor(tenant), batch_id)


def step(found: Batch, verb: str, number: int = BRINGS, at: datetime = LATER, **more: Any) -> Batch:
    """One step of a batch by one editor."""
    getattr(actions, verb)(
        actor=editor(found.tenant_id, number), batch_id=found.id, revision=found.revision, at=at, **more
    )
    return seen(found.tenant_id, found.id)


def handed_in(tenant: int, content: object, **more: Any) -> Batch:
    return step(read(tenant, content), "hand_in", reason="省里统一调整", **more)


def approved(tenant: int, content: object, **more: Any) -> Batch:
    return step(step(handed_in(tenant, content, **more), "check", CHECKS), "approve", APPROVES)


def codes(found: Batch, **more: Any) -> list[str]:
    return [each.code for each in queries.entries(found, **more)[0]]


def in_force(tenant: int, code: str, at: datetime = LATER) -> Any:
    return catalog.in_force(tenant, code, at)


def kinds(found: Batch) -> list[str]:
    return [each.kind.removeprefix("catalog.batch_") for each in queries.history(found)]


def test_a_batch_is_published_as_a_whole_after_its_reviews(tenant: int) -> None:
    published(tenant)
    published(tenant, code="SAME")
    found = read(tenant, [food(visits=3), food(code="NEW"), food(code="SAME")])
    assert (found.state, dict(found.entries)) == (BatchState.READY, {"add": 1, "change": 1})
    assert (found.counts["added"], found.counts["changed"], found.counts["unchanged"]) == (1, 1, 1)
    assert codes(found) == ["NEW", "SCJG-FOOD-NEW"]
    assert codes(found, kind="change") == ["SCJG-FOOD-NEW"]
    assert codes(found, q="new") == ["NEW", "SCJG-FOOD-NEW"]
    found = step(found, "hand_in", reason="省里统一调整")
    found = step(found, "check", CHECKS)
    found = step(found, "approve", APPROVES)
    assert (found.state, in_force(tenant, "NEW")) == (BatchState.APPROVED, None)
    assert tasks.batches_wait(LATER)
    assert tasks.work_batches(LATER) == 1
    found = seen(tenant, found.id)
    assert (found.state, found.author, found.checker, found.reviewer) == (
        BatchState.DONE, "user:7", "user:8", "user:9",
    )  # fmt: skip
    now = in_force(tenant, "SCJG-FOOD-NEW", datetime.now(UTC))
    assert (now.visits, now.number) == (3, 2)
    assert {each.published_by for each in Version.objects.filter(number=2)} == {"user:9"}
    assert kinds(found) == ["applied", "approved", "checked", "handed_in"]
    assert [each.principal for each in queries.history(found)] == ["user:9", "user:9", "user:8", "user:7"]
    assert set(Draft.objects.values_list("state", flat=True)) == {DraftState.DONE.value}
    for item in Item.objects.all():
        assert journal.stream_faults(journal.facts(item.stream_id)) == ()


def test_what_a_row_changes_is_told_in_sentences(tenant: int) -> None:
    published(tenant)
    found = read(tenant, [food(visits=3), food(code="NEW")])
    (line,) = queries.entries(found, kind="change")[0]
    told = queries.entry(found, line.kind, line.draft, LATER)
    assert ("办理", ("到现场次数由1次改为3次。",)) in told.parts
    assert told.number == 1
    assert [each.entry.code for each in queries.sample(found, 10, LATER)] == ["NEW", "SCJG-FOOD-NEW"]
    with pytest.raises(Refused, match="unknown_batch"):
        queries.entry(found, "change", line.draft + 1000, LATER)


@pytest.mark.parametrize(("number", "code"), [(BRINGS, "reviewed_by_writer"), (CHECKS, "reviewed_by_writer")])
def test_who_brought_or_checked_it_does_not_approve_it(tenant: int, number: int, code: str) -> None:
    found = step(handed_in(tenant, [food(code="NEW")]), "check", CHECKS)
    with pytest.raises(Refused, match=code):
        step(found, "approve", number)
    assert not tasks.batches_wait(LATER)


def test_without_the_rule_only_the_table_stands_in_the_way(
    tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_rules, "check_another", lambda actor, concerned: None)
    found = step(handed_in(tenant, [food(code="NEW")]), "check", CHECKS)
    with pytest.raises(IntegrityError, match="reviewed_by_another"), transaction.atomic():
        step(found, "approve", BRINGS)


def test_a_catalogue_that_has_moved_refuses_the_approval(tenant: int) -> None:
    published(tenant)
    found = step(handed_in(tenant, [food(visits=3), food(code="NEW")]), "check", CHECKS)
    published(tenant, at=LATER, visits=5)
    with pytest.raises(Refused, match="base_moved") as refused:
        step(found, "approve", APPROVES)
    assert [each.pointer for each in refused.value.errors] == ["/SCJG-FOOD-NEW"]
    (line,) = queries.entries(found, kind="change")[0]
    found = step(found, "put_back_rows", CHECKS, reason="已经另外改过", items=[line.draft])
    assert codes(found) == ["NEW"]
    step(found, "approve", APPROVES)
    tasks.work_batches(LATER)
    assert in_force(tenant, "NEW", datetime.now(UTC)) is not None
    assert in_force(tenant, "SCJG-FOOD-NEW", datetime.now(UTC)).visits == 5


def test_a_catalogue_that_moves_after_the_approval_sends_the_batch_back(tenant: int) -> None:
    published(tenant)
    found = approved(tenant, [food(visits=3), food(code="NEW")])
    published(tenant, at=LATER, visits=5)
    assert tasks.work_batches(LATER) == 1
    found = seen(tenant, found.id)
    assert (found.state, in_force(tenant, "NEW", datetime.now(UTC))) == (BatchState.READY, None)
    assert "没有施行" in found.fault
    assert "SCJG-FOOD-NEW" in found.fault
    assert kinds(found)[0] == "returned"


def test_without_the_look_at_the_bases_a_newer_version_would_be_lost(
    tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tenant)
    approved(tenant, [food(visits=3)])
    published(tenant, at=LATER, visits=5)
    monkeypatch.setattr(applying, "moved", lambda row: ())
    tasks.work_batches(LATER)
    assert in_force(tenant, "SCJG-FOOD-NEW", datetime.now(UTC)).visits == 3


def test_a_batch_takes_effect_on_its_day(tenant: int) -> None:
    day = (LATER + timedelta(days=20)).date()
    found = approved(tenant, [food(code="NEW")], effective_on=day)
    assert not actions.due(LATER)
    assert actions.apply_next(at=LATER + timedelta(days=21))
    assert seen(tenant, found.id).state is BatchState.DONE
    assert in_force(tenant, "NEW", LATER + timedelta(days=20)) is None


def test_what_fails_in_the_middle_leaves_nothing(tenant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = approved(tenant, [food(code=f"NEW-{n}") for n in range(5)])
    monkeypatch.setattr(applying, "AT_ONCE", 2)
    publish, calls = catalog_actions.publish_all, []

    def breaks(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("the power is gone")
        return publish(**given)

    monkeypatch.setattr(catalog_actions, "publish_all", breaks)
    with pytest.raises(RuntimeError):
        tasks.work_batches(LATER)
    assert Version.objects.count() == 0
    assert seen(tenant, found.id).state is BatchState.APPROVED
    monkeypatch.undo()
    tasks.work_batches(LATER)
    assert Version.objects.count() == 5


def test_single_rows_go_back_to_be_mended_on_their_own(tenant: int) -> None:
    found = handed_in(tenant, [food(code="A"), food(code="B")])
    line = queries.entries(found)[0][0]
    with pytest.raises(Refused, match="in_batch"):
        drafting.save(actor=editor(tenant), draft_id=line.draft, revision=2, content=food(code="A"), at=LATER)
    found = step(found, "put_back_rows", CHECKS, reason="收费写错了", items=[line.draft])
    assert (codes(found), queries.history(found)[0].codes) == (["B"], ("A",))
    alone = drafts.draft(editor(tenant), line.draft)
    assert (alone.state, alone.fault, alone.batch) == (DraftState.DRAFTING, "收费写错了", None)
    assert [each.kind for each in drafts.history(alone)] == ["catalog.draft_returned", "catalog.draft_opened"]
    saved = drafting.save(
        actor=editor(tenant), draft_id=alone.id, revision=alone.revision, content=food(code="A"), at=LATER
    )
    assert saved.revision == alone.revision + 1
    with pytest.raises(Refused, match="no_rows"):
        step(found, "put_back_rows", CHECKS, reason="再退", items=[line.draft])


def test_a_returned_batch_is_handed_in_again_or_given_up(tenant: int) -> None:
    found = step(handed_in(tenant, [food(code="NEW")]), "put_back", CHECKS, reason="依据不全")
    assert (found.state, found.fault) == (BatchState.READY, "依据不全")
    found = step(found, "hand_in", reason="补上了文件")
    found = step(found, "withdraw", reason="先等等")
    found = step(found, "abandon", reason="不办了")
    assert found.state is BatchState.ABANDONED
    assert Draft.objects.get().state == DraftState.ABANDONED.value
    assert begun(tenant, Operation.ADD, LATER, code="NEW", content=food(code="NEW")).code == "NEW"


def test_what_was_only_checked_goes_without_a_trace(tenant: int, home: Path) -> None:
    found = read(tenant, [food(code="NEW")])
    actions.drop(actor=editor(tenant), batch_id=found.id)
    assert (Draft.objects.count(), list(home.iterdir())) == (0, [])
    found = handed_in(tenant, [food(code="NEW")])
    with pytest.raises(Refused, match="batch_state"):
        actions.drop(actor=editor(tenant), batch_id=found.id)


def test_nobody_waits_for_what_was_forgotten(tenant: int, home: Path) -> None:
    read(tenant, [food(code="NEW")])
    brought(tenant, [food(code="OTHER")], APPROVES)
    (home / f"{UUID(int=1)}.taken").write_bytes(b"")
    assert actions.tidy(at=datetime.now(UTC) + timedelta(days=4)) >= 2
    assert (Draft.objects.count(), list(home.iterdir())) == (0, [])


def test_a_faulty_file_is_told_and_changes_nothing(tenant: int) -> None:
    found = read(tenant, [food(code="NEW"), food(code="BAD", type="99")])
    assert (found.state, found.counts["refused"], Draft.objects.count()) == (BatchState.FAULTY, 1, 0)
    assert [each.code for each in found.findings if each.problems] == ["BAD"]
    content = files.fetch(found.id, files.FAULTS)
    assert content is not None
    assert content.startswith(b"PK")


def test_what_another_works_on_is_a_fault(tenant: int) -> None:
    published(tenant)
    begun(tenant)
    found = read(tenant, [food(visits=3)])
    assert (found.state, "还没有办完的草案" in found.findings[0].problems[0][1]) == (BatchState.FAULTY, True)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [(b"no zip", "a.xlsx", "Excel"), (b"[", "a.json", "JSON"), (b"\xff\xfe\xff", "a.yaml", "")],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tenant: int, data: bytes, name: str, words: str) -> None:
    found = read(tenant, data, name=name)
    assert (found.state, words in found.fault, bool(found.fault)) == (BatchState.FAULTY, True, True)


def test_what_is_too_large_is_refused_before_it_is_read(tenant: int, home: Path) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("nobody may read it")
        yield b""

    with pytest.raises(Refused, match="file_too_large"):
        actions.take_in(actor=editor(tenant), name="a.xlsx", size=50 << 20, chunks=never(), at=LATER)
    assert not home.exists()


def test_what_has_too_many_rows_is_refused(tenant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_rules.check_rows, "__defaults__", (1,))
    assert "一批最多 1 个" in read(tenant, [food(code="A"), food(code="B")]).fault


def test_an_editor_of_one_department_brings_nothing(tenant: int) -> None:
    narrow = editor(tenant, department="scjg")
    with pytest.raises(Refused, match="whole_county_only"):
        actions.take_in(actor=narrow, name="a.json", size=2, chunks=[b"[]"], at=LATER)


def test_a_reader_that_died_is_followed_by_another(tenant: int) -> None:
    batch_id = brought(tenant, [food(code="NEW")])
    for turn in range(reading.MOST_TRIES):
        at = LATER + turn * 2 * reading.LEASE
        row = reading._claim(at)
        assert row is not None
        assert not actions.waiting(at + reading.LEASE / 2)
    assert actions.read_next(at=LATER + 20 * reading.LEASE, clock=clock)
    found = seen(tenant, batch_id)
    assert (found.state, "检查了几次" in found.fault) == (BatchState.FAULTY, True)


def test_a_file_lies_there_sealed(tenant: int, home: Path) -> None:
    batch_id = brought(tenant, [food(code="NEW-SECRET")])
    (path,) = home.iterdir()
    data = path.read_bytes()
    assert b"NEW-SECRET" not in data
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    actions.read_next(at=LATER, clock=clock)
    assert "损坏" in seen(tenant, batch_id).fault
    assert list(home.iterdir()) == []


def test_pieces_come_back_in_one(home: Path) -> None:
    content = bytes(range(256)) * 10_000
    batch_id = UUID(int=5)
    files.keep(batch_id, files.TAKEN, [content[:70_000], content[70_000:]])
    assert files.fetch(batch_id, files.TAKEN) == content
    assert files.fetch(batch_id, files.FAULTS) is None


def test_packages_go_with_the_items_beside_them(tenant: int) -> None:
    found = read(tenant, {"items": members(), "packages": [package()]})
    assert (found.state, dict(found.entries)) == (BatchState.READY, {"add": 4, "package": 1}), found.findings
    (line,) = queries.entries(found, kind="package")[0]
    assert queries.entry(found, line.kind, line.draft, LATER).entry.code == line.code
    with pytest.raises(Refused, match="in_batch"):
        composing.drop_member(on=Hand(editor(tenant), line.code, 1, LATER), place=0)
    found = step(found, "hand_in", reason="新的一件事")
    step(step(found, "check", CHECKS), "approve", APPROVES)
    assert PackageVersion.objects.count() == 0
    tasks.work_batches(LATER)
    assert (PackageVersion.objects.get().published_by, seen(tenant, found.id).state) == (
        "user:9",
        BatchState.DONE,
    )


def test_a_package_whose_item_was_returned_sends_the_batch_back(tenant: int) -> None:
    found = handed_in(tenant, {"items": members(), "packages": [package()]})
    found = step(found, "put_back_rows", CHECKS, reason="先改", items=[queries.entries(found)[0][0].draft])
    step(step(found, "check", CHECKS), "approve", APPROVES)
    tasks.work_batches(LATER)
    found = seen(tenant, found.id)
    assert (found.state, Version.objects.count(), PackageDraft.objects.count()) == (BatchState.READY, 0, 1)
    assert "没有施行" in found.fault


def test_the_command_publishes_or_hands_in_as_it_is_told(
    own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = make_tenant()

    def run(*words: str, **changes: Any) -> str:
        path = tmp_path / "items.json"
        path.write_text(json.dumps([food(code="A", **changes)], ensure_ascii=False), encoding="utf-8")
        assert command.run(["import", str(path), *words]) == 0
        return capsys.readouterr().out

    now = datetime.now(UTC)
    assert "新增 1" in run()
    assert in_force(tenant, "A", datetime.now(UTC)).number == 1
    assert "待审批次" not in run("--review", "--dry-run", visits=4)
    told = run("--review", visits=4)
    assert "变更 1" in told
    assert "待审批次“items.json”" in told
    assert in_force(tenant, "A", datetime.now(UTC)).number == 1
    (found,) = queries.batches(editor(tenant))
    assert (found.state, found.author.partition(":")[0]) == (BatchState.CHECKING, "command")
    assert "未变 1" in run("--review")
    assert "变更 1" in run(visits=5)
    assert in_force(tenant, "A", datetime.now(UTC)).visits == 5
    found = step(found, "check", CHECKS, now + timedelta(minutes=1))
    with pytest.raises(Refused, match="base_moved"):
        step(found, "approve", APPROVES, now + timedelta(minutes=1))
