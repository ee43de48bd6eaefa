"""What a batch must be for each step of its life. Pure: refusals out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.states import BatchState

from .terms import LARGEST, MOST_ROWS, STATE_NAMES

SUFFIXES = (".xlsx", ".csv", ".json", ".yaml", ".yml")
#: So many codes are named where all would be too long.
NAMED = 5
#: So many rows may be returned at once.
MOST_RETURNED = 200


def suffix_of(name: str) -> str:
    """The ending of a file's name. Raises Refused: file_missing, unknown_file_kind."""
    if not name:
        raise Refused("file_missing", "还没有选择文件，请先选择要导入的文件。")
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refused("unknown_file_kind", "只能导入 .xlsx、.csv、.json 或 .yaml 文件，请转换格式后再试。")
    return suffix


def check_size(size: int, largest: int = LARGEST) -> None:
    """Whether a file is small enough to be looked into."""
    if size > largest:
        raise Refused(
            "file_too_large",
            f"文件有 {size / 1024 / 1024:.0f} MB，超过 {largest >> 20} MB，没有读取。请按部门分成几个文件，分别导入。",
            status=413,
        )


def check_rows(rows: int, most: int = MOST_ROWS) -> None:
    """Whether a file holds so few items and packages that somebody can review them."""
    if rows > most:
        raise Refused(
            "too_many_rows", f"文件里有 {rows:,} 个事项和一件事，一批最多 {most:,} 个，请分成几个文件。"
        )


def check_state(state: BatchState, wanted: Sequence[BatchState]) -> None:
    """Whether a step can be taken in this state."""
    if state not in wanted:
        raise Refused(
            "batch_state", f"这个批次现在是“{STATE_NAMES[state]}”，不能办这一步，请刷新页面。", status=409
        )


def check_revision(now: int, seen: int) -> None:
    """Whether the batch is still as whoever acts has seen it."""
    if now != seen:
        raise Refused("batch_changed", "您打开页面以后，这个批次已有变化。请核对最新内容后再办。", status=409)


def check_author(actor: str, author: str) -> None:
    """Whoever brought the file hands it in."""
    if actor != author:
        raise Refused("not_your_file", "请由导入这个文件的人送审。", status=403)


def check_another(actor: str, concerned: Collection[str]) -> None:
    """Nobody approves what they have brought or checked."""
    if actor in concerned:
        raise Refused(
            "reviewed_by_writer", "导入或核对过这个批次的人不能审核，请由另一位事项管理员审核。", status=403
        )


def check_filled(entries: int) -> None:
    """Whether there is anything in a batch."""
    if not entries:
        raise Refused("nothing_changed", "批次里没有要变的内容，不用送审。")


def check_chosen(chosen: int, found: int) -> None:
    """Whether the rows that are to be returned are there, and not too many for one step."""
    if not chosen or chosen != found:
        raise Refused("no_rows", "还没有选择要退回的行，或者它已不在这个批次里。请在列表里勾选。")
    if chosen > MOST_RETURNED:
        raise Refused("too_many_rows", f"一次最多退回 {MOST_RETURNED} 行；问题多的，请整批退回。")


def check_moved(codes: Sequence[str]) -> None:
    """Whether everything that a batch changes still stands as it did when the file was checked."""
    if codes:
        more = f"等 {len(codes)} 个" if len(codes) > NAMED else ""
        raise Refused(
            "base_moved",
            f"检查文件以后，{'、'.join(codes[:NAMED])}{more}又有了新的版本或已经停办，整批都没有施行。"
            "请退回这些行，或者作废这个批次，按现行内容重新导入。",
            status=409,
            errors=tuple(
                Problem(f"/{code}", "base_moved", "检查文件以后有了新的版本，或已经停办。")
                for code in codes[:MOST_RETURNED]
            ),
        )
