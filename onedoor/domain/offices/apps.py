"""Django's door to the offices room."""

from django.apps import AppConfig


class OfficesConfig(AppConfig):
    """Tenants, places, departments, windows, staff accounts, calendars."""

    name = "onedoor.domain.offices"
    label = "offices"
    verbose_name = "机构与人员"
    default_auto_field = "django.db.models.BigAutoField"
