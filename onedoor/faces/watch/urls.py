"""Routes of the watch over time limits."""

from __future__ import annotations

urlpatterns: list[object] = []
