"""The words of the notices room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"  # 短信


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as the outbox shows it; `sent_at` None while it waits for its carrier."""

    id: int
    key: str
    channel: Channel
    phone_masked: str
    text: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request to send: `new` is False if a message with this key was there before."""

    id: int
    new: bool
