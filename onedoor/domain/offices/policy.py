"""What this installation asks of its accounts."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from .terms import AccountPolicy

SETTING: Final = "ONEDOOR_ACCOUNTS"


def current() -> AccountPolicy:
    """The policy of the settings."""
    found: AccountPolicy = getattr(settings, SETTING)
    return found
