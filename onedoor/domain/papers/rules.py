"""Pure decisions of the papers room: titles and numbers, what each paper prints, codes, names and masks."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from onedoor.core.identifiers import mask_name, mask_numbers
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.papers.glyphs import missing_glyphs as missing_glyphs
from onedoor.domain.papers.terms import PAPER_NAMES, PaperKind

#: The series word that follows the organ's word in a document number, and the pattern of the title.
SERIES: Final[Mapping[PaperKind, str]] = {
    PaperKind.RECEIPT: "许收",
    PaperKind.ACCEPTANCE: "许受",
    PaperKind.CORRECTION: "许补",
    PaperKind.DECLINE: "许不受",
    PaperKind.SPECIAL: "许特",
    PaperKind.EXTENSION: "许延",
    PaperKind.APPROVAL: "许准",
    PaperKind.REFUSAL: "许不准",
    PaperKind.LICENCE: "许证",
    PaperKind.DELIVERY: "许送",
}
TITLES: Final[Mapping[PaperKind, str]] = {
    **PAPER_NAMES,
    PaperKind.APPROVAL: "准予{act}决定书",
    PaperKind.REFUSAL: "不予{act}决定书",
    PaperKind.LICENCE: "{name}",
}


class Shape(StrEnum):
    """What a value of a paper's data looks like."""

    TEXT = "text"  # one paragraph of text
    DATE = "date"  # "YYYY-MM-DD" or a date
    LINES = "lines"  # a list of texts
    ROWS = "rows"  # a list of {label, value}
    ITEMS = "items"  # a list of {name, problem, mend}
    MATERIALS = "materials"  # a list of {name, form, count, note}
    FLAG = "flag"  # true or false


#: The columns of a table-shaped value; the first is required in every row.
_COLUMNS: Final[Mapping[Shape, tuple[str, ...]]] = {
    Shape.ROWS: ("label", "value"),
    Shape.ITEMS: ("name", "problem", "mend"),
    Shape.MATERIALS: ("name", "form", "count", "note"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a paper's data."""

    key: str
    shape: Shape = Shape.TEXT
    required: bool = False


_CASE: Final = (
    Entry("service_name", required=True),
    Entry("case_number", required=True),
    Entry("act"),
    Entry("phone"),
    Entry("complaint_phone"),
    Entry("location"),
    Entry("remark"),
)
_REMEDIES: Final = (
    Entry("reasons", Shape.LINES, required=True),
    Entry("basis", Shape.LINES),
    Entry("review_organ"),
    Entry("court"),
)

#: What each kind prints. Other keys a caller hands in are left out, so nothing is kept that is not printed.
ENTRIES: Final[Mapping[PaperKind, tuple[Entry, ...]]] = {
    PaperKind.RECEIPT: (
        *_CASE,
        Entry("query_code", required=True),
        Entry("received_on", Shape.DATE),
        Entry("materials", Shape.MATERIALS),
        Entry("limit"),
        Entry("agent"),
        Entry("clerk"),
    ),
    PaperKind.ACCEPTANCE: (
        *_CASE,
        Entry("received_on", Shape.DATE),
        Entry("limit"),
        Entry("due_on", Shape.DATE),
        Entry("deemed", Shape.FLAG),
        Entry("basis", Shape.LINES),
    ),
    PaperKind.CORRECTION: (
        *_CASE,
        Entry("received_on", Shape.DATE),
        Entry("items", Shape.ITEMS, required=True),
        Entry("due_on", Shape.DATE),
        Entry("basis", Shape.LINES),
    ),
    PaperKind.DECLINE: (*_CASE, *_REMEDIES, Entry("received_on", Shape.DATE), Entry("other_organ")),
    PaperKind.SPECIAL: (
        *_CASE,
        Entry("accepted_on", Shape.DATE),
        Entry("special", required=True),
        Entry("started_on", Shape.DATE, required=True),
        Entry("needed", required=True),
        Entry("reasons", Shape.LINES, required=True),
    ),
    PaperKind.EXTENSION: (
        *_CASE,
        Entry("accepted_on", Shape.DATE),
        Entry("added", required=True),
        Entry("reasons", Shape.LINES, required=True),
        Entry("promised_former_on", Shape.DATE),
        Entry("promised_due_on", Shape.DATE),
        Entry("statutory_former_on", Shape.DATE),
        Entry("statutory_due_on", Shape.DATE),
    ),
    PaperKind.APPROVAL: (
        *_CASE,
        Entry("basis", Shape.LINES),
        Entry("accepted_on", Shape.DATE),
        Entry("content"),
        Entry("rows", Shape.ROWS),
        Entry("valid_from", Shape.DATE),
        Entry("valid_until", Shape.DATE),
        Entry("result_name"),
    ),
    PaperKind.REFUSAL: (*_CASE, *_REMEDIES, Entry("accepted_on", Shape.DATE)),
    PaperKind.LICENCE: (
        Entry("name", required=True),
        Entry("number"),
        Entry("holder_label"),
        Entry("rows", Shape.ROWS, required=True),
        Entry("valid_from", Shape.DATE),
        Entry("valid_until", Shape.DATE),
        Entry("remark"),
    ),
    PaperKind.DELIVERY: (
        *_CASE,
        Entry("documents", Shape.ROWS),
        Entry("way", required=True),
        Entry("method", required=True),
        Entry("receiver", required=True),
        Entry("courier_number"),
        Entry("delivered_on", Shape.DATE, required=True),
    ),
}


def printable(kind: PaperKind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `data` that a paper of this kind prints, in canonical form (dates as YYYY-MM-DD text).

    Refuses with `paper_data_invalid` and one problem for every entry that is missing or of a wrong shape.
    """
    result: dict[str, Any] = {}
    problems: list[Problem] = []
    for entry in ENTRIES[kind]:
        value = data.get(entry.key)
        if value is None or value == "" or value == []:
            if entry.required:
                problems.append(Problem(f"/{entry.key}", "required", "请补充这一项后再出具文书"))
            continue
        try:
            result[entry.key] = _shaped(entry.shape, value)
        except (ValueError, TypeError, KeyError):
            problems.append(Problem(f"/{entry.key}", "wrong_shape", f"请按“{entry.shape}”的格式填写这一项"))
    if problems:
        raise Refused(
            "paper_data_invalid", "文书内容不完整或格式不对，请按提示补齐后重新出具", errors=tuple(problems)
        )
    return result


def checked_holder(name: str) -> str:
    """The name a paper is addressed to. Refuses with `paper_data_invalid` if there is none."""
    holder = _text(name)
    if not holder:
        problem = Problem("/holder_name", "required", "请填写文书送达的申请人姓名或单位名称")
        raise Refused("paper_data_invalid", "文书没有写明申请人，请补充后重新出具", errors=(problem,))
    return holder


def _shaped(shape: Shape, value: Any) -> Any:
    if shape is Shape.FLAG:
        return bool(value)
    if shape is Shape.DATE:
        return (value if type(value) is date else date.fromisoformat(value)).isoformat()
    if shape is Shape.TEXT:
        return _text(value)
    if isinstance(value, str):
        raise TypeError("a list is wanted")
    if shape is Shape.LINES:
        return [_text(each) for each in value]
    first, *others = _COLUMNS[shape]
    return [{first: _text(row[first])} | {key: _text(row.get(key) or "") for key in others} for row in value]


def _text(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError("text is wanted")
    return unicodedata.normalize("NFC", str(value)).strip()


def title_of(kind: PaperKind, data: Mapping[str, Any]) -> str:
    """The paper's title; a decision names its act (行政许可 if the data says nothing), a licence itself."""
    return TITLES[kind].format(act=data.get("act", "行政许可"), name=data.get("name", ""))


def document_number(word: str, kind: PaperKind, year: int, number: int) -> str:
    """机关代字、文种、年份、顺序号, as in 明市监许受〔2026〕12号."""
    return f"{word}{SERIES[kind]}〔{year}〕{number}号"


# Crockford's base 32: no letter that is taken for a digit when read aloud or copied by hand.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 16
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def new_verify_code() -> str:
    """A random code of 80 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def normal_code(typed: str) -> str | None:
    """The code a person meant, None if it cannot be one; width, case, hyphens, lookalikes are forgiven."""
    code = unicodedata.normalize("NFKC", typed[:100]).upper().translate(_LOOKALIKES).strip()
    return code if len(code) == _CODE_LENGTH and set(code) <= set(_ALPHABET) else None


def grouped_code(code: str) -> str:
    """The code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def mask_holder(name: str) -> str:
    """A name that its owner recognises and a stranger does not learn: 张*, 欧***, 明渠***饭店."""
    if len(name) <= 6:
        return mask_name(name)
    kept = 2
    return name[:kept] + "*" * (len(name) - 2 * kept) + name[-kept:]


_NAME_LENGTH: Final = 120
#: Files and bytes that one account may hand in within 24 hours; the busiest window takes half of it.
FILES_A_DAY: Final = 2_000
BYTES_A_DAY: Final = 2 * 1024**3
_FORBIDDEN_IN_NAMES: Final = set('<>:"|?*\\/')


def clean_file_name(name: str, extension: str) -> str:
    """A file name that is safe to show and to save.

    It has no folders, controls or direction marks, ≤ 120 characters, and ends in `extension` (`.pdf`). People name
    scans by the number on them: a whole identity or telephone number is masked.
    """
    last = mask_numbers(unicodedata.normalize("NFC", name)).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        " " if unicodedata.category(each)[0] == "Z" else each
        for each in last
        if unicodedata.category(each)[0] != "C" and each not in _FORBIDDEN_IN_NAMES
    )
    stem = " ".join(kept.split())
    if "." in stem:
        stem = stem.rsplit(".", 1)[0]
    stem = stem.strip(" .")[: _NAME_LENGTH - len(extension)].strip(" .")
    return (stem or "未命名文件") + extension
