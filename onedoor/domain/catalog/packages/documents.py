"""The package document and its parsed form, in both directions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.documents import plain, read_field, read_limit
from onedoor.domain.catalog.reading import Reader

from .terms import PackageMember, PackageVersion

#: The most items and questions of a package.
MOST_MEMBERS, MOST_QUESTIONS = 40, 30

_CODE = r"[A-Za-z0-9-]{1,64}"
_DEPARTMENT = r"[A-Za-z0-9-]{1,32}"

#: Attributes of a version that the table knows and the document does not.
_OUTSIDE = frozenset({"id", "tenant_id", "number", "published_at", "digest"})


def read_package(value: object) -> tuple[PackageVersion, tuple[Problem, ...]]:
    """A package made of a document, and every fault of form. With faults, the package is for looking only."""
    problems: list[Problem] = []
    doc = Reader(value, "", problems)
    ready = doc.flag("ready", default=True)
    package = PackageVersion(
        id=UUID(int=0),
        tenant_id=0,
        number=0,
        code=doc.text("code", required=True, most=64, pattern=_CODE),
        name=doc.text("name", required=True, most=100),
        plain_name=doc.text("plain_name", most=100),
        summary=doc.text("summary", most=500),
        audience=doc.texts("audience", options=("person", "organization")),
        themes=doc.texts("themes", most=30),
        occasions=doc.texts("occasions", most=30),
        lead=doc.text("lead", required=True, most=32, pattern=_DEPARTMENT),
        lead_name=doc.text("lead_name", most=100),
        questions=tuple(read_field(reader) for reader in doc.objects("questions", count=MOST_QUESTIONS)),
        members=tuple(_member(reader, ready=ready) for reader in doc.objects("members", count=MOST_MEMBERS)),
        promised_limit=read_limit(doc, "promised_limit"),
        visits=doc.integer("visits", low=0, high=20, default=1),
        conditions=doc.texts("conditions", most=500),
        keywords=doc.texts("keywords", most=30),
        ready=ready,
    )
    doc.close()
    return package, tuple(problems)


def _member(reader: Reader, *, ready: bool) -> PackageMember:
    """An item of the package; one that is not ready may know an item by its name only."""
    return PackageMember(
        service=reader.text("service", required=ready or not reader.has("name"), most=64, pattern=_CODE),
        name=reader.text("name"),
        department_name=reader.text("department_name", most=100),
        optional=reader.flag("optional", default=False),
        when=reader.text("when", most=2000),
        why=reader.text("why", most=300),
        after=reader.texts("after", most=64),
    )


def write_package(package: PackageVersion) -> dict[str, Any]:
    """The document of a package in its one normal form; `read_package` gives the package back."""
    written: dict[str, Any] = plain(package)
    document = {key: value for key, value in written.items() if key not in _OUTSIDE}
    for member in document["members"]:
        # Only a package that is not ready has members without an item.
        if not member["service"]:
            del member["service"]
    return document
