"""Packages that were filed, as the interface shows them: the whole, its members, what came of an act."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from onedoor.core.instants import format_instant
from onedoor.domain.cases.queries import BundleBrief, BundleSheet
from onedoor.domain.cases.terms import Answer, MemberLine

from .schemas import BundleAnswer


def answered(answer: Answer) -> dict[str, Any]:
    """What an act on a single case answers with."""
    found = asdict(answer)
    for inner in ("case_id", "members", "results"):
        del found[inner]
    return found


def with_members(answer: Answer) -> dict[str, Any]:
    """What an act on a package answers with."""
    return answered(answer) | {"members": [member(line) for line in answer.members]}


def member(line: MemberLine) -> dict[str, Any]:
    """A member as `MemberOut` says."""
    found = asdict(line) | {
        "number": line.number or None,
        "stage": line.stage or None,
        "after": list(line.after),
    }
    for inner in ("over", "mine"):
        del found[inner]
    return found


def bundle_answer(answer: Answer) -> HttpResponse:
    """A package after an act, as `BundleAnswer` says."""
    results = [asdict(result) | {"refused": result.refused or None} for result in answer.results]
    made = BundleAnswer(**(with_members(answer) | {"results": results}))
    return HttpResponse(made.model_dump_json(), content_type="application/json; charset=utf-8")


def package_of(brief: BundleBrief | None) -> dict[str, Any] | None:
    """The package a case was filed with, as `PackageOf` says."""
    if brief is None:
        return None
    return {"number": brief.number, "code": brief.package_code, "name": brief.package_name}


def bundle_out(sheet: BundleSheet) -> dict[str, Any]:
    """A package that was filed. Of members that the reader may not open, number, item and state are told."""
    return {
        "number": sheet.number,
        "package": sheet.package_code,
        "package_name": sheet.package_name,
        "version": sheet.package_number,
        "state": sheet.stage,
        "state_name": sheet.stage_name,
        "seq": sheet.seq,
        "due_at": written(sheet.due_at),
        "received_at": written(sheet.filed_at),
        "concluded_at": written(sheet.concluded_at),
        "channel": sheet.channel,
        "department": sheet.department_name,
        "applicant": asdict(sheet.applicant),
        "members": [member(line) | {"due_at": written(line.due_at)} for line in sheet.members],
        "over": sheet.over,
        "granted": sheet.granted,
        "allowed": [{"verb": verb.code, "name": verb.name} for verb in sheet.allowed],
    }


def facts_of_bundle(sheet: BundleSheet) -> list[dict[str, Any]]:
    """What has happened to a package, oldest first, as `FactOut` says."""
    found = [asdict(fact) for fact in reversed(sheet.facts)]
    return [fact | {"details": {"事项": fact["about"]} if fact["about"] else {}} for fact in found]


def written(instant: datetime | None) -> str | None:
    """An instant as text."""
    return format_instant(instant) if instant else None
