"""Every route of the product."""

from __future__ import annotations

from django.urls import include, path

from onedoor.faces.modes import set_mode
from onedoor.faces.status import healthz, readyz

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("settings/mode", set_mode),
    path("api/v1/", include("onedoor.faces.api.urls")),
    path("desk/", include("onedoor.faces.desk.urls")),
    path("watch/", include("onedoor.faces.watch.urls")),
    path("", include("onedoor.faces.portal.urls")),
]
