"""The notices room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Messages to people."""

    name = "onedoor.domain.notices"
    label = "notices"
    verbose_name = "消息通知"
    default_auto_field = "django.db.models.BigAutoField"
