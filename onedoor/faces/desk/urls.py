"""Routes of the desk, where staff work."""

from __future__ import annotations

from django.urls import path

from . import acting, casepage, intake, lists, signing

urlpatterns = [
    path("login", signing.sign_in),
    path("logout", signing.sign_out),
    path("", lists.inbox),
    path("intake", intake.pick),
    path("intake/done/<str:number>", intake.received),
    path("intake/<str:service>", intake.intake),
    path("cases", lists.every_case),
    path("cases/<str:number>", casepage.case),
    path("cases/<str:number>/do/<slug:verb>", acting.act),
    path("cases/<str:number>/papers/<uuid:paper_id>.pdf", casepage.paper),
    path("cases/<str:number>/uploads/<uuid:upload_id>", casepage.upload),
]
