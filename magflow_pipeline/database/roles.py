"""The roles of the database: who owns it, who works in it, who writes and who reads; and their passwords.

Belongs here: making them, owners, passwords, what is said of the user that MagFlow works as. Not here: what each may do
(`sql/views/roles.sql`), and where the embedded server listens (`embedded.py`).
"""

import secrets
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database.connection import Database, find_place
from magflow_pipeline.database.owners import ANALYST, PIPELINE, is_superuser, settle
from magflow_pipeline.settings import ConfigurationError, Settings

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
EXISTS = "SELECT FROM pg_roles WHERE rolname = %s"
POSITION = """
SELECT
    current_user,
    rolsuper,
    pg_has_role(current_user, (SELECT nspowner FROM pg_namespace WHERE nspname = 'app'), 'USAGE')
FROM pg_roles WHERE rolname = current_user
"""


def admit_roles(settings: Settings) -> list[str]:
    """Make the roles, with their rights and limits; the statements that are left to an administrator."""
    place = find_place(settings)
    with place.session(place.name) as session, session.transaction():
        left = settle(session)
        is_ours = is_superuser(session)
    if is_ours:
        place.give_to_pipeline(place.dagsters_name)
    return left


def left_to_administrator(statements: Sequence[str]) -> str:
    """What an administrator has to do, as a sentence with the statements; empty when there is nothing."""
    if not statements:
        return ""
    return (
        "The roles of MagFlow need an administrator of the server; without them MagFlow works as the user that owns "
        f"its tables, and nobody has less rights: {'; '.join(statements)}; then `magflow database migrate` again."
    )


def said_of_user(database: Database) -> str | None:
    """What people should know of the user that MagFlow works as; None when it has the rights it needs and no more."""
    with database.connect("magflow roles") as session:
        row = session.execute(POSITION).fetchone()
    assert row is not None
    user, is_super, is_owner = row
    if not is_super and not is_owner:
        return None
    what = "a superuser of the server" if is_super else "the owner of its tables"
    return (
        f"MagFlow works in the database as {user!r}, {what}. It works with less: as {PIPELINE} "
        "(docs/operations.md, Roles)."
    )


def generate_password() -> str:
    """A password that nobody guesses, and that needs no escape in an address."""
    return secrets.token_urlsafe(24)


def set_password(settings: Settings, role: str, password: str) -> None:
    """Let the role log in by this password. The server gets its SCRAM verifier only, so that no log of it has more.

    Raises:
        ConfigurationError: the password is too short or too long, or an administrator has to do it.
    """
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS or not password.isprintable():
        raise ConfigurationError(
            f"A password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters that can be seen. Nothing was changed."
        )
    place = find_place(settings)
    with place.session(place.name) as session:
        if session.execute(EXISTS, [role]).fetchone() is None:
            raise ConfigurationError(left_to_administrator(settle(session)))
        verifier = session.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        try:
            session.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
            )
        except psycopg.errors.InsufficientPrivilege:
            raise ConfigurationError(
                f"This user may not give {role} a password. As an administrator, in psql: \\password {role}"
            ) from None


def address_of(database: Database, settings: Settings, role: str = ANALYST) -> Mapping[str, str]:
    """Where a role connects: host, port, database and user; no host while the embedded server listens nowhere."""
    parts = conninfo_to_dict(database.url)
    place = {"Database": str(parts["dbname"]), "User": role}
    if settings.database_url is None:
        return {"Host": "127.0.0.1", "Port": str(settings.database_port), **place} if settings.database_port else place
    return {"Host": str(parts.get("host") or "localhost"), "Port": str(parts.get("port") or 5432), **place}
