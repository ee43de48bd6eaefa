"""Writing to the notices room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from onedoor.core.identifiers import mask_phone
from onedoor.plumbing.crypto import Keyring

from . import rules
from .models import Message, Reader
from .terms import Channel, Parcel, Sent

_PHONE_FIELD = "notices.phone"

#: How long a message is worth sending, unless its writer says otherwise.
WORTH: Final = timedelta(days=3)
#: For how long nobody else takes a message that somebody has taken; longer than a carrier's patience.
LEASE: Final = timedelta(minutes=2)

_CLAIM: Final = """
    UPDATE notices_message SET attempts = attempts + 1, next_try_at = %s
    WHERE id = (
        SELECT id FROM notices_message
        WHERE sent_at IS NULL AND failed_at IS NULL AND (next_try_at IS NULL OR next_try_at <= %s)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, tenant_id, key, channel, phone_cipher, text, attempts"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in the hands of whoever carries it; `attempt` counts from 1."""

    id: int
    parcel: Parcel
    attempt: int


def send(
    *,
    tenant_id: int,
    key: str,
    phone: str,
    text: str,
    at: datetime,
    long: bool = False,
    until: datetime | None = None,
) -> Sent:
    """Put a short message into the outbox, once for each `key` of a tenant; a repetition changes nothing.

    The text has at most 70 characters, 500 if `long`, and names no whole identity or telephone number. From
    `until` on (three days, unless said) nobody is served by it any more and it is not sent.
    Raises `Refused` as `rules.check_text` and `rules.check_phone` do.
    """
    words, number = rules.check_text(text, long=long), rules.check_phone(phone)
    with transaction.atomic():
        message, new = Message.objects.get_or_create(
            tenant_id=tenant_id,
            key=key,
            defaults={
                "channel": Channel.SMS.value,
                "phone_cipher": Keyring.current().seal(_PHONE_FIELD, number),
                "phone_masked": mask_phone(number),
                "text": words,
                "created_at": at,
                "until": until or at + WORTH,
            },
        )
    return Sent(message.pk, new)


def set_aside_stale(*, at: datetime) -> int:
    """Give up messages that come too late; returns how many."""
    return Message.objects.filter(sent_at=None, failed_at=None, until__lte=at).update(
        failed_at=at, fault="too_late"
    )


def claim(*, at: datetime) -> Claimed | None:
    """Take the oldest message that is due to be sent, for `LEASE`; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at + LEASE, at])
        row = cursor.fetchone()
    if row is None:
        return None
    phone = Keyring.current().open_(_PHONE_FIELD, bytes(row[4]))
    return Claimed(row[0], Parcel(rules.delivery_key(row[1], row[2]), Channel(row[3]), phone, row[5]), row[6])


def taken(claimed: Claimed, *, at: datetime) -> None:
    """The carrier has the message."""
    Message.objects.filter(pk=claimed.id).update(sent_at=at, next_try_at=None, fault="")


def not_taken(claimed: Claimed, fault: str, *, final: bool, at: datetime) -> None:
    """The carrier has it not: it waits for another try, or, if that is `final`, is given up."""
    Message.objects.filter(pk=claimed.id, sent_at=None).update(
        fault=fault[:40],
        failed_at=at if final else None,
        next_try_at=None if final else at + rules.wait_after(claimed.attempt),
    )


def mark_read(*, owner: str, at: datetime) -> None:
    """Somebody has read everything that was told up to `at`."""
    Reader.objects.update_or_create(owner=owner, defaults={"read_at": at})
