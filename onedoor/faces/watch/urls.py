"""Routes of the watch over time limits."""

from __future__ import annotations

from django.urls import path

from . import account, board

urlpatterns = [
    path("", board.overview),
    path("cases", board.every_case),
    path("cases/<str:number>", account.case),
]
