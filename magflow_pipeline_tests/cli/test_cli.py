"""The `magflow` command as people run it: processes, exit codes, what is printed."""

import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest


class Magflow:
    """The command, in an environment that names this home and nothing else."""

    def __init__(self, home: Path) -> None:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
        self.environment = {**inherited, "MAGFLOW_HOME": str(home), "MAGFLOW_ENV_FILE": os.devnull}

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Begin, and let it go on."""
        return subprocess.Popen(
            [sys.executable, "-m", "magflow_pipeline.cli", *arguments],
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; never with a traceback."""
        process = self.start(*arguments, **variables)
        output, errors = process.communicate()
        assert "Traceback" not in output + errors, errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[Magflow, subprocess.CompletedProcess[str]]]:
    """A home in which the demo has run once, and what it printed."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    home.chmod(0o755)
    magflow = Magflow(home)
    try:
        yield magflow, magflow("demo", EMAG_ORDER_HISTORY_DAYS="2")  # 400 take seconds
    finally:
        magflow("database", "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def magflow(demo) -> Magflow:
    return demo[0]


@pytest.fixture
def fresh(tmp_path: Path) -> Magflow:
    """The command in a home where nothing was ever stored."""
    return Magflow(tmp_path / "home")


def test_the_demo_ends_with_the_report_its_coverage_and_where_to_look_next(demo):
    done = demo[1]
    assert done.returncode == 0, done.stderr
    for said in ("1275 / 1275", "1266 / 1266", "out of stock", "page ", "Sales known: eMAG only", "Where to look next"):
        assert said in done.stdout


@pytest.mark.slow
def test_of_what_customers_cannot_buy_nothing_is_ordered(magflow):
    """26 low rows of hidden or refused offers asked for 2,430 pieces of the demo."""
    rows = json.loads(magflow("report", "--format", "json").stdout)
    low = [row for row in rows if row["status"] in ("out_of_stock", "critical", "low_stock")]
    hidden = [row for row in low if not row["is_sellable"]]
    assert len(hidden) > 10
    assert {row["reorder_quantity"] for row in hidden} == {0}
    assert all(f"it cannot be sold: {row['not_sellable_reason']}." in row["reason"] for row in hidden)
    # Its two days of orders say too little of the others.
    assert {row["reorder_quantity"] for row in low if row["reason_code"] == "decide_yourself"} == {None}


@pytest.mark.slow
def test_the_report_has_a_row_for_every_active_item_in_every_format(magflow, tmp_path):
    rows = json.loads(magflow("report", "--format", "json").stdout)
    assert len(rows) > 2500
    assert len({(row["account_type"], row["sku"]) for row in rows}) == len(rows)
    written = magflow("report", "--format", "csv").stdout.lstrip("\ufeff")
    assert [row["sku"] for row in csv.DictReader(io.StringIO(written))] == [row["sku"] for row in rows]
    file = tmp_path / "low-stock.xlsx"
    assert f"{len(rows)} rows" in magflow("report", "--format", "xlsx", "--output", str(file)).stdout
    assert zipfile.is_zipfile(file)


@pytest.mark.slow
def test_the_report_can_be_narrowed_and_read_in_romanian(magflow):
    rows = json.loads(magflow("report", "--account", "FBE", "--status", "critical", "--format", "json").stdout)
    assert {(row["account_type"], row["status"]) for row in rows} == {("fbe", "critical")}
    assert "stoc critic" in magflow("report", "--status", "critical", "--language", "ro").stdout


@pytest.mark.slow
def test_an_account_that_was_never_read_is_named(magflow):
    said = magflow("report", "--status", "critical", EMAG_ACCOUNTS="main,fbe,hu").stdout
    assert "Account hu is not in the report." in said and "Account main" not in said


@pytest.mark.slow
def test_an_account_that_is_not_configured_is_named_and_not_reported(magflow, tmp_path):
    """Its rows stood in the report for ever; nothing is written by looking, so every look has to leave them out."""
    only_main = {"EMAG_ACCOUNTS": "main"}
    said = magflow("report", "--status", "critical", **only_main).stdout
    assert said.count("Not configured, so neither in the report nor in the stock (history kept): fbe") == 1
    assert {row["account_type"] for row in json.loads(magflow("report", "--format", "json", **only_main).stdout)} == {
        "main"
    }
    assert "fbe: not configured (history kept). EMAG_ACCOUNTS holds: main." in magflow("status", **only_main).stdout
    everything = json.loads(magflow("report", "--format", "json").stdout)
    assert {row["account_type"] for row in everything} == {"main", "fbe"}
    assert "Not configured" not in magflow("report", "--status", "critical").stdout


@pytest.mark.slow
def test_a_second_sync_changes_nothing_and_is_in_the_history(magflow):
    done = magflow("sync", "main")
    assert done.returncode == 0
    assert "0 new, 0 changed, 1275 unchanged, 0 rejected" in done.stdout
    assert "completed" in magflow("history").stdout
    assert "1275" in magflow("status").stdout


@pytest.mark.slow
def test_the_digest_is_printed_and_written_in_both_languages_and_formats(magflow, tmp_path):
    today = magflow("digest")
    assert today.returncode == 0 and "(so far): became critical 0" in today.stdout
    assert re.search(r"  complete: \d of \d = 100\.00 %.*\n  rejected rows: 0 of \d,\d{3} = 0\.000 %", today.stdout)
    assert "DEMO" in today.stdout.splitlines()[0]
    page = tmp_path / "luna.html"
    assert magflow("digest", "--period", "month", "--language", "ro", "--output", str(page)).returncode == 0
    assert page.read_text().startswith("<!DOCTYPE html>") and "sincronizări" not in today.stdout
    assert "țintă: cel puțin 99,90 %" in page.read_text()
    assert magflow("digest", "--format", "html", "--day", "2026-01-05").stdout.startswith("<!DOCTYPE html>")
    assert "no report was built yet" in magflow("digest", "--period", "week", "--day", "2020-01-05").stdout
    refused = magflow("digest", "--output", str(tmp_path / "none" / "x.html"))
    assert refused.returncode == 2 and "cannot be written: No such file or directory." in refused.stderr


@pytest.mark.slow
def test_status_and_history_tell_what_is_wrong_and_since_when(magflow):
    assert "No incident is open." in magflow("status").stdout
    assert "No incident is known." in magflow("history").stdout
    with psycopg.connect(magflow("database", "url").stdout.strip(), autocommit=True) as session:
        session.execute(
            "INSERT INTO app.incidents (kind, subject, severity, opened_at, closed_at, first_error) VALUES"
            " ('sync_failed', 'fbe', 'critical', '2026-11-24 10:00+00', NULL, 'eMAG answered 504'),"
            " ('supplier_conflicts', '', 'warning', '2026-11-20 10:00+00', '2026-11-20 11:00+00', NULL)"
        )
        session.execute("UPDATE app.incidents SET numbers = '{\"conflicts\": 7}'")
        status, history = magflow("status").stdout, magflow("history").stdout
        session.execute(
            "INSERT INTO app.incidents (kind, subject, severity)"
            " SELECT 'build_failing', 'table ' || lpad(n::text, 2, '0'), 'warning' FROM generate_series(1, 25) AS n"
        )
        storm = magflow("status", MAGFLOW_LANGUAGE="ro").stdout
        session.execute("DELETE FROM app.incidents")
    for said in ("What is wrong:", "fbe: the sync failed", "2026-11-24 12:00:00", "eMAG answered 504"):
        assert said in status and said.replace("is wrong", "was wrong, or still is") in history
    headline = "7 conflicts of suppliers, prices or matches"
    assert headline not in status and headline in history
    assert "fbe: sincronizarea a eșuat" in storm and "table 19" in storm and "table 20" not in storm
    assert "... and 6 more: magflow alerts" in storm
    assert "2026-11-20 12:00:00" in history and "2026-11-20 13:00:00" in history


@pytest.mark.slow
def test_a_capped_sync_is_partial_and_says_so_with_exit_code_3(magflow):
    done = magflow("sync", "fbe", "--max-pages", "2")
    assert done.returncode == 3
    assert "partial" in done.stdout and "before the end of the catalogue" in done.stdout
    assert magflow("sync", "fbe").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_stopped_closes_its_log_and_says_so(magflow, number):
    """Runs stayed `running` after Ctrl-C."""
    with psycopg.connect(magflow("database", "url").stdout.strip(), autocommit=True) as session:
        before = session.execute("SELECT max(id) FROM emag_sync_logs").fetchone()
        sync = magflow.start("sync", "main")
        newer = "SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs WHERE id > %s"
        while not session.execute(newer, before).fetchall():
            assert sync.poll() is None
            time.sleep(0.1)
        sync.send_signal(number)
        output, _ = sync.communicate(timeout=30)
        assert sync.returncode == 1
        assert "failed. The sync was interrupted before its end." in output
        assert session.execute(newer, before).fetchall() == [("failed", "The sync was interrupted before its end.")]


@pytest.mark.slow
def test_check_tells_each_account_and_its_total(magflow):
    done = magflow("check")
    assert done.returncode == 0
    assert "main: simulator as main: 1275 offers" in done.stdout
    assert "fbe: simulator as fbe: 1266 offers" in done.stdout


@pytest.mark.slow
def test_a_match_is_confirmed_and_taken_back_with_its_badge(magflow):
    """Confirmed supplier still pending; un-related supplier verified; badge stays after un-match (failure 22)."""

    def verified() -> set[str]:
        report = json.loads(magflow("report", "--format", "json").stdout)
        return {row["supplier_name"] for row in report if row["sku"] == "AUR516" and row["is_verified"]}

    shown = magflow("verify", "AUR516").stdout
    assert "KEMEISING" in shown and "SYNCED" in shown and "NOT CONFIRMED" in shown
    assert verified() == {"KEMEISING"}
    assert "WANKE: verified" in magflow("confirm", "AUR516", " wanke ").stdout
    assert "not verified any more" in magflow("unconfirm", "AUR516", "KEMEISING").stdout
    assert verified() == {"WANKE"}
    magflow("confirm", "AUR516", "KEMEISING")
    magflow("unconfirm", "AUR516", "WANKE")
    assert verified() == {"KEMEISING"}
    assert "SYNCED" in magflow("verify", "--all").stdout


@pytest.mark.slow
def test_who_is_not_known_is_told_who_is(magflow):
    unknown = magflow("confirm", "AUR516", "NOBODY")
    assert unknown.returncode == 2
    assert "KEMEISING, WANKE" in unknown.stderr
    again = magflow("confirm", "AUR516", "KEMEISING")  # as the demo has it
    assert "The confirmation is noted. No mark in the price list changes by it" in again.stdout
    assert magflow("confirm", "NO-SUCH-SKU", "WANKE").returncode == 2
    assert magflow("unconfirm", "AUR516", "WANKE").returncode == 2


@pytest.mark.slow
def test_a_sku_that_no_product_has_is_answered_with_the_nearest(magflow):
    """A price list in small letters went unused, and nobody said so."""
    url = magflow("database", "url").stdout.strip()
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('aur516', 'WANKE')")
        try:
            shown = magflow("verify", "aur516").stdout
            assert "NOT CONFIRMED" in shown and "No product has the SKU aur516. Did you mean AUR516?" in shown
            assert "Prices with a SKU that no product on sale has: 1." in magflow("verify", "--all").stdout
            unused = magflow("conflicts").stdout
            assert "has the SKU of these rows" in unused and "aur516" in unused and "AUR516" in unused
        finally:
            session.execute("DELETE FROM product_supplier_sheets WHERE sku = 'aur516'")
    assert "No product has the SKU" not in magflow("conflicts").stdout + magflow("verify", "AUR516").stdout
    refused = magflow("confirm", " AUR516", "WANKE")
    assert refused.returncode == 2 and "Did you mean AUR516?" in refused.stderr


@pytest.mark.slow
def test_a_supplier_that_is_inactive_is_told(magflow):
    """The buyer confirmed a supplier whom the seller had left, and wondered where his price was."""
    url = magflow("database", "url").stdout.strip()
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("UPDATE suppliers SET is_active = false WHERE name = 'WANKE'")
        try:
            shown = magflow("verify", "AUR516").stdout
            assert "AUR516: the price of WANKE does not count, the supplier is inactive." in shown
            refused = magflow("confirm", "AUR516", "wanke")
            assert refused.returncode == 2 and "'WANKE' is inactive" in refused.stderr
        finally:
            session.execute("UPDATE suppliers SET is_active = true WHERE name = 'WANKE'")
            magflow("verify", "--all")


def test_the_address_is_one_that_psql_takes(magflow):
    url = magflow("database", "url").stdout.strip()
    with psycopg.connect(url) as session:
        assert session.execute("SELECT count(*) FROM emag_products_v2").fetchone() == (2541,)
    assert "up to date" in magflow("database", "migrate").stdout


@pytest.mark.slow
def test_real_credentials_are_refused_in_a_demo_home(magflow):
    for verb in ("sync", "demo", "up"):
        done = magflow(verb, EMAG_MAIN_USERNAME="somebody", EMAG_MAIN_PASSWORD="5up3rs3cret")
        assert done.returncode == 2
        assert "5up3rs3cret" not in done.stdout + done.stderr
    assert "demo --reset" in magflow("sync", EMAG_MAIN_USERNAME="somebody").stderr


def test_the_simulator_is_refused_on_a_database_of_ones_own(fresh):
    done = fresh("demo", MAGFLOW_DATABASE_URL="postgresql://nobody@127.0.0.1:1/real")
    assert done.returncode == 2
    assert "MAGFLOW_DATABASE_URL" in done.stderr


def test_missing_credentials_name_the_variables(fresh):
    done = fresh("sync", "main")
    assert done.returncode == 2
    assert "EMAG_MAIN_USERNAME" in done.stderr and "EMAG_MAIN_PASSWORD" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["sync", "poland"], ["main", "fbe"]),
        (["report", "--account", "poland"], ["main", "fbe"]),
        (["sync", "--mode", "turbo"], ["full"]),
        (["sync", "--conflict-strategy", "mine"], ["emag_priority"]),
        (["sync", "--items-per-page", "101"], ["100"]),
        (["report", "--format", "pdf"], ["table", "csv", "json", "xlsx"]),
        (["report", "--status", "sold"], ["critical", "overstock"]),
        (["verify"], ["--all"]),
        (["repor"], ["Did you mean 'report'?", "--help"]),
        (["report", "--formt", "csv"], ["--formt", "--format"]),
        (["confirm", "A1"], ["supplier", "confirm --help"]),
        (["database", "start"], ["'start'", "database --help"]),
    ],
)
def test_wrong_usage_names_what_is_allowed_with_exit_code_2(fresh, arguments, allowed):
    done = fresh(*arguments)
    assert done.returncode == 2
    assert all(each in done.stderr for each in allowed), done.stderr
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("group", [[], ["database"], ["import"], ["campaign"]])
def test_without_a_verb_the_help_is_shown_in_its_lines(fresh, group):
    """All verbs stood in one line of 4,000 characters, as an error."""
    done, asked = fresh(*group), fresh(*group, "--help")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", asked.stdout)


def test_a_question_that_nobody_answers_is_no_fault_of_the_program(magflow):
    done = subprocess.run(
        [sys.executable, "-m", "magflow_pipeline.cli", "database", "analyst", "--prompt"],
        env=magflow.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # without a terminal
        check=False,
    )
    assert done.returncode == 2 and "Error: The question was not answered." in done.stderr


def test_a_disk_that_is_full_is_one_sentence_for_a_workbook_too(magflow):
    """The half workbook complained on its own, with a traceback, when Python deleted it."""
    done = magflow("report", "--format", "xlsx", "--output", "/dev/full")
    assert done.returncode == 2
    assert done.stderr.splitlines()[2:] == ["Error: /dev/full cannot be written: No space left on device."]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("9999-12-31", "is after 2199-12-31."),
        ("0001-01-01", "is before 2000-01-01."),
        ("2026-02-30", "is not a day of the calendar."),
    ],
)
def test_a_day_that_is_none_is_told(fresh, day, said):
    """A month that ends after the last day that Python knows was a fault of the program."""
    done = fresh("digest", "--period", "month", "--day", day)
    assert (done.returncode, done.stderr[:14]) == (2, "Error: --day: ")
    assert done.stderr.endswith(f"{said}\n")


def test_an_unreachable_database_says_what_to_do_and_not_the_password(fresh):
    done = fresh("status", MAGFLOW_DATABASE_URL="postgresql://u:5up3rs3cret@127.0.0.1:1/magflow")
    assert done.returncode == 2
    assert "MAGFLOW_DATABASE_URL" in done.stderr
    assert "5up3rs3cret" not in done.stderr


def test_a_port_in_use_says_what_to_do(fresh):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = fresh("up", "--port", port)
        assert done.returncode == 2
        assert "--port" in done.stderr
        assert fresh("simulator", "--port", port).returncode == 2
    with socket.create_server(("127.0.0.2", 0)) as taken:  # it was looked for on 127.0.0.1 alone
        there = ("--host", "127.0.0.2", "--port", str(taken.getsockname()[1]))
        assert "--port" in fresh("simulator", *there).stderr


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_told(fresh, host):
    """It ended with 3, which says partial, and a library's line."""
    done = fresh("simulator", "--host", host)
    assert (done.returncode, done.stderr) == (2, f"Error: --host {host} is no address of this machine.\n")


@pytest.fixture
def open_home() -> Iterator[tuple[Magflow, Path]]:
    """A home of this test's own that the embedded server can use, whoever runs the test."""
    home = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    home.chmod(0o755)
    magflow = Magflow(home)
    yield magflow, home
    magflow("database", "stop")
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
def test_an_empty_database_says_how_to_fill_it(open_home):
    magflow, _ = open_home
    assert "magflow sync" in magflow("report").stderr
    assert "magflow sync" in magflow("status").stdout


@pytest.mark.slow
def test_a_demo_home_can_be_emptied_and_a_real_one_cannot(open_home):
    magflow, home = open_home
    magflow("database", "url")
    refused = magflow("demo", "--reset")
    assert refused.returncode == 2 and "left alone" in refused.stderr
    (home / "demo").touch()
    assert "is empty now" in magflow("demo", "--reset").stdout
    assert not (home / "postgres").exists()
    assert "empty already" in magflow("demo", "--reset").stdout


@pytest.mark.slow
def test_a_reset_refuses_real_rows_whatever_the_mark_says_and_a_database_that_cannot_be_asked(open_home):
    """A home of real accounts that bears the mark was emptied without a word."""
    magflow, home = open_home
    url = magflow("database", "url").stdout.strip()
    with psycopg.connect(url) as session:
        session.execute(
            "INSERT INTO app.emag_accounts (account_type, marketplace, username, warehouse)"
            " VALUES ('fbe', 'simulator', 'fbe', 'W'), ('main', 'marketplace-api.emag.ro/api-3', 'seller', 'W')"
        )
    (home / "demo").touch()
    refused = magflow("demo", "--reset")
    assert refused.returncode == 2 and "left alone" in refused.stderr and "real accounts: main" in refused.stderr
    with psycopg.connect(url) as session:
        session.execute("DELETE FROM app.emag_accounts WHERE account_type = 'main'")
    magflow("database", "stop")
    settings = home / "postgres" / "postgresql.auto.conf"
    healthy = settings.read_text()
    settings.write_text("shared_buffers = broken")
    refused = magflow("demo", "--reset")
    assert refused.returncode == 2 and "cannot be asked" in refused.stderr and "\nTraceback" not in refused.stderr
    assert (home / "postgres" / "PG_VERSION").exists() and (home / "demo").exists()
    settings.write_text(healthy)
    assert "is empty now" in magflow("demo", "--reset").stdout


def test_a_name_without_a_format_is_refused(fresh, tmp_path):
    done = fresh("report", "--output", str(tmp_path / "report.pdf"))
    assert done.returncode == 2 and ".xlsx" in done.stderr


def test_a_home_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "home").touch()
    assert "MAGFLOW_HOME" in Magflow(tmp_path / "home")("status").stderr
