"""The look shared by all faces: templates, static files and template tags."""

from __future__ import annotations

from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "onedoor.faces"
    label = "faces"
    verbose_name = "页面"
