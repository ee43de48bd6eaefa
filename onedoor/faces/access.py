"""Who may use a route: declared on every view, checked before it runs.

The declaration is coarse (which kind of visitor); what may be done to a single case is decided by the room that
owns it, inside its query. A test walks every route and fails on one without a declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.queries import TenantView
from onedoor.domain.offices.terms import Duty, Principal, Role
from onedoor.faces.holding import sign_in_first
from onedoor.faces.returning import to_sign_in, why_signed_out


def cookie_name(name: str, *, tls: bool) -> str:
    """A cookie's name. Under TLS the prefix makes browsers refuse it from other hosts, paths and plain HTTP."""
    return f"__Host-{name}" if tls else name


#: Where citizens sign in.
CITIZENS_SIGN_IN = "/login"
SESSION_COOKIE = cookie_name("onedoor_session", tls=settings.TLS)
#: Where staff do what must be done before anything else.
DUTIES = {Duty.NEW_PASSWORD: "/desk/account/password", Duty.SECOND_FACTOR: "/desk/account/factor"}
STAFF_ROLES = frozenset(Role) - {Role.APPLICANT, Role.DEVICE, Role.PARTNER}

#: Who takes down the applications of others.
_COUNTER = (Role.CLERK, Role.TOWN)
#: Applications that one account may begin in a day, by page or interface.
FILINGS_A_DAY = 200
#: Wrong query codes from one address within 15 minutes, whatever the cases; many may sit behind one address.
WRONG_CODES_OF_ADDRESS = 60

View = TypeVar("View", bound=Callable[..., Any])
#: Finds an account by a secret at an instant.
Look = Callable[..., Principal | None]


@dataclass(frozen=True, slots=True)
class Access:
    """Whom a route admits: everyone (`public`), or principals who hold one of `roles` (any role if empty)."""

    public: bool = False
    roles: frozenset[Role] = frozenset()
    sign_in: str = CITIZENS_SIGN_IN

    def admits(self, principal: Principal | None) -> bool:
        """Whether this visitor may pass."""
        if self.public:
            return True
        return principal is not None and (not self.roles or principal.has(*self.roles))


PUBLIC = Access(public=True)
SIGNED_IN = Access()
STAFF = Access(roles=STAFF_ROLES, sign_in="/desk/login")


def admits(access: Access, *, despite_duty: bool = False) -> Callable[[View], View]:
    """Declare and guard a page. Visitors without a session are sent to sign in, citizens with what they have typed;
    others are told 403.

    Whoever has a duty is sent to do it first, except on pages that are open `despite_duty`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            principal = principal_of(request)
            if not access.admits(principal):
                if principal is None:
                    if request.method == "POST" and access.sign_in == CITIZENS_SIGN_IN:
                        return sign_in_first(request, _why(request))
                    return to_sign_in(request, access.sign_in)
                raise Refused(
                    "page_not_for_role", "您的岗位不能打开这个页面，请换用有权限的账号。", status=403
                )
            if principal is not None and principal.duty and not (access.public or despite_duty):
                return HttpResponseRedirect(DUTIES[principal.duty])
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        guarded.access = access  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _why(request: HttpRequest) -> str:
    """Why an applicant's session has ended; "" for a browser that has none."""
    return why_signed_out(session_secret(request), applicant=True, at=now())


def now() -> datetime:
    """The clock of the faces; everything below them is told the time."""
    return datetime.now(UTC)


def principal_of(request: HttpRequest) -> Principal | None:
    """Who sends this request, found out once; None for a visitor without a session."""
    if not hasattr(request, "_principal"):
        secret = session_secret(request)
        request._principal = by_session(secret) if secret else None  # type: ignore[attr-defined]
    found: Principal | None = request._principal  # type: ignore[attr-defined]
    return found


def session_secret(request: HttpRequest) -> str:
    """What the session cookie holds; "" without one."""
    return request.COOKIES.get(SESSION_COOKIE, "")


def by_session(secret: str, look: Look = offices.principal_by_session) -> Principal | None:
    """Whose session this is, as `look` finds it; one that has not been marked as seen for a while is."""
    at = now()
    found = look(secret, at=at)
    if found is not None and found.stale:
        accounts.touch_session(secret=secret, at=at)
    return found


def by_token(secret: str, look: Look = offices.principal_by_token) -> Principal | None:
    """Whose token this is, as `look` finds it; one that has not been marked as used for a while is."""
    at = now()
    found = look(secret, at=at)
    if found is not None and found.stale:
        accounts.touch_token(secret=secret, at=at)
    return found


def signed_in(request: HttpRequest) -> Principal:
    """The principal of a guarded page."""
    principal = principal_of(request)
    if principal is None:
        raise Refused("sign_in_needed", "请先登录。", status=403)
    return principal


def county(request: HttpRequest) -> TenantView:
    """The county that this installation serves. Raises Refused("not_set_up", 404) before it exists."""
    principal = principal_of(request)
    if principal is not None:
        return offices.tenant(principal.tenant_id)
    tenant = offices.first_tenant()
    if tenant is None:
        raise Refused("not_set_up", "系统还没有初始化，请管理员运行 onedoor up。", status=404)
    return tenant


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, for counting attempts.

    Behind a proxy it is the last address of the header in which the proxy tells what it has seen, X-Forwarded-For
    unless set otherwise. A household has 2⁶⁴ addresses of IPv6; they count as one.
    """
    nearest = str(request.META.get("REMOTE_ADDR", ""))
    seen = request.META.get(settings.ONEDOOR_PROXY_HEADER, "") if settings.ONEDOOR_BEHIND_PROXY else ""
    for text in (seen.rpartition(",")[2].strip(), nearest):
        try:
            address = ip_address(text)
        except ValueError:
            continue
        if isinstance(address, IPv4Address):
            return str(address)
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False))
    return nearest[:45]


def give_cookie(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    """Give the browser a cookie of ours, kept from scripts and from other sites; `name` as `cookie_name` makes it."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=settings.TLS
    )


def open_browser_session(request: HttpRequest, response: HttpResponse, secret: str) -> None:
    """Give the browser its session cookie."""
    give_cookie(response, SESSION_COOKIE, secret, seconds=12 * 3600)


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Where to go after signing in: a path of this site, never another site."""
    target = request.POST.get("next") or request.GET.get("next") or fallback
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return target
    return fallback


def hear_filer(principal: Principal) -> None:
    """Count an application that somebody begins for themself. Raises Refused("too_many_filings", 429).

    Case numbers of a day are limited, and a table of drafts is somebody's disk.
    """
    if principal.has(*_COUNTER):
        return
    try:
        accounts.count_attempt(
            key=f"filing:{principal.user_id}", limit=FILINGS_A_DAY, at=now(), window=timedelta(days=1)
        )
    except Refused as refused:
        detail = f"您一天内开始的申请超过 {FILINGS_A_DAY} 件，请明天再来，急用请到窗口办理。"
        raise Refused("too_many_filings", detail, status=429) from refused


def hear_guesser(request: HttpRequest) -> None:
    """Refuse (429, too_many_attempts) whoever has given too many wrong query codes, whatever the case."""
    accounts.check_attempts(key=_guesser(request), limit=WRONG_CODES_OF_ADDRESS, at=now())


def note_wrong_code(request: HttpRequest) -> None:
    """Count a wrong query code, or one for a case that does not exist, for the address it came from."""
    accounts.count_attempt(key=_guesser(request), limit=WRONG_CODES_OF_ADDRESS, at=now())


def _guesser(request: HttpRequest) -> str:
    return f"query-code-from:{address_of(request)}"
