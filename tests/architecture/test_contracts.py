"""The import contracts hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import contracts
from tests.cluster import REPOSITORY

#: Contract → a module of the product and an import planted into it that the contract must notice.
FAULTS = {
    "house": ("onedoor/core/due.py", "from onedoor.plumbing import crypto"),
    "floors": ("onedoor/domain/people/terms.py", "from onedoor.domain.catalog import terms"),
    "faces": ("onedoor/faces/portal/__init__.py", "import onedoor.faces.desk"),
    "furniture": ("onedoor/domain/offices/terms.py", "from onedoor.domain.offices import actions"),
    "cases": ("onedoor/domain/cases/filing.py", "from onedoor.domain.cases import actions"),
    "catalog": (
        "onedoor/domain/catalog/search/index.py",
        "from onedoor.domain.catalog.packages import terms",
    ),
    "engine": ("onedoor/domain/cases/engine/terms.py", "from onedoor.domain.cases.engine import lapse"),
    "simulation": ("onedoor/simulation/hours.py", "from onedoor.faces import status"),
    "cycles": ("onedoor/core/refusals.py", "from onedoor.core import due"),
    "private": ("onedoor/faces/status.py", "from onedoor.domain.offices import models"),
    "pure": ("onedoor/domain/cases/engine/work.py", "from django.db import connection"),
    "engine-reach": ("onedoor/domain/cases/engine/work.py", "from onedoor.domain.offices import queries"),
}


def kept(root: Path) -> dict[str, bool]:
    """The outcome of every contract by its name, for the tree below `root`."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    found = {line[0]: line[1] == "KEPT" for line in lines if line[-1] in ("KEPT", "BROKEN")}
    assert len(found) == len(FAULTS), done.stdout + done.stderr
    return found


def _name(contract: str) -> str:
    return contracts()[f"importlinter:contract:{contract}"]["name"]


def test_every_contract_is_kept() -> None:
    assert [name for name, well in kept(REPOSITORY).items() if not well] == []


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's modules and contracts, to plant faults into."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(REPOSITORY / ".importlinter", root)
    shutil.copytree(
        REPOSITORY / "onedoor",
        root / "onedoor",
        ignore=lambda folder, names: [
            name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()
        ],
    )
    return root


@pytest.mark.parametrize("contract", FAULTS)
def test_a_planted_import_breaks_its_contract(copy: Path, contract: str) -> None:
    place, fault = FAULTS[contract]
    text = (copy / place).read_text(encoding="utf-8")
    (copy / place).write_text(f"{text}\n{fault}\n", encoding="utf-8")
    try:
        assert not kept(copy)[_name(contract)]
    finally:
        (copy / place).write_text(text, encoding="utf-8")
