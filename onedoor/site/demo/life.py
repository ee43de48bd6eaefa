"""What has happened in the demo county before somebody looks at it for the first time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from onedoor.core.instants import civil_date
from onedoor.simulation.county import live
from onedoor.simulation.tally import Tally
from onedoor.simulation.world import Plan
from onedoor.site.wiring import FOLLOWERS

#: Long enough that every stage is reached, short enough for a first start.
DAYS: Final = 20
CASES_PER_DAY: Final = 12
SEED: Final = 20
#: The county was set up so long before, so that further years can be simulated too.
AGE: Final = timedelta(days=400)


def live_until(at: datetime, tenant_id: int) -> Tally:
    """Let the county live the days that end now."""
    first = civil_date(at) - timedelta(days=DAYS - 1)
    plan = Plan(tenant_id, first, at, CASES_PER_DAY, SEED)
    return live(plan, following=FOLLOWERS["cases.bundles"])
