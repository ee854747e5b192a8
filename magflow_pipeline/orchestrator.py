"""Starting Dagster: its home, and runs of the sync job.

Outside `defs/` and `definitions.py`, only this module, `shop/webserver.py` and `shop/loops.py` import Dagster.
Each run has a process of its own: two runs in one process were seen to deadlock. So has the sync of each of the first
MOST_AT_ONCE, which begins before Dagster is loaded (`sync/ahead.py`). What loads for long is imported where it is used.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn, cast

from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS, lane_of
from magflow_pipeline.text import noted

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess
    from types import ModuleType

    import dagster as dg
    from dagster_shared.error import SerializableErrorInfo

    from magflow_pipeline.settings import Settings

# The job of each type of sync, and its step that takes the options.
JOBS = {CATALOGUE: ("sync_account", "catalogue"), ORDERS: ("sync_orders", "orders")}
REPORT = "low_stock_report"
STOP_SECONDS = 30
MOST_AT_ONCE = 8  # runs of one command: each has up to 8 connections, and PostgreSQL 100 by default (docs/scale.md)
INTERRUPTED = "It was interrupted; start again to finish it."
# The console belongs to the parent's progress bars; the event log has every line.
QUIETLY: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class SyncRequest:
    """A request to the runner: one run for each account, all at the same time, with the ids that they are to have."""

    run_ids: Mapping[str, str]
    options: dict[str, Any]
    triggered_by: str
    sync_type: str = CATALOGUE


@dataclass(frozen=True)
class RunResult:
    """How a run ended; `error` is its first failure, for people, `outcome` that of its scan."""

    run_id: str
    success: bool
    error: str | None
    outcome: str | None = None


@dataclass
class Runner:
    """The process that runs the jobs, and the file to which each run writes its result as a line."""

    process: subprocess.Popen[bytes]
    results: int
    is_stopped: bool = False

    def result_of(self, account: str) -> RunResult | None:
        """The result of the run of `account`; None when its process died before it wrote one, and nobody stopped it."""
        stopped = RunResult("", success=False, error=INTERRUPTED) if self.is_stopped else None
        return _read(self.results).get(account, stopped)

    def request(self, request: SyncRequest, environment: Mapping[str, str]) -> None:
        """Let it work, in this environment. One that died meanwhile has no results, which says so."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError), self.process.stdin as pipe:
            pipe.write(json.dumps([asdict(request), dict(environment)]).encode() + b"\n")

    def wait(self, seconds: float) -> None:
        """Wait for its end, `seconds` at most; its exit code is lost. Popen.wait would look each 50 ms only."""
        import psutil

        with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            psutil.Process(self.process.pid).wait(seconds)

    def stop(self) -> None:
        """Ask all runs to end; they close their logs first. One that has hardly begun dies without a result."""
        self.is_stopped = True
        self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Send a signal to the runner and its runs, if they are still there."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def dagster_environment(settings: "Settings") -> dict[str, str]:
    """The environment of a process that works with Dagster: a home in `MAGFLOW_HOME`, with the project's dagster.yaml.

    The file is overwritten each time, so that the project's version is used.

    Raises:
        ConfigurationError: the home cannot be used, or the project's path has a %.
    """
    import shutil

    from magflow_pipeline.settings import ConfigurationError, environment_of_child, making_home, shipped

    if "%" in sys.prefix:
        raise ConfigurationError(
            f"Dagster does not work in a folder with a % in its path: move the project from {sys.prefix}."
        )
    home = settings.home / "dagster"
    with making_home(settings.home):
        home.mkdir(exist_ok=True)
        fresh = home / f"dagster.yaml.{os.getpid()}"
        shutil.copyfile(shipped("dagster.yaml"), fresh)
        fresh.replace(home / "dagster.yaml")
    return environment_of_child(DAGSTER_HOME=str(home), MAGFLOW_HOME=str(settings.home))


@contextmanager
def loading_runner() -> Generator[Runner]:
    """Start the runner, which loads what it needs before it is told what to do, while this process reads the settings.

    Without a request it ends with the block; and with this process, however that ends, because its pipe is then closed.
    """
    with tempfile.TemporaryFile() as results:  # without a name: nothing is left of it when this process is killed
        process = subprocess.Popen(
            # Only installed modules are imported, whatever PYTHONPATH says.
            [sys.executable, "-E", "-P", "-m", "magflow_pipeline.orchestrator", str(results.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[results.fileno()],
            start_new_session=True,  # Ctrl-C reaches this process alone
        )
        assert process.stdin is not None
        try:
            yield Runner(process, results.fileno())
        finally:
            if not process.stdin.closed:  # nothing was requested
                process.kill()
                process.stdin.close()
                process.wait()


@contextmanager
def running_sync(
    request: SyncRequest, environment: Mapping[str, str], loading: Runner | None = None
) -> Generator[Runner]:
    """Let the runner work, a new one unless one is `loading`; SIGINT and SIGTERM are passed on to it."""
    with ExitStack() as stack:
        runner = loading or stack.enter_context(loading_runner())
        process = runner.process

        def pass_on(_number: int, _frame: object) -> None:
            runner.stop()

        previous: dict[int, Any] = {each: signal.signal(each, pass_on) for each in (signal.SIGINT, signal.SIGTERM)}
        # A closed terminal only loses the display: the syncs go on.
        previous[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            runner.request(request, environment)
            yield runner
        finally:
            if process.poll() is None:
                runner.stop()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    runner.signal(signal.SIGKILL)
                    process.wait()
            for each, handler in previous.items():
                signal.signal(each, handler)


def run_all(request: SyncRequest, results: int) -> None:
    """Run the job for each account in a process forked from this one, MOST_AT_ONCE at a time.

    Loading Dagster takes most of the start-up time, and every process would repeat it.
    """
    import multiprocessing

    run_ids = request.run_ids
    signal.signal(signal.SIGTERM, partial(_give_up, run_ids, results))  # until `_work_off` obeys it
    _begin_ahead(request)
    import dagster as dg

    from magflow_pipeline.database.connection import open_database
    from magflow_pipeline.definitions import build_definitions
    from magflow_pipeline.defs.checks import evaluate_outdated
    from magflow_pipeline.defs.keys import OWN
    from magflow_pipeline.defs.tags import TRIGGERED_BY_TAG
    from magflow_pipeline.reports.tables import read_rows
    from magflow_pipeline.settings import load_settings
    from magflow_pipeline.sync import ahead

    # Made before the forks: the first time it creates Dagster's tables, which fails in two processes at once.
    with dg.DagsterInstance.get() as instance:
        definitions = build_definitions()
        import_module("tabulate")  # of the tables that each run shows: loaded once, and before a sync has ended
        job = definitions.resolve_job_def(JOBS[request.sync_type][0])
        gc.freeze()
        gc.enable()
        fork = multiprocessing.get_context("fork")
        children = {
            account: fork.Process(name=run_id, target=_run_one, args=(job, request, account, run_id, results))
            for account, run_id in run_ids.items()
        }
        for account in _work_off(children):
            ahead.end(run_ids[account])
            _write(results, account, RunResult(run_ids[account], success=False, error=INTERRUPTED))
        settings = load_settings()
        database = open_database(settings)
        if request.sync_type == ORDERS and REPORT in {row["name"] for row in read_rows(database, "stale_tables")}:
            # For those without a daemon: the orders have changed what is expected to be sold.
            definitions.resolve_job_def("refresh_report").execute_in_process(
                instance=instance,
                run_config=QUIETLY,
                raise_on_error=False,
                tags={**OWN, TRIGGERED_BY_TAG: request.triggered_by},
            )
        for evaluation in evaluate_outdated(instance, database, settings):
            instance.report_runless_asset_event(evaluation)


def _begin_ahead(request: SyncRequest) -> None:
    """Ask the marketplace while Dagster loads.

    Not for accounts whose turn comes later. Where something is wrong, nothing is begun: the runs meet it, and say so.
    """
    from magflow_pipeline.accounts import load_accounts
    from magflow_pipeline.catalogue.options import make_options
    from magflow_pipeline.catalogue.scan import sync_account
    from magflow_pipeline.database.connection import open_database
    from magflow_pipeline.settings import load_settings
    from magflow_pipeline.sync import ahead

    with suppress(Exception):
        settings = load_settings()
        database = open_database(settings)
        for account in load_accounts(settings, tuple(islice(request.run_ids, MOST_AT_ONCE))):
            run_id = request.run_ids[account.name]
            told = {"triggered_by": request.triggered_by, "dagster_run_id": run_id}
            if request.sync_type == ORDERS:
                from magflow_pipeline.orders.options import make_order_options
                from magflow_pipeline.orders.sync import sync_orders

                options = make_order_options(settings, **request.options)
                read = partial(sync_orders, database, settings, account, options, **told)
            else:
                options = make_options(settings, **request.options)
                read = partial(sync_account, database, settings, account, options, **told)
            ahead.begin(run_id, read)


def _give_up(run_ids: Mapping[str, str], results: int, _number: int, _frame: object) -> NoReturn:
    """End at once on a signal, without waiting for Dagster to load: no run has begun."""
    from magflow_pipeline.sync import ahead

    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # another one would come between a sync and the end of its log
    ahead.end_all()
    for account, run_id in run_ids.items():
        _write(results, account, RunResult(run_id, success=False, error=INTERRUPTED))
    os._exit(0)


def _work_off(children: "dict[str, ForkProcess]") -> list[str]:
    """Let all children work, MOST_AT_ONCE at a time; the accounts of those that a signal came before.

    A signal reaches the whole process group; the children that work end their runs, and this process waits for them.
    """
    from multiprocessing.connection import wait

    from magflow_pipeline.sync import ahead

    waiting, working = dict(children), set["ForkProcess"]()
    left: list[str] = []

    def stop(_number: int, _frame: object) -> None:
        left.extend(waiting)
        waiting.clear()

    signal.signal(signal.SIGTERM, stop)
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until the child obeys it itself: `_run_one`
        while waiting and len(working) < MOST_AT_ONCE:
            child = waiting.pop(next(iter(waiting)))
            child.start()
            working.add(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        if not working:  # looked at after the last signal: to wait for none of them never ends
            return left
        wait([child.sentinel for child in working])
        for child in [child for child in working if not child.is_alive()]:
            working.remove(child)
            ahead.end(child.name)


def _run_one(job: "dg.JobDefinition", request: SyncRequest, account: str, run_id: str, results: int) -> None:
    # A background process of a script ignores SIGINT, and Dagster then ignores SIGTERM too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    try:
        outcome = _execute(job, request, account, run_id)
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent reports it
        outcome = _did_not_run(error)
    _write(results, account, outcome)


def _execute(job: "dg.JobDefinition", request: SyncRequest, account: str, run_id: str) -> RunResult:
    import dagster as dg

    from magflow_pipeline.defs.keys import OWN
    from magflow_pipeline.defs.tags import ACCOUNT_TAG, LANE_TAG, MODE_BY_SIZE, MODE_TAG, TRIGGERED_BY_TAG

    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            run_config={
                "ops": {JOBS[request.sync_type][1]: {"config": request.options}},
                **QUIETLY,
            },
            instance=instance,
            partition_key=account,
            run_id=run_id,
            raise_on_error=False,
            tags={
                **OWN,
                TRIGGERED_BY_TAG: request.triggered_by,
                ACCOUNT_TAG: account,
                LANE_TAG: lane_of(request.sync_type, account),
                **({MODE_TAG: request.options.get("mode", MODE_BY_SIZE)} if request.sync_type == CATALOGUE else {}),
            },
        )
    return RunResult(result.run_id, result.success, _first_failure(result), _outcome(result))


def _did_not_run(error: Exception) -> RunResult:
    from magflow_pipeline.troubles import reason_of

    return RunResult("", success=False, error=reason_of(error))


def _write(results: int, account: str, outcome: RunResult) -> None:
    # One call: the runs share the file's offset, and append one after the other.
    os.write(results, json.dumps([account, asdict(outcome)]).encode() + b"\n")


def _read(results: int) -> dict[str, RunResult]:
    written = os.pread(results, os.fstat(results).st_size, 0)
    return {account: RunResult(**outcome) for account, outcome in map(json.loads, written.splitlines())}


def _first_failure(result: "dg.ExecuteInProcessResult") -> str | None:
    import dagster as dg

    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            return described or cause_of(data.error) or noted(event.message)
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:  # before any step, such as a resource's
            return cause_of(event.job_failure_data.error) or noted(event.message)
    return None


def _outcome(result: "dg.ExecuteInProcessResult") -> str | None:
    outcomes = [event.materialization.metadata.get("outcome") for event in result.get_asset_materialization_events()]
    return next((str(outcome.value) for outcome in outcomes if outcome is not None), None)


def cause_of(error: "SerializableErrorInfo | None") -> str | None:
    """The root cause of an error that Dagster recorded: its own message only says that a step failed."""
    from magflow_pipeline.troubles import trouble_named

    if error is None:
        return None
    chain = [error]
    while (inner := chain[-1].cause or chain[-1].context) is not None:
        chain.append(inner)
    messages = [
        (each.cls_name or "", each.message.strip().partition(": ")[2] or each.message.strip()) for each in chain
    ]
    for name, message in reversed(messages):
        told = trouble_named(name, message)
        if told is not None:
            return told.sentence
    name, message = messages[-1]
    if name == "DagsterExecutionInterruptedError":  # Ctrl-C, or SIGTERM: nothing went wrong in the program
        return INTERRUPTED
    return f"{name}: {noted(message)}"


def load_reading() -> None:
    """Load what reads the marketplace, and nothing more before its first request."""
    # httpx's own command, which does without where it is not installed: rich, Pygments and click, a tenth of it all.
    sys.modules["httpx._main"] = cast("ModuleType", None)
    import_module("magflow_pipeline.catalogue.scan")


def _main(results: int) -> None:
    """Load what reads the marketplace, and run what is requested; an error becomes that of who has none."""
    gc.disable()  # what is loaded now stays until the end: looking for garbage in it would take a fifth of the time
    with suppress(Exception):  # `_begin_ahead` and the runs meet it again
        load_reading()
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return  # the command had nothing to do, or was killed
    asked, environment = json.loads(line)
    request = SyncRequest(**asked)
    try:
        from magflow_pipeline.settings import take_environment
        from magflow_pipeline.sync import ahead

        take_environment(environment)
        os.chdir(environment["DAGSTER_HOME"])  # so that no file of the current folder is read
        try:
            run_all(request, results)
        finally:
            ahead.end_all()  # those whose runs were never begun, because something went wrong before
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent reports it
        for account in set(request.run_ids) - set(_read(results)):
            _write(results, account, _did_not_run(error))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
    os._exit(0)  # results are written; a normal exit with Dagster loaded takes most of a second
