"""The only writing of clean-ups: begin one, report, review, publish."""

from __future__ import annotations

from .campaign_opening import open_campaign
from .campaign_reports import add, drop, report
from .campaign_reviews import publish, review
from .campaign_sheets import import_sheet

__all__ = ["add", "drop", "import_sheet", "open_campaign", "publish", "report", "review"]
