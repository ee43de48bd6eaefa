"""Accounts: passwords, sessions, grants, phone codes, and what bounds guessing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions, queries
from onedoor.domain.offices.models import ApiToken, RoleGrant, Session
from onedoor.domain.offices.terms import Grant, Origin, Role
from tests.county import PASSWORD, County

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PHONE = "13000000009"


def enter(username: str, password: str, address: str, at: datetime) -> str:
    """Sign in with a password alone; returns the session's secret."""
    return actions.sign_in(username=username, password=password, origin=Origin(address), at=at).session


def add(username: str, *grants: Grant, password: str = "a-long-enough-secret") -> int:
    """A member of staff."""
    tenant = queries.first_tenant()
    assert tenant is not None
    return actions.add_user(
        tenant_id=tenant.id,
        username=username,
        name="新来的",
        password=password,
        grants=grants,
        principal="test",
        at=AT,
    )


def test_a_session_holds_for_its_time_and_ends_with_the_account(county_db: County) -> None:
    secret = enter("chuangkou", PASSWORD, "10.0.0.1", AT)
    principal = queries.principal_by_session(secret, at=AT)
    assert principal is not None
    assert principal.has(Role.CLERK)
    assert queries.principal_by_session(secret, at=AT + timedelta(hours=12)) is None
    actions.disable_user(username="chuangkou", principal="test", at=AT)
    assert queries.principal_by_session(secret, at=AT) is None
    with pytest.raises(Refused, match="wrong_credentials"):
        enter("chuangkou", PASSWORD, "10.0.0.1", AT)


def test_secrets_are_stored_as_digests_only(county_db: County) -> None:
    session = enter("chuangkou", PASSWORD, "10.0.0.1", AT)
    token = actions.issue_token(username="chuangkou", principal="test", at=AT)
    stored = [bytes(row.digest) for model in (Session, ApiToken) for row in model.objects.all()]
    assert not any(secret.encode() in digest for secret in (session, token) for digest in stored)
    assert queries.principal_by_token(token, at=AT) is not None
    assert queries.principal_by_token(session, at=AT) is None


def test_wrong_passwords_lock_the_guesser_out_and_not_the_owner(county_db: County) -> None:
    for _ in range(8):
        with pytest.raises(Refused, match="wrong_credentials"):
            enter("chuangkou", "guess", "10.0.0.66", AT)
    with pytest.raises(Refused, match="too_many_attempts"):
        enter("chuangkou", PASSWORD, "10.0.0.66", AT)
    assert enter("chuangkou", PASSWORD, "10.0.0.1", AT)
    later = AT + timedelta(minutes=16)
    assert enter("chuangkou", PASSWORD, "10.0.0.66", later)


def test_three_administrators_are_three_people(county_db: County) -> None:
    with pytest.raises(Refused, match="roles_exclude_each_other"):
        add("both", Grant(Role.ADMIN), Grant(Role.AUDITOR))
    add("one", Grant(Role.ADMIN), Grant(Role.CLERK))


def test_a_full_place_code_means_the_place_and_what_lies_in_it(county_db: County) -> None:
    user = add("town", Grant(Role.TOWN, place="990722100000"))
    assert RoleGrant.objects.get(user_id=user).place == "990722100"


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("new", "short", "password_too_short"),
        ("new", "my-new-password", "password_holds_username"),
        ("chuangkou", "a-long-enough-secret", "username_taken"),
    ],
)
def test_poor_accounts_are_refused(county_db: County, username: str, password: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        add(username, Grant(Role.CLERK), password=password)


def code_for(phone: str, at: datetime) -> str:
    """A fresh sign-in code."""
    tenant = queries.first_tenant()
    assert tenant is not None
    return actions.issue_phone_code(tenant_id=tenant.id, phone=phone, address="10.0.0.1", at=at).code


def test_a_phone_code_opens_an_account_once(county_db: County) -> None:
    code = code_for(PHONE, AT)
    with pytest.raises(Refused, match="code_sent_recently"):
        code_for(PHONE, AT)
    secret = actions.sign_in_by_phone(
        tenant_id=county_db.tenant_id, phone=PHONE, code=code, address="10.0.0.1", at=AT
    )
    principal = queries.principal_by_session(secret, at=AT)
    assert principal is not None
    assert principal.name == "130****0009"
    with pytest.raises(Refused, match="wrong_code"):
        actions.sign_in_by_phone(
            tenant_id=county_db.tenant_id, phone=PHONE, code=code, address="10.0.0.1", at=AT
        )


def test_a_phone_code_bears_few_guesses_and_little_time(county_db: County) -> None:
    code = code_for(PHONE, AT)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(Refused, match="wrong_code"):
            actions.sign_in_by_phone(
                tenant_id=county_db.tenant_id, phone=PHONE, code=wrong, address="10.0.0.1", at=AT
            )
    with pytest.raises(Refused, match="too_many_attempts"):
        actions.sign_in_by_phone(
            tenant_id=county_db.tenant_id, phone=PHONE, code=code, address="10.0.0.1", at=AT
        )
    later = AT + timedelta(minutes=2)
    late = code_for(PHONE, later)
    with pytest.raises(Refused, match="wrong_code"):
        actions.sign_in_by_phone(
            tenant_id=county_db.tenant_id,
            phone=PHONE,
            code=late,
            address="10.0.0.2",
            at=later + timedelta(minutes=5),
        )


def test_what_has_expired_is_tidied_away(county_db: County) -> None:
    enter("chuangkou", PASSWORD, "10.0.0.1", AT)
    code_for(PHONE, AT)
    assert actions.tidy(at=AT) == 0
    assert actions.tidy(at=AT + timedelta(days=2)) == 5
    assert Session.objects.count() == 0


def test_a_new_password_ends_what_the_old_one_opened(county_db: County) -> None:
    session = enter("chuangkou", PASSWORD, "10.0.0.1", AT)
    token = actions.issue_token(username="chuangkou", principal="test", at=AT)
    actions.set_password(username="chuangkou", password="another-long-secret", principal="test", at=AT)
    assert queries.principal_by_session(session, at=AT) is None
    assert queries.principal_by_token(token, at=AT) is None
    assert enter("chuangkou", "another-long-secret", "10.0.0.1", AT)
