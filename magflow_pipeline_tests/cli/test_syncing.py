"""`magflow sync` and what goes with it, as processes against a marketplace in trouble: exit codes, signals, lines."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.cli.test_cli import Magflow
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.processes import runs

Shown = subprocess.CompletedProcess[str]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    switches = {name: Switches(enforce_rate_limit=False) for name in ("main", "fbe")}
    with running(Catalogue({"main": offers(25), "fbe": offers(5)}), switches) as simulator:
        yield simulator


@pytest.fixture
def magflow(simulator, database_url: str, tmp_path: Path) -> Magflow:
    """The command of a seller with a database of the test's own and two accounts; nothing waits."""
    magflow = Magflow(tmp_path / "home")
    for account in ("MAIN", "FBE"):
        magflow.environment[f"EMAG_{account}_USERNAME"] = account.lower()
        magflow.environment[f"EMAG_{account}_PASSWORD"] = "demo"
        magflow.environment[f"EMAG_{account}_BASE_URL"] = simulator.url
    magflow.environment |= {
        "MAGFLOW_DATABASE_URL": database_url,
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "NO_PROXY": "127.0.0.1",
        "EMAG_REQUESTS_PER_SECOND": "1000",
        "EMAG_REQUESTS_PER_MINUTE": "60000",
        "EMAG_RETRY_MAX_WAIT_SECONDS": "0",
        "EMAG_RETRY_ATTEMPTS": "2",
    }
    return magflow


@pytest.fixture
def session(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as session:
        yield session


@pytest.fixture
def ask(session) -> Callable[[str], list[tuple]]:
    """The rows of a query."""
    return lambda query: session.execute(query).fetchall()


def outcome(shown: Shown) -> tuple[int, str]:
    """Exit code and all that was said, for a message when they are not as expected."""
    return shown.returncode, shown.stdout + shown.stderr


STATUSES = "SELECT account_type, status FROM emag_sync_logs ORDER BY account_type, id"


@pytest.mark.slow
def test_complete_is_0_partial_3_failed_1_and_one_account_does_not_harm_the_other(magflow, simulator, ask):
    shown = magflow("sync")
    assert shown.returncode == 0, outcome(shown)
    assert "main: completed, 25 of 25 offers" in shown.stdout and "fbe: completed, 5 of 5 offers" in shown.stdout
    simulator.switch("main", faults=[{"kind": "504-html", "page": 2}])
    shown = magflow("sync", "--items-per-page", "10")
    assert shown.returncode == 3, outcome(shown)
    assert "main: partial, 15 of 25 offers" in shown.stdout and "page 2 was given up: HTTP 504" in shown.stdout
    assert "fbe: completed" in shown.stdout
    simulator.switch("fbe", faults=[{"kind": "504-html", "page": 1}])
    shown = magflow("sync", EMAG_FBE_PASSWORD="wr0ng-horse")
    assert shown.returncode == 1, outcome(shown)
    assert "fbe: failed. " in shown.stdout and "EMAG_FBE_PASSWORD" in shown.stdout
    assert "main: completed, 25 of 25 offers" in shown.stdout
    assert "wr0ng-horse" not in shown.stdout + shown.stderr
    assert ask(STATUSES) == [
        *(("fbe", status) for status in ("completed", "completed", "failed")),
        *(("main", status) for status in ("completed", "partial", "completed")),
    ]
    assert ask("SELECT account_type, count(*) FROM low_stock_report GROUP BY 1 ORDER BY 1") == [
        ("fbe", 5),
        ("main", 25),
    ]


@pytest.mark.slow
def test_a_mass_disappearance_is_held_back_until_it_is_accepted(magflow, simulator, ask):
    removed = "SELECT count(*) FROM emag_products_v2 WHERE removed_at IS NOT NULL"
    assert magflow("sync", "main").returncode == 0
    assert "nothing to accept" in magflow("accept-removal", "main").stdout
    simulator.put_offers("main", offers(5))
    shown = magflow("sync", "main")
    assert shown.returncode == 3, outcome(shown)
    assert "20 of 25 known offers did not come back" in shown.stdout
    assert "magflow accept-removal main" in shown.stdout
    assert ask(removed) == [(0,)]
    shown = magflow("accept-removal", "MAIN")
    assert (shown.returncode, "marks 20 offers removed" in shown.stdout) == (0, True), outcome(shown)
    shown = magflow("sync", "main")
    assert (shown.returncode, "20 removed" in shown.stdout) == (0, True), outcome(shown)
    assert ask(removed) == [(20,)]
    assert ask("SELECT count(*) FROM low_stock_report") == [(5,)], "what is gone is not to be ordered"
    assert magflow("accept-removal", "poland").returncode == 2


@pytest.mark.slow
def test_chosen_skus_are_read_and_a_replay_needs_no_marketplace(magflow, simulator, ask):
    nothing = magflow("replay", "main")
    assert nothing.returncode == 2 and "magflow sync main" in nothing.stderr, outcome(nothing)
    assert magflow("sync", "main").returncode == 0
    simulator.put_offers("main", [*(offer(number, stock_value=3) for number in range(1, 26)), offer(26, stock_value=4)])
    simulator.clear()
    shown = magflow("sync", "main", "--sku", "SKU7", "--sku", "SKU26")
    assert shown.returncode == 0, outcome(shown)
    low = "SELECT sku, quantity FROM low_stock ORDER BY sku"
    assert ask(low) == [("SKU26", 4), ("SKU7", 3)]
    assert len(simulator.requests()) == 2
    shown = magflow("sync", "main", "--sku", "NOWHERE")
    assert shown.returncode == 3 and "NOWHERE" in shown.stdout, outcome(shown)
    wrong = magflow("sync", "main", "--mode", "full", "--sku", "SKU7")
    assert wrong.returncode == 2 and "selective" in wrong.stderr, outcome(wrong)
    simulator.switch("main", refuse_ip=True)
    simulator.clear()
    replayed = magflow("replay", "main")
    assert replayed.returncode == 0, outcome(replayed)
    assert "main: 26 offers derived again from 3 pages" in replayed.stdout
    assert simulator.requests() == []
    assert ask(low) == [("SKU26", 4), ("SKU7", 3)]


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_a_hanging_sync_that_is_stopped_ends_within_5_seconds(magflow, simulator, ask, number):
    """Runs hung, and stayed `running` after Ctrl-C."""
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    sync = magflow.start("sync", "main", "--items-per-page", "10")
    while not ask("SELECT FROM emag_sync_progress WHERE pages_done = 2"):
        assert sync.poll() is None, sync.communicate()
        time.sleep(0.1)
    stopped = time.monotonic()
    sync.send_signal(number)
    output, problems = sync.communicate(timeout=30)
    assert time.monotonic() - stopped < 5
    assert sync.returncode == 1, output + problems
    assert "interrupted" in output and "Traceback" not in output + problems
    (log,) = ask("SELECT status, errors -> -1 ->> 'error', pages_processed FROM emag_sync_logs")
    assert log == ("failed", "The sync was interrupted before its end.", 2)
    assert ask("SELECT FROM emag_sync_progress") == []


@pytest.mark.slow
def test_lines_tell_pages_offers_speed_and_time_left(magflow, simulator):
    """A second run was started because nothing was visible."""
    simulator.put_offers("main", offers(150))
    shown = magflow("sync", "main", "--items-per-page", "10", EMAG_REQUESTS_PER_SECOND="3")
    assert shown.returncode == 0, outcome(shown)
    lines = re.findall(r"main: page (\d+) of (\d+), (\d+) offers, ([\d.]+)/s, (\d+) s left", shown.stdout)
    assert len(lines) >= 2, shown.stdout
    for page, pages, read, speed, _ in lines:
        assert 0 < int(page) <= int(pages) <= 17 and int(read) <= 150 and float(speed) > 0
    assert [int(line[0]) for line in lines] == sorted(int(line[0]) for line in lines)


PLANNED = ("supplier_offers", "demand_levels", "reorder_proposals", "low_stock_report")
LOCK = "hashtextextended('magflow: supplier_offers', 0)"
# The builds of a table in the order in which they were noted.
NOTING = """
    CREATE TABLE noted (name text, built_at timestamptz);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO noted VALUES (NEW.name, NEW.built_at); RETURN NEW; END $$;
    CREATE TRIGGER noting AFTER INSERT OR UPDATE ON app.builds FOR EACH ROW EXECUTE FUNCTION note();
    GRANT ALL ON noted TO PUBLIC
"""


@pytest.mark.slow
def test_accounts_that_are_read_together_build_once_what_all_of_them_share(magflow, session, ask):
    """Each run built the levels, the proposals and the report: with fifty accounts, fifty times."""
    assert magflow("sync").returncode == 0
    session.execute(NOTING)
    session.execute(f"SELECT pg_advisory_lock({LOCK})")
    sync = magflow.start("sync")
    waiting = f"""
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted AND (classid::bigint << 32) | objid::bigint = {LOCK}
    """
    while len(ask(waiting)) < 2:
        assert sync.poll() is None, sync.communicate()
        time.sleep(0.1)
    session.execute(f"SELECT pg_advisory_unlock({LOCK})")
    output, problems = sync.communicate(timeout=120)
    assert sync.returncode == 0, output + problems
    builds = dict(ask("SELECT name, count(DISTINCT built_at) FROM noted GROUP BY name"))
    assert {name: builds.get(name) for name in PLANNED} == dict.fromkeys(PLANNED, 1)
    assert ask("SELECT name FROM stale_tables") == []


@pytest.mark.slow
def test_the_marketplace_is_asked_before_dagster_has_the_run(magflow, session, ask, database_url):
    """A quarter of a sync's time went by until the first request, because Dagster was loading."""
    assert magflow("sync").returncode == 0
    with psycopg.connect(database_url, dbname=f"{session.info.dbname}_dagster") as dagster:
        begun = dict(dagster.execute("SELECT run_id, to_timestamp(start_time) FROM runs").fetchall())
    logs = ask("SELECT dagster_run_id, started_at FROM emag_sync_logs")
    assert {run_id for run_id, _ in logs} == set(begun) and len(begun) == 2
    assert all(started_at < begun[run_id] for run_id, started_at in logs)


READER, RUN = 0, 1  # the children of the runner, in the order in which they begin


@pytest.mark.slow
@pytest.mark.parametrize(
    ("killed", "said"),
    [
        (READER, "The process that read the marketplace was ended from outside. Start again to finish it."),
        (RUN, "The run's process was ended from outside."),
    ],
)
def test_a_sync_of_which_a_process_is_killed_fails_and_the_next_one_goes_on(magflow, simulator, ask, killed, said):
    """Nothing may read on for a run that is gone, and no run may wait for what reads no more."""
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    sync = magflow.start("sync", "main", "--items-per-page", "10")
    [runner] = children_once_there(psutil.Process(sync.pid), 1)
    both = children_once_there(runner, 2)
    while not ask("SELECT FROM emag_sync_progress WHERE pages_done = 2"):
        assert sync.poll() is None, sync.communicate()
        time.sleep(0.1)
    both[killed].kill()
    output, problems = sync.communicate(timeout=30)
    assert sync.returncode == 1, output + problems
    assert said in output and "Traceback" not in output + problems
    assert not any(runs(each) for each in (runner, *both))
    closed = ("failed", "The sync was interrupted before its end.")
    assert ask("SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs") == (
        [("running", None)] if killed == READER else [closed]
    )
    simulator.switch("main", faults=[])
    assert magflow("sync", "main").returncode == 0
    assert [status for _, status in ask(STATUSES)] == ["failed", "completed"]


@pytest.mark.slow
def test_a_sync_whose_run_cannot_begin_is_interrupted(magflow, simulator, session, ask):
    """The command said that it had failed, and a process without a parent read on."""
    assert magflow("sync", "main").returncode == 0
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    session.execute(f"ALTER DATABASE {session.info.dbname}_dagster ALLOW_CONNECTIONS false")
    sync = magflow.start("sync", "main", "--items-per-page", "10")
    [runner] = children_once_there(psutil.Process(sync.pid), 1)
    [reader] = children_once_there(runner, 1)
    # Its end comes when no process has its output any more.
    output, _ = sync.communicate(timeout=120)
    assert sync.returncode == 1 and "not currently accepting connections" in output, output
    assert not any(runs(each) for each in (runner, reader))
    closed = ("failed", "The sync was interrupted before its end.")
    assert ask("SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs")[1:] == [closed]


@pytest.mark.slow
def test_a_sync_that_is_stopped_while_dagster_loads_does_not_wait_for_it(
    magflow, simulator, session, ask, database_url
):
    """Ctrl-C took effect when Dagster had loaded: seconds later, on a busy machine ten."""
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    sync = magflow.start("sync", "main", "--items-per-page", "10")
    [runner] = children_once_there(psutil.Process(sync.pid), 1)
    [reader] = children_once_there(runner, 1)
    while not ask("SELECT FROM emag_sync_logs"):
        assert sync.poll() is None, sync.communicate()
        time.sleep(0.01)
    sync.send_signal(signal.SIGINT)
    output, problems = sync.communicate(timeout=30)
    assert sync.returncode == 1 and "interrupted" in output and "Traceback" not in output + problems, output + problems
    assert not any(runs(each) for each in (runner, reader))
    closed = ("failed", "The sync was interrupted before its end.")
    assert ask("SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs") == [closed]
    with psycopg.connect(database_url, dbname=f"{session.info.dbname}_dagster") as dagster:
        assert dagster.execute("SELECT FROM pg_tables WHERE tablename = 'runs'").fetchall() == []


@pytest.mark.slow
def test_a_sync_that_is_stopped_when_its_run_has_hardly_begun_was_interrupted(magflow, simulator):
    """It was said that the process was ended from outside: Dagster obeys signals only once it has begun the run."""
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    sync = magflow.start("sync", "main", "--items-per-page", "10")
    [runner] = children_once_there(psutil.Process(sync.pid), 1)
    children_once_there(runner, 2)
    sync.send_signal(signal.SIGINT)
    output, problems = sync.communicate(timeout=30)
    assert sync.returncode == 1, output + problems
    assert "interrupted" in output and "from outside" not in output, output


def children_once_there(process: psutil.Process, count: int) -> list[psutil.Process]:
    """The processes that it has started, the oldest first, once there are so many."""
    began = time.monotonic()
    while len(children := process.children()) < count:
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    return sorted(children, key=lambda child: child.create_time())
