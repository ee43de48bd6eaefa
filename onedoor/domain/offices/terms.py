"""The words of the offices room: roles, grants, the principal who acts, and accounts as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from onedoor.core.refusals import Refused


class Role(StrEnum):
    """Every role a grant can give. `admin`, `security` and `auditor` exclude one another (三权分立)."""

    APPLICANT = "applicant"
    CLERK = "clerk"
    REVIEWER = "reviewer"
    DECIDER = "decider"
    HEAD = "head"
    ISSUER = "issuer"
    AGENT = "agent"
    TOWN = "town"
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"
    EDITOR = "editor"
    FINANCE = "finance"
    PARTNER = "partner"
    DEVICE = "device"
    ADMIN = "admin"
    SECURITY = "security"
    AUDITOR = "auditor"


#: The official Chinese name of each role, as pages show it.
ROLE_NAMES: dict[Role, str] = {
    Role.APPLICANT: "申请人",
    Role.CLERK: "综合窗口人员",
    Role.REVIEWER: "审查人员",
    Role.DECIDER: "审批决定人员",
    Role.HEAD: "部门负责人",
    Role.ISSUER: "出件人员",
    Role.AGENT: "代办员",
    Role.TOWN: "乡镇便民服务中心人员",
    Role.SUPERVISOR: "督查人员",
    Role.DIRECTOR: "中心主任",
    Role.EDITOR: "事项管理员",
    Role.FINANCE: "财务人员",
    Role.PARTNER: "接口对接单位",
    Role.DEVICE: "自助设备",
    Role.ADMIN: "系统管理员",
    Role.SECURITY: "安全管理员",
    Role.AUDITOR: "审计管理员",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role within a scope. `department` is a department code, None for all departments of the tenant;
    `place` is the significant prefix of a 12-digit place code ("" for the whole county)."""

    role: Role
    department: str | None = None
    place: str = ""


#: 三权分立 (GB/T 22239): the administrators, of whose roles one person holds at most one.
ADMINISTRATORS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})
#: Roles that are not given at the desk: applicants come by telephone, administrators from the command line.
NOT_AT_DESK = ADMINISTRATORS | {Role.APPLICANT}


class Duty(StrEnum):
    """What an account must do before anything else."""

    NEW_PASSWORD = "new_password"
    SECOND_FACTOR = "second_factor"


class Entered(StrEnum):
    """How the holder of a session was recognised."""

    PHONE = "phone"
    PASSWORD = "password"
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    IDENTITY = "identity"


#: How each way of signing in is called on pages.
ENTERED_NAMES: dict[Entered, str] = {
    Entered.PHONE: "手机验证码",
    Entered.PASSWORD: "密码",
    Entered.TOTP: "密码和动态验证码",
    Entered.RECOVERY: "密码和恢复码",
    Entered.PASSKEY: "通行密钥",
    Entered.IDENTITY: "统一身份认证",
}
#: Ways in which applicants sign in; all others are for staff.
APPLICANTS_WAYS = frozenset({Entered.PHONE, Entered.IDENTITY})
#: Ways of signing in that count as two factors.
TWO_FACTORS = frozenset({Entered.TOTP, Entered.RECOVERY, Entered.PASSKEY})


@dataclass(frozen=True, slots=True)
class PasswordProfile:
    """A named set of rules for passwords and sign-in.

    `minimum` characters; at least `kinds` of lower case, upper case, digits and signs; to be changed after `age`
    (None: never by age alone); `tries` wrong ones within 15 minutes from one place; a session ends after `idle`
    without a request, one of an applicant after `idle_applicants`; no setting may allow more than `longest_idle`.
    """

    name: str
    minimum: int
    kinds: int
    age: timedelta | None
    tries: int
    idle: timedelta
    idle_applicants: timedelta
    longest_idle: timedelta


#: A setting for idling may not be shorter, lest nobody get through a form.
SHORTEST_IDLE = timedelta(minutes=5)
#: OWASP ASVS 5.0: long, uncommon, no forced composition, no forced change.
ASVS = PasswordProfile(
    "asvs", 12, 0, None, 8, timedelta(minutes=60), timedelta(minutes=120), timedelta(hours=12)
)
#: 等级保护 (GB/T 22239, 第三级 8.1.4): complexity, regular change, quick lockout and time-out.
DENGBAO = PasswordProfile(
    "dengbao",
    10,
    3,
    timedelta(days=90),
    5,
    timedelta(minutes=30),
    timedelta(minutes=30),
    timedelta(minutes=30),
)
PROFILES = {profile.name: profile for profile in (ASVS, DENGBAO)}


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """What this installation asks of accounts: the rules for passwords, the roles that need a second factor, and how
    long staff and applicants may idle where that is set apart from the profile."""

    profile: PasswordProfile = ASVS
    factor_roles: frozenset[Role] = frozenset()
    staff_idle: timedelta | None = None
    applicant_idle: timedelta | None = None

    def idle(self, *, applicant: bool) -> timedelta:
        """How long a session holds without a request."""
        if applicant:
            return self.applicant_idle or self.profile.idle_applicants
        return self.staff_idle or self.profile.idle

    @property
    def longest_idle(self) -> timedelta:
        """After which no session holds, whosever it is."""
        return max(self.idle(applicant=True), self.idle(applicant=False))


def account_policy(
    profile: str, factor_roles: str, staff_idle: str = "", applicant_idle: str = ""
) -> AccountPolicy:
    """The policy of the settings: a profile's name, roles separated by commas, minutes ("" for the profile's).

    Raises Refused("bad_policy").
    """
    roles = [name.strip() for name in factor_roles.split(",") if name.strip()]
    unknown = [name for name in roles if name not in tuple(Role)]
    if profile not in PROFILES or unknown:
        known = "、".join(PROFILES if profile not in PROFILES else Role)
        raise Refused(
            "bad_policy", f"设置“{profile if profile not in PROFILES else unknown[0]}”无效，可用：{known}。"
        )
    chosen = PROFILES[profile]
    given = {"ONEDOOR_STAFF_IDLE": staff_idle, "ONEDOOR_APPLICANT_IDLE": applicant_idle}
    idles = (_idle(name, text, chosen) for name, text in given.items())
    return AccountPolicy(chosen, frozenset(Role(name) for name in roles), *idles)


def _idle(name: str, text: str, profile: PasswordProfile) -> timedelta | None:
    """Minutes without a request, as a setting gives them."""
    if not text.strip():
        return None
    least, most = (int(span.total_seconds()) // 60 for span in (SHORTEST_IDLE, profile.longest_idle))
    written = text.strip()
    minutes = int(written) if written.isdecimal() and len(written) < 6 else 0
    if not least <= minutes <= most:
        detail = f"{name} 的分钟数“{written[:20]}”无效：密码规则为 {profile.name} 时应为 {least} 到 {most} 的整数。"
        raise Refused("bad_policy", detail)
    return timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, read once per request. Anonymous visitors have no principal.

    `duty` is what must be done before anything else; `stale` says that the session or token has not been seen for
    a while and is to be marked as used.
    """

    user_id: int
    tenant_id: int
    name: str
    username: str
    grants: tuple[Grant, ...] = field(default=())
    via: str = "session"
    duty: Duty | None = None
    stale: bool = False

    @property
    def key(self) -> str:
        """The stable text that facts record as their principal."""
        return f"user:{self.user_id}"

    def has(self, *roles: Role) -> bool:
        """Whether any grant gives one of these roles, whatever its scope."""
        return any(grant.role in roles for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from: `address` as it is counted, `device` the random name a browser keeps ("" for an
    unknown one), `agent` in words for the list of sessions."""

    address: str
    device: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The site as a browser knows it: `host` without port, and the whole `origin`."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """The outcome of a right password: the secret of an open session, or of a sign-in that lacks its second factor."""

    session: str = ""
    halfway: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A signed-in browser as its owner sees it; `handle` names it on pages and opens nothing."""

    handle: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    entered: str
    current: bool

    @property
    def way(self) -> str:
        """How its holder was recognised, in words; "" where that is not known."""
        return ENTERED_NAMES[Entered(self.entered)] if self.entered in tuple(Entered) else ""


class SessionEnd(StrEnum):
    """Why a session that a browser still names does not hold."""

    IDLE = "idle"  # no request for too long
    SPENT = "spent"  # its twelve hours are over
    ENDED = "ended"  # signed out elsewhere, password or rights changed, account closed


@dataclass(frozen=True, slots=True)
class TokenView:
    """A bearer token as its owner sees it."""

    handle: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactorView:
    """The second factors of an account: since when codes are asked for, how many recovery codes are left, and whether
    its owner signs in with passkeys alone."""

    since: datetime | None
    recovery_left: int
    passkey_only: bool = False

    @property
    def enrolled(self) -> bool:
        """Whether signing in asks for a code."""
        return self.since is not None


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    id: int
    name: str
    host: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role of an account with its row's id."""

    id: int
    grant: Grant


@dataclass(frozen=True, slots=True)
class AccountView:
    """A staff account as administrators see it."""

    id: int
    username: str
    name: str
    active: bool
    grants: tuple[GrantView, ...]
    created_at: datetime
    last_login: datetime | None
    must_change_password: bool
    has_factor: bool
    passkey_only: bool = False

    @property
    def administrator(self) -> bool:
        """Whether it holds a role of the three separated administrators."""
        return any(held.grant.role in ADMINISTRATORS for held in self.grants)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An authenticator being set up: the secret as text in groups of four, and the address its QR code holds."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An authenticator in use: the session's new secret, and recovery codes to be shown once."""

    session: str
    recovery_codes: tuple[str, ...]
