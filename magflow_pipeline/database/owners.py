"""Whose the databases are: made the owner's and the pipeline's, as far as the user of a session may do that.

Roles are the server's: all databases of a server share them. Not here: what each may do (`sql/views/roles.sql`).
"""

import psycopg
from psycopg import sql

from magflow_pipeline.database.statements import statement

OWNER, PIPELINE, ERP, ANALYST = "magflow_owner", "magflow_pipeline", "magflow_erp", "magflow_analyst"
OWNER_OF_SCHEMA = """
SELECT pg_get_userbyid(nspowner) = session_user, pg_get_userbyid(nspowner)::text
FROM pg_namespace WHERE nspname = 'app'
"""
OURS = ("app", "limits", "migrations", "before_adoption")


def is_superuser(session: psycopg.Connection) -> bool:
    """Whether the user of a session is a superuser, also while it has taken another role."""
    return session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").fetchone() == (True,)


def become_owner(session: psycopg.Connection) -> None:
    """Let a superuser go on as the owner: `magflow_owner`, or the user of the seller's whose the schema is.

    What is the superuser's own becomes `magflow_owner`'s. Any other user owns it himself. In the caller's transaction;
    the role stays the session's until `RESET ROLE`.
    """
    if not is_superuser(session):
        return
    row = session.execute(OWNER_OF_SCHEMA).fetchone()
    owner = OWNER if row is None or row[0] else row[1]
    if owner == OWNER:
        _make_owner(session)
        hand_over(session, OWNER, OURS)
    session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))


def settle(session: psycopg.Connection) -> list[str]:
    """Give the roles what is theirs in this database; the statements that are left to an administrator."""
    become_owner(session)
    session.execute("RESET ROLE")
    if session.execute("SELECT to_regprocedure('app.admit_roles()')").fetchone() == (None,):
        return []  # a schema without views, which is being made
    row = session.execute("SELECT app.admit_roles()").fetchone()
    assert row is not None
    return row[0]


def hand_over(session: psycopg.Connection, role: str, schemas: tuple[str, ...]) -> None:
    """Make a role the owner of what is the session's user's in these schemas, and of the database."""
    given = {"role": role, "schemas": list(schemas)}
    for name in ("database/handed_over", "database/default_rights"):
        for (each,) in session.execute(statement(name), given).fetchall():
            session.execute(each)


def shut(session: psycopg.Connection) -> None:
    """Let nobody into the session's database but its owner and those who have something there, as far as one may."""
    for (each,) in session.execute(statement("database/shut")).fetchall():
        session.execute(each)


def _make_owner(session: psycopg.Connection) -> None:
    if session.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is not None:
        return
    try:
        with session.transaction():
            session.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(OWNER)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return  # a migration of another database of the server was faster
