"""The role of analysts, `magflow_analyst`: its rights, and its password.

Belongs here: making it fit to log in. Not here: what it may read (`sql/views/analyst.sql`), and where the embedded
server listens (`embedded.py`).
"""

import secrets
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import ConfigurationError, Settings

ROLE = "magflow_analyst"
LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
EXISTS = "SELECT FROM pg_roles WHERE rolname = %s"


def admit_analyst(database: Database) -> list[str]:
    """Make the role, with its rights and limits; the statements that are left to an administrator."""
    with database.connect("magflow analyst") as session:
        row = session.execute("SELECT app.admit_analyst()").fetchone()
    assert row is not None
    return row[0]


def left_to_administrator(statements: list[str]) -> str:
    """What an administrator has to do, as a sentence with the statements; empty when there is nothing."""
    if not statements:
        return ""
    return (
        f"The role {ROLE}, by which analysts read, needs an administrator of the server: "
        f"{'; '.join(statements)}; then `magflow database migrate` again."
    )


def generate_password() -> str:
    """A password that nobody guesses, and that needs no escape in an address."""
    return secrets.token_urlsafe(24)


def set_password(database: Database, password: str) -> None:
    """Let the role log in by this password. The server gets its SCRAM verifier only, so that no log of it has more.

    Raises:
        ConfigurationError: the password is too short or too long, or an administrator has to do it.
    """
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS or not password.isprintable():
        raise ConfigurationError(
            f"A password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters that can be seen. Nothing was changed."
        )
    with database.connect("magflow analyst") as session:
        if session.execute(EXISTS, [ROLE]).fetchone() is None:
            raise ConfigurationError(left_to_administrator(admit_analyst(database)))
        verifier = session.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256")
        try:
            session.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(verifier.decode()))
            )
        except psycopg.errors.InsufficientPrivilege:
            raise ConfigurationError(
                f"This user may not give {ROLE} a password. As an administrator, in psql: \\password {ROLE}"
            ) from None


def address_for_analysts(database: Database, settings: Settings) -> Mapping[str, str]:
    """Where analysts connect: host, port, database and user; no host while the embedded server listens nowhere."""
    parts = conninfo_to_dict(database.url)
    place = {"Database": str(parts["dbname"]), "User": ROLE}
    if settings.database_url is None:
        return {"Host": "127.0.0.1", "Port": str(settings.database_port), **place} if settings.database_port else place
    return {"Host": str(parts.get("host") or "localhost"), "Port": str(parts.get("port") or 5432), **place}
