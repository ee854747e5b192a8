"""Each conflict comes with the command that settles it: run as it is printed, the conflict is gone."""

import shlex
from collections.abc import Callable

import psycopg
import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database.connection import Database
from magflow_pipeline.suppliers.conflicts import KEYS
from magflow_pipeline_tests.database.rows import emag_product, insert

AWKWARD = 'O\'Neill "& Co" $(x)  \u200b é'


@pytest.fixture
def told(database: Database) -> Callable[[], list[str]]:
    """The commands that `magflow conflicts` prints."""

    def run() -> list[str]:
        shown = CliRunner().invoke(app, ["conflicts"]).stdout
        return [line.strip() for line in shown.splitlines() if line.startswith("  magflow ")]

    return run


def obey(session: psycopg.Connection, command: str) -> None:
    """Do what a command says, as a shell and psql would."""
    words = shlex.split(command.partition("; if ")[0])
    if words[:4] == ["magflow", "database", "psql", "-c"]:
        session.execute(words[4].encode())
    else:
        assert CliRunner().invoke(app, words[1:]).exit_code == 0


def prices(session: psycopg.Connection, *rows: tuple[str, str, int | None]) -> None:
    for sku, supplier, price in rows:
        insert(session, "product_supplier_sheets", sku=sku, supplier_name=supplier, price_cny=price)


def test_two_suppliers_of_one_name_become_one(session, told):
    for name, preferred in (("TZT", False), ("tzt ", True)):
        insert(session, "suppliers", name=name, is_preferred=preferred)
    [command] = told()
    obey(session, command)
    assert told() == []
    assert session.execute("SELECT is_active, is_preferred FROM supplier_names").fetchall() == [(True, True)] * 2


def test_two_prices_of_one_supplier_become_one(session, told):
    prices(session, ("A", AWKWARD, 1), ("A", AWKWARD.upper(), 2))
    session.execute("UPDATE product_supplier_sheets SET updated_at = now() - interval '1 day' WHERE price_cny = 1")
    insert(session, "products", sku="A")
    [command] = told()
    obey(session, command)
    assert told() == []
    assert session.execute("SELECT price_cny FROM product_supplier_sheets WHERE is_active").fetchall() == [(2,)]


def test_a_match_with_the_page_of_another_is_taken_back(session, told):
    insert(session, "products", id=1, sku="-A")
    insert(session, "suppliers", id=7, name=AWKWARD)
    insert(session, "product_supplier_sheets", sku="-A", supplier_name="WANKE", supplier_url="https://x.example")
    insert(
        session,
        "supplier_products",
        supplier_id=7,
        local_product_id=1,
        supplier_product_url="https://x.example",
        manual_confirmed=True,
    )
    [command] = told()
    assert command.endswith("; if WANKE sells it: magflow confirm -- -A WANKE")
    obey(session, command)
    assert told() == []


def test_a_price_without_a_name_is_given_up(session, told):
    insert(session, "products", sku="A")
    prices(session, ("A", "\u200b", 1))
    [command] = told()
    assert r"\u200b" in command
    obey(session, command)
    assert told() == []


def test_a_price_of_an_unknown_sku_goes_to_the_nearest_or_is_given_up(session, told):
    insert(session, "emag_products_v2", **emag_product(sku="00469"))
    insert(session, "products", sku="00469")
    prices(session, ("469", "TZT", 1), ("far away", "TZT", 1))
    commands = told()
    assert len(commands) == 2
    for command in commands:
        obey(session, command)
    assert told() == []
    assert session.execute("SELECT sku FROM product_supplier_sheets WHERE is_active").fetchall() == [("00469",)]


def test_a_price_that_the_supplier_has_under_the_sku_meant_is_given_up(session, told):
    """`UPDATE … SET sku` ended in "duplicate key"."""
    insert(session, "emag_products_v2", **emag_product(sku="00469"))
    insert(session, "products", sku="00469")
    prices(session, ("469", "TZT", 1), ("00469", "TZT", 2), ("469", "WANKE", 3))
    for command in told():
        obey(session, command)
    assert told() == []
    used = session.execute("SELECT sku, price_cny FROM product_supplier_sheets WHERE is_active ORDER BY price_cny")
    assert used.fetchall() == [("00469", 2), ("00469", 3)]


@pytest.mark.parametrize("table", KEYS)
def test_rows_that_the_sku_meant_has_too_are_given_up(session, told, table):
    insert(session, "products", sku="00469")
    for supplier in (1, 2):
        insert(session, "suppliers", id=supplier, name=f"S{supplier}")
    needed = {
        "supplier_terms": {"currency": "CNY"},
        "supplier_price_breaks": {"minimum_quantity": 1, "unit_price": 1, "currency": "CNY"},
        "supplier_receipts": {"ordered_on": "2026-01-01", "received_on": "2026-02-01", "quantity": 1},
        "product_costs": {},
    }[table]
    whose = [{"supplier_id": 1}, {"supplier_id": 2}] if "supplier_id" in KEYS[table] else [{}]
    for values in whose:
        insert(session, table, sku="469", **values, **needed)
    insert(session, table, sku="00469", **whose[0], **needed)
    [command] = told()
    obey(session, command)
    assert told() == []
    assert session.execute(f"SELECT sku FROM {table}").fetchall() == [("00469",)] * len(whose)


def test_costs_of_an_unknown_sku_too(session, told):
    insert(session, "products", sku="00469")
    for sku in ("469", "it's gone"):
        insert(session, "product_costs", sku=sku, weight_kg=1)
    for command in told():
        obey(session, command)
    assert told() == []
    assert session.execute("SELECT sku FROM product_costs").fetchall() == [("00469",)]
