"""The words of the people room: citizens and organisations as other rooms and pages see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
