"""The writing of package drafts: begun, and composed step by step. `package_reviewing` has what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.models import Package
from onedoor.domain.catalog.models import PackageDraft as Row
from onedoor.domain.catalog.spelling import spell
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import actions as package_actions
from . import edits as package_edits
from .conditions import read
from .documents import read_package, write_package
from .draft_terms import Hand, PackageDraft, keeps
from .drafts import OPEN, examined, latest, seen
from .terms import PackageVersion as Parsed

Edit = Callable[[Mapping[str, Any]], dict[str, Any]]

#: Faults that a draft may have for a while, since another step mends them; any other is refused at once.
FOR_A_WHILE: Final = frozenset({
    "required", "audience_differs", "service_not_ready", "unknown_service", "element_types_differ", "choice_missing",
})  # fmt: skip
#: What an unknown item or a choice without a condition is, where it is just being chosen: no matter for later.
AT_ONCE: Final = frozenset({"unknown_service", "choice_missing"})


@transaction.atomic
def begin_package(*, actor: Principal, values: Mapping[str, Any], at: datetime) -> PackageDraft:
    """Begin a package that does not exist yet, with its first values; without a code it gets one from its name.

    Raises Refused: package_exists, draft_exists, not_your_department, and package_invalid with the values' faults.
    """
    tenant_id = actor.tenant_id
    package_actions.hold(tenant_id)
    code = str(values.get("code") or "") or _free_code(tenant_id, str(values.get("name", "")))
    document = package_edits.with_basics({}, {**values, "code": code})
    begun = ("/name", "/lead", "/code")
    found = problems(tenant_id, document, at)
    refuse([each for each in found if each.pointer in begun or each.code not in FOR_A_WHILE])
    if latest(tenant_id, code) is not None:
        raise Refused(
            "package_exists", f"编码“{code}”的一件事已经有了，请从它开始修改，或换一个编码。", status=409
        )
    return _begin(actor, code, document, None, at)


def _free_code(tenant_id: int, name: str) -> str:
    """A code that no package has, from the initials of a name."""
    _, initials = spell(name[:100])
    letters = "".join(char for char in initials.upper() if char.isascii() and char.isalnum())[:24]
    stem = f"YJS-{letters}" if letters else "YJS"
    taken = set(
        Package.objects.filter(tenant_id=tenant_id, code__startswith=stem).values_list("code", flat=True)
    )
    return next(
        code for n in range(1, len(taken) + 3) if (code := f"{stem}-{n}" if n > 1 else stem) not in taken
    )


@transaction.atomic
def begin_change(*, actor: Principal, code: str, at: datetime) -> PackageDraft:
    """Begin a draft from the version in force, or from the last one of a package that was retired.

    Raises Refused: unknown_package (404), draft_exists, not_your_department.
    """
    tenant_id = actor.tenant_id
    package_actions.hold(tenant_id)
    base = latest(tenant_id, code)
    if base is None:
        raise Refused("unknown_package", f"没有编码为“{code[:64]}”的一件事，请核对编码。", status=404)
    return _begin(actor, code, _unnamed(tenant_id, write_package(base), at), base, at)


def _unnamed(tenant_id: int, document: dict[str, Any], at: datetime) -> dict[str, Any]:
    """A published document without the names under which its items and departments were known: they get those of the
    day on which it is published again."""
    known = package_actions.offered(tenant_id, document, at)
    names = ("name", "department_name")
    members = [
        {key: value for key, value in member.items() if key not in names}
        if member.get("service") in known
        else member
        for member in document["members"]
    ]
    return {key: value for key, value in {**document, "members": members}.items() if key != "lead_name"}


def _begin(
    actor: Principal, code: str, document: dict[str, Any], base: Parsed | None, at: datetime
) -> PackageDraft:
    check_keeper(actor, document)
    tenant_id, principal = actor.tenant_id, actor.key
    package, _ = Package.objects.get_or_create(
        tenant_id=tenant_id, code=code, defaults={"stream_id": uuid7(at), "created_at": at}
    )
    if package.drafts.filter(state__in=OPEN).exists():
        raise Refused("draft_exists", "这件一件事已有一份草案，请打开它接着改。", status=409)
    row = Row.objects.create(
        package=package,
        tenant_id=tenant_id,
        state=PackageDraftState.DRAFTING.value,
        revision=1,
        content=document,
        base_number=number_in_force(package),
        author=principal,
        writers=[principal],
        begun_at=at,
        changed_at=at,
        changed_by=principal,
    )
    number = base.number if base is not None else 0
    append(package, events.package_draft_begun(code=code, number=number, at=at), principal, at)
    return seen(row, at)


def number_in_force(package: Package) -> int:
    """The number of the version in force, 0 for none."""
    found = package.versions.filter(retired_at__isnull=True).values_list("number", flat=True).first()
    return found or 0


def keep_basics(*, on: Hand, values: Mapping[str, Any]) -> PackageDraft:
    """Say what the package is: name, audience, lead, promise and so on, by the keys of the document."""
    return _edit(on, "basics_kept", "", lambda document: package_edits.with_basics(document, values))


def add_member(*, on: Hand, service: str) -> PackageDraft:
    """Take one more item into the package. Raises Refused: member_twice, package_invalid."""
    return _edit(
        on,
        "member_added",
        service,
        lambda document: package_edits.with_member(document, {"service": service}),
        strict=AT_ONCE,
    )


def keep_member(*, on: Hand, place: int, values: Mapping[str, Any]) -> PackageDraft:
    """Say when a member is needed, why, after which others, and whether it is optional; with `service` it becomes
    another item."""
    return _edit(
        on,
        "member_kept",
        f"/members/{place}",
        lambda document: package_edits.member_changed(document, place, values),
        strict=AT_ONCE,
    )


def drop_member(*, on: Hand, place: int) -> PackageDraft:
    """Take an item out of the package."""
    return _edit(
        on,
        "member_dropped",
        f"/members/{place}",
        lambda document: package_edits.without_member(document, place),
        lenient=True,
    )


def add_question(*, on: Hand, question: Mapping[str, Any]) -> PackageDraft:
    """Ask one more question first; bound to a data element, its answer goes into the forms. Raises
    Refused("question_twice")."""
    label = str(question.get("label", ""))
    return _edit(
        on, "question_added", label, lambda document: package_edits.with_question(document, question)
    )


def keep_question(*, on: Hand, place: int, values: Mapping[str, Any]) -> PackageDraft:
    """Change a question. Raises Refused("question_in_use") if a condition could not be understood any more."""
    return _edit(
        on,
        "question_kept",
        f"/questions/{place}",
        lambda document: package_edits.question_changed(document, place, values),
    )


def drop_question(*, on: Hand, place: int) -> PackageDraft:
    """Ask a question no more; the conditions that name it are faults until they are mended."""
    return _edit(
        on,
        "question_dropped",
        f"/questions/{place}",
        lambda document: package_edits.without_question(document, place),
        lenient=True,
    )


def move(*, on: Hand, part: str, place: int, up: bool) -> PackageDraft:
    """Put a member or question (`part` is members or questions) one place up or down."""
    if part not in ("members", "questions"):
        raise Refused("unknown_place", "只能移动事项和问题，请刷新页面后再试。", status=404)
    return _edit(
        on,
        f"{part}_moved",
        f"/{part}/{place}",
        lambda document: package_edits.moved(document, part, place, up=up),
        lenient=part == "members",
    )


@transaction.atomic
def _edit(
    on: Hand,
    what: str,
    about: str,
    edit: Edit,
    *,
    lenient: bool = False,
    strict: frozenset[str] = frozenset(),
) -> PackageDraft:
    """Change a draft, unless that brings a fault into it which no later step would mend; `strict` are faults that are
    refused here all the same, and with `lenient` none is.

    Raises Refused: unknown_draft (404), draft_moved_on (409), draft_in_review (409), package_invalid.
    """
    row = held(on)
    if row.state != PackageDraftState.DRAFTING:
        raise Refused("draft_in_review", "草案已送审，请先退回修改，再改内容。", status=409)
    made = edit(row.content)
    check_keeper(on.actor, made)
    if not lenient:
        # What is chosen here must exist even in a package that may name items which the catalogue lacks.
        ready = {"ready": True} if strict else {}
        known = {(p.code, p.detail) for p in problems(on.tenant_id, {**row.content, **ready}, on.at)}
        found = problems(on.tenant_id, {**made, **ready}, on.at)
        new = [p for p in found if (p.code, p.detail) not in known]
        refuse([p for p in new if p.code not in FOR_A_WHILE or p.code in strict])
        _still_understood(row.content, made)
    told = _about(row.content, about)
    row.content = made
    changed(row, on, writer=True)
    fact = events.package_draft_changed(
        code=on.code, revision=row.revision, what=what, about=told, digest=sm3(canonical(made)), at=on.at
    )
    append(row.package, fact, on.principal, on.at)
    return seen(row, on.at)


def _about(content: Mapping[str, Any], about: str) -> str:
    """What a place in the document is called: the code of an item or question."""
    if not about.startswith("/"):
        return about
    _, part, place = about.split("/")
    entries = content.get(part, [])
    entry = entries[int(place)] if int(place) < len(entries) else {}
    return str(entry.get("service") or entry.get("label") or entry.get("name") or "")


def _still_understood(former: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    """No condition that could be understood before may be left hanging by another kind of answer."""
    old, _ = read_package(former)
    new, _ = read_package(made)
    kept = {question.code for question in new.questions}
    was = {member.service or member.name: member.when for member in old.members}
    for member in new.members:
        same = was.get(member.service or member.name) == member.when
        clauses = read(member.when, old.questions)
        if not same or clauses is None or not all(each.question in kept for each in clauses.clauses):
            continue
        if read(member.when, new.questions) is None:
            name = member.name or member.service
            raise Refused(
                "question_in_use",
                f"“{name}”的条件用到了这个问题现在的答法，改了以后条件就不成立了，请先改“{name}”的条件。",
            )


def held(on: Hand) -> Row:
    """The open draft, locked, as somebody who has seen it may change it.

    Raises Refused: unknown_draft (404), not_your_department (403), in_batch, draft_moved_on (409).
    """
    rows = Row.objects.select_for_update(of=("self",)).select_related("package")
    row = rows.filter(tenant_id=on.tenant_id, package__code=on.code, state__in=OPEN).first()
    if row is None:
        raise Refused("unknown_draft", "这份草案已经发布或作废，请从列表重新打开。", status=404)
    check_keeper(on.actor, row.content)
    if row.batch is not None:
        raise Refused(
            "in_batch",
            f"这份草案是批次“{row.batch.name}”里的一行，和整批一起审核。单独要改的，请在批次里退回这一行。",
            status=409,
        )
    if row.revision != on.revision:
        raise Refused("draft_moved_on", "您打开以后，草案又被改过。请看清现在的内容，再改一次。", status=409)
    return row


def check_keeper(actor: Principal, document: Mapping[str, Any]) -> None:
    """Raise Refused("not_your_department", 403) unless somebody keeps the packages of the leading department."""
    if not keeps(actor, str(document.get("lead", ""))):
        raise Refused(
            "not_your_department",
            "这件一件事由别的部门牵头，请由该部门或政务服务中心的事项管理员办理。",
            status=403,
        )


def changed(row: Row, on: Hand, *, writer: bool = False) -> None:
    """Write the row as a further revision; a `writer` has worked on the content."""
    row.revision += 1
    row.changed_at, row.changed_by = on.at, on.principal
    if writer and on.principal not in row.writers:
        row.writers = [*row.writers, on.principal]
    row.save()


def problems(tenant_id: int, document: Mapping[str, Any], at: datetime) -> tuple[Problem, ...]:
    """Everything wrong with a document by the items in force."""
    return examined(document, package_actions.offered(tenant_id, document, at))[1]


def refuse(found: Sequence[Problem]) -> None:
    """Raise Refused("package_invalid") for any problems."""
    if found:
        detail = f"有 {len(found)} 处需要修改，请按提示改好后再保存。"
        raise Refused("package_invalid", detail, errors=tuple(found))


def append(package: Package, fact: NewFact, principal: str, at: datetime) -> None:
    """Add a fact to the stream of a package."""
    journal.append(
        stream_id=package.stream_id,
        tenant_id=package.tenant_id,
        stream_kind=events.PACKAGE_STREAM,
        principal=principal,
        at=at,
        facts=[fact],
    )
