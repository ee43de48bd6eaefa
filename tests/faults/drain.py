"""Run inside an installation whose worker is stopped: does all that is left to do, as minutes later, and checks.

What it prints is what `onedoor projections check` and `onedoor journal verify --json` print; exit status 1 if either
finds anything.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

#: Longer than any wait after a failure and than the lease on a message in somebody's hands.
LATER = timedelta(minutes=6)


def main() -> int:
    """Every job until none finds anything to do; then both checks."""
    from onedoor.site.commands._django import database

    with database():
        from onedoor.site.commands import journal, projections
        from onedoor.site.worker import run_once

        while run_once(datetime.now(UTC) + LATER):
            pass
        return projections.run(["check"]) | journal.run(["verify", "--json"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    sys.exit(main())
