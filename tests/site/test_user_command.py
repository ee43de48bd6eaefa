"""`onedoor user`: what the county's IT person does to accounts."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions, queries
from onedoor.domain.offices.models import TotpFactor
from onedoor.domain.offices.terms import Grant, Origin, Role
from onedoor.site.commands import token, user
from tests.county import PASSWORD

pytestmark = pytest.mark.usefixtures("county_db")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on the database of the test."""
    for command in (user, token):
        monkeypatch.setattr(command, "database", nullcontext)


def grants() -> tuple[Grant, ...]:
    found = queries.account_of("jiangyx")
    assert found is not None
    return tuple(held.grant for held in found.grants)


def test_roles_are_granted_and_revoked_with_their_scope(capsys: pytest.CaptureFixture[str]) -> None:
    before = grants()
    scope = ["--role", "town", "--place", "990722100000"]
    user.run(["grant", "jiangyx", *scope])
    assert Grant(Role.TOWN, None, "990722100") in grants()
    with pytest.raises(Refused, match="unknown_grant"):
        user.run(["revoke", "jiangyx", "--role", "town"])
    user.run(["revoke", "jiangyx", *scope])
    assert grants() == before
    assert "已撤销" in capsys.readouterr().out


def test_administrators_stay_separated_at_the_command_line_too() -> None:
    user.run(["grant", "jiangyx", "--role", "security"])
    with pytest.raises(Refused, match="roles_exclude_each_other"):
        user.run(["grant", "jiangyx", "--role", "auditor"])


def test_a_closed_account_opens_again(capsys: pytest.CaptureFixture[str]) -> None:
    secret = actions.open_session(user_id=_id(), at=datetime.now(UTC))
    user.run(["disable", "jiangyx"])
    assert queries.principal_by_session(secret, at=datetime.now(UTC)) is None
    user.run(["list"])
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("jiangyx\t"))
    assert "已停用" in line
    with pytest.raises(Refused, match="account_disabled"):
        token.run(["jiangyx"])
    user.run(["enable", "jiangyx"])
    assert _enter(PASSWORD)


def test_a_reset_password_is_printed_once_and_opens(capsys: pytest.CaptureFixture[str]) -> None:
    user.run(["reset-password", "jiangyx"])
    (password,) = re.findall(r"：([\w-]{19})$", capsys.readouterr().out, re.MULTILINE)
    with pytest.raises(Refused, match="wrong_credentials"):
        _enter(PASSWORD)
    assert _enter(password)


def test_a_lost_authenticator_is_taken_off() -> None:
    with pytest.raises(Refused, match="no_factor"):
        user.run(["reset-factor", "jiangyx"])
    TotpFactor.objects.create(
        user_id=_id(), secret=b"x", created_at=datetime.now(UTC), confirmed_at=datetime.now(UTC)
    )
    user.run(["reset-factor", "jiangyx"])
    assert not TotpFactor.objects.exists()


def test_a_token_has_a_name_and_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    token.run(["jiangyx", "--days", "7", "--name", "取号机"])
    assert len(capsys.readouterr().out.strip()) == 43
    (made,) = queries.tokens(_id(), at=datetime.now(UTC))
    assert made.name == "取号机"
    assert made.expires_at is not None
    assert (made.expires_at - made.created_at).days == 7
    with pytest.raises(Refused, match="token_days_out_of_range"):
        token.run(["jiangyx", "--days", "3650"])


def _id() -> int:
    found = queries.account_of("jiangyx")
    assert found is not None
    return found.id


def _enter(password: str) -> str:
    return actions.sign_in(
        username="jiangyx", password=password, origin=Origin("10.0.0.1"), at=datetime.now(UTC)
    ).session
