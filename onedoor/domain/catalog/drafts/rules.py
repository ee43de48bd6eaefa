"""What a draft must be for each step of its life. Pure: refusals out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import write_document
from onedoor.domain.catalog.states import DraftState, Operation

from .terms import OPERATION_NAMES, STATE_NAMES, Draft

#: No document in work may be larger, in characters of its JSON, where a Chinese one counts six.
LARGEST = 2_000_000
#: A draft may wait so long for its day.
LONGEST_WAIT = timedelta(days=366)
#: One item may be split into so many.
MOST_SUCCESSORS = 10
#: How many items may take the place of one that goes, at least and at most.
SUCCESSORS = {
    Operation.CANCEL: (0, MOST_SUCCESSORS),
    Operation.SPLIT: (2, MOST_SUCCESSORS),
    Operation.MERGE: (1, 1),
}
_CODE = re.compile(r"[A-Za-z0-9-]{1,64}")


def named(operation: Operation) -> str:
    """What the operation is called."""
    return OPERATION_NAMES[operation]


def reason_given(reason: str, ask: str) -> str:
    """The reason as it is kept. Raises Refused: reason_missing, reason_too_long."""
    text = reason.strip()
    if not text:
        raise Refused("reason_missing", ask)
    if len(text) > 500 or any(ord(char) < 32 and char not in "\r\n" for char in text):
        raise Refused("reason_too_long", "原因最多 500 个字，不能有控制字符，请修改。")
    return text


def check_begin(operation: Operation, code: str, known: bool, in_force: bool) -> None:
    """Whether an operation can be begun on an item with or without versions."""
    if not _CODE.fullmatch(code):
        raise Refused("item_code_invalid", "事项编码只用字母、数字和连字符，最多 64 个字符，请修改。")
    if operation is Operation.ADD:
        if known:
            raise Refused(
                "item_exists", f"编码“{code}”已有事项，请改用别的编码，或者变更、恢复那个事项。", status=409
            )
        return
    if not known:
        raise Refused("unknown_item", f"没有编码为“{code}”的事项，请核对编码。", status=404)
    if operation is Operation.RESUME:
        if in_force:
            raise Refused("item_in_force", "这个事项正在施行，不用恢复。", status=409)
    elif not in_force:
        raise Refused("item_not_in_force", "这个事项已经停办，请先恢复。", status=409)


def listed(named: Sequence[str]) -> list[str]:
    """Codes as they are kept: without blanks, each once."""
    return list(dict.fromkeys(each.strip() for each in named if each.strip()))


def check_successors(code: str, operation: Operation, wanted: Sequence[str], known: Collection[str]) -> None:
    """Whether these items can take the place of one that goes."""
    least, most = SUCCESSORS.get(operation, (0, 0))
    if wanted and not most:
        raise Refused("successors_unexpected", "只有取消、拆分、合并事项时才写承接的事项，请删去。")
    strangers = [each for each in wanted if each not in known or each == code]
    if strangers or (operation is Operation.CANCEL and len(wanted) > most):
        shown = "、".join(each[:40] for each in strangers[:3]) or f"共 {len(wanted)} 个"
        whose = "其他在用事项" if operation is Operation.CANCEL else "其他在用的事项，或者正在起草的新事项"
        raise Refused("unknown_successor", f"承接的事项应是{whose}，最多 {most} 个，请核对：{shown}。")
    if not least <= len(wanted) <= most:
        words = {
            Operation.SPLIT: f"拆分要写明分成哪几个事项，至少 2 个，最多 {MOST_SUCCESSORS} 个，一行一个编码。",
            Operation.MERGE: "合并要写明并成哪一个事项，只写一个编码。",
        }
        raise Refused("successors_missing", words[operation])


def check_merged(operation: Operation, wanted: Sequence[str], known: Collection[str]) -> None:
    """Whether these items can go together with the one that is merged."""
    if wanted and operation is not Operation.MERGE:
        raise Refused("merged_unexpected", "只有合并事项时才写一同合并的事项，请删去。")
    strangers = [each for each in wanted if each not in known]
    if strangers or len(wanted) > MOST_SUCCESSORS:
        shown = "、".join(each[:40] for each in strangers[:3]) or f"共 {len(wanted)} 个"
        raise Refused(
            "unknown_merged",
            f"一同合并的应是您负责的其他在用事项，最多 {MOST_SUCCESSORS} 个，请核对：{shown}。",
        )
    if operation is Operation.MERGE and not wanted:
        raise Refused("merged_missing", "合并要写明和哪些事项一同合并，至少 1 个，一行一个编码。")


def why_gone(operation: Operation, reason: str, successors: Sequence[str]) -> str:
    """What the journal says of an item that goes: what was done, into what, and why."""
    into = f"（由 {'、'.join(successors)} 承接）" if successors else ""
    return f"{named(operation)}：{reason}{into}"


def note_given(note: str) -> str:
    """A remark that may be left out, as it is kept. Raises Refused("reason_too_long")."""
    return reason_given(note, "") if note.strip() else ""


def check_size(content: Mapping[str, Any]) -> None:
    """Whether a document in work can be kept: not out of all proportion, and of characters that can be stored."""
    text = json.dumps(content)
    if len(text) > LARGEST:
        raise Refused("document_too_large", "事项内容太长，请精简后再保存。", status=413)
    if "\\u0000" in text:
        raise Refused("control_character", "内容里有不可见的控制字符，请删去后重新填写。")


def check_alone(batch: str) -> None:
    """Whether a draft goes its own way; one of a batch, which is called after its file, goes with the batch."""
    if batch:
        raise Refused(
            "in_batch",
            f"这份草案是批次“{batch}”里的一行，和整批一起核对、审核。单独要改的，请在批次里退回这一行。",
            status=409,
        )


def check_revision(now: int, seen: int) -> None:
    """Whether the draft is still as whoever changes it has seen it."""
    if now != seen:
        raise Refused(
            "draft_changed",
            "您打开页面以后，这份草案已被修改。您刚才填的还没有保存，请核对最新内容后再保存一次。",
            status=409,
        )


def check_state(state: DraftState, wanted: Sequence[DraftState]) -> None:
    """Whether a step can be taken in this state."""
    if state not in wanted:
        raise Refused(
            "draft_state", f"这份草案现在是“{STATE_NAMES[state]}”，不能办这一步，请刷新页面。", status=409
        )


def check_complete(found: Draft) -> None:
    """Whether a draft can be handed on: without faults, and not saying what holds already."""
    if not found.written:
        return
    if found.problems:
        raise Refused(
            "item_invalid",
            f"事项内容有 {len(found.problems)} 处问题，请逐项修改后再提交。",
            errors=found.problems,
        )
    if found.operation is not Operation.CHANGE or found.base is None:
        return
    if write_document(found.base) == write_document(found.version):
        raise Refused("nothing_changed", "草案和现行版本完全一样，请先修改内容。")
    if found.base.ready and not found.version.ready:
        raise Refused(
            "not_ready_again", "这个事项正在受理申请，不能改成只公布信息。确实不再受理的，请暂停或取消。"
        )


def consistent(content: Mapping[str, Any], former: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A content as it is kept: under its own code, and without the name of a department that it left."""
    kept = {**content, "code": code}
    if kept.get("department") != former.get("department"):
        kept.pop("department_name", None)
    return kept


def check_day(effective_on: date | None, today: date) -> None:
    """Whether a draft may take effect on a day."""
    if effective_on is not None and not today <= effective_on <= today + LONGEST_WAIT:
        raise Refused("effective_passed", "施行日期应在今天到一年以内，请修改；审核通过当天施行的，不用填。")


def check_base(begun_from: int | None, newest: int | None, in_force: bool, operation: Operation) -> None:
    """Whether the item still stands as it did when the draft was begun."""
    stands = begun_from == newest and in_force is (operation not in (Operation.ADD, Operation.RESUME))
    if not stands:
        raise Refused(
            "base_moved",
            "起草以后，这个事项又有了新的版本或已经停办。请作废这份草案，从现行版本重新起草。",
            status=409,
        )
