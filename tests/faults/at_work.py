"""An installation at work, with clients and a gateway for its messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.gateway import Gateway, gateway
from tests.faults.installation import Installation, installation
from tests.faults.traffic import Traffic


@dataclass
class Running:
    """`onedoor up`, the gateway that its messages go to, and what clients need."""

    made: Installation
    sms: Gateway
    prepared: dict[str, Any]
    workers: int

    def traffic(self, run: str) -> Traffic:
        """Clients whose keys begin with `run`."""
        return Traffic(port=self.made.port, run=run, **self.prepared)


@contextmanager
def at_work(stock: Path, workers: int) -> Iterator[Running]:
    """A started installation, ended afterwards."""
    with gateway() as sms, installation(stock, {"ONEDOOR_SMS_URL": sms.url}) as made:
        prepared = json.loads(made.program("tests.faults.prepare"))
        made.start(workers=workers)
        yield Running(made, sms, prepared, workers)
