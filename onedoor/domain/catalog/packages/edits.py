"""Single changes of a package document, as an editor makes them. Pure: documents in, new documents out.

Members and questions are named by their place in the document, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.conditions import RESERVED

Document = dict[str, Any]


def _list(document: Mapping[str, Any], key: str) -> list[Any]:
    found = document.get(key)
    return list(found) if isinstance(found, list | tuple) else []


def _trimmed(values: Mapping[str, Any]) -> Document:
    """Without what says nothing: empty texts and lists, and None."""
    return {key: value for key, value in values.items() if value not in (None, "", [], ())}


def _at(entries: Sequence[Any], place: int) -> int:
    if not 0 <= place < len(entries):
        raise Refused("unknown_place", "这一项已经不在草稿里，请刷新页面后再改。", status=404)
    return place


def with_basics(document: Mapping[str, Any], values: Mapping[str, Any]) -> Document:
    """The document with other values; an empty one takes the key away."""
    return _trimmed({**deepcopy(dict(document)), **values})


def with_member(document: Mapping[str, Any], member: Mapping[str, Any]) -> Document:
    """The document with one more item at the end. Raises Refused: service_missing, member_twice."""
    members = _list(document, "members")
    _chosen(member)
    if any(each.get("service") == member["service"] for each in members):
        raise Refused("member_twice", "这个事项已经在这件一件事里，不用再加。")
    return {**deepcopy(dict(document)), "members": [*members, _trimmed(member)]}


def _chosen(member: Mapping[str, Any]) -> None:
    if not member.get("service"):
        raise Refused("service_missing", "请从目录里选一个事项。")


def member_changed(document: Mapping[str, Any], place: int, values: Mapping[str, Any]) -> Document:
    """The document with other values of a member; where its item is replaced, others wait for the new one."""
    made = deepcopy(dict(document))
    members = _list(made, "members")
    former = members[_at(members, place)]
    service = values.get("service", former.get("service"))
    if service != former.get("service"):
        _chosen(values)
        if any(each.get("service") == service for each in members):
            raise Refused("member_twice", "这个事项已经在这件一件事里，请另选一个。")
        for each in members:
            after = [service if code == former.get("service") else code for code in each.get("after", ())]
            each.update({"after": after} if after else {})
        # The names belong to the item that is no longer meant.
        former = {key: value for key, value in former.items() if key not in ("name", "department_name")}
    changed = _trimmed({**former, **values})
    if not changed.get("optional"):
        changed.pop("optional", None)
    members[place] = changed
    made["members"] = members
    return made


def without_member(document: Mapping[str, Any], place: int) -> Document:
    """The document without a member; nobody waits for it any more, but for what it waited for."""
    made = deepcopy(dict(document))
    members = _list(made, "members")
    gone = members.pop(_at(members, place))
    code = gone.get("service")
    for each in members:
        if code and code in each.get("after", ()):
            rest = [one for one in each["after"] if one != code]
            each["after"] = list(dict.fromkeys([*rest, *gone.get("after", ())]))
    made["members"] = [_trimmed(each) for each in members]
    return made


def moved(document: Mapping[str, Any], part: str, place: int, *, up: bool) -> Document:
    """The document with a member or question (`part` is members or questions) one place up or down; at the end of the
    list nothing changes."""
    made = deepcopy(dict(document))
    entries = _list(made, part)
    other = _at(entries, place) + (-1 if up else 1)
    if 0 <= other < len(entries):
        entries[place], entries[other] = entries[other], entries[place]
    made[part] = entries
    return made


def with_question(document: Mapping[str, Any], question: Mapping[str, Any]) -> Document:
    """The document with one more question, under a code of its own. Without a data element it gets one of its own.

    Raises Refused("question_twice") if the data element is asked about already.
    """
    questions = _list(document, "questions")
    element = question.get("element", "")
    if element and any(each.get("element") == element for each in questions):
        raise Refused("question_twice", "这一项已经问过了，不用再加。")
    code = _free(element, [each.get("code") for each in questions])
    made = _trimmed({"code": code, **question, "element": element or f"package.{code}"})
    return {**deepcopy(dict(document)), "questions": [*questions, made]}


def _free(element: str, taken: Sequence[Any]) -> str:
    """A code that no other question has and that conditions may name."""
    stem = element.rpartition(".")[2] if element else ""
    if stem and stem not in taken and stem not in RESERVED:
        return stem
    stem, number = (stem or "q")[:36], len(taken) + 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def question_changed(document: Mapping[str, Any], place: int, values: Mapping[str, Any]) -> Document:
    """The document with other values of a question; its code and data element stay."""
    made = deepcopy(dict(document))
    questions = _list(made, "questions")
    former = questions[_at(questions, place)]
    changed = _trimmed({**former, **values})
    if changed.get("required") is True:
        del changed["required"]
    questions[place] = changed
    made["questions"] = questions
    return made


def without_question(document: Mapping[str, Any], place: int) -> Document:
    """The document without a question; conditions that name it are left as they are, and are faults until mended."""
    made = deepcopy(dict(document))
    questions = _list(made, "questions")
    del questions[_at(questions, place)]
    made["questions"] = questions
    return made
