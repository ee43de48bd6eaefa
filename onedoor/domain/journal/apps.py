"""The journal as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Append-only facts in streams."""

    name = "onedoor.domain.journal"
    label = "journal"
    verbose_name = "过程记录"
    default_auto_field = "django.db.models.BigAutoField"
