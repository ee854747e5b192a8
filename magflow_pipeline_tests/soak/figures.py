"""What must not grow while syncs come and go: memory, connections, locks, processes, temporary files, rows."""

import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from magflow_pipeline_tests.shop.driver import Shop

PARTS = {
    "code server": "api grpc",
    "UI": "magflow_pipeline.shop.webserver",
    "daemon": "bin/dagster-daemon",
    "magflow up": "bin/magflow up",
}
SERVER = "PostgreSQL"
SETTLED = 3  # looks at a process before its memory counts as that of its start
LASTING = 3  # looks in which more memory has to be taken: a worker of autovacuum takes 60 MB for seconds
BACKENDS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
COUNTED = {
    "connections": f"SELECT count(*) {BACKENDS}",
    "open transactions": f"SELECT count(*) {BACKENDS} AND xact_start IS NOT NULL",
    "advisory locks": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "databases": "SELECT count(*) FROM pg_database",
}
SHORT_LIVED = ("open transactions", "advisory locks")  # a sensor has them for a moment
LOOKS, SECONDS_BETWEEN_LOOKS = 20, 0.2
TABLES = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY relname"
KEPT = ("postgres", "logs", "backups", "papers", "up.txt")
"""What in a home is data, a log, a whole back-up, or the soak's own."""


@dataclass
class Memory:
    """What each process of a part took, in MB, look by look; a part that was killed begins anew."""

    looks: dict[str, dict[int, list[float]]] = field(default_factory=lambda: defaultdict(dict[int, list[float]]))

    def look(self, shop: Shop) -> dict[str, float]:
        """Note what each part takes now, of memory that it shares with nobody."""
        found: dict[str, float] = {}
        for part, processes in _processes(shop).items():
            taken = 0.0
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    taken += process.memory_full_info().uss / 1e6
            self.looks[part].setdefault(processes[0].pid, []).append(taken)
            found[f"MB of {part}"] = taken
        return found

    def growth(self) -> dict[str, float]:
        """By part, the most MB by which one process grew from when it had settled to the least of its last looks."""
        return {
            part: max(
                (
                    min(taken[-LASTING:]) - taken[SETTLED - 1]
                    for taken in lives.values()
                    if len(taken) >= SETTLED + LASTING
                ),
                default=0,
            )
            for part, lives in self.looks.items()
        }

    def courses(self) -> list[str]:
        """What each process took, look by look: why a gate has fallen."""
        return [
            f"MB of {part}, process {pid}: {' '.join(f'{each:.0f}' for each in taken)}"
            for part, lives in self.looks.items()
            for pid, taken in lives.items()
        ]


def figures(shop: Shop) -> dict[str, float]:
    """Everything else that is counted while nothing runs."""
    found: dict[str, float] = {"processes": len(shop.processes()), "temporary files": len(temporary_files(shop.home))}
    with psycopg.connect(dagsters(shop), autocommit=True) as session:

        def count(query: str) -> int:
            row = session.execute(query).fetchone()
            assert row is not None
            return int(row[0])

        found |= {name: count(query) for name, query in COUNTED.items()}
        for _ in range(LOOKS):
            if not any(found[name] for name in SHORT_LIVED):
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
            found |= {name: min(found[name], count(COUNTED[name])) for name in SHORT_LIVED}
        tables = [name for (name,) in session.execute(TABLES).fetchall()]
        return found | {f"rows of Dagster's {name}": count(f"SELECT count(*) FROM {name}") for name in tables}


def temporary_files(home: Path) -> set[str]:
    """What lies in the home, the temporary folder in it too, and is nothing that is kept; also halves of back-ups."""
    kept = {home / name for name in KEPT}
    found = {path for path in home.rglob("*") if not path.is_dir() and not kept.intersection((path, *path.parents))}
    found |= {path for path in (home / "tmp").iterdir() if path.is_dir()}  # an empty folder is left over, too
    found |= {path for path in home.glob("backups/*") if path.suffix != ".zip"}
    found |= set(home.glob("postgres/base/pgsql_tmp/*"))
    return {f"{path.relative_to(home)}" for path in found}


def dagsters(shop: Shop) -> str:
    """The address of Dagster's database, for a superuser."""
    return shop.database_url.replace("/magflow?", "/magflow_dagster?")


def words(process: psutil.Process) -> str:
    """The command line of a process; nothing when it is gone."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return " ".join(process.cmdline())
    return ""


def postmaster(shop: Shop) -> psutil.Process:
    """The process of PostgreSQL that the others are children of."""
    return psutil.Process(int((shop.home / "postgres" / "postmaster.pid").read_text().split()[0]))


def _processes(shop: Shop) -> dict[str, list[psutil.Process]]:
    """The processes of each part, the oldest first."""
    told = {each: words(each) for each in shop.processes()}
    found = {part: [each for each, line in told.items() if name in line] for part, name in PARTS.items()}
    server = postmaster(shop)
    return {part: each for part, each in found.items() if each} | {SERVER: [server, *server.children()]}
