"""What the auditor reads: who signed in, who was given what, who looked at whose identity. Nothing can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onedoor.core.instants import civil_date, end_of_day, start_of_day
from onedoor.domain.cases import events as case_events
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices import events
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import ENTERED_NAMES, Entered, Role
from onedoor.domain.people import events as people_events
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.casework import onward
from onedoor.faces.staff import SIGN_IN, page

from .scopes import Scopes

AUDIT = Access(roles=frozenset({Role.AUDITOR}), sign_in=SIGN_IN)
PAGE = 50
#: How far back the page looks when no day is given.
DAYS = 30
STREAMS = ("account", "access", "office", people_events.ENTRUSTMENT)
#: Every fact of the log in words.
KINDS: Mapping[str, str] = {
    events.SIGNED_IN: "登录",
    events.SIGN_IN_LOCKED: "登录失败过多，锁定",
    events.LOCK_LIFTED: "解除登录锁定",
    events.SESSIONS_ENDED: "结束登录",
    events.USER_ADDED: "建立账号",
    events.USER_DISABLED: "停用账号",
    events.USER_ENABLED: "启用账号",
    events.PASSWORD_CHANGED: "修改密码",
    events.PASSWORD_RESET: "重置密码",
    events.FACTOR_ENROLLED: "启用两步验证",
    events.FACTOR_REMOVED: "关闭两步验证",
    events.FACTOR_RESET: "解除两步验证",
    events.PASSKEY_ONLY: "改为仅用通行密钥登录",
    events.PASSWORD_ALLOWED: "恢复密码登录",
    events.PASSWORD_TURNED_AWAY: "密码正确但账号仅用通行密钥，拒绝登录",
    events.ROLE_GRANTED: "授予角色",
    events.ROLE_REVOKED: "撤销角色",
    events.TOKEN_ISSUED: "签发接口令牌",
    events.TOKEN_REVOKED: "停用接口令牌",
    people_events.IDENTITY_REVEALED: "查看完整身份信息",
    case_events.APPLICANT_READ: "查看申请人完整信息",
    case_events.LIST_EXPORTED: "导出办件列表",
    people_events.ENTRUSTMENTS_LISTED: "在窗口查看某人给的委托",
    people_events.ENTRUSTED: "登记委托代办",
    people_events.ENTRUSTMENT_ENDED: "结束委托代办",
    events.CALENDAR_AMENDED: "更新工作日历",
}
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sign-in": (
        "登录",
        (
            events.SIGNED_IN,
            events.SIGN_IN_LOCKED,
            events.PASSWORD_TURNED_AWAY,
            events.LOCK_LIFTED,
            events.SESSIONS_ENDED,
        ),
    ),
    "accounts": (
        "账号、密码、令牌",
        (
            events.USER_ADDED,
            events.USER_DISABLED,
            events.USER_ENABLED,
            events.PASSWORD_CHANGED,
            events.PASSWORD_RESET,
            events.FACTOR_ENROLLED,
            events.FACTOR_REMOVED,
            events.FACTOR_RESET,
            events.PASSKEY_ONLY,
            events.PASSWORD_ALLOWED,
            events.TOKEN_ISSUED,
            events.TOKEN_REVOKED,
        ),
    ),
    "roles": ("角色", (events.USER_ADDED, events.ROLE_GRANTED, events.ROLE_REVOKED)),
    "reading": (
        "查看、导出个人信息",
        (
            people_events.IDENTITY_REVEALED,
            people_events.ENTRUSTMENTS_LISTED,
            case_events.APPLICANT_READ,
            case_events.LIST_EXPORTED,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log."""

    at: datetime
    what: str
    who: str
    about: str
    detail: str


@admits(AUDIT)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The log, newest first, narrowed by what, who and when."""
    principal, at = signed_in(request), now()
    asked = {name: request.GET.get(name, "").strip() for name in ("group", "who", "since", "until")}
    person = offices.account_of(asked["who"]) if asked["who"] else None
    since = _day(asked["since"]) or civil_date(at) - timedelta(days=DAYS)
    until = _day(asked["until"])
    found: tuple[Fact, ...] = ()
    if person is not None or not asked["who"]:
        found = journal.log(
            tenant_id=principal.tenant_id,
            stream_kinds=STREAMS,
            kinds=GROUPS[asked["group"]][1] if asked["group"] in GROUPS else None,
            principal=f"user:{person.id}" if person else "",
            since=start_of_day(since),
            until=end_of_day(until) if until else at,
            before=_place(request.GET.get("cursor", "")),
            limit=PAGE + 1,
        )
    words = {
        "asked": asked,
        "narrowed": any(asked.values()),
        "unknown": bool(asked["who"]) and person is None,
        "groups": [(code, name) for code, (name, _) in GROUPS.items()],
        "since": since,
        "lines": _lines(principal.tenant_id, found[:PAGE]),
        "next_url": onward("/desk/audit", asked, _cursor(found[PAGE - 1]) if len(found) > PAGE else ""),
    }
    return page(request, "desk/audit.html", words)


def _lines(tenant_id: int, found: tuple[Fact, ...]) -> list[Line]:
    named = {_user(fact.principal) for fact in found} | {fact.data.get("user") for fact in found}
    users = offices.users({user_id for user_id in named if isinstance(user_id, int)})
    names = {user_id: f"{user.name}（{user.username}）" for user_id, user in users.items()}
    scopes = Scopes.of(tenant_id)
    return [
        Line(
            fact.recorded_at,
            KINDS.get(fact.kind, fact.kind),
            _who(fact.principal, names),
            names.get(fact.data.get("user", 0), ""),
            _detail(fact, scopes),
        )
        for fact in found
    ]


def _user(principal: str) -> int | None:
    kind, _, number = principal.partition(":")
    return int(number) if kind == "user" and number.isdecimal() else None


def _who(principal: str, names: Mapping[int, str]) -> str:
    user_id = _user(principal)
    if user_id is not None:
        return names.get(user_id, principal)
    return {"visitor": "登录页上的访客", "system": "系统"}.get(
        principal, "服务器上的命令" if principal.startswith("command") else principal
    )


def _detail(fact: Fact, scopes: Scopes) -> str:
    """What else the fact says, in words."""
    data: Mapping[str, Any] = fact.data
    parts = []
    if data.get("how") in tuple(Entered):
        parts.append(ENTERED_NAMES[Entered(data["how"])])
    parts += [
        data[name]
        for name in ("agent", "address", "purpose")
        if data.get(name) and isinstance(data[name], str)
    ]
    if fact.kind == people_events.ENTRUSTMENT_ENDED and data.get("counter"):
        parts.append(f"委托人到窗口撤销，理由：{data['reason']}")
    if "role" in data:
        parts.append(scopes.said(data["role"], data.get("department"), data.get("place") or ""))
    if fact.kind == events.USER_ADDED:
        parts += [scopes.said(role, department, place or "") for role, department, place in data["grants"]]
    if fact.kind in (events.TOKEN_ISSUED, events.TOKEN_REVOKED) and data.get("name"):
        parts.append(f"用途：{data['name']}")
    if data.get("number"):
        parts.append(f"办件 {data['number']}")
    if isinstance(data.get("subject"), int):
        parts.append(f"办事人 {data['subject']}")
    if isinstance(data.get("rows"), int):
        parts.append(f"{data['rows']} 件")
    if isinstance(data.get("ended"), int):
        parts.append(f"{data['ended']} 处")
    return "，".join(parts)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 9000 else None


def _cursor(fact: Fact) -> str:
    return f"{fact.recorded_at.isoformat()}_{fact.stream_id}_{fact.seq}"


def _place(text: str) -> tuple[datetime, UUID, int] | None:
    """The place that a page's cursor names; anything else begins anew."""
    at, _, rest = text.partition("_")
    stream, _, seq = rest.partition("_")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), UUID(stream), int(seq[:9])
    except (ValueError, OverflowError):
        return None
