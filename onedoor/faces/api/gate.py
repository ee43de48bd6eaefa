"""Who may call an operation, and the idempotency key that every POST carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie, APIKeyHeader

from onedoor.core.refusals import Refused
from onedoor.domain.cases import meeting
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import Holder, Met, Once
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as accounts
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import (
    SESSION_COOKIE,
    Access,
    address_of,
    by_session,
    by_token,
    hear_guesser,
    note_wrong_code,
    now,
)
from onedoor.plumbing.crypto import sm3

#: Wrong query codes for one case from one address within 15 minutes.
WRONG_CODES = 10
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
View = TypeVar("View", bound=Callable[..., Any])
#: Finds who calls and, read with it, the case of a number.
Look = Callable[..., tuple[Principal | None, Met | None]]


class TokenAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`. With `look`, the case that the address names is read in the same statement."""

    def __init__(self, look: Look | None = None) -> None:
        super().__init__()
        self.look = look

    def __call__(self, request: HttpRequest) -> Principal | None:
        """As the library does it, but out of the environment: to look one header up by its own name, Django first
        makes the names of all of them."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == self.openapi_scheme else None

    def authenticate(self, request: HttpRequest, token: str) -> Principal | None:
        return by_token(token, _looking(request, self.look) if self.look else accounts.principal_by_token)


class SessionAuth(APIKeyCookie):
    """The session cookie of a signed-in browser.

    A request that changes something is only taken from this site's own pages: the required Idempotency-Key
    header cannot be sent by a foreign page without asking first, and a foreign Origin is refused.
    """

    param_name = SESSION_COOKIE

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(csrf=False)
        self.look = look

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        if not key or not _same_origin(request):
            return None
        look = _looking(request, self.look) if self.look else accounts.principal_by_session
        found = by_session(key, look)
        if found is not None and found.duty:
            detail = "请先在网页上登录，按提示修改密码或设置两步验证，再使用接口。"
            raise Refused("duty_first", detail, status=403)
        return found


class HolderAuth(APIKeyHeader):
    """`X-Query-Code`: whoever holds a case number and its code."""

    param_name = "X-Query-Code"

    def authenticate(self, request: HttpRequest, key: str | None) -> Holder | None:
        return Holder(key[:40]) if key else None


def _same_origin(request: HttpRequest) -> bool:
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or request.method in ("GET", "HEAD"):
        return True
    return origin == f"{request.scheme}://{request.get_host()}"


#: For operations that need an account.
ACCOUNT = [TokenAuth(), SessionAuth()]
#: For operations that a query code opens as well.
ACCOUNT_OR_CODE = [TokenAuth(), SessionAuth(), HolderAuth()]
#: The same for acts: who calls and the case are read at once, which spares each act a way to the database.
AT_CASE = [TokenAuth(meeting.met_by_token), SessionAuth(meeting.met_by_session), HolderAuth()]


def declares(access: Access) -> Callable[[View], View]:
    """Say on the view who may call it; `auth` of the operation enforces sign-in, this enforces roles."""

    def decorate(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return decorate


def reading(request: HttpRequest) -> Met | None:
    """The case as it was read together with who calls, if it was."""
    found: Met | None = getattr(request, "_met", None)
    return found


def _looking(request: HttpRequest, look: Look) -> Callable[..., Principal | None]:
    """Who calls, as `look` finds it; what it finds of the case is kept for the act."""
    match = request.resolver_match
    number = str(match.kwargs.get("number", "")) if match else ""

    def looked(secret: str, *, at: datetime) -> Principal | None:
        found, request._met = look(secret, number, at=at)  # type: ignore[attr-defined]
        return found

    return looked


def principal(request: HttpRequest, access: Access | None = None) -> Principal:
    """The account that calls. Raises Refused("role_missing", 403) unless it holds a role of `access`."""
    found = request.auth  # type: ignore[attr-defined]
    if not isinstance(found, Principal):
        raise Refused("sign_in_needed", "这个接口需要登录或令牌，查询码不够。", status=401)
    if access is not None and not access.admits(found):
        raise Refused("role_missing", "您的岗位没有这项权限，请由有权限的人员办理。", status=403)
    return found


def actor(request: HttpRequest, number: str) -> Principal | Holder:
    """The account or the holder of the code; wrong codes are counted per case and address."""
    found: Principal | Holder = request.auth  # type: ignore[attr-defined]
    if isinstance(found, Holder):
        key = f"query-code:{number[:50]}:{address_of(request)}"
        hear_guesser(request)
        offices.check_attempts(key=key, limit=WRONG_CODES, at=now())
        if not cases.holds_code(number, found):
            offices.count_attempt(key=key, limit=WRONG_CODES, at=now())
            note_wrong_code(request)
            raise cases.not_found()
    return found


def once(request: HttpRequest, who: Principal | Holder, *, content: bytes | None = None) -> Once:
    """The idempotency key of a POST, scoped to the caller, with the digest of the request it stands for.

    `content` stands for the body where that has been consumed (files).

    Raises Refused("idempotency_key_missing", 400).
    """
    key = idempotency_key(request)
    digest = sm3(b"\0".join((request.path.encode(), request.body if content is None else content)))
    return Once(f"{who.key}:{key}", digest)


def idempotency_key(request: HttpRequest) -> str:
    """The key of a POST; one that changes nothing only has to have it.

    Raises Refused("idempotency_key_missing", 400).
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not _KEY.fullmatch(key):
        raise Refused(
            "idempotency_key_missing",
            "请在请求头 Idempotency-Key 中给出 1 到 128 个可见字符，重试同一请求时用同一个键。",
            status=400,
        )
    return key
