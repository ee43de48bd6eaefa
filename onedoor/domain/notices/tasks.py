"""Job doors of the notices room: messages go out, each at least once and always under the same key."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from onedoor.domain.notices import actions, carriers
from onedoor.domain.notices.terms import Carrier, Undelivered
from onedoor.plumbing import outgoing

_LOG = logging.getLogger("onedoor.notices")

#: Seconds one call may spend before the worker's other jobs have their turn.
TURN: Final = 2.0


def webhook(url: str, token_file: str = "") -> Carrier:
    """The carrier that speaks to an HTTP gateway. Raises ValueError (Chinese) if `url` is no address of one."""
    if not outgoing.is_address(url):
        raise ValueError("短信网关地址应为 http:// 或 https:// 开头的网址，不带用户名和密码。")
    return carriers.Webhook(url, Path(token_file) if token_file else None)


def carry(carrier: Carrier, *, at: datetime, limit: int = 50) -> int:
    """Hand waiting messages to the carrier, oldest first; returns how many it has dealt with.

    A message the carrier will never take is set aside, with its fault. A carrier in trouble ends the call:
    `Undelivered` is raised, that message waits longer each time, the others stay as they are. A process that
    dies between the carrier's answer and the note of it sends the message again, under the same key.
    """
    done, end = actions.set_aside_stale(at=at), time.monotonic() + TURN
    while done < limit and time.monotonic() < end:
        claimed = actions.claim(at=at)
        if claimed is None:
            break
        try:
            carrier(claimed.parcel)
        except Undelivered as failure:
            actions.not_taken(claimed, failure.fault, final=failure.final, at=at)
            _LOG.warning("message %d was not taken: %s", claimed.id, failure.fault)
            if not failure.final:
                raise
        else:
            actions.taken(claimed, at=at)
        done += 1
    return done
