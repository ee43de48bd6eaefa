"""A home of its own for each test of papers: its keys and its blobs are nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.plumbing.home import Home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path / "home"))
    return Home.current().ensure()
