"""What a soak has to come to: each figure with its limit. A new gate is a line here."""

from collections import Counter
from dataclasses import dataclass

import psycopg

from magflow_pipeline_tests.shop.driver import Shop
from magflow_pipeline_tests.soak.figures import Memory, dagsters

COMPLETE, REJECTED = 0.999, 0.001
"""The targets of `magflow digest`: syncs that complete, rows that are rejected."""
MOST_GROWN_MB = {"daemon": 80}  # 30 MB within a quarter of an hour, 62 in a week
MOST_GROWN_MB_ELSE = 40  # 10 MB in short soaks, 24 in a week
MORE_CONNECTIONS = 6  # each process keeps two for two minutes
MORE_PROCESSES = 2  # a worker whose run has just ended, and who looks after workers from the first one on
MORE_ROWS = 30  # of tables that have a row per job, sensor, asset or check
TICKS_OF_AN_HOUR = 3000  # the daemon deletes old ticks of schedules and sensors once an hour of the clock on the wall
OF_TIME = {"runs", "run_tags", "event_logs", "asset_event_tags", "asset_check_executions", "job_ticks"}
"""Tables of Dagster's that get rows with every run or look: each has a gate of its own."""

READ = "SELECT coalesce(sum(processed_items), 0), coalesce(sum(failed_items), 0) FROM ended_syncs"
OLD = "(now() AT TIME ZONE 'UTC' - interval '25 hours')"  # a retention of one day, and the last night's own work
OF_NO_RUN = "NOT EXISTS (SELECT FROM runs WHERE runs.run_id = {table}.run_id)"
PAST_RETENTION = {
    "sync logs": "SELECT count(*) FROM emag_sync_logs WHERE completed_at < now() - interval '1 day'",
    "syncs with raw pages": """
        SELECT count(DISTINCT sync_log_id) FROM raw_emag_product_pages WHERE fetched_at < now() - interval '1 day'""",
}
PAST_DAGSTERS_RETENTION = {
    "runs": f"""
        SELECT count(*) FROM runs WHERE create_timestamp < {OLD}
        AND run_id NOT IN (
            SELECT DISTINCT ON (asset_key, partition) run_id FROM event_logs
            WHERE dagster_event_type = 'ASSET_MATERIALIZATION' ORDER BY asset_key, partition, id DESC
        )""",
    "run_tags": f"SELECT count(*) FROM run_tags WHERE {OF_NO_RUN.format(table='run_tags')}",
    "event_logs": f"""
        SELECT count(*) FROM event_logs WHERE timestamp < {OLD} AND {OF_NO_RUN.format(table="event_logs")}
        AND id NOT IN (
            SELECT evaluation_event_storage_id FROM asset_check_executions
            WHERE evaluation_event_storage_id IS NOT NULL
        )
        AND id NOT IN (
            SELECT max(id) FROM event_logs WHERE run_id = '' AND asset_key IS NOT NULL
            GROUP BY dagster_event_type, asset_key
        )""",
    "asset_event_tags": "SELECT count(*) FROM asset_event_tags WHERE event_id NOT IN (SELECT id FROM event_logs)",
    "asset_check_executions": f"""
        SELECT count(*) FROM asset_check_executions
        WHERE create_timestamp < {OLD} AND {OF_NO_RUN.format(table="asset_check_executions")}
        AND id NOT IN (SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name)""",
}


@dataclass(frozen=True)
class Gate:
    """A figure: at the start, after the first tenth, at the end; and what is judged of it, with its limit."""

    name: str
    judged: float
    limit: float
    is_least: bool = False
    course: tuple[float, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it keeps to its limit."""
        return self.judged >= self.limit if self.is_least else self.judged <= self.limit

    @staticmethod
    def heading() -> str:
        """Above the gates, printed one by line."""
        return f"{'':64}{'start':>10}{'a tenth':>10}{'end':>10}{'judged':>10}   limit"

    def __str__(self) -> str:
        course = "".join(f"{each:>10.4g}" for each in self.course) or " " * 30
        limit = f"{'>=' if self.is_least else '<='} {self.limit:g}"
        return f"{self.name:64}{course}{self.judged:>10.4g}   {limit}{'' if self.holds else '   FALLEN'}"


def gates_of(
    shop: Shop, counts: Counter[str], looks: list[dict[str, float]], memory: Memory, differences: int
) -> list[Gate]:
    """All gates of a soak that has ended, while its shop is up."""
    course = (looks[1], looks[max(2, len(looks) // 10)], looks[-1])
    processed, rejected = shop.rows(READ)[0]
    gates = [
        _of_all(counts, "syncs without a fault", COMPLETE),
        _of_all(counts, "ticks after a fault", 1),
        _share(f"offers right after ticks without a fault ({counts['offers wrong']} wrong)", counts, COMPLETE),
        Gate(f"rows rejected, of {processed}", rejected / max(1, processed), REJECTED),
        Gate("differences between the tables and the truth in the end", differences, 0),
    ]
    for part, grown in memory.growth().items():
        levels = tuple(look.get(f"MB of {part}", 0) for look in course)
        gates.append(
            Gate(
                f"MB of {part}, judged by what one process grew",
                grown,
                MOST_GROWN_MB.get(part, MOST_GROWN_MB_ELSE),
                course=levels,
            )
        )
    start, early, end = course
    limits = {
        "connections": max(start["connections"], early["connections"]) + MORE_CONNECTIONS,
        "rows of Dagster's job_ticks": TICKS_OF_AN_HOUR,
        **dict.fromkeys(("open transactions", "advisory locks"), 0),
        "processes": max(start["processes"], early["processes"]) + MORE_PROCESSES,
        **{name: start[name] for name in ("databases", "temporary files")},
    }
    for name in end:
        table = name.rpartition(" ")[2]
        if name.startswith("rows of") and table not in OF_TIME:
            limits[name] = early[name] + MORE_ROWS
    gates += [Gate(name, end[name], limits[name], course=_course(course, name)) for name in limits]
    for table, query in PAST_DAGSTERS_RETENTION.items():
        with psycopg.connect(dagsters(shop)) as session:
            [(found,)] = session.execute(query).fetchall()
        name = f"rows of Dagster's {table}"
        gates.append(Gate(f"{name}, judged by those past retention", found, 0, course=_course(course, name)))
    # The newest log, the last complete one and the one before it are kept, of each account and type.
    for what, query in PAST_RETENTION.items():
        [(found,)] = shop.rows(query)
        gates.append(Gate(f"{what} past retention", found, 12))
    return gates


def _of_all(counts: Counter[str], of: str, least: float) -> Gate:
    complete, all_of_them = counts[f"{of} complete"], counts[of]
    return Gate(
        f"{of} that completed: {complete} of {all_of_them}", complete / all_of_them if all_of_them else 1, least, True
    )


def _share(name: str, counts: Counter[str], least: float) -> Gate:
    right = counts["offers right"]
    return Gate(name, right / max(1, right + counts["offers wrong"]), least, True)


def _course(looks: tuple[dict[str, float], ...], name: str) -> tuple[float, ...]:
    return tuple(look.get(name, 0) for look in looks)
