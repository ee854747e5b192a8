"""Syncs that begin ahead of their runs: the run that waits for one sees what it would have seen of its own."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SECONDS = 60
# A process that begins a sync, and then waits for it: as the runner does, which has no threads.
RUN = """
import asyncio, gc, os, signal, sys, time
from pathlib import Path
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync import ahead
from magflow_pipeline.sync.lifecycle import SyncFailedError

folder = Path(sys.argv[1])

class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")

async def read(*, tell, tell_limit):
    tell(f"in {os.getpid()}")
    tell_limit(7.5)
    try:
        await work(tell)
    except asyncio.CancelledError:
        (folder / "closed").touch()
        raise
    return 3

"""


def run(folder: Path, work: str, then: str) -> list[str]:
    """What the process printed whose sync does `work`, and which does `then`."""
    command = [sys.executable, "-c", script(work, then), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)
    assert done.stderr == ""
    return done.stdout.splitlines()


def script(work: str, then: str) -> str:
    """The program of a process whose sync does `work`, and which does `then`."""
    return RUN + f"async def work(tell):\n{textwrap.indent(work, '    ')}\n" + textwrap.dedent(then)


WAITED = """
ahead.begin("run", read)
try:
    print(ahead.result_of("run", read, lambda line: print("line", line.replace(str(os.getpid()), "this one")), print))
except Exception as error:
    print(type(error).__name__, error)
ahead.end("run")
"""


def test_a_run_hears_its_sync_in_order_and_gets_its_result(tmp_path):
    *told, second, result = run(tmp_path, "tell('second')", WAITED)
    assert told[0].startswith("line in ") and "this one" not in told[0]
    assert told[1] == "7.5"
    assert (second, result) == ("line second", "3")


def test_a_run_whose_sync_was_not_begun_reads_itself(tmp_path):
    told = run(tmp_path, "tell('second')", WAITED.replace('ahead.begin("run", read)', ""))
    assert told == ["line in this one", "7.5", "line second", "3"]


def test_a_sync_collects_its_garbage(tmp_path):
    """The runner does not while it loads, and its forks would not for as long as they read."""
    assert run(tmp_path, "tell(str(gc.isenabled()))", "gc.disable()\n" + WAITED)[-2:] == ["line True", "3"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("SyncFailedError('refused')", "SyncFailedError refused"),
        ("ConfigurationError('of another marketplace')", "ConfigurationError of another marketplace"),
        ("Odd(1, 2)", "SyncFailedError Odd: 1 and 2"),
        ("ValueError('a fault')", "ValueError a fault"),
    ],
)
def test_an_error_of_the_sync_is_the_runs(tmp_path, error: str, said: str):
    """An error that cannot be sent as it is is told in words; where a fault of the program is, the log says."""
    told = run(tmp_path, f"raise {error}", WAITED)
    assert told[-1] == said
    assert any("Traceback" in line for line in told) == (error[:2] in ("Od", "Va"))


def test_a_sync_that_was_killed_is_no_result(tmp_path):
    told = run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)", WAITED)
    assert told[-1].startswith("SyncFailedError The process that read the marketplace was ended from outside.")


LONG = "await asyncio.sleep(3600)"


def test_a_sync_whose_run_is_gone_ends_and_closes_its_log(tmp_path):
    """As when the run's process was killed, or could not be begun: nobody would read what it does."""
    run(tmp_path, "(folder / 'reads').touch()\n" + LONG, UNTIL_IT_READS + 'ahead.end("run")\n')
    assert (tmp_path / "closed").exists()


UNTIL_IT_READS = """
ahead.begin("run", read)
while not (folder / "reads").exists():
    time.sleep(0.01)
"""


def test_a_run_that_nobody_waits_for_holds_up_no_page(tmp_path):
    """What it tells is more than a pipe takes; it still ends at once."""
    work = "for number in range(100_000):\n    tell('a line')\n(folder / 'reads').touch()\n" + LONG
    run(tmp_path, work, UNTIL_IT_READS + 'ahead.end("run")\n')
    assert (tmp_path / "closed").exists()


def test_a_sync_whose_runner_was_killed_ends_and_closes_its_log(tmp_path):
    """It read on for as long as it took, in a process without a parent, when no run was there to end it."""
    killed = subprocess.run(
        [sys.executable, "-c", script("(folder / 'reads').touch()\n" + LONG, UNTIL_IT_READS + KILLED), str(tmp_path)],
        check=False,
        capture_output=True,  # ends when no process has it any more
        timeout=SECONDS,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "closed").exists()


KILLED = "os.kill(os.getpid(), signal.SIGKILL)\n"
INTERRUPTED_RUN = """
def interrupt(line):
    raise KeyboardInterrupt

try:
    ahead.result_of("run", read, interrupt, print)
except KeyboardInterrupt:
    print("closed", (folder / "closed").exists())
ahead.end("run")
"""


def test_a_run_that_is_interrupted_ends_when_its_sync_has_closed_its_log(tmp_path):
    """Ctrl-C, or a run that was ended in Dagster: the log must not say `running` when the command has ended."""
    work = "(folder / 'reads').touch()\n" + LONG
    assert run(tmp_path, work, UNTIL_IT_READS + INTERRUPTED_RUN) == ["closed True"]


def test_a_signal_to_the_sync_alone_is_the_runs_failure(tmp_path):
    work = "tell(str(os.kill(os.getpid(), signal.SIGTERM)))\n" + LONG
    told = run(tmp_path, work, WAITED)
    assert told[-1] == "SyncFailedError The sync was interrupted before its end. Start again to finish it."
    assert (tmp_path / "closed").exists()


# The rest of a line that a pipe does not take is not there yet when the signal comes.
IN_THE_MIDDLE = """
time.sleep(0.2)
reader = int((folder / "reads").read_text())
os.kill(reader, signal.SIGSTOP)

def come(*_):
    os.kill(reader, signal.{})
    {}

signal.signal(signal.SIGALRM, come)
signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    ahead.result_of("run", read, print, print)
except BaseException as error:
    print(type(error).__name__, error)
ahead.end("run")
"""


@pytest.mark.parametrize(
    ("sent", "then", "said"),
    [
        ("SIGCONT", "raise KeyboardInterrupt", "KeyboardInterrupt "),
        ("SIGKILL", "", "SyncFailedError The process that read the marketplace was ended from outside."),
    ],
)
def test_a_run_that_is_interrupted_in_the_middle_of_a_message_says_why(tmp_path, sent: str, then: str, said: str):
    """The rest of the message was taken for others: the run failed because of an odd size."""
    work = "(folder / 'reads').write_text(str(os.getpid()))\ntell('x' * 1_000_000)\n" + LONG
    told = run(tmp_path, work, UNTIL_IT_READS + IN_THE_MIDDLE.format(sent, then))
    assert told[-1].startswith(said)
    assert (tmp_path / "closed").exists() == (sent == "SIGCONT")
