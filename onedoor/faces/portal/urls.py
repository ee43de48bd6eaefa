"""The addresses of the portal. Case numbers may stand in them; names, codes and what people wrote never do."""

from __future__ import annotations

from django.urls import path

from . import (
    acting,
    answering,
    applying,
    correcting,
    entrusting,
    following,
    handing,
    home,
    progress,
    sending,
    services,
    signing,
    telling,
    verifying,
)

_DRAFT = "cases/<slug:number>/apply"

urlpatterns = [
    path("", home.home),
    path("services", services.services),
    path("services/<slug:code>", services.guide),
    path("services/<slug:code>/qr.svg", services.guide_qr),
    path("login", signing.login),
    path("login/code", signing.code),
    path("logout", signing.logout),
    path("demo/messages", signing.demo_messages),
    path("apply/<slug:code>", applying.start),
    path(_DRAFT, applying.task_list),
    path(f"{_DRAFT}/agent", acting.agent),
    path(f"{_DRAFT}/applicant", applying.applicant),
    path(f"{_DRAFT}/section/<slug:code>", answering.section),
    path(f"{_DRAFT}/materials", handing.materials),
    path(f"{_DRAFT}/materials/<slug:code>", handing.material),
    path(f"{_DRAFT}/materials/<slug:code>/files", handing.add),
    path(f"{_DRAFT}/materials/<slug:code>/<uuid:upload>/remove", handing.remove),
    path(f"{_DRAFT}/check", sending.check),
    path("cases/<slug:number>/done", sending.done),
    path("cases/<slug:number>/qr.svg", sending.qr),
    path("cases/<slug:number>/receipt.pdf", sending.receipt),
    path("my", following.mine),
    path("my/entrustments", entrusting.mine),
    path("my/entrustments/new", entrusting.new),
    path("my/entrustments/confirm", entrusting.confirm),
    path("my/entrustments/<uuid:entrustment>", entrusting.one),
    path("my/entrustments/<uuid:entrustment>/end", entrusting.end),
    path("messages", telling.messages),
    path("cases/<slug:number>", following.case),
    path("cases/<slug:number>/papers/<uuid:paper_id>.pdf", following.paper),
    path("cases/<slug:number>/uploads/<uuid:upload_id>", following.upload),
    path("cases/<slug:number>/correct", correcting.correct),
    path("cases/<slug:number>/correct/<slug:code>/files", correcting.add),
    path("cases/<slug:number>/withdraw", following.withdraw),
    path("cases/<slug:number>/rate", following.rate),
    path("progress", progress.progress),
    path("progress/case", progress.result),
    path("progress/rate", progress.rate),
    path("progress/leave", progress.leave),
    path("verify", verifying.enter),
    path("verify/<str:code>", verifying.paper),
]
