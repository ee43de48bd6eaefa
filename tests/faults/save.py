"""Run inside an installation: saves a draft again and again, and says what was acknowledged, a line each."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import count


def main() -> None:
    """Lines of key, number, seq."""
    from onedoor.site.commands._django import database

    with database():
        from onedoor.domain.cases.terms import Once
        from tests.factories.cases import act, filed

        number = filed(datetime.now(UTC), draft=True).number
        for turn in count():
            key = f"save-{os.getpid()}-{turn}"
            once = Once(f"program:{key}", key.encode().ljust(32))
            answer = act(number, "save_draft", "chuangkou", datetime.now(UTC), once=once)
            print(key, answer.number, answer.seq, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    main()
