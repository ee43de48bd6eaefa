"""`python -m onedoor.site.commands._prove`: proves the home of its environment; for the drill and the upgrade.

Prints what it found as one JSON object and ends with 1 where something is wrong.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from onedoor.site.commands._django import database


def main() -> int:
    """Prove and print."""
    os.environ.pop("ONEDOOR_DB_ROLE", None)
    with database():
        from onedoor.site.proving import prove

        found = prove()
    print(json.dumps(asdict(found), ensure_ascii=False))
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
