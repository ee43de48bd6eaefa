"""Run inside an installation: what clients need to work there, as one JSON object on stdout."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime

STAFF = ("chuangkou", "jiangyx", "yinby", "chujian")
ITEM, STEPS = "FAULTS-MANY-OPINIONS", 48


def main() -> None:
    """Tokens by user name, the body of a complete application at the window, and the codes of the reviews."""
    from onedoor.site.commands._django import database

    with database():
        from onedoor.domain.offices import actions
        from tests.factories.cases import application

        at = datetime.now(UTC)
        steps = _publish(at)
        tokens = {name: actions.issue_token(username=name, principal="command", at=at) for name in STAFF}
        asked = asdict(application())
    body = {"service": ITEM, "channel": "window"} | {
        name: asked[name] for name in ("applicant", "form", "materials")
    }
    json.dump({"tokens": tokens, "application": body, "steps": steps}, sys.stdout)


def _publish(at: datetime) -> list[str]:
    """An item with many reviews, so that most acts call for no paper and no message."""
    from onedoor.domain.catalog import actions as catalog
    from onedoor.domain.catalog.documents import write_document
    from tests.factories.cases import FOOD, staff, version_of

    document = write_document(version_of(FOOD, at))
    check, _, decide, make = document["procedure"]
    codes = [f"opinion{number}" for number in range(STEPS)]
    reviews = [{**check, "code": code, "name": f"意见{number}"} for number, code in enumerate(codes, 1)]
    procedure = [*reviews, {**decide, "after": codes}, make]
    content = {**document, "code": ITEM, "name": "多部门会签事项", "procedure": procedure}
    catalog.publish(tenant_id=staff("chuangkou").tenant_id, content=content, principal="command", at=at)
    return codes


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    main()
