"""The people room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Citizens and organisations that apply."""

    name = "onedoor.domain.people"
    label = "people"
    verbose_name = "办事人"
    default_auto_field = "django.db.models.BigAutoField"
