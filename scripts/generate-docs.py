"""Write the reference pages from the code; with --check only say whether they are current."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import operations_page  # noqa: E402
import reference_pages  # noqa: E402

from onedoor.domain.cases.engine.evolve import evolve  # noqa: E402
from onedoor.domain.cases.engine.lapse import DRAFT_LIFE  # noqa: E402
from onedoor.domain.cases.engine.lifecycle import (  # noqa: E402
    CLOCK_EFFECT_NAMES,
    LIFECYCLE,
    ClockEffect,
    Relation,
    Right,
    Verb,
)
from onedoor.domain.cases.engine.terms import (  # noqa: E402
    CONCLUDED,
    KIND_NAMES,
    STAGE_NAMES,
    Happened,
    Kind,
    Stage,
    State,
)
from onedoor.domain.cases.events import KIND_NAMES as CASE_KIND_NAMES  # noqa: E402
from onedoor.domain.cases.events import MIGRATED  # noqa: E402
from onedoor.domain.cases.terms import MOVED_IN, MOVERS  # noqa: E402
from onedoor.domain.offices.terms import ROLE_NAMES, Role  # noqa: E402
from onedoor.domain.papers.terms import PAPER_NAMES, PaperKind  # noqa: E402

TARGET = ROOT / "docs" / "reference" / "lifecycle.md"

RELATIONS = {
    Relation.OWN: "限本人的办件",
    Relation.AGENT: "限受托代办的办件，委托须写明这项权限",
    Relation.LEAD: "限主办部门和区域在授权范围内的办件",
    Relation.STEP: "限授权范围内部门的环节",
}
#: What time alone brings about: in which stage, when, and with what effect.
LAPSES = {
    Kind.DEEMED_ACCEPTED: (
        [Stage.SUBMITTED],
        "收件后 5 个工作日届满仍未受理、不予受理或告知补正",
        "自收件之日起视为受理，办结时限从收件日起算，出具受理通知书（行政许可法第三十二条）",
    ),
    Kind.DRAFT_EXPIRED: (
        [Stage.DRAFT],
        f"草稿保存后 {DRAFT_LIFE.days} 天没有再写",
        "草稿作废，状态变为已撤回；需要时重新申请",
    ),
    Kind.STEP_OVERDUE: (
        [Stage.ACCEPTED],
        "环节时限届满而该环节还没有办完",
        "记为环节超时，办件亮红灯，不影响继续办理",
    ),
    Kind.OVERDUE: (
        [Stage.ACCEPTED, Stage.APPROVED, Stage.REFUSED, Stage.ISSUED],
        "承诺或法定办结时限届满而未作决定；送达期限届满而未送达",
        "记为超过时限，办件亮红灯，不影响继续办理",
    ),
}
_TYPES = {"string": "文字", "integer": "整数", "array": "列表", "object": "对象"}
_AT = datetime(2026, 1, 5, tzinfo=UTC)


def outcomes(verb: Verb) -> tuple[str, ...]:
    """The outcomes that the verb's payload offers, ("",) if it has none."""
    return tuple(verb.payload["properties"].get("outcome", {}).get("enum", ("",)))


def lands(verb: Verb, stage: Stage, outcome: str) -> Stage:
    """The stage after the verb, as the engine folds its fact."""
    data = {"step": "step", "outcome": outcome, "days": 1, "limits": []}
    return evolve(State(stage=stage), Happened(verb.kind, data, _AT)).stage


def targets(verb: Verb) -> list[Stage]:
    """Every stage that the verb can lead to, in the order of a case's life; empty if it stays where it is."""
    found = {lands(verb, stage, outcome) for stage in verb.stages for outcome in outcomes(verb)}
    stays = all(lands(verb, stage, outcome) is stage for stage in verb.stages for outcome in outcomes(verb))
    return [] if stays else [stage for stage in Stage if stage in found]


def named(stages: list[Stage]) -> str:
    """Stages in words, in one line."""
    return "、".join(STAGE_NAMES[stage].replace("，", "·") for stage in stages)


def in_order(verb: Verb) -> list[Stage]:
    """The stages from which the verb may be done, in the order of a case's life."""
    return [stage for stage in Stage if stage in verb.stages]


def arrows() -> Iterator[str]:
    """The lines of the state diagram."""
    for stage in Stage:
        yield f'    state "{STAGE_NAMES[stage]}" as {stage.value}'
    yield f"    [*] --> {Stage.NEW.value}"
    for verb in LIFECYCLE.values():
        for stage in in_order(verb):
            for outcome in outcomes(verb):
                target = lands(verb, stage, outcome)
                if target is not stage:
                    label = verb.payload["properties"].get("outcome", {}).get("x-labels", {}).get(outcome, "")
                    yield f"    {stage.value} --> {target.value} : {verb.name}{f'（{label}）' if label else ''}"
    yield f"    {Stage.SUBMITTED.value} --> {Stage.ACCEPTED.value} : {KIND_NAMES[Kind.DEEMED_ACCEPTED]}"
    yield f"    {Stage.DRAFT.value} --> {Stage.WITHDRAWN.value} : {KIND_NAMES[Kind.DRAFT_EXPIRED]}"
    for stage in Stage:
        if stage in CONCLUDED:
            yield f"    {stage.value} --> [*]"


def size(schema: Mapping[str, Any]) -> str:
    """The bounds of a value in words."""
    if "enum" in schema:
        labels = schema.get("x-labels", {})
        return "、".join(f"`{value}` {labels.get(value, '')}".rstrip() for value in schema["enum"])
    if schema.get("type") == "string":
        return f"文字，最长 {schema['maxLength']} 字" if "maxLength" in schema else "文字"
    if schema.get("type") == "integer":
        return f"整数，{schema['minimum']} 到 {schema['maximum']}"
    return _TYPES[schema["type"]]


def payload(verb: Verb) -> Iterator[str]:
    """The table of what the verb asks for."""
    properties = verb.payload["properties"]
    if not properties:
        yield "不需要填写内容。"
        return
    yield "| 名称 | 含义 | 必填 | 取值 |"
    yield "|---|---|---|---|"
    for name, schema in properties.items():
        needed = "是" if name in verb.payload["required"] else ""
        yield f"| `{name}` | {schema['title']} | {needed} | {size(schema)} |"
        inner = schema.get("items", schema)
        for part, shape in inner.get("properties", {}).items():
            needed = "是" if part in inner["required"] else ""
            yield f"| `{name}.{part}` | {shape['title']} | {needed} | {size(shape)} |"


def right(held: Right) -> str:
    """Who may act, and how they must stand to the case."""
    if held.relation is Relation.HOLDER:
        return "持有办件编号和查询码的人（不必登录）"
    return f"{ROLE_NAMES[held.role]} `{held.role.value}`（{RELATIONS[held.relation]}）"


def section(verb: Verb) -> Iterator[str]:
    """One verb in full."""
    yield f"### {verb.name} `{verb.code}`"
    yield ""
    where = targets(verb)
    yield f"- 什么状态下可以办：{named(in_order(verb))}"
    yield f"- 办后状态：{named(where) if where else '不变'}"
    yield f"- 谁可以办：{'；'.join(map(right, verb.rights))}"
    yield f"- 对时限的影响：{CLOCK_EFFECT_NAMES[ClockEffect(verb.clock)]}"
    yield f"- 记录种类：`{verb.kind.value}`"
    if verb.paper:
        yield f"- 出具文书：{PAPER_NAMES[PaperKind(verb.paper)]}"
    if verb.at_step:
        yield "- 在某一个环节上办理，接口中用 `step` 指明环节编码"
    if verb.basis:
        yield f"- 依据：{verb.basis}"
    yield ""
    yield from payload(verb)
    yield ""


def lines() -> Iterator[str]:
    """The page."""
    yield "# 办件操作清单"
    yield ""
    yield (
        "本页由 `scripts/generate-docs.py` 从代码中的操作表（`onedoor/domain/cases/engine/lifecycle.py`）生成，"
        "请不要手工修改。同一张表的机器可读形式在 `GET /api/v1/lifecycle`。"
    )
    yield ""
    yield "## 状态"
    yield ""
    yield "| 编码 | 状态 | 可以进行的操作 |"
    yield "|---|---|---|"
    for stage in Stage:
        verbs = "、".join(verb.name for verb in LIFECYCLE.values() if stage in verb.stages)
        yield f"| `{stage.value}` | {STAGE_NAMES[stage]} | {verbs or '（无）'} |"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from arrows()
    yield "```"
    yield ""
    yield "## 操作"
    yield ""
    for verb in LIFECYCLE.values():
        yield from section(verb)
    yield "## 时间届满自动产生的记录"
    yield ""
    yield "不由任何人操作，届满的那一刻生效，记录人写作“依法自动发生”（`law`）。"
    yield ""
    yield "| 记录种类 | 名称 | 状态 | 何时产生 | 效果 |"
    yield "|---|---|---|---|---|"
    for kind, (stages, when, effect) in LAPSES.items():
        yield f"| `{kind.value}` | {KIND_NAMES[kind]} | {named(stages)} | {when} | {effect} |"

    yield ""
    yield "## 操作以外的记录"
    yield ""
    yield "| 记录种类 | 名称 | 状态 | 谁可以办 | 效果 |"
    yield "|---|---|---|---|---|"
    stages = named(sorted(MOVED_IN, key=list(Stage).index))
    movers = "、".join(ROLE_NAMES[role] for role in sorted(MOVERS, key=list(Role).index))
    yield (
        f"| `{MIGRATED}` | {CASE_KIND_NAMES[MIGRATED]} | {stages} | {movers}（限主办部门）"
        " | 从这条记录起按事项的现行版本办理；须写明原因，承诺和法定办结时限不会推迟，短信告知申请人 |"
    )


def page() -> str:
    """The whole document."""
    return "\n".join(lines()).rstrip() + "\n"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    made = {
        "commands": reference_pages.commands,
        "settings": reference_pages.settings,
        "roles": reference_pages.roles,
        "operations": operations_page.operations,
    }
    folder = TARGET.parent
    others = {folder / f"{name}.md": "\n".join(text()).rstrip() + "\n" for name, text in made.items()}
    return {TARGET: page(), **others}


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    if not parser.parse_args().check:
        for path, text in pages().items():
            path.write_text(text, "utf-8")
        return 0
    old = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in old:
        print(f"{path.relative_to(ROOT)} is out of date: run scripts/generate-docs.py", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
