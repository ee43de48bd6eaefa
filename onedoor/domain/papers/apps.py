"""The papers room: uploads, blobs and the documents an office signs."""

from __future__ import annotations

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Django's handle on the room."""

    name = "onedoor.domain.papers"
    label = "papers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "文书与附件"
