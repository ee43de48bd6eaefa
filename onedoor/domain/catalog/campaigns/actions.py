"""The only writing of clean-ups: begin one, report, review, publish."""

from __future__ import annotations

from .opening import open_campaign
from .reports import add, drop, report
from .reviews import publish, review
from .sheets import import_sheet

__all__ = ["add", "drop", "import_sheet", "open_campaign", "publish", "report", "review"]
