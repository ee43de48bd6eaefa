"""What becomes of a package draft: handed in, given back, published by a second person, or given up; and retiring."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.models import PackageDraft as Row
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import actions as package_actions
from . import rules as package_rules
from .documents import write_package
from .draft_terms import Hand, PackageDraft
from .drafting import append, changed, check_keeper, held, number_in_force, problems, refuse
from .drafts import OPEN, latest, seen
from .terms import PackageVersion

_LONGEST_REASON: Final = 500


@transaction.atomic
def hand_in(*, on: Hand, reason: str) -> PackageDraft:
    """Hand a draft over to be reviewed by somebody else, and say why there should be this version.

    Raises Refused: package_invalid with every fault, nothing_changed, reason_missing, draft_in_review.
    """
    row = held(on)
    if row.state != PackageDraftState.DRAFTING:
        raise Refused("draft_in_review", "草案已经送审，请等审核结果。", status=409)
    refuse(problems(on.tenant_id, row.content, on.at))
    draft = seen(row, on.at)
    if draft.base is not None and write_package(draft.base) == write_package(draft.package):
        raise Refused("nothing_changed", "草案和在用的版本没有不同，不用送审；不改了可以作废草案。")
    row.reason = _reason(reason, "请写明为什么要这样定，例如依据的文件。")
    row.state, row.fault = PackageDraftState.REVIEWING.value, ""
    row.base_number = number_in_force(row.package)
    changed(row, on)
    fact = events.package_draft_handed_in(
        code=on.code, revision=row.revision, reason=row.reason, digest=sm3(canonical(row.content)), at=on.at
    )
    append(row.package, fact, on.principal, on.at)
    return seen(row, on.at)


@transaction.atomic
def hand_back(*, on: Hand, reason: str) -> PackageDraft:
    """Give a draft back to be changed, with what is to be mended. Raises Refused: draft_not_handed_in,
    reason_missing."""
    row = held(on)
    _in_review(row)
    row.fault = _reason(reason, "请写明要改什么。")
    row.state = PackageDraftState.DRAFTING.value
    changed(row, on)
    fact = events.package_draft_handed_back(code=on.code, revision=row.revision, reason=row.fault, at=on.at)
    append(row.package, fact, on.principal, on.at)
    return seen(row, on.at)


@transaction.atomic
def publish_draft(*, on: Hand) -> PackageVersion:
    """Put a reviewed draft into force as the next version. Whoever publishes has not worked on it.

    Raises Refused: draft_not_handed_in, same_person (403), base_moved_on (409) if another version came into force
    meanwhile, and package_invalid if items have changed so that the draft has become faulty.
    """
    package_actions.hold(on.tenant_id)
    row = held(on)
    _in_review(row)
    if on.principal in row.writers:
        raise Refused(
            "same_person", "参与编写的人不能自己审核发布，请由另一位事项管理员核对后发布。", status=403
        )
    if number_in_force(row.package) != row.base_number:
        raise Refused(
            "base_moved_on", "送审以后又发布了新的版本，请退回草案，按新版本核对后再送审。", status=409
        )
    offered = package_actions.offered(on.tenant_id, row.content, on.at)
    wanted = package_actions.named(on.tenant_id, package_rules.parse_package(row.content, offered), on.at)
    made = package_actions.put_into_force(on.tenant_id, wanted, on.principal, on.at)
    row.state, row.reviewer = PackageDraftState.DONE.value, on.principal
    changed(row, on)
    return made


@transaction.atomic
def abandon(*, on: Hand, reason: str) -> None:
    """Give a draft up; what is in force stays. Raises Refused("reason_missing")."""
    row = held(on)
    row.fault = _reason(reason, "请写明为什么作废。")
    row.state = PackageDraftState.ABANDONED.value
    changed(row, on)
    fact = events.package_draft_abandoned(code=on.code, revision=row.revision, reason=row.fault, at=on.at)
    append(row.package, fact, on.principal, on.at)


def retire(*, actor: Principal, code: str, reason: str, at: datetime) -> None:
    """Take a package out of force; what was filed under it goes on. Raises Refused: reason_missing, unknown_package,
    not_your_department, draft_exists while a draft is open."""
    tenant_id, base = actor.tenant_id, latest(actor.tenant_id, code)
    if base is not None:
        check_keeper(actor, {"lead": base.lead})
    if Row.objects.filter(tenant_id=tenant_id, package__code=code, state__in=OPEN).exists():
        raise Refused("draft_exists", "这件一件事还有一份草案，请先发布或作废草案，再停用。", status=409)
    package_actions.retire_package(
        tenant_id=tenant_id,
        code=code,
        reason=_reason(reason, "请写明停用这件一件事的原因。"),
        principal=actor.key,
        at=at,
    )


def _reason(text: str, missing: str) -> str:
    found = " ".join(text.split())
    if not found:
        raise Refused("reason_missing", missing, errors=(Problem("/reason", "reason_missing", missing),))
    if len(found) > _LONGEST_REASON:
        detail = f"理由共 {len(found)} 字，请缩短到 {_LONGEST_REASON} 字以内。"
        raise Refused("reason_too_long", detail, errors=(Problem("/reason", "reason_too_long", detail),))
    return found


def _in_review(row: Row) -> None:
    if row.state != PackageDraftState.REVIEWING:
        raise Refused("draft_not_handed_in", "草案还没有送审，请先送审。", status=409)
