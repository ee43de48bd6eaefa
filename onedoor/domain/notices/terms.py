"""The words of the notices room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"  # 短信


class Progress(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"  # 待发送
    SENT = "sent"  # 已发送
    FAILED = "failed"  # 未能发送


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as the outbox shows it; `sent_at` None while it waits for its carrier.

    `attempts` counts how often the carrier was tried, `fault` is the code of what last went wrong, `failed_at`
    the instant from which it is not tried any more.
    """

    id: int
    key: str
    channel: Channel
    phone_masked: str
    text: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int = 0
    fault: str = ""
    failed_at: datetime | None = None

    @property
    def progress(self) -> Progress:
        if self.sent_at is not None:
            return Progress.SENT
        return Progress.WAITING if self.failed_at is None else Progress.FAILED


@dataclass(frozen=True, slots=True)
class Told:
    """A message as whom it concerns reads it. `subject` is the part of the key that names what it is about, `place`
    the rest of the key."""

    id: int
    subject: str
    place: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request to send: `new` is False if a message with this key was there before."""

    id: int
    new: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """The outbox in figures, over all tenants; `oldest` is when the longest waiting message was written."""

    waiting: int
    oldest: datetime | None
    failed: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as a carrier gets it. `key` is the same at every attempt and of no other message."""

    key: str
    channel: Channel
    phone: str
    text: str


class Undelivered(Exception):
    """A carrier did not take a parcel; `fault` is a short English code without personal data.

    `final` says that it will never take this one; otherwise the carrier itself is in trouble.
    """

    def __init__(self, fault: str, *, final: bool) -> None:
        super().__init__(fault)
        self.fault = fault
        self.final = final


class Carrier(Protocol):
    """Brings a parcel on its way and returns when it has been taken, or raises `Undelivered`."""

    def __call__(self, parcel: Parcel) -> None: ...
