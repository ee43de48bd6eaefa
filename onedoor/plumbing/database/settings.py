"""Where the database is and who connects: one answer for Django, the command line and the tests.

Three ways to name a database, by environment:

- nothing: the embedded cluster of the current home;
- `ONEDOOR_DATABASE_URL` of a user that may create roles: the roles `onedoor_owner` and `onedoor_app` are made
  there with the passwords of the home;
- `ONEDOOR_DATABASE_URL` of a plain owner together with `ONEDOOR_APP_DATABASE_URL` of the application's role.

`ONEDOOR_DB_ROLE=owner` makes a process connect as the owner (migrations); every other process is the
application role, which may not change what is append-only. `ONEDOOR_DATABASE_NAME` names another
database of the same server (tests and rehearsals).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home, HomeFault

OWNER_ROLE = "onedoor_owner"
APP_ROLE = "onedoor_app"
SUPERUSER = "postgres"
DATABASE = "onedoor"

#: Seconds until a server that does not answer counts as out of reach; a worker serves nobody meanwhile.
CONNECT_SECONDS = 5
#: Milliseconds after which a connection whose other end has vanished is given up.
VANISHED_MILLISECONDS = 15_000

#: Executions after which a statement on a prepared cursor is prepared on the server.
PREPARE_AFTER = 2


@dataclass(frozen=True, slots=True)
class Login:
    """One way into one database. `extra` holds further libpq parameters such as `sslmode`."""

    host: str
    port: str
    database: str
    user: str
    password: str
    extra: tuple[tuple[str, str], ...] = ()

    def conninfo(self, database: str | None = None) -> str:
        """The libpq connection string, to `database` if given."""
        return make_conninfo(
            host=self.host,
            port=self.port,
            dbname=database or self.database,
            user=self.user,
            password=self.password,
            **dict(self.extra),
        )


@dataclass(frozen=True, slots=True)
class Logins:
    """The three parties of a database: who may create roles, who owns the tables, who runs the product.

    `admin` is None on a server where the roles were made by others.
    """

    admin: Login | None
    owner: Login
    app: Login


def uses_embedded() -> bool:
    """Whether the database is the embedded cluster of the home."""
    return not os.environ.get("ONEDOOR_DATABASE_URL", "").strip()


def application_role() -> str:
    """Name of the database role the product runs as."""
    return logins().app.user


def logins(home: Home | None = None) -> Logins:
    """Who connects where, for `home` (default: the current one) and the environment."""
    home = home or Home.current()
    if uses_embedded():
        cluster = EmbeddedCluster(home)
        admin = Login(
            cluster.host, str(cluster.port), _database_name(DATABASE), SUPERUSER, home.passwords()[SUPERUSER]
        )
        return _managed(admin, home)
    given = _from_url("ONEDOOR_DATABASE_URL")
    if os.environ.get("ONEDOOR_APP_DATABASE_URL", "").strip():
        app = replace(_from_url("ONEDOOR_APP_DATABASE_URL"), database=given.database)
        if app.user == given.user:
            raise HomeFault(
                "ONEDOOR_APP_DATABASE_URL 与 ONEDOOR_DATABASE_URL 用了同一个用户。"
                "请为应用另建一个不拥有数据表的用户，否则办件记录得不到保护。"
            )
        return Logins(admin=None, owner=given, app=app)
    return _managed(given, home)


def database_settings() -> dict[str, Any]:
    """Django's `DATABASES["default"]`."""
    parties = logins()
    login = parties.owner if os.environ.get("ONEDOOR_DB_ROLE") == "owner" else parties.app
    return {
        "ENGINE": "onedoor.plumbing.database.engine",
        "HOST": login.host,
        "PORT": login.port,
        "NAME": login.database,
        "USER": login.user,
        "PASSWORD": login.password,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "prepare_threshold": PREPARE_AFTER,
            "application_name": "onedoor",
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": VANISHED_MILLISECONDS,
            **dict(login.extra),
        },
    }


def _managed(admin: Login, home: Home) -> Logins:
    passwords = home.passwords()
    return Logins(
        admin=admin,
        owner=replace(admin, user=OWNER_ROLE, password=passwords[OWNER_ROLE]),
        app=replace(admin, user=APP_ROLE, password=passwords[APP_ROLE]),
    )


def _database_name(default: str) -> str:
    return os.environ.get("ONEDOOR_DATABASE_NAME", "").strip() or default


def _from_url(variable: str) -> Login:
    """Read one libpq URL from the environment."""
    try:
        found = conninfo_to_dict(os.environ[variable].strip())
    except Exception as error:
        raise HomeFault(
            f"环境变量 {variable} 不是有效的数据库地址。请写成 postgresql://用户:密码@主机:端口/数据库。"
        ) from error
    known = {"host", "port", "dbname", "user", "password"}
    extra = tuple(
        sorted((key, str(value)) for key, value in found.items() if key not in known and value is not None)
    )
    return Login(
        host=str(found.get("host") or "127.0.0.1"),
        port=str(found.get("port") or 5432),
        database=_database_name(str(found.get("dbname") or DATABASE)),
        user=str(found.get("user") or SUPERUSER),
        password=str(found.get("password") or ""),
        extra=extra,
    )
