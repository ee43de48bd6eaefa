"""Roles and database of one installation, made by whoever may make them.

`onedoor_owner` owns the database and its tables and runs migrations. `onedoor_app` may only log in; what it
may do with each table is given by `rights`.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from onedoor.plumbing.database.settings import Login, Logins
from onedoor.plumbing.home import HomeFault


def provision(parties: Logins) -> None:
    """Create or mend roles and database. Idempotent; safe beside a running product."""
    if parties.admin is None:
        _check_given(parties)
        return
    with _connect(parties.admin, "postgres") as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('onedoor.provision'))")
        _role(connection, parties.owner, "LOGIN CREATEDB" if _may_create_databases(connection) else "LOGIN")
        _role(connection, parties.app, "LOGIN")
        _database(connection, parties)
    _close_schema(parties.admin, parties)


def _connect(login: Login, database: str | None = None) -> psycopg.Connection:
    try:
        return psycopg.connect(login.conninfo(database), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise HomeFault(
            f"连不上数据库服务器 {login.host}:{login.port}（用户 {login.user}）："
            f"{str(error).strip()}。请检查地址、用户和密码，并确认服务器已启动。"
        ) from error


def _role(connection: psycopg.Connection, login: Login, rights: str) -> None:
    """Create the role or bring its password and rights up to date, and let the administrator act for it."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login.user]).fetchone()
    _check_modest(connection, login.user)
    verb = "ALTER" if known else "CREATE"
    statement = sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(
        sql.SQL(verb), sql.Identifier(login.user), sql.SQL(rights), sql.Literal(login.password)
    )
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise HomeFault(
            f"数据库用户 {connection.info.user} 不能建立或修改用户 {login.user}。"
            "请改用有 CREATEROLE 权限的用户，"
            "或由数据库管理员建好应用用户后，再设置 ONEDOOR_APP_DATABASE_URL。"
        ) from error


def _check_modest(connection: psycopg.Connection, role: str) -> None:
    """A role found on the server must not be able to step over the rights given to it."""
    query = "SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = %s"
    row = connection.execute(query, [role]).fetchone()
    if row and row[0]:
        raise HomeFault(
            f"数据库用户 {role} 权限过大，办件记录得不到保护。"
            f"请由数据库管理员执行：ALTER ROLE {role} NOSUPERUSER NOCREATEROLE NOBYPASSRLS"
        )


def _database(connection: psycopg.Connection, parties: Logins) -> None:
    name = sql.Identifier(parties.owner.database)
    owner, app = sql.Identifier(parties.owner.user), sql.Identifier(parties.app.user)
    if not _is_superuser(connection):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
    found = connection.execute(query, [parties.owner.database]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    elif found[0] != parties.owner.user:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, app))


def _close_schema(admin: Login, parties: Logins) -> None:
    with _connect(admin, parties.owner.database) as connection:
        if not _is_superuser(connection):
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(parties.owner.user)))
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _check_given(parties: Logins) -> None:
    """Roles made by others: both must be able to log in, and the owner must be able to own."""
    with _connect(parties.owner) as connection:
        app = sql.Identifier(parties.app.user)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
        _check_modest(connection, parties.app.user)
    _connect(parties.app).close()


def _may_create_databases(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = user").fetchone()
    return bool(row and row[0])


def _is_superuser(connection: psycopg.Connection) -> bool:
    return connection.info.parameter_status("is_superuser") == "on"
