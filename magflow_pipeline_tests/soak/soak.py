"""A week of the shop, accelerated: syncs without a pause, people at work, and troubles drawn by a seed.

`make soak` runs it whole, and a test a short form of it. Each tick stands for half an hour: what the tables keep for
days becomes so much older. `magflow up` mends by itself what is killed; nothing here does.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import psycopg

from magflow_pipeline.simulator.catalogue import make_catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline_tests.shop.driver import Shop, new_shop, until
from magflow_pipeline_tests.soak.figures import Memory, dagsters, figures
from magflow_pipeline_tests.soak.gates import Gate, gates_of
from magflow_pipeline_tests.soak.troubles import TROUBLES, Over, Stage, Trouble, nothing
from magflow_pipeline_tests.soak.world import ACCOUNTS, SIZES, World

WEEK, DAYS = 336, 7
ORDERS_FROM = timedelta(hours=20)  # a reading of orders begins a day before the one before it
HISTORY_DAYS = 3
TROUBLED, WITH_PEOPLE, BY_HAND = 0.6, 0.6, 0.3  # shares of the ticks
PEOPLE = {"price_list": 2, "match": 3, "match_file": 1, "order": 2}
"""Methods of World, and how often each beside the others."""
LATEST_TROUBLE_SECONDS = 6  # after the first sync of a tick has begun
PATIENCE_SECONDS = 1500  # less than the half hour that lies between two ticks of a real shop
JOBS = {"products": "sync_account", "orders": "sync_orders"}
NIGHTLY = ("back_up_database", "apply_retention")

# Asked of the database and not of the UI, which has enough to do.
UNFINISHED = "SELECT run_id FROM runs WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')"
FAILED = "SELECT count(*) FROM runs WHERE run_id = %s AND status <> 'SUCCESS'"
LOCATION = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
BEGUN = "SELECT FROM emag_sync_logs WHERE id > %s"
SYNCS = """
    SELECT sync_type, account_type, status, errors -> -1 ->> 'error' FROM emag_sync_logs WHERE id > %s ORDER BY id
"""
NEWEST = "SELECT coalesce(max(id), 0) FROM emag_sync_logs"
RUNNING = "SELECT FROM emag_sync_logs WHERE status = 'running'"
STALE = "SELECT name FROM stale_tables"
# The sweeper leaves a run alone for a minute after its start, before it asks whether its owner lives.
A_MINUTE = "UPDATE runs SET start_time = start_time - 61 WHERE status IN ('STARTED', 'CANCELING')"
AGED = """
    UPDATE emag_sync_logs SET started_at = started_at - %(time)s, completed_at = completed_at - %(time)s;
    UPDATE raw_emag_product_pages SET fetched_at = fetched_at - %(time)s;
    UPDATE raw_emag_product_bodies SET first_fetched_at = first_fetched_at - %(time)s
"""
AGED_OF_DAGSTER = """
    UPDATE runs SET create_timestamp = create_timestamp - %(time)s, update_timestamp = update_timestamp - %(time)s;
    UPDATE event_logs SET timestamp = timestamp - %(time)s;
    UPDATE asset_check_executions SET
        create_timestamp = create_timestamp - %(time)s,
        evaluation_event_timestamp = evaluation_event_timestamp - %(time)s;
    UPDATE job_ticks SET timestamp = timestamp - %(time)s, create_timestamp = create_timestamp - %(time)s
"""

Say = Callable[[str], None]
Work = Callable[[], None]
NO_TROUBLE = Trouble(lambda _: nothing, is_fault=False)


@dataclass(frozen=True)
class Tick:
    """What is to happen in half an hour: drawn before the first one, so that a seed always gives the same."""

    name: str
    trouble: str = "no trouble"
    moment: float = 0.0
    """Seconds from the first sync that has begun to a fault."""
    is_by_hand: bool = False
    people: str | None = None


def drawn(seed: int, syncs: int) -> list[Tick]:
    """The ticks of a soak."""
    dice = random.Random(seed)
    names, weights = list(TROUBLES), [each.weight for each in TROUBLES.values()]
    kinds = list(PEOPLE)
    return [
        Tick(
            f"{number} of {syncs}",
            dice.choices(names, weights)[0] if dice.random() < TROUBLED and number > 2 else "no trouble",
            dice.uniform(0, LATEST_TROUBLE_SECONDS),
            dice.random() < BY_HAND,
            dice.choices(kinds, list(PEOPLE.values()))[0] if dice.random() < WITH_PEOPLE and number > 1 else None,
        )
        for number in range(1, syncs + 1)
    ]


@dataclass
class Soak:
    """One soak: `syncs` of each account and type, which take `days`; what came of them is counted."""

    shop: Shop
    world: World
    seed: int
    syncs: int
    days: int
    say: Say
    memory: Memory = field(default_factory=Memory)
    counts: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    looks: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    """The figures after each tick."""
    undone: list[Work] = field(default_factory=list[Work])
    """What a fault kept people from: they do it again at the next tick."""
    was_faulty: bool = False

    def run(self) -> list[Gate]:
        """All ticks; the figures with their limits."""
        self.world.say("rates", "set", "CNY", "0.62")
        for number, tick in enumerate(drawn(self.seed, self.syncs), start=1):
            self.world.move(datetime.now(UTC))
            self._tick(tick)
            if number < self.syncs and number * self.days % self.syncs < self.days:
                self._night()
        for _ in range(2):  # an offer that has left is known to have after two scans
            self._tick(Tick("after them"))
        self._night()
        self._wait(lambda: not self.shop.rows(STALE), "what follows from the syncs is built")
        self._wait(self._is_whole, "the shop is whole at the end")
        self._look()
        differences = self.world.differences()
        self.problems += differences[:20]
        return gates_of(self.shop, self.counts, self.looks, self.memory, len(differences))

    def _tick(self, tick: Tick) -> None:
        """The four syncs of half an hour, in the middle of which a trouble begins."""
        trouble = TROUBLES.get(tick.trouble, NO_TROUBLE)
        began = time.monotonic()
        self._wait(self._is_whole, f"the shop is whole before tick {tick.name}")
        self._grow_old()
        [(before,)] = self.shop.rows(NEWEST)
        people = [*self.undone, *([getattr(self.world, tick.people)()] if tick.people else [])]
        with ThreadPoolExecutor() as pool:
            working = [(work, pool.submit(work)) for work in people]
            syncs = self._start(tick, pool)
            over = self._play(tick, trouble, before)
            self._wait(lambda: self._have_ended(syncs), f"the syncs of {tick} end")
            over()
            self.undone = [work for work, done in working if not self._is_done(done, trouble)]
        self._wait(self._is_whole, f"the shop is whole after {tick}")
        self._judge(tick, trouble, before)
        self._look()
        told = [tick.trouble, *(["by hand"] if tick.is_by_hand else []), *([tick.people] if tick.people else [])]
        seconds = time.monotonic() - began
        self.say(f"{datetime.now(UTC):%H:%M:%S} tick {tick.name}: {', '.join(told)}, {seconds:.0f} s")
        self.was_faulty = trouble.is_fault

    def _look(self) -> None:
        self.looks.append(self.memory.look(self.shop) | figures(self.shop))

    def _start(self, tick: Tick, pool: ThreadPoolExecutor) -> list[Any]:
        """The syncs of a tick, as the schedules launch them (ids of runs) or by hand (commands)."""
        if tick.is_by_hand:
            return [pool.submit(self.shop.run, verb, *ACCOUNTS) for verb in ("sync", "orders")]
        return [
            self._launch(job, account, {"magflow/account": account, "magflow/triggered_by": "schedule"})
            for job in JOBS.values()
            for account in ACCOUNTS
        ]

    def _launch(self, job: str, account: str | None = None, tags: Mapping[str, str] | None = None) -> str:
        """Launch a run, as soon as the UI has noticed that another code server is there; its id."""
        return self._wait(lambda: self.shop.launch(job, account, tags=tags), f"{job} is launched")

    def _play(self, tick: Tick, trouble: Trouble, before: int) -> Over:
        """Let the trouble begin in the middle of the syncs; what is to be done after them."""
        self._wait(lambda: self.shop.rows(BEGUN, before), "a sync begins")
        if trouble.is_fault:
            time.sleep(tick.moment)
        over: Over = nothing
        try:
            over = trouble.play(Stage(self.shop, self.world.simulator, random.Random(f"{self.seed} {tick.name}")))
        except (RuntimeError, OSError, psutil.Error, psycopg.Error, httpx.HTTPError) as error:
            self.problems.append(f"a trouble could not be played: {error!r}")
        if trouble.is_fault:
            self._wait(lambda: self._of_dagster(A_MINUTE) == [], "Dagster's database is back")
        return over

    def _have_ended(self, syncs: list[Any]) -> bool:
        unfinished = self._of_dagster(UNFINISHED)
        return all(sync.done() if isinstance(sync, Future) else (sync,) not in unfinished for sync in syncs)

    def _of_dagster(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(dagsters(self.shop)) as session:
            cursor = session.execute(query, parameters)
            return cursor.fetchall() if cursor.description is not None else []

    def _is_done(self, work: "Future[None]", trouble: Trouble) -> bool:
        try:
            work.result()
        except (RuntimeError, OSError, psycopg.Error) as error:
            if not trouble.is_fault:
                self.problems.append(f"people's work without a fault: {error}")
            return not trouble.is_fault
        return True

    def _is_whole(self) -> bool:
        """All parts answer, and nothing runs: what a seller finds half an hour after a fault."""
        if self._of_dagster(UNFINISHED) or self.shop.rows(RUNNING):
            return False
        entries = self.shop.ask(LOCATION)["workspaceOrError"]["locationEntries"]
        return [entry["locationOrLoadError"]["__typename"] for entry in entries] == ["RepositoryLocation"]

    def _wait(self, condition: Callable[[], Any], what: str) -> Any:
        try:
            return until(lambda: _calmly(condition), PATIENCE_SECONDS)
        except AssertionError:
            raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}\n{self.shop.said()}") from None

    def _judge(self, tick: Tick, trouble: Trouble, before: int) -> None:
        """Count what the syncs of the tick came to, and the offers that the tables have right after them."""
        found = self.shop.rows(SYNCS, before)
        self.counts["syncs"] += len(found)
        self.counts["syncs complete"] += sum(status == "completed" for _, _, status, _ in found)
        self.counts["ticks"] += 1
        if trouble.is_fault:
            self.counts["ticks with a fault"] += 1
            return
        newest = {(sync_type, account): status for sync_type, account, status, _ in found}
        wanted = [(sync_type, account) for sync_type in JOBS for account in ACCOUNTS]
        missing = [each for each in wanted if newest.get(each) != "completed"]
        self.counts["syncs without a fault"] += len(wanted)
        self.counts["syncs without a fault complete"] += len(wanted) - len(missing)
        if self.was_faulty:
            self.counts["ticks after a fault"] += 1
            self.counts["ticks after a fault complete"] += not missing
        if missing:
            self.problems.append(f"{tick}, and not complete: {missing}; the syncs of the tick: {found}")
        right, wrong = self.world.offers_compared()
        self.counts["offers right"] += right
        self.counts["offers wrong"] += len(wrong)
        self.problems += wrong[:5]

    def _grow_old(self) -> None:
        """Let half an hour pass since all that is kept for days."""
        time_of_a_tick = {"time": timedelta(days=self.days) / self.syncs}
        for address, statements in ((self.shop.database_url, AGED), (dagsters(self.shop), AGED_OF_DAGSTER)):
            with psycopg.connect(address) as session:
                session.execute("SET session_replication_role = replica")  # no trigger takes it for news
                for statement in statements.split(";"):
                    session.execute(statement, time_of_a_tick)

    def _night(self) -> None:
        """What the schedules launch once a night."""
        self._wait(self._is_whole, "the shop is whole before the night")
        for job in NIGHTLY:
            run = self._launch(job)
            self._wait(lambda run=run: self._have_ended([run]), f"{job} ends")
            if self._of_dagster(FAILED, run) != [(0,)]:
                self.problems.append(f"the run of {job} failed: {run}")
            self.counts[job] += 1


def _calmly(look: Callable[[], Any]) -> Any:
    """What `look` gives; nothing while a part is on its way back."""
    with suppress(httpx.HTTPError, psycopg.OperationalError, KeyError, TypeError, FileNotFoundError):
        return look()
    return None


@contextmanager
def soaking(seed: int, syncs: int = WEEK, days: int = DAYS, say: Say | None = None) -> Generator[Soak]:
    """A shop that is up, on a marketplace of its own, and the soak that is to be run in it."""
    opened = datetime.now(UTC).replace(microsecond=0) - ORDERS_FROM
    catalogue = make_catalogue(seed, **SIZES)
    with new_shop() as shop, running(catalogue, opened=opened, days=HISTORY_DAYS) as simulator:
        temporary, papers = shop.home / "tmp", shop.home / "papers"
        for folder in (temporary, papers):
            folder.mkdir()
            folder.chmod(0o1777)
        for account in ACCOUNTS:
            prefix = f"EMAG_{account.upper()}"
            shop.more |= {f"{prefix}_USERNAME": account, f"{prefix}_PASSWORD": "demo"}
            shop.more[f"{prefix}_BASE_URL"] = simulator.url
        shop.more |= {
            "EMAG_ORDER_HISTORY_DAYS": f"{HISTORY_DAYS + 2}",
            "EMAG_READ_TIMEOUT_SECONDS": "10",
            "EMAG_RETRY_MAX_WAIT_SECONDS": "2",
            **dict.fromkeys(("EMAG_LOG_RETENTION_DAYS", "EMAG_RAW_RETENTION_DAYS"), "1"),
            "MAGFLOW_DAGSTER_RETENTION_DAYS": "1",
            "TMPDIR": str(temporary),
        }
        world = World(shop, simulator, random.Random(seed), papers, ORDERS_FROM / syncs)
        with shop.up():
            yield Soak(shop, world, seed, syncs, days, say or write_line)


def main() -> None:
    """`make soak`: exit code 1 when a gate falls or anything went wrong without a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--syncs", type=int, default=WEEK, help="of each account and type; they take seven days")
    chosen = parser.parse_args()
    os.environ["NO_PROXY"] = "127.0.0.1"
    write_line(f"Soak: SEED={chosen.seed} SYNCS={chosen.syncs}")
    with soaking(chosen.seed, chosen.syncs) as soak:
        gates = soak.run()
    for line in told(soak, gates):
        write_line(line)
    sys.exit(0 if is_sound(soak, gates) else 1)


def write_line(line: str) -> None:
    """A line of progress, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def is_sound(soak: Soak, gates: list[Gate]) -> bool:
    """Whether every gate holds, and nothing else went wrong."""
    return all(gate.holds for gate in gates) and not soak.problems


def told(soak: Soak, gates: list[Gate]) -> list[str]:
    """The table at the end, and what went wrong."""
    counts = ", ".join(f"{number} {name}" for name, number in sorted(soak.counts.items()))
    courses = [] if all(gate.holds for gate in gates) else soak.memory.courses()
    return [counts, Gate.heading(), *(f"{gate}" for gate in gates), *courses, *soak.problems]


if __name__ == "__main__":
    main()
