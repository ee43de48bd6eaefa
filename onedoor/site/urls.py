"""Every route of the product."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from onedoor.faces.access import PUBLIC, admits
from onedoor.faces.modes import set_mode
from onedoor.faces.operation import figures_page, status_page
from onedoor.faces.status import healthz, readyz
from onedoor.site.figures import all_figures, monitoring_token
from onedoor.site.status import look

to_desk = admits(PUBLIC)(RedirectView.as_view(url="/desk/"))
to_watch = admits(PUBLIC)(RedirectView.as_view(url="/watch/"))

handler500 = "onedoor.faces.failures.fault"
# What is asked most often stands first: each pattern before it is tried in vain.
urlpatterns = [
    path("api/v1/", include("onedoor.faces.api.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("status", status_page(look)),
    path("metrics", figures_page(all_figures, monitoring_token)),
    path("settings/mode", set_mode),
    path("desk", to_desk),
    path("watch", to_watch),
    path("desk/", include("onedoor.faces.desk.urls")),
    path("watch/", include("onedoor.faces.watch.urls")),
    path("", include("onedoor.faces.portal.urls")),
]
