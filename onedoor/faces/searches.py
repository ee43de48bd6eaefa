"""What portal and interface share of searching: nobody searches without end, and what finds nothing is counted."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from django.http import HttpRequest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions as catalog
from onedoor.faces.access import address_of, now

#: A hall sits behind one address: so many searches at once from it, and so many a second on the long run.
BURST, A_SECOND = 200, 40.0
#: Addresses and queries remembered in the process; the longest unseen are forgotten first.
_MOST_REMEMBERED = 4_096


class Allowance:
    """How much each address may still do. Kept in the process: another process counts for itself."""

    def __init__(self, burst: int, a_second: float) -> None:
        self._burst, self._a_second = burst, a_second
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str, at: datetime) -> bool:
        """Use one up; False if nothing is left."""
        with self._lock:
            left, since = self._left.pop(address, (float(self._burst), at))
            left = min(self._burst, left + max(0.0, (at - since).total_seconds()) * self._a_second)
            granted = left >= 1
            self._left[address] = (left - granted, at)
            while len(self._left) > _MOST_REMEMBERED:
                self._left.popitem(last=False)
        return granted


allowance = Allowance(BURST, A_SECOND)
_counted: OrderedDict[tuple[str, str], None] = OrderedDict()
_counting = Lock()


def admit(request: HttpRequest, query: str) -> None:
    """Let a search go ahead. Raises Refused("too_many_searches", 429) past what one address may ask."""
    if query.strip() and not allowance.take(address_of(request), now()):
        raise Refused("too_many_searches", "搜索太频繁了，请过几秒再试。", status=429)


def count_miss(request: HttpRequest, tenant_id: int, query: str) -> None:
    """Count a query that found nothing, once for a visitor; who it was stays in memory and is soon forgotten."""
    key = (address_of(request), query.strip().lower())
    with _counting:
        if key in _counted:
            return
        _counted[key] = None
        while len(_counted) > _MOST_REMEMBERED:
            _counted.popitem(last=False)
    catalog.count_miss(tenant_id=tenant_id, query=query, at=now())
