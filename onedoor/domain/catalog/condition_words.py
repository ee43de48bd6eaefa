"""A condition in Chinese, as people say it. Pure.

`area > 100 && cold == "yes"` is 经营面积超过 100 平方米，并且制售冷食: a question that asks yes or no (是否制售冷食)
becomes a statement, a number takes the unit of its question. What was chosen stays beside its question in quotation
marks, since its words alone would not say of what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from .condition_reading import Joined, NoWords, Said, Tree, taken_apart
from .terms import Field, Section, ServiceVersion

#: 达到 and 不超过 take in the number itself, 超过 and 不到 do not.
_NUMBERS = {">": "超过", ">=": "达到", "<": "不到", "<=": "不超过", "==": "是", "!=": "不是"}
_COUNTS = {
    ">": "超过 {} 项",
    ">=": "至少 {} 项",
    "<": "不到 {} 项",
    "<=": "最多 {} 项",
    "==": "正好 {} 项",
    "!=": "不是 {} 项",
}
_DAYS = {">": "晚于{}", ">=": "不早于{}", "<": "早于{}", "<=": "不晚于{}", "==": "是{}", "!=": "不是{}"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
#: A unit in brackets at the end of a question: 经营面积（平方米）.
_UNIT = re.compile(
    r"(?P<rest>.+)（(?P<unit>[十百千万亿]?(?:平方|立方)?"
    r"(?:毫米|厘米|公里|千米|米|公顷|亩|吨|千克|公斤|克|升|元|人|户|个|台|辆|间|套|头|只|张|层"
    r"|年|个?月|天|日|小时|岁|次|千瓦|%|％))）"
)
#: Words at the end of a question that ask for a number.
_HOW_MANY = re.compile(r"(?:是)?(?:有)?(?:多少|多大|多高|多长|多重|几)$")
_ASKS = re.compile(r"多[少大高长久重]|什么|怎|如何|为何|[几哪谁吗呢？?]")
_STOPS = re.compile(r"[，。；：“”]")
#: What asks yes or no in a question, and what stands in its place in the answer yes and in the answer no.
_YES_OR_NO = (
    ("是不是", "是", "不是"),
    ("有没有", "有", "没有"),
    ("有无", "有", "没有"),
    ("要不要", "要", "不"),
    ("会不会", "会", "不会"),
    ("能不能", "能", "不能"),
    ("需不需要", "需要", "不需要"),
    ("是否", "", "不"),
)
_DOUBLED = re.compile(r"(?P<verb>[\u3400-\u9fff])不(?P=verb)")
#: After 是否 these need more than 不 before them; the answer no keeps its question.
_NOT_SIMPLY = ("已", "快", "曾", "未", "不", "没", "无", "正", "将", "属", "能", "可")
_PAIRS = tuple(
    frozenset(pair.split())
    for pair in ("是 否", "是 不是", "有 没有", "有 无", "要 不要", "会 不会", "能 不能")
)
_YES = frozenset("是有要会能")


def in_words(source: str, sections: Iterable[Section]) -> str:
    """A condition as people say it, "" for none; one that has no words stands there as it is written."""
    if not source:
        return ""
    fields = {field.code: field for section in sections for each in section.fields for field in _all(each)}
    try:
        return _said(taken_apart(source, fields.keys()), fields)
    except NoWords:
        return f"条件“{source}”成立"


def needed_when(version: ServiceVersion, source: str) -> str:
    """Of whom something is wanted under a condition: 制售冷食的; "" for no condition."""
    return of_those(in_words(source, version.sections))


def of_those(words: str) -> str:
    """A condition in words made into those whom it is about; Chinese keeps its distance from figures."""
    end = " 的" if words[-1:].isascii() else "" if words.endswith("的") else "的"
    return f"{words}{end}" if words else ""


def _all(field: Field) -> Iterable[Field]:
    return (field, *field.fields)


def _said(tree: Tree, fields: Mapping[str, Field], *, inside: bool = False) -> str:
    if isinstance(tree, Said):
        return _statement(tree, fields[tree.question])
    parts = _ranges(tree, fields) or [_said(part, fields, inside=True) for part in tree.parts]
    if inside:
        return f"（{('，或者' if tree.any_of else '，并且').join(parts)}）"
    *first, last = parts
    return "，".join(first) + f"{'，或者' if tree.any_of else '，并且'}{last}" if first else last


def _ranges(tree: Joined, fields: Mapping[str, Field]) -> list[str]:
    """The parts in words where a number is between two others, its question said once; [] where none is."""
    parts: list[str] = []
    former: Said | None = None
    for part in tree.parts:
        between = (
            not tree.any_of
            and isinstance(part, Said)
            and former is not None
            and (part.question, part.counted) == (former.question, former.counted)
            and {part.how[:1], former.how[:1]} == {"<", ">"}
            and fields[part.question].type in ("number", "money")
        )
        if between and isinstance(part, Said):
            parts[-1] += f"、{_amount(part, _measure(fields[part.question])[1])}"
        else:
            parts.append(_said(part, fields, inside=True))
        former = part if isinstance(part, Said) else None
    return parts


def _statement(said: Said, field: Field) -> str:
    if said.values == ("null",) or (said.quoted and said.values == ("",)):
        return f"{'没填' if said.how == '==' else '填了'}{_quoted(field)}"
    if said.counted:
        return _counted(said, field)
    if said.how in ("in", "not in"):
        return _ticked(said, field)
    if not said.quoted and said.values[0] in ("true", "false"):
        return _answered(said, field)
    if field.type in ("number", "money") and not said.quoted:
        return _measured(said, field)
    if field.type == "date":
        return _dated(said, field)
    if field.options:
        return _chosen(said, field)
    if said.how not in ("==", "!="):
        raise NoWords
    return f"{_quoted(field)}{'填的是' if said.how == '==' else '填的不是'}{_listed(said, field)}"


def _quoted(field: Field) -> str:
    return f"“{field.label}”"


def _listed(said: Said, field: Field, join: str = "或") -> str:
    """The values as the form words them."""
    labels = {option.value: option.label for option in field.options}
    return join.join(f"“{labels.get(value, value)}”" for value in said.values)


def _answered(said: Said, field: Field) -> str:
    if said.how not in ("==", "!="):
        raise NoWords
    yes = said.values == ("true",)
    stated = yes_or_no(field.label, yes=yes) if said.how == "==" else ""
    return stated or f"{_quoted(field)}{'选' if said.how == '==' else '没选'}“{'是' if yes else '否'}”"


def _chosen(said: Said, field: Field) -> str:
    if said.how not in ("==", "!="):
        raise NoWords
    if said.how == "==" and len(said.values) == 1:
        labels = {option.value: option.label for option in field.options}
        if frozenset(labels.values()) in _PAIRS and said.values[0] in labels:
            stated = yes_or_no(field.label, yes=labels[said.values[0]] in _YES)
            if stated:
                return stated
    return f"{_quoted(field)}{'选' if said.how == '==' else '没选'}{_listed(said, field)}"


def _ticked(said: Said, field: Field) -> str:
    if said.how == "not in":
        return f"{_quoted(field)}没选{_listed(said, field)}"
    return f"{_quoted(field)}{'同时选了' if said.every else '选了'}{_listed(said, field, '和' if said.every else '或')}"


def yes_or_no(label: str, *, yes: bool) -> str:
    """What somebody says who answers a question yes, or no; "" where the question does not tell how to say it."""
    label = label.rstrip("？?")
    if _STOPS.search(label):
        return ""
    if label.endswith("吗"):
        stated = label[:-1]
        return stated if yes and not _ASKS.search(stated) and not list(_asking(stated)) else ""
    found = list(_asking(label))
    if len(found) != 1 or _ASKS.search(label) or label.count(found[0][0]) != 1:
        return ""
    asks, said, denied = found[0]
    before, _, rest = label.partition(asks)
    if not rest or rest.startswith(("没", "不")):
        return ""
    if asks == "是否" and not yes:
        if rest.startswith("有"):
            denied = "没"
        elif rest.startswith(_NOT_SIMPLY):
            return ""
    return f"{before}{said if yes else denied}{rest}"


def _asking(label: str) -> Iterator[tuple[str, str, str]]:
    """What asks yes or no in a question, with what is said for yes and for no."""
    listed = [each for each in _YES_OR_NO if each[0] in label]
    yield from listed
    if not listed:
        yield from ((each[0], each["verb"], f"不{each['verb']}") for each in _DOUBLED.finditer(label))


def _measure(field: Field) -> tuple[str, str]:
    """A question for a number as a statement begins with it, and the unit."""
    found = _UNIT.fullmatch(field.label.rstrip("？?"))
    label, unit = (found["rest"], found["unit"]) if found else (field.label.rstrip("？?"), "")
    bare = _HOW_MANY.sub("", label)
    named = bare if bare and not _ASKS.search(bare) and (unit or bare == label) else f"“{label}”"
    return named, unit or ("元" if field.type == "money" else "")


def _amount(said: Said, unit: str) -> str:
    number = said.values[0]
    if len(said.values) > 1 or not _NUMBER.fullmatch(number):
        raise NoWords
    return f"{_NUMBERS[said.how]} {number}{f' {unit}' if unit else ''}"


def _measured(said: Said, field: Field) -> str:
    named, unit = _measure(field)
    if len(said.values) > 1 and said.how in ("==", "!="):
        return f"{named}{_NUMBERS[said.how]} {' 或 '.join(said.values)}{f' {unit}' if unit else ''}"
    return f"{named}{_amount(said, unit)}"


def _counted(said: Said, field: Field) -> str:
    if field.type not in ("group", "choices"):
        raise NoWords
    verb = "填" if field.type == "group" else "选"
    bound = (said.how, said.values[0])
    if bound in (("==", "0"), ("<", "1"), ("<=", "0")):
        return f"没{verb}{_quoted(field)}"
    if bound in ((">", "0"), ("!=", "0"), (">=", "1")):
        return f"{verb}了{_quoted(field)}"
    return f"{_quoted(field)}{verb}了{_COUNTS[said.how].format(said.values[0])}"


def _dated(said: Said, field: Field) -> str:
    try:
        days = [date.fromisoformat(value) for value in said.values]
    except ValueError:
        raise NoWords from None
    label = field.label.rstrip("？?")
    named = f"“{label}”" if _ASKS.search(label) else label
    written = "或".join(f"{day.year}年{day.month}月{day.day}日" for day in days)
    return f"{named}{_DAYS[said.how].format(written)}"
