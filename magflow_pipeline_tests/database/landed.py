"""Migrations that have landed never change, and `sql/schema.sql` is what they make.

`make check` compares the files with `sql/migrations/SHA256SUMS`. `make schema` adds the lines of new files and writes
`sql/schema.sql`, for people to read: the tables with all that the migrations did to them, on one page.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from magflow_pipeline.database import migration
from magflow_pipeline.database.embedded import BINARIES
from magflow_pipeline.settings import SQL_FOLDER
from magflow_pipeline_tests.servers import embedded_server

MIGRATIONS = SQL_FOLDER / "migrations"
SCHEMA_FILE = SQL_FOLDER / "schema.sql"
# psql's own commands with a random key, what differs between versions of the server, and the name of each object.
NOISE = re.compile(
    r"^(\\(un)?restrict .*|--\n-- (PostgreSQL database dump( complete)?|Name: .*)\n--|-- Dumped .*|SET .*"
    r"|SELECT pg_catalog\.set_config.*)\n+",
    re.MULTILINE,
)
EDITED = (
    "{} has landed and must stay as it was: databases that have it never see the change. Put it back and write a new"
    " migration. If it is not on main yet: take its line out of SHA256SUMS, then `make schema`."
)


def new_files(folder: Path) -> list[Path]:
    """The migrations without a line in SHA256SUMS."""
    return [file for file in sorted(folder.glob("*.sql")) if file.name not in _sums(folder)]


def problems(folder: Path) -> list[str]:
    """What is wrong with the migrations that have landed, or with the numbers of new ones: a sentence each."""
    files = sorted(folder.glob("*.sql"))
    found = [
        EDITED.format(name)
        for name, digest in _sums(folder).items()
        if not (folder / name).exists() or _digest(folder / name) != digest
    ]
    found += [
        f"{before.name} and {file.name} have one number: give the newer one the next."
        for before, file in pairwise(files)
        if file.name[:4] == before.name[:4]
    ]
    landed = max(_sums(folder), default="")
    return found + [
        f"{file.name} comes before {landed}, which has landed: databases that have that skip it."
        for file in new_files(folder)
        if file.name < landed
    ]


def schema_of_migrations(url: str) -> str:
    """What the migrations make of an empty database; views stand in `sql/views`."""
    with tempfile.TemporaryDirectory() as folder, patch.object(migration, "SQL_FOLDER", Path(folder)):
        (Path(folder) / "migrations").symlink_to(MIGRATIONS)
        migration.migrate(url)
    return "-- What sql/migrations make of an empty database. Written by `make schema`.\n\n" + schema_of(url)


def schema_of(url: str) -> str:
    """The schema of a database as text, which is equal for equal schemas."""
    options = ["--schema-only", "--no-owner", "--schema=app", "--schema=limits", "--schema=migrations"]
    command = [BINARIES / "pg_dump", *options, "--exclude-table=limits.*", url]
    dump = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.sub(r"\n{3,}", "\n\n", NOISE.sub("", dump)).strip() + "\n"


def _sums(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Check the files, or with the argument `write` write what follows from them."""
    found = problems(MIGRATIONS)
    if sys.argv[1:] == ["write"] and not found:
        with (MIGRATIONS / "SHA256SUMS").open("a") as sums:
            sums.writelines(f"{_digest(file)}  {file.name}\n" for file in new_files(MIGRATIONS))
        with embedded_server() as server:
            SCHEMA_FILE.write_text(schema_of_migrations(server.format("postgres")))
    found += [f"{file.name} has no line in SHA256SUMS: `make schema` adds it." for file in new_files(MIGRATIONS)]
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
