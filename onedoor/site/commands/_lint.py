"""`onedoor catalog lint`: what is amiss in the items in force."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from onedoor.plumbing.home import HomeFault

if TYPE_CHECKING:
    from onedoor.domain.catalog.quality.queries import Finding


def add_lint(verbs: Any) -> None:
    """Teach the command's parser the word."""
    entry: argparse.ArgumentParser = verbs.add_parser(
        "lint",
        help="检查在用事项的质量",
        description="逐项检查在用事项：时限、依据、材料、指南、部门、表单。有必须改的问题时返回 1。",
    )
    entry.add_argument("--json", action="store_true", help="以 JSON 输出")


def lint(*, as_json: bool) -> int:
    """Print what is amiss; 1 if something of it must be mended."""
    from onedoor.domain.catalog.quality import queries as quality
    from onedoor.domain.offices import queries as offices

    tenant = offices.first_tenant()
    if tenant is None:
        raise HomeFault("系统里还没有县（市、区）的基本数据。请先运行 onedoor up --demo 或完成初始化。")
    found, items = quality.findings(tenant.id)
    counts = Counter(each.severity for each in found)
    if as_json:
        print(json.dumps(document(found, items), ensure_ascii=False, indent=2))
    else:
        names = quality.SEVERITY_NAMES
        told = [f"{name} {counts[severity]} 处" for severity, name in names.items() if counts[severity]]
        lines = [line for each in found for line in _lines(each, names[each.severity])]
        end = (
            f"检查了 {items} 个在用事项：{'，'.join(told)}。"
            if told
            else f"检查了 {items} 个在用事项，没有发现问题。"
        )
        print("\n".join([*lines, *([""] if lines else []), end]))
    return 1 if counts[quality.Severity.ERROR] else 0


def document(found: Sequence[Finding], items: int) -> dict[str, Any]:
    """The findings as a program reads them."""
    counts = Counter(each.severity.value for each in found)
    totals = {
        f"{name}s" if name != "advice" else name: counts[name] for name in ("error", "warning", "advice")
    }
    return {"items": items, **totals, "findings": [asdict(each) for each in found]}


def _lines(each: Finding, severity: str) -> Iterator[str]:
    yield f"{severity}  {each.item}  {each.name}"
    yield f"    {each.place}：{each.detail}{each.mend}（{each.code}）"
