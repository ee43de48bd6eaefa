"""`onedoor catalog`: items from a file, all or none, with a result for every row, and out to one; what is amiss."""

from __future__ import annotations

import argparse
import getpass
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.commands._catalog_files import add_files, export, hand_in, template
from onedoor.site.commands._lint import add_lint, lint

if TYPE_CHECKING:
    from onedoor.domain.catalog.terms import ImportReport, RowResult

#: What a report calls a row that is a package; its notes tell how the names of its items were understood.
PACKAGE = "一件事"
_WORDS = {"added": "新增", "changed": "变更", "unchanged": "未变", "refused": "有误"}


def run(argv: list[str]) -> int:
    """Import a file of items, at once or as a batch to be reviewed, or look for what is amiss in those in force.

    Returns 1 if a row was refused, so that nothing was imported, or if something must be mended.
    """
    options = _options(argv)
    if options.verb == "template":
        return _empty(options.file)
    with _database():
        if options.verb == "export":
            return export(options.file)
        if options.verb == "lint":
            return lint(as_json=options.json)
        reviewed = options.review and not options.dry_run
        report = _import(options.file, dry_run=options.dry_run or reviewed)
        if options.errors and report.refused:
            _write_errors(report, options.errors)
        print(_written(report, reviewed=reviewed))
        if report.refused:
            return 1
        return hand_in(options.file, _tenant(), _principal()) if reviewed and _changes(report) else 0


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("onedoor catalog", description="管理政务服务事项。")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    entry = verbs.add_parser(
        "import",
        help="从文件导入事项和一件事",
        description="从 .xlsx、.csv、.json 或 .yaml 文件导入事项和一件事。全部正确才写入，有一行有误则都不写入。"
        "这是建立本县目录时用的工具，导入的当即发布，记入操作日志。县里已经在用的，加 --review："
        "变动成为一个待审批次，在工作台的“导入导出”里编制核对、法制审核后施行。",
    )
    entry.add_argument("file", type=Path, metavar="文件")
    entry.add_argument("--dry-run", action="store_true", help="只检查，不写入")
    entry.add_argument("--review", action="store_true", help="不直接发布，作为待审批次送审")
    entry.add_argument("--errors", type=Path, metavar="OUT.xlsx", help="把有误的行和原因另存为表格")
    add_files(verbs)
    add_lint(verbs)
    return parser.parse_args(argv)


def _empty(path: Path) -> int:
    """A template needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    import django

    django.setup()
    return template(path)


@contextmanager
def _database() -> Iterator[None]:
    """Django, set up on a database that runs; an embedded one that was down goes down again afterwards."""
    from onedoor.plumbing.database.embedded import EmbeddedCluster
    from onedoor.plumbing.database.settings import uses_embedded

    cluster = EmbeddedCluster(Home.current())
    started = uses_embedded() and cluster.pid() is None
    if started:
        if not (cluster.home.pg / "PG_VERSION").exists():
            raise HomeFault("数据库还没有建立。请先运行 onedoor up，再导入事项。")
        cluster.start()
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
        import django

        django.setup()
        yield
    finally:
        if started:
            _close()
            cluster.stop()


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _tenant() -> int:
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    if tenant is None:
        raise HomeFault("系统里还没有县（市、区）的基本数据。请先运行 onedoor up --demo 或完成初始化。")
    return tenant.id


def _principal() -> str:
    return f"command:{getpass.getuser()}"


def _import(path: Path, *, dry_run: bool) -> ImportReport:
    from onedoor.domain.catalog import actions

    return actions.import_file(
        tenant_id=_tenant(), path=path, principal=_principal(), at=datetime.now(UTC), dry_run=dry_run
    )


def _changes(report: ImportReport) -> bool:
    from onedoor.domain.catalog.terms import Outcome

    return bool(report.count(Outcome.ADDED) + report.count(Outcome.CHANGED))


def _write_errors(report: ImportReport, target: Path) -> None:
    from onedoor.domain.catalog.importing.workbook import errors_workbook

    try:
        target.write_bytes(errors_workbook(report))
    except OSError as fault:
        raise HomeFault(f"无法写入 {target}。请核对文件夹和写入权限。") from fault


def _written(report: ImportReport, *, reviewed: bool) -> str:
    """The report as people read it: a line a row, then what it comes to."""
    lines = [line for row in report.rows for line in _row(row)]
    return "\n".join([*lines, "", *_summary(report, reviewed=reviewed)])


def _row(row: RowResult) -> Iterator[str]:
    sheet = f"{row.sheet} " if row.sheet else ""
    yield f"{sheet}第 {row.row} 行  {_WORDS[row.outcome]}  {row.code or '（无编码）'}  {row.name or '（无名称）'}"
    for problem in row.problems:
        place = " ".join(filter(None, (problem.sheet, problem.cell, problem.column))) or "整行"
        yield f"    {place}：{problem.detail}"
    if row.type == PACKAGE:
        yield from (f"    说明：{note}" for note in row.notes)


def _summary(report: ImportReport, *, reviewed: bool) -> Iterator[str]:
    counted = Counter(row.outcome for row in report.rows)
    numbers = "，".join(f"{_WORDS[outcome]} {count}" for outcome, count in sorted(counted.items()))
    yield f"共 {len(report.rows)} 行：{numbers}。"
    if report.types():
        yield (
            "按类型："
            + "，".join(
                f"{code}{' 类' if code.isdigit() else ''} {count}" for code, count in report.types().items()
            )
            + "。"
        )
    yield from report.notes
    yield from _notes(report)
    if report.refused:
        yield "有误的行已逐行列出；本次没有写入任何事项，请改正后重新导入。"
    elif report.dry_run and not reviewed:
        yield "以上只是检查，没有写入。"


def _notes(report: ImportReport) -> Iterator[str]:
    """Each note once, with how many rows it is about."""
    for note, count in Counter(
        note for row in report.rows if row.type != PACKAGE for note in row.notes
    ).items():
        yield f"说明：{note}" + (f"（{count} 行）" if count > 1 else "")
