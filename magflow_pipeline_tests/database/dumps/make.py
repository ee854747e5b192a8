"""Dumps of databases as earlier versions of MagFlow left them: python -m magflow_pipeline_tests.database.dumps.make.

Each version runs from the git history, with the libraries of its own lock file: it sets up a database and syncs two
small accounts of its own simulator; rows of people follow, good and bad. A version is added to VERSIONS when it has
users; the dumps that are there need not be made again.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from magflow_pipeline.database.embedded import BINARIES
from magflow_pipeline_tests.servers import embedded_server

FOLDER = Path(__file__).parent
VERSIONS = ("f53c3f7", "b0a8585", "c5e9cc3", "ab97417")
SYNC = """
import os, sys
from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
with running(make_catalogue(main=9, fbe=8)) as simulator:
    for account in ("MAIN", "FBE"):
        os.environ |= {
            f"EMAG_{account}_BASE_URL": simulator.url,
            f"EMAG_{account}_USERNAME": account.lower(),
            f"EMAG_{account}_PASSWORD": "demo",
        }
    from magflow_pipeline.cli import main
    sys.argv = ["magflow", "sync"]
    sys.exit(main())
"""
# psql's own commands, and a setting that servers before version 17 refuse.
UNREADABLE = re.compile(r"^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n", re.MULTILINE)


def main() -> None:
    """Make the dumps of the versions that are named, or of all of them."""
    with embedded_server() as server:
        for version in sys.argv[1:] or VERSIONS:
            with psycopg.connect(server.format("postgres"), autocommit=True) as session:
                session.execute(
                    f"CREATE DATABASE {version} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                )
            url = server.format(version)
            _fill(version, url)
            options = ["--inserts", "--rows-per-insert=100", "--no-owner"]
            options += ["--exclude-table-data=limits.*", "--exclude-table-data=migrations._yoyo_log"]
            text = subprocess.run(
                [BINARIES / "pg_dump", *options, url], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            with (FOLDER / f"{version}.sql.gz").open("wb") as file:
                file.write(gzip.compress(UNREADABLE.sub("", text).encode(), mtime=0))


def _fill(version: str, url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", version], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        environment = {**os.environ, "MAGFLOW_HOME": f"{folder}/home", "MAGFLOW_ENV_FILE": "/nowhere"}
        libraries = ["--no-project", "--isolated", "--with-requirements", "requirements.lock", "--with-editable", "."]
        subprocess.run(
            [Path(sys.executable).parent / "uv", "run", *libraries, "python", "-c", SYNC],
            check=True,
            cwd=folder,
            env={**environment, "MAGFLOW_DATABASE_URL": url},
        )
    with psycopg.connect(url, autocommit=True) as session:
        session.execute((FOLDER / "rows.sql").read_bytes())


if __name__ == "__main__":
    main()
