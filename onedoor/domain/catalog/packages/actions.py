"""The only writing of packages: publishing and retiring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import randbits
from typing import Any

from django.db import transaction

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.models import Catalogue, Package
from onedoor.domain.catalog.models import PackageVersion as Row
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices import queries as offices
from onedoor.plumbing.crypto import sm3

from . import rules as package_rules
from .documents import write_package
from .queries import in_force, version
from .terms import PackageVersion


@transaction.atomic
def publish_package(
    *, tenant_id: int, content: Mapping[str, Any], principal: str, at: datetime
) -> PackageVersion:
    """Put a package document into force at `at`, as a new package or as the next version of the one with its code.

    The version in force until then is retired at the same instant. A document that says what is in force already
    changes nothing and gives that version back.

    Raises Refused("package_invalid") with all problems, and "published_later" if the version in force was published
    after `at`.
    """
    hold(tenant_id)
    wanted = named(tenant_id, package_rules.parse_package(content, offered(tenant_id, content, at)), at)
    return put_into_force(tenant_id, wanted, principal, at)


@transaction.atomic
def retire_package(*, tenant_id: int, code: str, reason: str, principal: str, at: datetime) -> None:
    """Take a package out of force at `at`; what was filed under it goes on.

    Raises Refused("unknown_package") if no version is in force, "reason_missing" without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "请写明取消这件一件事的原因。")
    hold(tenant_id)
    former = _in_force(tenant_id, code)
    if former is None:
        raise Refused("unknown_package", f"没有编码为“{code[:64]}”的在用一件事，请核对编码。", status=404)
    _in_order(former, at)
    Row.objects.filter(pk=former.pk).update(retired_at=at)
    fact = events.package_retired(code=code, number=former.number, reason=reason.strip(), at=at)
    _append(former.package, [fact], principal, at)
    _revise(tenant_id)


def offered(tenant_id: int, content: object, at: datetime) -> package_rules.Offered:
    """The items that the members of a document name, as they are in force."""
    members = content.get("members") if isinstance(content, Mapping) else None
    listed = members if isinstance(members, list | tuple) else []
    codes = [each.get("service") for each in listed if isinstance(each, Mapping)]
    return in_force(
        tenant_id,
        [code for code in codes if isinstance(code, str) and len(code) <= 64 and "\0" not in code],
        at,
    )


def named(tenant_id: int, wanted: PackageVersion, at: datetime) -> PackageVersion:
    """A package with the names under which its departments and items are known on the day it is published."""
    departments = {code: view.name for code, view in offices.departments(tenant_id).items()}
    items = in_force(tenant_id, [member.service for member in wanted.members if member.service], at)
    members = tuple(
        replace(
            member,
            name=member.name or items[member.service].name,
            department_name=member.department_name or items[member.service].department_name,
        )
        if member.service in items
        else member
        for member in wanted.members
    )
    return replace(wanted, lead_name=wanted.lead_name or departments.get(wanted.lead, ""), members=members)


@dataclass(frozen=True, slots=True)
class Standing:
    """A package as it stands in the table: its row, and the version in force, if there are."""

    package: Package | None
    former: Row | None
    digest: bytes

    @property
    def same(self) -> bool:
        """Whether what is wanted is in force already."""
        return self.former is not None and bytes(self.former.digest) == self.digest


def standing(tenant_id: int, wanted: PackageVersion) -> Standing:
    """How a package that is wanted compares with what is in force."""
    row = Package.objects.filter(tenant_id=tenant_id, code=wanted.code).first()
    digest = sm3(canonical(write_package(wanted)))
    return Standing(row, _in_force(tenant_id, wanted.code), digest)


def put_into_force(tenant_id: int, wanted: PackageVersion, principal: str, at: datetime) -> PackageVersion:
    """Write the next version of a package that has been examined. The caller holds the catalogue."""
    found = standing(tenant_id, wanted)
    if found.former is not None and found.same:
        return version(found.former.pk)
    facts: list[NewFact] = []
    if found.former is not None:
        _in_order(found.former, at)
        Row.objects.filter(pk=found.former.pk).update(retired_at=at)
        number = found.former.number
        facts.append(events.package_retired(code=wanted.code, number=number, reason="superseded", at=at))
    package = found.package or Package.objects.create(
        tenant_id=tenant_id, code=wanted.code, stream_id=uuid7(at), created_at=at
    )
    row = _row(package, wanted, found.digest, principal, at)
    Row.objects.bulk_create([row])
    facts.append(events.package_published(code=wanted.code, number=row.number, digest=found.digest, at=at))
    _append(package, facts, principal, at)
    _revise(tenant_id)
    return replace(
        wanted, id=row.pk, tenant_id=tenant_id, number=row.number, published_at=at, digest=found.digest
    )


def _row(package: Package, wanted: PackageVersion, digest: bytes, principal: str, at: datetime) -> Row:
    last = package.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return Row(
        id=uuid7(at),
        package=package,
        tenant_id=package.tenant_id,
        number=last + 1,
        content=write_package(wanted),
        digest=digest,
        name=wanted.name,
        plain_name=wanted.plain_name,
        lead=wanted.lead,
        ready=wanted.ready,
        published_at=at,
        published_by=principal,
    )


def hold(tenant_id: int) -> None:
    """One change of a tenant's catalogue at a time."""
    Catalogue.objects.bulk_create([Catalogue(tenant_id=tenant_id)], ignore_conflicts=True)
    Catalogue.objects.select_for_update().get(tenant_id=tenant_id)


def _revise(tenant_id: int) -> None:
    Catalogue.objects.filter(tenant_id=tenant_id).update(revision=randbits(62))


def _in_force(tenant_id: int, code: str) -> Row | None:
    rows = Row.objects.filter(package__tenant_id=tenant_id, package__code=code, retired_at__isnull=True)
    return rows.select_related("package").defer("content").first()


def _in_order(former: Row, at: datetime) -> None:
    if at < former.published_at:
        raise Refused("published_later", "这件一件事已有更晚发布的版本，请核对发布时间后再试。", status=409)


def _append(package: Package, facts: Sequence[NewFact], principal: str, at: datetime) -> None:
    journal.append(
        stream_id=package.stream_id,
        tenant_id=package.tenant_id,
        stream_kind=events.PACKAGE_STREAM,
        principal=principal,
        at=at,
        facts=facts,
    )
