"""Where an account has signed in before: addresses and browsers, kept as keyed digests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from onedoor.plumbing.crypto import Keyring

from . import rules
from .models import UsualPlace


def is_usual(user_id: int, place: str, at: datetime) -> bool:
    """Whether this account has signed in at this place within the last 90 days."""
    since = at - rules.USUAL_FOR
    return UsualPlace.objects.filter(user_id=user_id, mark=_mark(user_id, place), seen_at__gt=since).exists()


def remember(user_id: int, places: Iterable[str], at: datetime) -> None:
    """The account has signed in at these places; an empty one is none."""
    for place in filter(None, places):
        UsualPlace.objects.update_or_create(
            user_id=user_id, mark=_mark(user_id, place), defaults={"seen_at": at}
        )


def _mark(user_id: int, place: str) -> bytes:
    return Keyring.current().blind("offices.usual_place", f"{user_id}:{place}")
