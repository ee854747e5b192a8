"""How builds of derived tables end, as rows: the incident build_failing is read from them."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import psycopg

from magflow_pipeline.database.connection import Database
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


def _note(database: Database, name: str, account: str, error: str | None) -> None:
    with suppress(psycopg.Error), database.connect("magflow outcome") as session:  # the build has ended as it has
        session.execute(NOTED, [name, account, error])
