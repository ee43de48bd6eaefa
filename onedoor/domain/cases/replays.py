"""Repeated requests and overtaken ones: telling the same request from another, and who was faster."""

from __future__ import annotations

import hmac
from uuid import UUID

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import queries as offices

from . import lineage, rules
from .engine.evolve import fold_all
from .engine.procedure import stage_name
from .engine.terms import Happened
from .events import KIND_NAMES
from .models import Case
from .statements import read_by_number
from .terms import Answer, Once


def answer_of(number: str, principal: str, once: Once) -> Answer | None:
    """The answer already given to this request, rebuilt from the facts; None if it is new.

    Raises Refused("idempotency_key_reused") when the key stood for another request.
    """
    case = read_by_number(number)
    if case is None:
        return None
    facts = journal.facts(case.id)
    first = next((f for f in facts if f.command_id == once.command_id), None)
    if first is None:
        return None
    if first.principal != principal or not hmac.compare_digest(first.command_hash or b"", once.command_hash):
        raise reused()
    until = [f for f in facts if f.seq <= first.seq]
    state = fold_all(Happened(f.kind, f.data, f.effective_at) for f in until)
    version = catalog.version(lineage.version_at(facts, first.seq, case.version_id))
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    derived = rules.derive(state, version, calendar, case.lead_department)
    return Answer(
        number, state.stage.value, stage_name(state, version.procedure), first.seq, derived.due_at, case.id
    )


def number_of(principal: str, once: Once) -> tuple[UUID, str] | None:
    """The case that this request created; None if it is new. Raises Refused("idempotency_key_reused")."""
    row = (
        Case.objects.filter(created_by=principal, command_id=once.command_id)
        .values_list("id", "number", "command_hash")
        .first()
    )
    if row is None:
        return None
    if not hmac.compare_digest(bytes(row[2] or b""), once.command_hash):
        raise reused()
    return row[0], row[1]


def reused() -> Refused:
    """The same key with another request."""
    return Refused("idempotency_key_reused", "这个 Idempotency-Key 已用于另一个请求，请换一个新的键。")


def overtaken(case_id: UUID, seq: int, expect: int) -> Refused:
    """A 409 that says who did what since."""
    if expect > seq:
        return Refused("expect_unknown", f"expect 为 {expect}，但办件只有 {seq} 条记录，请核对。", status=409)
    since = [f for f in journal.facts(case_id) if f.seq > expect]
    ids = {int(f.principal.removeprefix("user:")) for f in since if f.principal.startswith("user:")}
    names = offices.users(ids)
    told = []
    for fact in since:
        user = (
            names.get(int(fact.principal.removeprefix("user:")))
            if fact.principal.startswith("user:")
            else None
        )
        told.append(f"{user.name if user else '系统'}已“{KIND_NAMES.get(fact.kind, fact.kind)}”")
    return Refused("overtaken", f"这个办件刚有新的进展：{'，'.join(told)}。请刷新页面后再办理。", status=409)
