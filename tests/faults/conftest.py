"""One stocked home for all tests of faults, copied by each that breaks something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onedoor.plumbing.database.settings import Login
from tests.faults.at_work import Running, at_work
from tests.faults.installation import stocked_home


@pytest.fixture(scope="session")
def stock() -> Iterator[Path]:
    """A home at rest with the demo county."""
    with stocked_home() as root:
        yield root


@pytest.fixture(scope="session")
def running(stock: Path) -> Iterator[Running]:
    """One `onedoor up` for every test that leaves it running and sound."""
    with at_work(stock, workers=1) as found:
        yield found


@pytest.fixture
def use_login(own_database: str) -> Iterator[Callable[[Login], None]]:
    """Turn Django to another server, and back at the end."""
    from django.db import connections

    def use(login: Login) -> None:
        settings = {
            "HOST": login.host,
            "PORT": login.port,
            "USER": login.user,
            "PASSWORD": login.password,
            "NAME": login.database,
        }
        connections["default"].close()
        connections["default"].settings_dict.update(settings)

    kept = {
        name: connections["default"].settings_dict[name]
        for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    }
    yield use
    connections["default"].close()
    connections["default"].settings_dict.update(kept)
