"""Files of `onedoor catalog`: the catalogue out to one, an empty one, and one that goes to review."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from onedoor.plumbing.home import HomeFault


def add_files(verbs: Any) -> None:
    """Teach the command's parser the words."""
    entry: argparse.ArgumentParser = verbs.add_parser(
        "export",
        help="导出在用的事项和一件事",
        description="把在用的全部事项和一件事导出为 .xlsx、.csv、.json 或 .yaml 文件，按后缀决定。可以再导入。",
    )
    entry.add_argument("file", type=Path, metavar="文件")
    entry = verbs.add_parser(
        "template",
        help="写一个空白的导入模板",
        description="写一个空白的 .xlsx 导入模板，“说明”表里有每一列的含义。",
    )
    entry.add_argument("file", type=Path, metavar="OUT.xlsx")


def export(path: Path) -> int:
    """Write what is in force to a file and say how much it was."""
    from onedoor.core.refusals import Refused
    from onedoor.domain.catalog.exporting import catalogue
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    if tenant is None:
        raise HomeFault("系统里还没有县（市、区）的基本数据。请先运行 onedoor up --demo 或完成初始化。")
    kind = path.suffix.lower().lstrip(".")
    counts: list[int] = []

    def write(target: IO[bytes]) -> None:
        counts.append(
            catalogue.export_catalogue(
                tenant.id, "yaml" if kind == "yml" else kind, datetime.now(UTC), target
            )
        )

    try:
        _write(path, write)
    except Refused as refused:
        raise HomeFault(refused.detail) from refused
    print(f"已导出 {counts[0]} 个事项和一件事：{path}")
    return 0


def hand_in(path: Path, tenant_id: int, principal: str) -> int:
    """Hand in what a file changes as a batch, and say where it is reviewed. Returns 1 if it has faults after all."""
    from onedoor.domain.catalog.batches import actions, queries

    batch_id = actions.bring(
        tenant_id=tenant_id,
        principal=principal,
        name=path.name,
        content=path.read_bytes(),
        reason="由 onedoor catalog import 送审。",
        at=datetime.now(UTC),
        clock=lambda: datetime.now(UTC),
    )
    found = queries.brought(tenant_id, batch_id)
    if found.handed_at is None:
        problems = [f"    {each.code}：{detail}" for each in found.findings for _, detail in each.problems]
        print("\n".join(["没有送审，什么都没有写入。", *([found.fault] if found.fault else []), *problems]))
        actions.discard(tenant_id=tenant_id, batch_id=batch_id)
        return 1
    print(
        f"{found.many} 项变动已成为待审批次“{found.name}”，还没有发布。"
        "请在工作台的“导入导出”里编制核对、法制审核。"
    )
    return 0


def template(path: Path) -> int:
    """Write an empty workbook."""
    from onedoor.domain.catalog.exporting import catalogue

    if path.suffix.lower() != ".xlsx":
        raise HomeFault("模板是 .xlsx 文件，请把文件名的后缀改为 .xlsx。")
    _write(path, catalogue.write_template)
    print(f"已写好模板：{path}")
    return 0


def _write(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write a file whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=".onedoor-", suffix=path.suffix, dir=path.absolute().parent)
    except OSError as fault:
        raise _unwritable(path) from fault
    try:
        with os.fdopen(handle, "wb") as target:
            write(target)
        Path(name).replace(path)
    except OSError as fault:
        raise _unwritable(path) from fault
    finally:
        Path(name).unlink(missing_ok=True)


def _unwritable(path: Path) -> HomeFault:
    return HomeFault(f"无法写入 {path}。请核对文件夹和写入权限。")
