"""Reactions to the facts of cases: papers and messages. Idempotent, since a fact may be handed over twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.notices import actions as notices
from onedoor.domain.offices import queries as offices
from onedoor.domain.papers import actions as papers
from onedoor.domain.papers import queries as issued
from onedoor.domain.papers.terms import OrganRef, PaperKind

from . import agency, bundlerows, dossiers, lineage, membership, papering, statements
from .dossiers import APPLICATION
from .engine.clocks import PROMISED, STATUTORY
from .engine.schemas import SPECIAL_NAMES
from .engine.terms import Kind
from .events import BUNDLE_STREAM, MIGRATED, STREAM, BundleKind
from .models import Case
from .statements import Locked

_LOG = logging.getLogger("onedoor.cases")


def issue_papers(fact: Fact, *, at: datetime) -> None:
    """Issue and render the paper that a case's fact calls for."""
    kind = papering.kind_for(fact) if fact.stream_kind == STREAM else None
    if kind is None:
        return
    source = _source(fact)
    if source is None:
        return
    ref = papers.issue_paper(
        tenant_id=fact.tenant_id,
        stream_id=fact.stream_id,
        source_seq=fact.seq,
        kind=kind,
        organ=_organ(source, kind),
        holder_name=source.application["applicant"]["name"],
        data=papering.content(kind, source),
        at=at,
    )
    try:
        papers.render(ref.id, at)
    except Refused as refusal:
        # One paper that cannot be set must not hold up those of everybody else; it is tried again by and by.
        _LOG.error("paper %s was not rendered: %s", ref.id, refusal.code)


def _source(fact: Fact) -> papering.Source | None:
    number = Case.objects.filter(pk=fact.stream_id).values_list("number", flat=True).first()
    case = statements.read_by_number(number) if number else None
    if case is None:
        return None
    every = journal.facts(case.id)
    facts = tuple(f for f in every if f.seq <= fact.seq)
    version = catalog.version(lineage.version_at(every, fact.seq, case.version_id))
    application = _application_at(case, facts)
    return papering.Source(
        case=case,
        version=agency.with_letter(version, agency.agent_from(application)),
        fact=fact,
        state=papering.state_after(facts, fact.seq),
        application=application,
        written=_written(case, fact),
        tenant_name=offices.tenant(case.tenant_id).name,
        papers=issued.papers_of(case.id) if fact.kind == Kind.DELIVERED else (),
    )


def _application_at(case: Locked, facts: tuple[Fact, ...]) -> dict[str, Any]:
    """The application as it stood at the last of these facts."""
    versions = [
        f.data["dossier"]["version"] for f in facts if f.data.get("dossier", {}).get("kind") == APPLICATION
    ]
    found = dossiers.disclose(case_id=case.id, wrapped_key=case.wrapped_key, versions={versions[-1]})
    content: dict[str, Any] = found[versions[-1]]
    return content


def _written(case: Locked, fact: Fact) -> dict[str, Any]:
    noted = fact.data.get("dossier")
    if not noted or noted["kind"] == APPLICATION:
        return {}
    found = dossiers.disclose(case_id=case.id, wrapped_key=case.wrapped_key, versions={noted["version"]})
    content: dict[str, Any] = found[noted["version"]]
    return content


def _organ(source: papering.Source, kind: PaperKind) -> OrganRef:
    """Who signs: the deciding department; its name stands in the seal."""
    tenant = offices.tenant(source.case.tenant_id)
    department = offices.department(source.case.tenant_id, source.case.lead_department)
    if department is None:
        return OrganRef(tenant.name, "政务", tenant.demo)
    return OrganRef(department.name, department.organ_word, tenant.demo)


def learn_of_members(fact: Fact, *, at: datetime) -> None:
    """Let a bundle know what has become of its members, once, and open those that waited for it."""
    membership.learn(fact, at)


def tell_applicant(fact: Fact, *, at: datetime) -> None:
    """Send the applicant, the agent or both a short message about a fact that concerns them, once."""
    if fact.stream_kind == BUNDLE_STREAM:
        _tell_of_bundle(fact, at)
        return
    words = _WORDS.get(fact.kind) if fact.stream_kind == STREAM else None
    if words is None or _told_of_bundle(fact):
        return
    source = _source(fact)
    if source is None:
        return
    text = words.format(
        number=source.case.number,
        service=_short(source.version.name),
        until=_until(source),
        correct_by=_correct_by(fact),
        special=SPECIAL_NAMES.get(fact.data.get("kind", ""), ""),
        days=fact.data.get("days", ""),
    )
    for told_as, phone in agency.told(
        source.application, source.case.agency, at, begins=fact.kind == Kind.SUBMITTED
    ):
        notices.send(
            tenant_id=fact.tenant_id,
            key=f"{told_as}:{fact.stream_id}:{fact.seq}",
            phone=phone,
            text=text.replace("您申请的", "您代办的", 1) if told_as == "agent" else text,
            at=at,
        )


def _told_of_bundle(fact: Fact) -> bool:
    """Whether the fact is the receipt of a member that was filed with its bundle, of which one message tells."""
    return fact.kind == Kind.SUBMITTED and "bundle" in fact.data and fact.principal != membership.BUNDLE


def _tell_of_bundle(fact: Fact, at: datetime) -> None:
    """One message for all that was filed as one, and one when all of it is over."""
    words = _BUNDLE_WORDS.get(fact.kind)
    bundle = bundlerows.read_by_id(fact.stream_id) if words else None
    if words is None or bundle is None:
        return
    text = words.format(
        number=bundle.number,
        package=_short(bundle.package_name),
        of=len(bundle.state.members),
    )
    application = bundlerows.application(bundle)
    for told_as, phone in agency.told(application, bundle.agency, at, begins=True):
        notices.send(
            tenant_id=fact.tenant_id,
            key=f"{told_as}:{fact.stream_id}:{fact.seq}",
            phone=phone,
            text=text.replace("您申请的", "您代办的", 1) if told_as == "agent" else text,
            at=at,
        )


def _correct_by(fact: Fact) -> str:
    """By which day to correct, where the fact says so."""
    if "correct_by" not in fact.data:
        return "请登录查看清单，"
    last = date.fromisoformat(fact.data["correct_by"])
    return f"请在{last.month}月{last.day}日以前登录补正，"


def _until(source: papering.Source) -> str:
    """By which day the decision is to be made; "" where no limit is left that was not missed."""
    running = papering.running_in(source, source.state)
    for code in (PROMISED, STATUTORY):
        due = running[code].due.date if code in running else None
        if due is not None and code not in source.state.overdue:
            return f"最迟{due.month}月{due.day}日决定，"
    return ""


def _short(name: str) -> str:
    return name if len(name) <= 12 else name[:11] + "…"


_WORDS: Mapping[str, str] = {
    Kind.SUBMITTED: "您申请的“{service}”已收件，编号{number}，5个工作日内告知是否受理。",
    Kind.ACCEPTED: "您申请的“{service}”已受理，编号{number}，请留意办理进度。",
    Kind.DEEMED_ACCEPTED: "您申请的“{service}”自收件日起视为受理，编号{number}。",
    Kind.CORRECTION_NOTIFIED: "您申请的“{service}”需要补正，{correct_by}编号{number}。",
    Kind.DECLINED: "您申请的“{service}”不予受理，理由见通知书，编号{number}。",
    Kind.SUSPENDED: "您申请的“{service}”需{special}，约{days}个工作日不计时限，编号{number}。",
    Kind.RESUMED: "您申请的“{service}”恢复计时，{until}编号{number}。",
    Kind.EXTENDED: "您申请的“{service}”延期{days}个工作日，{until}编号{number}。",
    MIGRATED: "您申请的“{service}”改按新规定办理，{until}编号{number}。",
    Kind.DECIDED: "您申请的“{service}”已作出决定，请登录查看，编号{number}。",
    Kind.ISSUED: "您的“{service}”证照已制好，可以领取，编号{number}。",
    Kind.DELIVERED: "您申请的“{service}”已办结，欢迎评价，编号{number}。",
}
_BUNDLE_WORDS: Mapping[str, str] = {
    BundleKind.FILED: "您申请的“{package}”一件事已收件，共{of}个事项，编号{number}，一个编号可查全部进度。",
    BundleKind.CONCLUDED: "您申请的“{package}”一件事各事项都有了结果，编号{number}，请登录查看。",
}
