"""The only writing of batches: take files in, read them, review what they change, put it into effect."""

from __future__ import annotations

from .applying import apply_next, due
from .reading import read_next, read_one, waiting
from .reviews import abandon, approve, bring, check, hand_in, put_back, put_back_rows, withdraw
from .taking import discard, drop, take_in, tidy

__all__ = [
    "abandon",
    "apply_next",
    "approve",
    "bring",
    "check",
    "discard",
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
