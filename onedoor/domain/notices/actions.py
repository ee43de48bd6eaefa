"""Writing to the notices room."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onedoor.core.identifiers import mask_phone
from onedoor.plumbing.crypto import Keyring

from . import rules
from .models import Message
from .terms import Channel, Sent

_PHONE_FIELD = "notices.phone"


def send(*, tenant_id: int, key: str, phone: str, text: str, at: datetime, long: bool = False) -> Sent:
    """Put a short message into the outbox, once for each `key` of a tenant; a repetition changes nothing.

    The text has at most 70 characters, 500 if `long`, and names no whole identity or telephone number.
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
            },
        )
    return Sent(message.pk, new)
