"""Django's door to the cases room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """What was applied for, who must act by when, what was decided."""

    name = "onedoor.domain.cases"
    label = "cases"
    verbose_name = "办件"
    default_auto_field = "django.db.models.BigAutoField"
