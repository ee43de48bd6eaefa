"""Everything that can be proved about an installation's data at once, in a process of its own.

The drill and the upgrade ask for it: they prove another home, or a database that has just changed under them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from onedoor.core.refusals import Refused


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and in `faults` (Chinese, a line each) what is wrong."""

    facts: int
    streams: int
    anchors: int
    cases: int
    cases_opened: int
    files: int
    files_opened: int
    faults: tuple[str, ...]


def proved(environment: Mapping[str, str], *, code: str) -> Proof:
    """Prove the home that `environment` names, in another process. Raises Refused(code) with the faults."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "onedoor.site.commands._prove"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = Proof(**json.loads(done.stdout))
    except (ValueError, TypeError) as error:
        raise Refused(code, f"数据无法核验：{done.stderr.strip()[-1500:]}") from error
    if found.faults:
        raise Refused(code, f"数据核验没有通过：{'；'.join(found.faults[:10])}")
    return found


def prove() -> Proof:
    """Keys, every chain and anchor, every derived table; the database must be reachable."""
    from itertools import islice

    from onedoor.domain.cases.queries import differences
    from onedoor.domain.journal.queries import verify
    from onedoor.plumbing.crypto import SigningKey
    from onedoor.plumbing.home import Home
    from onedoor.site.keycheck import try_keys
    from onedoor.site.wiring import HEADS

    home, opened = Home.current(), try_keys()
    faults = [] if opened.all else ["密钥打不开其中的办件或文件，密钥与数据不符，或文件已损坏"]
    verified = verify(anchors_path=home.anchors_file, public_key=SigningKey.of(home).public, heads=HEADS)
    faults += [fault.detail for fault in verified.faults[:5]]
    faults += [f"办件 {each.number} 的 {each.column} 与办件过程不一致" for each in islice(differences(), 5)]
    return Proof(
        facts=verified.facts,
        streams=verified.streams,
        anchors=verified.anchors,
        cases=opened.cases,
        cases_opened=opened.cases_opened,
        files=opened.files,
        files_opened=opened.files_opened,
        faults=tuple(faults),
    )
