"""Facts the cases room publishes, in streams of kind `case` named by the case id, and of kind `bundle` named by the
bundle's.

`data` never holds what a person wrote or who they are: that lies in the dossier, and `data["dossier"]` names its
version, kind and salted SM3.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from onedoor.domain.journal.terms import NewFact

from .engine.terms import KIND_NAMES as ENGINE_KIND_NAMES
from .engine.terms import Kind

STREAM = "case"
#: In a case's stream beside what the engine makes: the case goes on under another version of its item.
MIGRATED = "case.migrated"
#: What every kind of fact in a case's stream is called.
KIND_NAMES: Mapping[str, str] = {**ENGINE_KIND_NAMES, MIGRATED: "改按现行版本办理"}
#: The stream of what was applied for as one.
BUNDLE_STREAM = "bundle"
#: In the access log of a user and day (stream kind `access` of the people room).
LIST_EXPORTED = "cases.list_exported"
APPLICANT_READ = "cases.applicant_read"

__all__ = [
    "APPLICANT_READ",
    "BUNDLE_KIND_NAMES",
    "BUNDLE_STREAM",
    "KIND_NAMES",
    "LIST_EXPORTED",
    "MIGRATED",
    "STREAM",
    "BundleKind",
    "Kind",
    "applicant_read",
    "list_exported",
    "migrated",
]


class BundleKind(StrEnum):
    """Every kind of fact in a bundle's stream. Members are named by service, or by case once they have one."""

    DRAFT_SAVED = "bundle.draft_saved"
    DRAFT_WITHDRAWN = "bundle.draft_withdrawn"
    DRAFT_EXPIRED = "bundle.draft_expired"
    FILED = "bundle.filed"
    MEMBER_DECIDED = "bundle.member_decided"
    MEMBER_OPENED = "bundle.member_opened"
    MEMBER_OVER = "bundle.member_over"
    MEMBER_DROPPED = "bundle.member_dropped"
    WITHDRAWN = "bundle.withdrawn"
    CONCLUDED = "bundle.concluded"


BUNDLE_KIND_NAMES: Mapping[str, str] = {
    BundleKind.DRAFT_SAVED: "保存草稿",
    BundleKind.DRAFT_WITHDRAWN: "申请人作废草稿",
    BundleKind.DRAFT_EXPIRED: "草稿到期作废",
    BundleKind.FILED: "提交一件事申请",
    BundleKind.MEMBER_DECIDED: "事项作出决定",
    BundleKind.MEMBER_OPENED: "前置事项已准予，自动收件",
    BundleKind.MEMBER_OVER: "事项办结",
    BundleKind.MEMBER_DROPPED: "事项不再办理",
    BundleKind.WITHDRAWN: "申请人撤回",
    BundleKind.CONCLUDED: "一件事办结",
}


def list_exported(*, place: str, asked: Mapping[str, str], rows: int, at: datetime) -> NewFact:
    """A list of cases left the house as a file; `asked` are the conditions, without what a person is called."""
    return NewFact(LIST_EXPORTED, {"place": place, "asked": dict(asked), "rows": rows}, at)


def applicant_read(*, number: str, purpose: str, at: datetime) -> NewFact:
    """The identity number and telephone of a case's applicant were shown in clear."""
    return NewFact(APPLICANT_READ, {"number": number, "purpose": purpose}, at)


def migrated(
    *, old: tuple[int, int], new: tuple[int, int], dossier: Mapping[str, Any], at: datetime
) -> NewFact:
    """A case goes on under another version of its item; versions are (number, id), the reason is in the dossier."""
    versions = [old[1], new[1]]
    data = {"from": old[0], "to": new[0], "versions": versions, "dossier": dict(dossier)}
    return NewFact(MIGRATED, data, at)
