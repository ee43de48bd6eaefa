"""What every page knows: who is looking, and whose county it is."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import ROLE_NAMES, Principal, Role

from .access import principal_of
from .told import unread


def page(request: HttpRequest) -> dict[str, Any]:
    """`principal`, `role_name`, `is_staff`, `tenant_name`, `unread` for the base templates, read only if shown."""
    principal = principal_of(request)
    return {
        "principal": principal,
        "role_name": _role_name(principal),
        "is_staff": principal is not None and any(g.role is not Role.APPLICANT for g in principal.grants),
        "tenant_name": SimpleLazyObject(_tenant_name),
        "unread": SimpleLazyObject(partial(unread, request)),
    }


def _role_name(principal: Principal | None) -> str:
    if principal is None or not principal.grants:
        return ""
    return "、".join(dict.fromkeys(ROLE_NAMES[grant.role] for grant in principal.grants))


def _tenant_name() -> str:
    tenant = offices.first_tenant()
    return tenant.name if tenant else "政务服务中心"
