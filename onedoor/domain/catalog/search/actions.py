"""The only writing of a county's guided questions: begin, change, discard, publish, go back to the program's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.models import QuestionsDraft, QuestionsEdition
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.journal.terms import NewFact
from onedoor.plumbing.crypto import sm3

from . import guidance, queries, questions
from .questions import Choice
from .terms import QuestionsState
from .vocabulary import lock_words, note_words

#: Characters of an answer, of a question, and of one thing to search for; things that one answer leads to.
SAY, ASK, SOUGHT, LED = 40, 60, 60, 12


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes the questions of which county, when, and the revision of the draft that they have seen."""

    tenant_id: int
    principal: str
    at: datetime
    revision: int = 0


@transaction.atomic
def begin(*, by: Editor) -> QuestionsState:
    """Begin to change the questions that hold; a draft that is there stays."""
    lock_words(by.tenant_id, by.at)
    found = queries.draft(by.tenant_id)
    if found is not None:
        return found
    content = dict(guidance.holding(by.tenant_id).content)
    QuestionsDraft.objects.create(
        tenant_id=by.tenant_id, content=content, changed_at=by.at, changed_by=by.principal
    )
    _note(by, events.questions_changed(what="begun", about="", revision=1, digest=_digest(content), at=by.at))
    return _draft(by.tenant_id)


def add(*, by: Editor, path: str, values: Mapping[str, Any]) -> str:
    """Add an answer to the question at a path; where it now is. Values as for `change`.

    Raises Refused: answer_invalid with all problems, stale (409), no_draft, unknown_step.
    """
    fresh = _given(Choice(), values, first=False)
    there = ""

    def made(tree: Choice) -> Choice:
        nonlocal there
        changed, there = questions.added(tree, path, fresh)
        return changed

    _change(by, "added", lambda: there, made)
    return there


def change(*, by: Editor, path: str, values: Mapping[str, Any]) -> None:
    """Change what an answer says and where it leads, or how the first question asks.

    `values` may have say, ask, onward and together as texts, items, packages and find as lists of texts; what is not
    there stays. Raises Refused as `add`.
    """
    _change(
        by,
        "changed",
        lambda: path,
        lambda tree: questions.put(tree, path, lambda each: _given(each, values, first=not path)),
    )


def shift(*, by: Editor, path: str, by_places: int) -> None:
    """Move an answer up (-1) or down (1) among those beside it. Raises Refused: stale (409), no_draft, unknown_step."""
    _change(by, "moved", lambda: path, lambda tree: questions.shifted(tree, path, by_places))


def move(*, by: Editor, path: str, under: str) -> str:
    """Move an answer and all below it to another question; where it now is.

    Raises Refused: into_itself, stale (409), no_draft, unknown_step.
    """
    there = path

    def made(tree: Choice) -> Choice:
        nonlocal there
        changed, there = questions.moved(tree, path, under)
        return changed

    _change(by, "moved", lambda: there, made)
    return there


def remove(*, by: Editor, path: str) -> None:
    """Take an answer and all below it out. Raises Refused: first_question, stale (409), no_draft, unknown_step."""
    _change(by, "removed", lambda: path, lambda tree: questions.removed(tree, path))


@transaction.atomic
def discard(*, by: Editor) -> None:
    """Give the draft up; what holds stays. Raises Refused: stale (409), no_draft."""
    row = _locked(by)
    digest = _digest(row.content)
    row.delete()
    fact = events.questions_changed(what="discarded", about="", revision=by.revision, digest=digest, at=by.at)
    _note(by, fact)


@transaction.atomic
def publish(*, by: Editor) -> int:
    """Let the draft hold from now on; the number of its edition.

    Raises Refused: questions_faulty with a problem for each grave fault, stale (409), no_draft.
    """
    row = _locked(by)
    faults = [each for each in queries.faults_of(by.tenant_id, row.content) if each.grave]
    if faults:
        problems = tuple(Problem(f"/{each.path}", each.code, each.detail) for each in faults)
        raise Refused(
            "questions_faulty",
            f"还有 {len(faults)} 处问题，改好以后才能发布：{faults[0].detail}",
            errors=problems,
        )
    number = _edition(by, row.content)
    row.delete()
    return number


@transaction.atomic
def restore(*, by: Editor) -> int:
    """Let the questions that come with the program hold again; the number of the edition.

    Raises Refused("nothing_to_restore").
    """
    lock_words(by.tenant_id, by.at)
    if not guidance.holding(by.tenant_id).own:
        raise Refused("nothing_to_restore", "现在用的就是系统自带的问题，不用恢复。", status=409)
    return _edition(by, None)


def _edition(by: Editor, content: dict[str, Any] | None) -> int:
    digest = _digest(content if content is not None else guidance.built_in())
    editions = QuestionsEdition.objects.filter(tenant_id=by.tenant_id)
    number = (editions.aggregate(last=Max("number"))["last"] or 0) + 1
    QuestionsEdition.objects.create(
        tenant_id=by.tenant_id,
        number=number,
        content=content,
        digest=digest,
        published_at=by.at,
        published_by=by.principal,
    )
    fact = events.questions_published(number=number, own=content is not None, digest=digest, at=by.at)
    _note(by, fact, told=True)
    return number


@transaction.atomic
def _change(by: Editor, what: str, about: Callable[[], str], made: Callable[[Choice], Choice]) -> None:
    row = _locked(by)
    content = questions.write_tree(made(questions.read_tree(row.content)))
    if sum(1 for _ in questions.walk(questions.read_tree(content))) > 2 * questions.MOST:
        raise Refused("too_many_answers", f"回答太多了，最多 {questions.MOST} 个，请先删去一些。")
    row.content, row.revision = content, row.revision + 1
    row.changed_at, row.changed_by = by.at, by.principal
    QuestionsDraft.objects.filter(tenant_id=by.tenant_id).update(
        content=row.content, revision=row.revision, changed_at=row.changed_at, changed_by=row.changed_by
    )
    digest = _digest(content)
    _note(
        by,
        events.questions_changed(what=what, about=about(), revision=row.revision, digest=digest, at=by.at),
    )


def _locked(by: Editor) -> QuestionsDraft:
    """The draft as its editor has seen it, nobody else changing it meanwhile."""
    lock_words(by.tenant_id, by.at)
    row = QuestionsDraft.objects.filter(tenant_id=by.tenant_id).first()
    if row is None:
        raise Refused("no_draft", "没有正在修改的问题，可能已被发布或放弃，请重新打开。", status=404)
    if row.revision != by.revision:
        raise Refused("stale", "这些问题刚刚有人改过，请看过新的内容再改。", status=409)
    return row


def _draft(tenant_id: int) -> QuestionsState:
    found = queries.draft(tenant_id)
    if found is None:
        raise Refused("no_draft", "没有正在修改的问题，请先开始修改。", status=404)
    return found


def _given(choice: Choice, values: Mapping[str, Any], *, first: bool) -> Choice:
    """An answer with other values. Raises Refused("answer_invalid") with every problem."""
    given: dict[str, Any] = {
        key: str(values[key]).strip() for key in ("say", "ask", "onward", "together") if key in values
    }
    given |= {key: _listed(values[key]) for key in ("items", "packages", "find") if key in values}
    made = replace(choice, **given)
    problems = tuple(_problems(made, first=first))
    if problems:
        raise Refused("answer_invalid", problems[0].detail, errors=problems)
    return made


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in values if each.strip()))


def _problems(made: Choice, *, first: bool) -> list[Problem]:
    found = []
    if first and not made.ask:
        found.append(Problem("/ask", "ask_missing", "请写上第一个问题怎么问。"))
    if not first and not made.say:
        found.append(Problem("/say", "say_missing", "请写上这个回答怎么说，例如“刚要开张”。"))
    if first and (made.onward or made.items or made.packages or made.find or made.together):
        found.append(Problem("/ask", "first_leads", "第一个问题只能有回答，不能直接指到事项。"))
    for key, text, most in (
        ("say", made.say, SAY),
        ("ask", made.ask, ASK),
        ("together", made.together, SOUGHT),
    ):
        if len(text) > most or has_control(text):
            detail = f"最多 {most} 个字，不能有不可见的字符，请改短。"
            found.append(Problem(f"/{key}", "too_long", detail))
    for key, listed in (("items", made.items), ("packages", made.packages), ("find", made.find)):
        if len(listed) > LED:
            found.append(Problem(f"/{key}", "too_many", f"最多 {LED} 个，请只留最要紧的。"))
        if any(len(each) > SOUGHT or has_control(each) for each in listed):
            detail = f"每个最多 {SOUGHT} 个字，不能有不可见的字符，请改短。"
            found.append(Problem(f"/{key}", "too_long", detail))
    return found


def _digest(content: Mapping[str, Any]) -> bytes:
    return sm3(canonical(dict(content)))


def _note(by: Editor, fact: NewFact, *, told: bool = False) -> None:
    note_words(by.tenant_id, fact, by.principal, by.at, told=told)
