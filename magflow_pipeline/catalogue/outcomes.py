"""Builds of derived tables, as rows: of which sync, and how they end, which the incident build_failing is read from."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import psycopg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import storable
from magflow_pipeline.troubles import reason_of

NOTED = "INSERT INTO app.build_outcomes (name, account_type, error) VALUES (%s, %s, %s)"


@contextmanager
def noting_outcome(database: Database, name: str, account: str = "") -> Generator[None]:
    """Note how the build of `name` in the block ends, over a session of its own: what fails rolls its rows back.

    A wrong setting or account is no failure of the build.
    """
    try:
        yield
    except ConfigurationError:
        raise
    except Exception as error:
        _note(database, name, account, storable(reason_of(error)))
        raise
    _note(database, name, account, None)


def is_built(session: psycopg.Connection, name: str, synced: str | None) -> bool:
    """Whether `name`, a table of all accounts, has been built since the newest sync of an account, and is not stale.

    To be asked under the lock of its build, by the run of that sync: accounts that are read at the same time would
    build it once each. Never without an account: whoever asks for a build gets one.
    """
    if synced is None:
        return False
    [(is_built,)] = session.execute(statement("catalogue/is_built"), {"name": name, "account": synced}).fetchall()
    return is_built


def _note(database: Database, name: str, account: str, error: str | None) -> None:
    with suppress(psycopg.Error), database.connect("magflow outcome") as session:  # the build has ended as it has
        session.execute(NOTED, [name, account, error])
