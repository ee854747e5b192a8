"""`magflow prices`: what a person sees of the price position, and what a program gets."""

import csv
import io
import json
from datetime import timedelta

from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline_tests.reports.test_prices import LONG_AGO, THIS_HOUR, PricedShop, shop

__all__ = ["shop"]


def run(*words: str):
    return CliRunner().invoke(app, ["prices", *words], env={"COLUMNS": "250"})


def fill(shop: PricedShop) -> None:
    """LOST crossed and can be won back; BEATEN is lost for long and dear; WON needs nothing."""
    lost, beaten, won = shop.put("LOST"), shop.put("BEATEN", cost="80.0000"), shop.put("WON")
    shop.market(lost, 1, "100.0000", 3, ago=LONG_AGO)
    shop.market(lost, 2, "90.0000", 3, ago=THIS_HOUR)
    shop.market(beaten, 2, "70.0000", 3, ago=timedelta(days=9))
    shop.market(won, 1, "100.0000", 3)
    shop.sold(lost, "0.2100")


def test_the_table_shows_what_is_beaten_first_what_crossed(database, shop):
    """Without a word on VAT a price that leaves nothing would be entered."""
    fill(shop)
    shown = run()
    assert shown.exit_code == 0, shown.output
    assert shown.output.index("LOST") < shown.output.index("BEATEN")
    assert "WON" not in shown.output
    assert "Prices are without VAT. A person enters a suggested price: nothing is written to eMAG." in shown.output
    assert "89.9917" in shown.output
    romanian = run("--crossed", "--language", "ro").output
    assert "pierdut" in romanian
    assert "89,9917" in romanian
    assert "BEATEN" not in romanian
    assert "LOST" not in run("--account", "fbe").output
    first = run("--limit", "1").output
    assert "LOST" in first and "BEATEN" not in first
    assert [row["sku"] for row in json.loads(run("--limit", "2", "--format", "json").stdout)] == ["LOST", "BEATEN"]


def test_files_have_every_offer_and_every_column(database, shop, tmp_path):
    fill(shop)
    rows = json.loads(run("--format", "json").stdout)
    assert {row["sku"]: row["suggestion"] for row in rows} == {
        "LOST": "lower_price",
        "BEATEN": "below_least_price",
        "WON": "keep_price",
    }
    file = tmp_path / "prices.csv"
    assert "2 rows in" in run("--suggested", "--output", str(file), "--language", "ro").output
    read = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert {row["sku"]: row["suggested_price_with_vat"] for row in read} == {"LOST": "108.89", "BEATEN": "138.29"}
    assert all(row["reason"] == row["reason_ro"] for row in read)


def test_what_cannot_be_shown_is_said(database, shop, tmp_path):
    assert "No offer is stored yet: run `magflow sync` first" in run().output
    shop.market(shop.put("WON"), 1, "100.0000", 3)
    assert "Nothing crossed since yesterday." in run("--crossed").output
    assert "Another price is suggested for none of these offers." in run("--suggested").output
    assert "Nobody is known to be ahead of these offers." in run().output
    insert_product(shop, "WON")
    unknown = run("WONN")
    assert (unknown.exit_code, unknown.output.strip()) == (2, "No product has the SKU WONN. Did you mean WON?")
    assert "WON" in run("WON").output
    wrong = run("--output", str(tmp_path / "prices.pdf"))
    assert "says no format: name it .csv or .json" in str(wrong.exception)


def insert_product(shop: PricedShop, sku: str) -> None:
    shop.session.execute("INSERT INTO products (sku) VALUES (%s)", [sku])
