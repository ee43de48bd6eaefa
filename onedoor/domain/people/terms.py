"""The words of the people room: citizens and organisations as other rooms and pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from onedoor.core.instants import civil_date


class SubjectKind(StrEnum):
    """办事人 is a natural person 自然人 or a body 法人及其他组织."""

    PERSON = "person"
    ORGANIZATION = "organization"


class IdType(StrEnum):
    """What kind of number identifies a subject."""

    RESIDENT_ID = "resident_id"  # 居民身份证、居住证、永久居留身份证
    USCC = "uscc"  # 统一社会信用代码


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """A subject of a tenant; `new` when it was not known before."""

    id: int
    new: bool


@dataclass(frozen=True, slots=True)
class SubjectView:
    """A subject as lists and pages show it: a person's name and every number masked.

    The name and code of a body are public and stand in clear.
    """

    id: int
    kind: SubjectKind
    name: str
    id_type: IdType
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class SubjectIdentity:
    """A subject in clear, as `queries.reveal` gives it against a record in the access log."""

    id: int
    kind: SubjectKind
    name: str
    id_type: IdType
    id_number: str
    phone: str


class Act(StrEnum):
    """代理权限: what an agent may do for who entrusts it (民法典 art. 165)."""

    APPLY = "apply"  # 代为申请
    CORRECT = "correct"  # 代为补正
    WITHDRAW = "withdraw"  # 代为撤回
    RECEIVE = "receive"  # 代为领取


class Capacity(StrEnum):
    """By what right an agent acts."""

    GUARDIAN = "guardian"  # 法定代理人（监护人）
    ENTRUSTED = "entrusted"  # 受委托人
    STAFF = "staff"  # 单位经办人


class Told(StrEnum):
    """Whom the messages of a case reach."""

    PRINCIPAL = "principal"
    AGENT = "agent"


class Ending(StrEnum):
    """Why an entrustment does not hold any more."""

    REVOKED = "revoked"  # by the principal, or at the window for them
    RESIGNED = "resigned"  # by the agent
    EXPIRED = "expired"  # its last day is over


ACT_NAMES: Mapping[Act, str] = MappingProxyType(
    {Act.APPLY: "申请", Act.CORRECT: "补正", Act.WITHDRAW: "撤回", Act.RECEIVE: "领取"}
)
CAPACITY_NAMES: Mapping[Capacity, str] = MappingProxyType(
    {Capacity.ENTRUSTED: "受委托人", Capacity.GUARDIAN: "法定代理人（监护人）", Capacity.STAFF: "单位经办人"}
)
ENDING_NAMES: Mapping[Ending, str] = MappingProxyType(
    {Ending.REVOKED: "已撤销", Ending.RESIGNED: "已辞去", Ending.EXPIRED: "已到期"}
)


@dataclass(frozen=True, slots=True)
class PartyGiven:
    """Somebody as given: `kind` is person or organization, `id_type` resident_id or uscc."""

    kind: str
    name: str
    id_type: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class AgentGiven:
    """Who acts for another, as given. `until` is the last day as ISO date; `acts`, `notify` hold codes.

    With `entrustment` it is the agent of a standing entrustment, and the rest but `notify` is told by that.
    """

    name: str = ""
    id_number: str = ""
    phone: str = ""
    capacity: str = ""
    until: str = ""
    acts: tuple[str, ...] = ()
    notify: tuple[str, ...] = (Told.PRINCIPAL.value, Told.AGENT.value)
    entrustment: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """How far an entrustment reaches: without `services` it is for all items. It holds through the day `until`."""

    acts: frozenset[str]
    services: frozenset[str]
    until: date

    def covers(self, service: str) -> bool:
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class Agency:
    """The entrustment under which a case is done for its applicant, as permission needs it."""

    entrustment: UUID
    agent_user_id: int
    acts: frozenset[str]
    until: date
    ending: str = ""

    def ended_by(self, at: datetime) -> Ending | None:
        """Why it does not hold at `at`; None while it holds. Nothing has to happen for it to expire."""
        if self.ending:
            return Ending(self.ending)
        return Ending.EXPIRED if civil_date(at) > self.until else None


@dataclass(frozen=True, slots=True)
class EntrustmentView:
    """An entrustment as its two parties see it, names and numbers masked. `ending` is None while it holds."""

    id: UUID
    principal: SubjectView
    agent: SubjectView
    capacity: Capacity
    scope: Scope
    standing: bool
    created_at: datetime
    ending: Ending | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """实名: the subject whom an identity service has vouched for as the holder of an account."""

    subject: SubjectView
    level: str
    issuer: str
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityService:
    """统一身份认证: an OpenID provider as the installation is set up for it.

    `claims` tells under which name the provider gives name, id_number, phone and level; `secret_file` is empty for
    a public client. `return_to` is the address registered with the provider.
    """

    name: str
    issuer: str
    client_id: str
    return_to: str
    secret_file: str = ""
    scopes: str = "openid profile phone"
    claims: tuple[tuple[str, str], ...] = (
        ("name", "name"),
        ("id_number", "id_number"),
        ("phone", "phone_number"),
        ("level", "acr"),
    )


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser sent to the identity service: where to, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the identity service has recognised. `holder` is its own lasting name for the person."""

    issuer: str
    holder: str
    name: str
    id_number: str
    phone: str
    level: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session opened for somebody vouched for."""

    session: str
    user_id: int
    phone: str
