"""A display never ends the work, and what goes wrong is a sentence: the command with odd terminals, files and rows."""

import io
import os
import pty
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from magflow_pipeline.cli.progress import _Bars
from magflow_pipeline.reports.screen import Screen
from magflow_pipeline_tests.cli import test_syncing as syncing
from magflow_pipeline_tests.cli.test_cli import Magflow
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.shop.driver import new_shop

ask, magflow, session, simulator = syncing.ask, syncing.magflow, syncing.session, syncing.simulator  # fixtures
COMPLETE = [("fbe", "completed"), ("main", "completed")]
STATUSES = "SELECT account_type, status FROM emag_sync_logs ORDER BY account_type"
HOSTILE = "[/b] [red]Amplificator[/red] \x1b[2J\x1b]0;x\x07 " + "stereo cu Bluetooth 5.0, clasă D, " * 4


def run(magflow: Magflow, *arguments: str, output: int, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "magflow_pipeline.cli", *arguments],
        env={**magflow.environment, **variables},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def report(session: psycopg.Connection) -> None:
    """A report with a row of foreign text, as if it had been built."""
    insert(
        session,
        "low_stock_report",
        account_type="main",
        sku="SKU-0123456789-0123456789-0123456789-ABC",
        name=HOSTILE,
        warehouse="EMAG-MAIN",
        status="critical",
        reason=HOSTILE,
        reason_ro=HOSTILE,
        supplier_name=HOSTILE,
        has_manual_levels=False,
        is_verified=True,
        supplier_count=1,
        **dict.fromkeys(("product_id", "emag_id", "minimum_stock", "reorder_point", "maximum_stock"), 1),
        **dict.fromkeys(("quantity", "reserved_quantity", "on_order_quantity"), 0),
        available_quantity=-123456,
        reorder_quantity=654321,
    )


@pytest.mark.slow
def test_a_lost_display_does_not_end_the_syncs(magflow, session, ask):
    """A progress query that failed, a full disk under stdout: the syncs of all accounts were interrupted."""
    session.execute("ALTER VIEW newest_syncs RENAME TO newest_syncs_away")
    with Path("/dev/full").open("w") as full:
        ended = run(magflow, "sync", output=full.fileno())
    assert (ended.returncode, ended.stderr) == (0, "Error: the output cannot be written: No space left on device.\n")
    assert ask(STATUSES) == COMPLETE


@pytest.mark.slow
def test_only_the_syncs_of_the_command_are_shown(magflow, simulator, session):
    """The sync of somebody else, for which it waits, or the log of one that was killed, said `failed` in its place."""
    insert(session, "emag_sync_logs", id=999_999, account_type="main", processed_items=4242, dagster_run_id="other")
    simulator.switch("main", faults=[{"kind": "slow", "page": 1, "seconds": 5}])
    said = magflow("sync", "main").stdout
    assert "4242" not in said and "main: page" in said, said


@pytest.mark.slow
def test_a_reader_or_a_terminal_that_goes_away_does_not_end_the_syncs(magflow, simulator, ask):
    """`magflow sync | head -1`, and a terminal that is closed."""
    simulator.switch("main", faults=[{"kind": "slow", "page": 1, "seconds": 2}])
    sync = magflow.start("sync")
    sync.stdout.close()
    while not ask("SELECT FROM emag_sync_logs"):
        assert sync.poll() is None, sync.stderr.read()
        time.sleep(0.1)
    sync.send_signal(signal.SIGHUP)
    with sync.stderr:
        errors = sync.stderr.read()
    assert (sync.wait(120), "Traceback" in errors) == (0, False), errors
    assert ask(STATUSES) == COMPLETE


def on_a_terminal(magflow: Magflow, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and what a terminal got."""
    screen, end = pty.openpty()
    with os.fdopen(screen, "rb", buffering=0) as reader:
        process = subprocess.Popen(
            [sys.executable, "-m", "magflow_pipeline.cli", *arguments],
            env={**magflow.environment, "TERM": "xterm", **variables},
            stdin=end,
            stdout=end,
            stderr=end,
        )
        os.close(end)
        got = io.BytesIO()
        try:
            while piece := reader.read(65536):
                got.write(piece)
        except OSError:  # the other side is closed
            pass
        return process.wait(60), got.getvalue().decode()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("report",), ("report", "--format", "csv"), ("report", "--format", "json")])
def test_a_terminal_gets_what_a_buyer_works_with_and_no_escape_of_a_name(magflow, report, arguments):
    code, got = on_a_terminal(magflow, *arguments, COLUMNS="80")
    assert code == 0, got
    assert "\x1b[2J" not in got and "\x1b]0" not in got and "\x07" not in got
    for whole in ("SKU-0123456789-0123456789-0123456789-ABC", "-123456", "654321", "critical", "main", "[/b] [red]"):
        assert whole in got, whole


@pytest.mark.slow
def test_a_terminal_is_told_once_that_a_home_is_a_demo():
    """Its two streams lead to one screen, which had the sentence twice, in 123 characters."""
    with new_shop() as shop:
        (shop.home / "demo").touch()
        magflow = Magflow(shop.home)
        code, got = on_a_terminal(magflow, "status", COLUMNS="80")
        assert (code, got.count("DEMO:")) == (0, 1), got
        ended = magflow("status")
        assert "DEMO:" in ended.stdout and "DEMO:" in ended.stderr


def test_a_terminal_gets_sentences_that_break_between_words():
    """The terminal broke "requests" after its third letter; a path that is broken cannot be copied."""
    words = "main: completed, 1275 of 1275 offers in 4.7 s (1275 new, 0 changed, 0 unchanged, 0 rejected; 15 requests)"
    path = "/" + "a-long-folder/" * 8
    for is_terminal, width in ((True, 80), (False, None)):
        output = io.StringIO()
        screen = Screen(file=output, force_terminal=is_terminal, width=width, no_color=True)
        screen.print(f"{words}. Its log: {path}")
        lines = output.getvalue().splitlines()
        assert " ".join(lines) == f"{words}. Its log: {path}" and path in lines[-1]
        assert len(lines) == (3 if is_terminal else 1)


@pytest.mark.slow
def test_a_pipe_gets_a_csv_as_it_is_but_for_what_a_terminal_would_obey(magflow, report):
    assert HOSTILE.translate(dict.fromkeys((0x07, 0x1B))) in magflow("report", "--format", "csv").stdout
    assert magflow("report", "--excel", "ro").stdout.startswith("\ufeffaccount_type;sku;")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        *(("report",), ("report", "--format", "csv"), ("status",), ("history",), ("conflicts",), ("database", "url")),
        *(("verify", "--all"), ("confirm", "A1", "X"), ("cleanup",), ("accept-removal", "main"), ("check",)),
        *(("database", "migrate"), ("--help",), ("report", "--help")),
    ],
    ids=" ".join,
)
def test_what_could_not_be_shown_is_told(magflow, session, report, arguments):
    """The list of what to order was lost with exit code 0; a script went on with an empty file."""
    insert(session, "products", sku="A1", name="x")
    insert(session, "suppliers", name="X")
    with Path("/dev/full").open("w") as full:
        ended = run(magflow, *arguments, output=full.fileno())
    assert ended.returncode == 1
    assert ended.stderr == "Error: the output cannot be written: No space left on device.\n"


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_error(magflow, report):
    reader, writer = os.pipe()
    os.close(reader)
    ended = run(magflow, "report", "--format", "csv", output=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_of_few_characters_ends_nothing(magflow, report, encoding):
    shown = subprocess.run(
        [sys.executable, "-m", "magflow_pipeline.cli", "report", "--language", "ro"],
        env={**magflow.environment, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
        capture_output=True,
        check=True,
    )
    text = shown.stdout.decode(encoding)
    assert "stoc critic" in text and "-123456" in text and "654321" in text


@pytest.mark.slow
def test_a_report_of_inactive_offers_is_empty_and_not_missing(magflow, session):
    """ "There is no report yet" after a sync whose offers are all inactive."""
    insert(session, "emag_accounts", account_type="main", kind="main", marketplace="m", username="u", warehouse="W")
    missing = magflow("report")
    assert missing.returncode == 2 and "There is no report yet" in missing.stderr
    insert(session, "builds", name="low_stock_report", account_type="main", built_from=1, built_at=datetime.now(UTC))
    empty = magflow("report")
    assert empty.returncode == 0, empty.stderr
    assert "The report has no rows: none of the 0 offers that are stored is active." in empty.stdout
    assert magflow("report", "--format", "json").stdout == "[]\n"
    assert magflow("report", "--format", "csv").stdout.startswith("\ufeffaccount_type,sku,")


@pytest.mark.slow
def test_another_list_of_accounts_than_the_database_has_is_told(magflow, session):
    """Two processes with different lists overwrote each other's without a word."""
    for place, name in enumerate(("main", "fbe"), 1):
        insert(
            session,
            "emag_accounts",
            account_type=name,
            kind=name,
            marketplace="m",
            username=name,
            warehouse=f"EMAG-{name.upper()}",
            place=place,
        )
    assert magflow("cleanup").stderr == ""
    assert "EMAG_ACCOUNTS is main, and was main,fbe for" in magflow("cleanup", EMAG_ACCOUNTS="main").stderr
    assert "EMAG_ACCOUNTS is" not in magflow("cleanup", EMAG_ACCOUNTS="main,fbe,hu").stderr  # hu was never read


@pytest.mark.slow
def test_ctrl_c_is_no_traceback(magflow):
    for seconds in (0.3, 1.0):
        verb = magflow.start("status")
        time.sleep(seconds)
        verb.send_signal(signal.SIGINT)
        _, errors = verb.communicate(timeout=60)
        assert verb.returncode in (0, 130, -signal.SIGINT) and "Traceback" not in errors, errors


@pytest.mark.parametrize("made", ["__set_name__", "__del__"])
def test_ctrl_c_is_ctrl_c_where_python_gives_it_as_something_else(made: str):
    """In a class that is made it is a RuntimeError; in a destructor it was a traceback, and the verb went on."""
    code = f"""
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a script runs in the background
from magflow_pipeline import cli
from magflow_pipeline.cli import streams
class Stopped:
    def {made}(self, *_): raise KeyboardInterrupt
def stop():
    type("Model", (), {{"field": Stopped()}})
    Stopped()
    time.sleep(30)
streams.protect_streams = stop
cli.main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    assert (ended.returncode, ended.stderr) == (130, "")


@pytest.mark.slow
def test_a_fault_of_the_program_is_a_sentence_with_its_details_in_a_file(magflow, session, tmp_path):
    """Whatever it is: a value in a table that nobody thought of must not end in a traceback."""
    session.execute("ALTER VIEW sync_status RENAME COLUMN started_at TO begun_at")
    ended = magflow("status")
    insert(session, "emag_accounts", account_type="main", kind="main", marketplace="m", username="u", warehouse="W")
    ended = magflow("status")
    assert ended.returncode == 1 and "This is a fault of magflow: KeyError" in ended.stderr
    file = tmp_path / "home" / "logs" / "faults.log"
    assert str(file) in ended.stderr and "Traceback" in file.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "words", "code"),
    [
        ("ALTER DATABASE {} SET default_transaction_read_only = on", "read-only", 2),
        ("REVOKE ALL ON SCHEMA app FROM public; ALTER VIEW sync_status RENAME TO gone", "do not fit together", 1),
    ],
)
def test_trouble_of_the_database_is_a_sentence(
    magflow,
    session,
    damage: str,
    words: str,
    code: int,
    report: None,
):
    session.execute(damage.format(session.info.dbname))
    verb = ("confirm", "SKU-0123456789-0123456789-0123456789-ABC", "X") if code == 2 else ("status",)
    insert(session, "products", sku=verb[1], name="x") if code == 2 else None
    insert(session, "suppliers", name="X") if code == 2 else None
    ended = magflow(*verb)
    assert (ended.returncode, words in ended.stderr) == (code, True), ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 100, 160])
def test_progress_keeps_accounts_and_numbers_whole(width):
    console = Screen(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    bars = _Bars(("main", "hu_fulfilment"), console)
    row = {
        "status": "running",
        "pages_done": 1234,
        "pages_total": 2345,
        "items_done": 123456,
        "items_per_second": 98.7,
        "expected_end_at": datetime.now(UTC) + timedelta(minutes=5),
        "rate_limit_hits": 3,
    }
    bars.show("main", row)
    bars.show("hu_fulfilment", {**row, "status": "completed", "processed_items": 654321})
    console.print(bars.get_renderable())
    first, second, *_ = console.file.getvalue().splitlines()
    assert {"main", "1234/2345", "123456", "0:00:00"} <= set(first.split()) and "98.7/s" in first
    assert {"hu_fulfilment", "654321", "0:00:00"} <= set(second.split())


def test_what_a_destructor_raises_is_no_traceback(tmp_path):
    """A half workbook on a full disk cannot be closed, and says so when Python deletes it."""
    script = """
import sys
from magflow_pipeline.cli import main
class Half:
    def __del__(self):
        raise OSError("no room")
half = Half()
sys.argv = ["magflow", "database", "url", "--help"]
try:
    main()
except SystemExit:
    del half
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], env=Magflow(tmp_path).environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "OSError: no room" in (tmp_path / "logs" / "faults.log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("columns", ["0", "²", "99999999999"])
def test_a_width_that_is_none_is_forgotten(magflow, report, columns):
    """COLUMNS=0 showed nothing, with exit code 0; `²` ended in a traceback, a large one in "not enough memory"."""
    shown = subprocess.run(
        [sys.executable, "-m", "magflow_pipeline.cli", "report"],
        env={**magflow.environment, "COLUMNS": columns, "TERMINAL_WIDTH": columns},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "654321" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "--status", "nosuch"), "--status is 'nosuch'. It must be out_of_stock, critical, low_stock"),
        (("sync", "--max-pages", "x"), "--max-pages is 'x'. It must be a whole number, at least 1."),
        (("sync", "--min-price", "nan"), "--min-price is 'nan'. It must be a number, at least 0."),
        (("cleanup", "--older-than", "1"), "--older-than is 1. It must be a whole number, from 5 to 60."),
    ],
)
def test_a_wrong_option_is_one_sentence(tmp_path, arguments, said):
    """ "Value error, 'nosuch' is not one of ..." is a library's word."""
    ended = Magflow(tmp_path)(*arguments)
    assert ended.returncode == 2 and ended.stderr.startswith(f"Error: {said}")
