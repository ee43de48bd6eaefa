"""What this installation asks of its accounts."""

from __future__ import annotations

from django.conf import settings

from .terms import AccountPolicy


def current() -> AccountPolicy:
    """The policy of the settings."""
    found: AccountPolicy = settings.ONEDOOR_ACCOUNTS
    return found
