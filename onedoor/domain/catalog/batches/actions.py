"""The only writing of batches: take files in, read them, review what they change, put it into effect."""

from __future__ import annotations

from .applying import apply_next, due
from .reading import read_next, read_one, waiting
from .reviews import abandon, approve, check, hand_in, put_back, put_back_rows, withdraw
from .taking import drop, take_in, tidy

__all__ = [
    "abandon",
    "apply_next",
    "approve",
    "check",
    "drop",
    "due",
    "hand_in",
    "put_back",
    "put_back_rows",
    "read_next",
    "read_one",
    "take_in",
    "tidy",
    "waiting",
    "withdraw",
]
