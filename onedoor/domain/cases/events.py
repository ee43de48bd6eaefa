"""Facts the cases room publishes, in streams of kind `case` named by the case id, and of kind `bundle` named by the
bundle's.

`data` never holds what a person wrote or who they are: that lies in the dossier, and `data["dossier"]` names its
version, kind and salted SM3.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from onedoor.domain.journal.terms import NewFact

from .engine.terms import KIND_NAMES, Kind

STREAM = "case"
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
    "STREAM",
    "BundleKind",
    "Kind",
    "applicant_read",
    "list_exported",
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
