"""Facts the cases room publishes, in streams of kind `case` named by the case id.

`data` never holds what a person wrote or who they are: that lies in the dossier, and `data["dossier"]` names its
version, kind and salted SM3.
"""

from collections.abc import Mapping
from datetime import datetime

from onedoor.domain.journal.terms import NewFact

from .engine.terms import KIND_NAMES, Kind

STREAM = "case"
#: In the access log of a user and day (stream kind `access` of the people room).
LIST_EXPORTED = "cases.list_exported"
APPLICANT_READ = "cases.applicant_read"

__all__ = [
    "APPLICANT_READ",
    "KIND_NAMES",
    "LIST_EXPORTED",
    "STREAM",
    "Kind",
    "applicant_read",
    "list_exported",
]


def list_exported(*, place: str, asked: Mapping[str, str], rows: int, at: datetime) -> NewFact:
    """A list of cases left the house as a file; `asked` are the conditions, without what a person is called."""
    return NewFact(LIST_EXPORTED, {"place": place, "asked": dict(asked), "rows": rows}, at)


def applicant_read(*, number: str, purpose: str, at: datetime) -> NewFact:
    """The identity number and telephone of a case's applicant were shown in clear."""
    return NewFact(APPLICANT_READ, {"number": number, "purpose": purpose}, at)
