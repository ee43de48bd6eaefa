"""The catalogue room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """事项目录: items and their immutable versions."""

    name = "onedoor.domain.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
