"""What takes over from a killed run waits for the port that it is letting go."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onedoor.plumbing.home import Home
from onedoor.site import supervisor
from onedoor.site.children import TOKEN_VARIABLE
from onedoor.site.record import write_record
from onedoor.site.supervisor import Plan, port_fault

LINGERS = 1.5


@contextmanager
def killed_run(home: Home, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a run whose supervisor is dead; it waits to be ended."""
    home.ensure()
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, TOKEN_VARIABLE: "former"}
    )
    write_record(home, {"pid": 1, "url": f"http://127.0.0.1:{port}", "token": "former"})
    # Reaped like an orphan, whose parent is a process that waits for nothing else.
    threading.Thread(target=left.wait, daemon=True).start()
    try:
        yield left
    finally:
        left.kill()


def fault_after_taking_over(folder: Path) -> str:
    """What is amiss with the port once the new run holds the home; the port lingers behind its process."""
    home = Home(folder / "home")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        plan = Plan(host="127.0.0.1", port=held.getsockname()[1])
        with killed_run(home, plan.port):
            threading.Timer(LINGERS, held.close).start()
            with supervisor._only_one(home, plan):
                return port_fault(plan)


def test_a_port_that_is_let_go_late_is_waited_for(tmp_path: Path) -> None:
    assert fault_after_taking_over(tmp_path) == ""


def test_without_waiting_the_new_run_would_be_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PORT_SECONDS", 0.0)
    assert "占用" in fault_after_taking_over(tmp_path)
