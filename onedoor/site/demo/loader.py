"""Sets up the demo county 明渠县: offices, staff with fresh passwords, calendar, items."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from onedoor.domain.catalog import actions as catalog
from onedoor.domain.catalog.packages import actions as packages
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries
from onedoor.domain.offices.terms import ROLE_NAMES, Grant, Role
from onedoor.plumbing.home import Home
from onedoor.site.county import set_up_county

FOLDER = Path(__file__).parent
LOADER = "command:demo"


def demo_items() -> Iterator[dict[str, Any]]:
    """The documents of every demo item, in a fixed order."""
    for path in sorted((FOLDER / "items").glob("*.yaml")):
        yield from yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def demo_packages() -> Iterator[dict[str, Any]]:
    """The documents of every demo package, in a fixed order."""
    for path in sorted((FOLDER / "packages").glob("*.yaml")):
        yield from yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def county_document() -> dict[str, Any]:
    """The offices, places, staff and applicants of the demo county."""
    found: dict[str, Any] = yaml.load((FOLDER / "county.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found


def load_demo(*, at: datetime, passwords: dict[str, str] | None = None) -> int:
    """Set up the demo county unless a county exists already; returns its tenant id.

    `passwords` fixes the staff's passwords by username; others get random ones. One login per role is written
    to the home for `onedoor up --demo` to print.
    """
    existing = queries.first_tenant()
    if existing is not None:
        return existing.id
    document = county_document()
    with transaction.atomic():
        tenant_id = set_up_county(document, principal=LOADER, at=at)
        logins = _staff(tenant_id, document["staff"], passwords or {}, at)
        for item in demo_items():
            catalog.publish(tenant_id=tenant_id, content=item, principal=LOADER, at=at)
        for package in demo_packages():
            packages.publish_package(tenant_id=tenant_id, content=package, principal=LOADER, at=at)
    _remember(logins, document["applicants"])
    return tenant_id


def _staff(
    tenant_id: int, staff: list[dict[str, Any]], passwords: dict[str, str], at: datetime
) -> list[dict[str, str]]:
    """Open the accounts; returns the logins to be shown.

    Everyone of one role has the same password in the demo, so that two departments can be played with one slip of
    paper, and a password is hashed once.
    """
    known: dict[str, tuple[str, str]] = {}
    logins = []
    for person in staff:
        grants = tuple(Grant(Role(g["role"]), g["department"], g["place"]) for g in person["grants"])
        role = grants[0].role
        fixed = passwords.get(person["username"])
        key = fixed or role.value
        if key not in known:
            password = fixed or secrets.token_urlsafe(9)
            known[key] = (password, offices.hashed(password))
        password, password_hash = known[key]
        offices.add_user(
            tenant_id=tenant_id,
            username=person["username"],
            name=person["name"],
            password_hash=password_hash,
            grants=grants,
            principal=LOADER,
            at=at,
        )
        logins.append(
            {
                "role": role.value,
                "role_name": ROLE_NAMES[role],
                "username": person["username"],
                "name": person["name"],
                "title": person["title"],
                "password": password,
            }
        )
    return logins


def _remember(logins: list[dict[str, str]], applicants: list[dict[str, Any]]) -> None:
    """Keep the logins where only this system user reads them, so that a second start can print them again."""
    path = Home.current().demo_logins
    content = {
        "staff": logins,
        "applicants": [
            {"name": a["name"], "phone": a["phone"], "id_number": a["id_number"]} for a in applicants
        ],
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
