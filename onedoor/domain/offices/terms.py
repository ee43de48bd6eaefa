"""The words of the offices room: roles, grants and the principal who acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, read once per request. Anonymous visitors have no principal."""

    user_id: int
    tenant_id: int
    name: str
    username: str
    grants: tuple[Grant, ...] = field(default=())
    via: str = "session"

    @property
    def key(self) -> str:
        """The stable text that facts record as their principal."""
        return f"user:{self.user_id}"

    def has(self, *roles: Role) -> bool:
        """Whether any grant gives one of these roles, whatever its scope."""
        return any(grant.role in roles for grant in self.grants)
