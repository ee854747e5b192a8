"""Sales of other channels and counts of stock: stored once however often a file comes, and bad rows are named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database.connection import Database
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.imports.loading import Imported, import_file
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.conftest import both_servers

SALES = "sku,day,qty,channel\nA,2026-11-01,3,Own Shop\nA,2026-11-02,1,own  shop\nB,2026-11-02,5,OLX\n"


@pytest.fixture
def sales(seller: psycopg.Connection, database: Database, tmp_path: Path) -> Callable[..., Imported]:
    def run(text: str, **options: Any) -> Imported:
        file = tmp_path / "sales.csv"
        file.write_text(text)
        return import_file(database, KINDS["sales"], file, by="ana", **options)

    return run


@pytest.fixture
def stock(seller: psycopg.Connection, database: Database, tmp_path: Path) -> Callable[..., Imported]:
    def run(text: str, **options: Any) -> Imported:
        file = tmp_path / "stock.csv"
        file.write_text(text)
        return import_file(database, KINDS["stock"], file, by="ana", **options)

    return run


def stored(session: psycopg.Connection) -> list[tuple[Any, ...]]:
    return session.execute(
        "SELECT account_type, channel, sku, day::text, quantity FROM sales_elsewhere ORDER BY 1, 2, 3, 4"
    ).fetchall()


@both_servers
def test_sales_are_stored_by_account_channel_sku_and_day(seller, sales):
    done = sales(SALES)
    assert (done.created, done.changed, done.unchanged, done.rows_read) == (3, 0, 0, 3)
    assert (done.skus, done.accounts, done.channels) == (("A", "B"), ("main",), ("olx", "own shop"))
    assert stored(seller) == [
        ("main", "olx", "B", "2026-11-02", 5),
        ("main", "own shop", "A", "2026-11-01", 3),
        ("main", "own shop", "A", "2026-11-02", 1),
    ]


def test_the_same_file_again_changes_nothing(seller, sales):
    sales(SALES)
    before = seller.execute("SELECT * FROM sales_elsewhere ORDER BY sku, day").fetchall()
    done = sales(SALES)
    assert (done.created, done.changed, done.unchanged) == (0, 0, 3)
    assert seller.execute("SELECT * FROM sales_elsewhere ORDER BY sku, day").fetchall() == before


def test_a_corrected_file_replaces_what_it_names_and_nothing_else(seller, sales):
    sales(SALES)
    done = sales("sku,day,qty,channel\nA,2026-11-01,0,own shop\nA,2026-11-03,2,own shop\n")
    assert (done.created, done.changed, done.unchanged) == (1, 1, 0)
    assert [row[2:] for row in stored(seller)] == [
        ("B", "2026-11-02", 5),
        ("A", "2026-11-01", 0),
        ("A", "2026-11-02", 1),
        ("A", "2026-11-03", 2),
    ]


def test_an_export_with_a_row_for_each_sale_is_added_up(seller, sales):
    done = sales("sku,day,qty\n" + "A,2026-11-01,2\n" * 3, channel="Own shop")
    assert (done.created, done.rows_read) == (1, 3)
    assert stored(seller) == [("main", "own shop", "A", "2026-11-01", 6)]


def test_a_bad_row_is_named_with_its_line_and_stops_nobody_else(seller, sales):
    done = sales(
        "sku,day,qty,channel,account\n"
        "A,2026-11-01,3,olx,\n"
        ",2026-11-01,3,olx,\n"
        "A,2999-01-01,3,olx,\n"
        "A,2026-11-02,many,olx,\n"
        "A,2026-11-02,3,,\n"
        "A,2026-11-02,3,eMAG,\n"
        "A,2026-11-02,3,olx,hu\n"
        "A,2026-11-02,999999999,olx,\n"
        "A,2026-11-02,999999999,olx,\n"
        "B,2026-11-02,4,olx,FBE\n"
    )
    assert stored(seller) == [("fbe", "olx", "B", "2026-11-02", 4), ("main", "olx", "A", "2026-11-01", 3)]
    assert [(each.where, each.reason.split(":")[0]) for each in done.unusable] == [
        ("line 3, column A", "the SKU is empty"),
        ("line 4, column B", "2999-01-01 is in the future"),
        ("line 5, column C", "the quantity 'many' is not a number"),
        ("line 6", "the channel is empty (or name it"),
        ("line 7", "what eMAG sold is read from eMAG itself, and would count twice"),
        ("line 8, column E", "there is no account 'hu'"),
        ("line 9, column C", "the quantity 1999999998 is not between 0 and 999999999"),
        ("line 10, column C", "the quantity 1999999998 is not between 0 and 999999999"),
    ]
    [log] = seller.execute("SELECT kind, rows_read, created_rows, rejected_rows, imported_by FROM imports").fetchall()
    assert log == ("sales", 10, 2, 8, "ana")


def test_a_dry_run_tells_the_same_and_writes_nothing(seller, sales):
    told = sales(SALES, dry_run=True)
    assert stored(seller) == [] and seller.execute("SELECT count(*) FROM imports").fetchone() == (0,)
    assert sales(SALES) == told


def test_nothing_is_stored_of_a_file_without_a_usable_row(seller, sales):
    with pytest.raises(
        ConfigurationError, match=r"No row of sales.csv can be used: line 2, column C: the quantity 'x' is not"
    ):
        sales("sku,day,qty,channel\nA,2026-11-01,x,olx\n")
    with pytest.raises(ConfigurationError, match="it has none below its header"):
        sales("sku,day,qty,channel\n")
    assert seller.execute("SELECT count(*) FROM imports").fetchone() == (0,)


def test_an_account_must_be_known(seller, sales):
    with pytest.raises(ConfigurationError, match="There is no account hu: there are main, fbe"):
        sales(SALES, account="hu")
    assert sales(SALES, account="FBE").accounts == ("fbe",)
    seller.execute("UPDATE emag_accounts SET is_configured = FALSE")
    with pytest.raises(ConfigurationError, match="No account was read yet"):
        sales(SALES)


def test_counts_of_stock_are_stored_and_a_later_one_replaces_them(seller, stock):
    assert stock("cod;data;stoc\nA;24.11.2026;7\nB;24.11.2026;0\nA;24.11.2026;7\n").created == 2
    done = stock("cod;data;stoc\nA;24.11.2026;8\nA;25.11.2026;6\n", account="main")
    assert (done.created, done.changed) == (1, 1)
    assert seller.execute(
        "SELECT account_type, sku, day::text, quantity FROM stock_counts ORDER BY 2, 3"
    ).fetchall() == [
        ("main", "A", "2026-11-24", 8),
        ("main", "A", "2026-11-25", 6),
        ("main", "B", "2026-11-24", 0),
    ]


def test_two_counts_of_one_day_that_differ_are_both_refused(seller, stock):
    """Whichever is taken, the other one may be right."""
    done = stock("sku,day,qty\nA,2026-11-24,7\nB,2026-11-24,1\nA,2026-11-24,9\n")
    assert [(each.where, each.reason) for each in done.unusable] == [
        ("line 2", "its SKU was counted on that day as 7 and as 9"),
        ("line 4", "its SKU was counted on that day as 7 and as 9"),
    ]
    assert seller.execute("SELECT sku FROM stock_counts").fetchall() == [("B",)]


@both_servers
def test_the_database_refuses_what_cannot_be(seller, subtests):
    """Other programs write here too."""
    for values in (
        "('main', 'eMAG', 'A', '2026-11-01', 1)",
        "('main', 'emag', 'A', '2026-11-01', 1)",
        "('main', ' olx', 'A', '2026-11-01', 1)",
        "('main', 'olx', '', '2026-11-01', 1)",
        "('main', 'olx', 'A', '2026-11-01', -1)",
        "('MAIN', 'olx', 'A', '2026-11-01', 1)",
    ):
        with subtests.test(values), pytest.raises(errors.CheckViolation):
            seller.execute(f"INSERT INTO sales_elsewhere (account_type, channel, sku, day, quantity) VALUES {values}")


@both_servers
def test_it_is_known_where_sales_are_known_from(seller, sales):
    """Without sales of other channels the report says eMAG only."""
    sources = "SELECT account_type, channels, first_day::text, pieces, sources FROM sales_sources ORDER BY 1"
    assert seller.execute(sources).fetchall() == [("fbe", [], None, 0, "eMAG only"), ("main", [], None, 0, "eMAG only")]
    sales(SALES)
    assert seller.execute(sources).fetchall() == [
        ("fbe", [], None, 0, "eMAG only"),
        ("main", ["olx", "own shop"], "2026-11-01", 9, "eMAG, olx, own shop"),
    ]


def test_the_command_tells_what_became_of_a_file(seller, tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text("sku,day,qty\nA,2026-11-01,3\nAUR561,2026-11-01,1\nA,2026-11-02,x\n")
    told = CliRunner().invoke(app, ["import", "sales", str(file), "--channel", "own shop", "--dry-run"])
    assert told.exit_code == 3
    assert told.stdout.splitlines() == [
        "sales.csv: 3 rows, 2 SKUs of main, own shop, 2026-11-01 to 2026-11-01: 2 new, 0 changed, 0 as they were.",
        "No product has the SKU AUR561. Did you mean AUR516?",
        "line 4, column C was left out: the quantity 'x' is not a number",
        "Nothing was changed: --dry-run.",
    ]
    file.write_text("sku,day,qty\nA,2026-11-01,3\n")
    told = CliRunner().invoke(app, ["import", "stock", str(file)])
    assert (told.exit_code, told.stdout) == (
        0,
        "sales.csv: 1 row, 1 SKU of main, 2026-11-01 to 2026-11-01: 1 new, 0 changed, 0 as they were.\n",
    )


@pytest.mark.slow
def test_a_large_file_is_stored_at_once(seller, sales):
    """200,000 rows of a year's sales are seconds, not minutes."""
    lines = [f"SKU{number % 500},2026-{1 + number // 5000:02d}-{1 + number % 28:02d},1" for number in range(50_000)]
    done = sales("sku,day,qty\n" + "\n".join(lines), channel="own shop")
    assert seller.execute("SELECT sum(quantity) FROM sales_elsewhere").fetchone() == (50_000,)
    assert done.created == seller.execute("SELECT count(*) FROM sales_elsewhere").fetchone()[0]
