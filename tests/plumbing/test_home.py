"""A home keeps its secrets, and says what is wrong when one is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.plumbing.home import Home, HomeFault


def test_the_environment_names_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path / "named"))
    assert Home.current().root == tmp_path / "named"


def test_root_and_others_have_different_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ONEDOOR_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert Home.current().root == Path("/var/lib/onedoor")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert Home.current().root == tmp_path / ".local/share/onedoor"


def test_secrets_are_stable_distinct_and_never_the_key(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").ensure()
    again = Home(tmp_path / "home").ensure()
    assert home.secret("django") == again.secret("django")
    assert home.secret("django") != home.secret("other")
    assert home.master().hex() not in home.secret("django")
    assert Home(tmp_path / "second").ensure().secret("django") != home.secret("django")


def test_homes_with_one_master_key_agree_on_database_passwords(tmp_path: Path) -> None:
    first, second = Home(tmp_path / "a").ensure(), Home(tmp_path / "b")
    second.keys.mkdir(parents=True)
    second.master_key.write_bytes(first.master())
    assert second.ensure().passwords() == first.passwords()


def test_a_database_without_its_master_key_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").ensure()
    home.pg.mkdir()
    (home.pg / "PG_VERSION").write_text("18\n")
    home.master_key.unlink()
    with pytest.raises(HomeFault, match="备份"):
        home.ensure()
    assert not home.master_key.exists()


def test_a_shortened_master_key_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").ensure()
    home.master_key.write_bytes(b"short")
    with pytest.raises(HomeFault, match="长度"):
        home.secret("django")


def test_a_home_that_cannot_be_made_names_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeFault, match="ONEDOOR_HOME"):
        Home(tmp_path / "file" / "home").ensure()
