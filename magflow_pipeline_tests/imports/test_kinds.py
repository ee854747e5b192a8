"""Suppliers, terms, price lists, matches, receipts, costs, fees, closures and policies from files: all or nothing."""

from collections import Counter
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.imports.files import headings
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.imports.loading import set_policy
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_product, insert

SUPPLIERS = "Furnizor;Preferat\nTZT;da\nKEMEISING;nu\n"
FILES = {
    "suppliers": (SUPPLIERS, "suppliers", 2),
    "terms": (
        "Furnizor;Cod produs;Transport;Monedă;Termen livrare (zile);Abatere;MOQ;Bax;Valoare minimă;Transport pe kg\n"
        "TZT;;maritim;USD;45;10;50;10;1.000,50;2,35\n"
        "TZT;00469;aer;;8 zile;2;;;;\n",
        "supplier_terms",
        2,
    ),
    "sheets": (
        "货号,供应商,单价（元）,起订量,链接,报价日期\n"
        "A,TZT,12.5,,https://detail.1688.com/offer/1.html,2026年11月1日\n"
        'A,TZT,"11,9",100,,\n'
        "B,WANKE,8,1,,\n",
        "product_supplier_sheets",
        2,
    ),
    "matches": (
        "SKU,Supplier,Link,Confirmed\nA,tzt,https://x.example/1,da\n00469,KEMEISING,,nu\n",
        "supplier_products",
        2,
    ),
    "receipts": (
        "cod\tfurnizor\tcomandat la\trecepționat\tcant\taviz\nA\tTZT\t1.9.2026\t20.10.2026\t100\tN-1\n"
        "A\tTZT\t1.9.2026\t20.10.2026\t50\tN-1\nA\tTZT\t1.9.2026\t25.10.2026\t50\tN-2\n",
        "supplier_receipts",
        2,
    ),
    "costs": (
        "SKU;Greutate (g);Volum (l);Taxă vamală %;Bucăți pe carton\n00469;350;1,5;12;24\nA;80;;4,7;\n",
        "product_costs",
        2,
    ),
    "fees": (
        "cont;categorie;comision;taxă FBE (lei)\n;;20%;\nfbe;Electronice;0,185;7,49\n",
        "marketplace_fees",
        2,
    ),
    "closures": (
        "furnizor,de la,până la,sărbătoare\n,2027-02-06,2027-02-20,Anul Nou Chinezesc\nTZT,1.5.2027,5.5.2027,\n",
        "supplier_closures",
        2,
    ),
    "policy": (
        "cont;sku;minim;punct de comandă;maxim;cantitate;comandă oricum;zile acoperire;motiv;valabil până la\n"
        "main;A;5;15;60;;da;90;Crăciun;31.12.2199\nfbe;B;;;;0;;;se scoate;\n",
        "item_policies",
        1,
    ),
}


def table(session: psycopg.Connection, name: str) -> list[tuple[Any, ...]]:
    return session.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()


@both_servers
def test_each_kind_is_stored_once_however_often_its_file_comes(seller, bring, subtests):
    """Twice is once: the second time nothing is new, nothing changes, and no row is written."""
    for kind, (text, name, rows) in FILES.items():
        with subtests.test(kind):
            told = bring(kind, text, dry_run=True)
            assert told.is_stored and told.unusable == () and told.table.unread == ()
            before = table(seller, name)
            done = bring(kind, text)
            assert (done, len(table(seller, name)) - len(before)) == (told, rows)
            stored = table(seller, name)
            again = bring(kind, text)
            assert (again.created, again.changed, again.unchanged) == (0, 0, done.created + done.changed)
            assert table(seller, name) == stored


@both_servers
def test_what_a_file_says_is_what_is_stored(seller, bring):
    for kind, (text, _, _) in FILES.items():
        bring(kind, text)
    assert seller.execute(
        "SELECT name, is_preferred, is_active, is_from_list FROM suppliers ORDER BY name"
    ).fetchall() == [("KEMEISING", False, True, False), ("TZT", True, True, False), ("WANKE", False, True, True)]
    assert seller.execute(
        "SELECT sku, shipping, currency, lead_time_days, lead_time_spread_days, minimum_order_quantity, pack_size,"
        " minimum_order_value, freight_per_kg FROM supplier_terms ORDER BY sku"
    ).fetchall() == [
        ("", "sea", "USD", 45, 10, 50, 10, Decimal("1000.5"), Decimal("2.35")),
        ("00469", "air", None, 8, 2, None, None, None, None),
    ]
    assert seller.execute(
        "SELECT sku, supplier_name, price_cny, supplier_url, (updated_at AT TIME ZONE 'Europe/Bucharest')::text"
        " FROM product_supplier_sheets WHERE sku = 'A'"
    ).fetchall() == [("A", "TZT", Decimal("12.5"), "https://detail.1688.com/offer/1.html", "2026-11-01 00:00:00")]
    assert seller.execute("SELECT price_cny FROM product_supplier_sheets WHERE sku = 'B'").fetchall() == [(8,)]
    assert seller.execute(
        "SELECT sku, minimum_quantity, unit_price, currency, asked_on > '2026-01-01' FROM supplier_price_breaks"
    ).fetchall() == [("A", 100, Decimal("11.9"), "CNY", True)]
    assert seller.execute(
        "SELECT products.sku, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at IS NULL"
        " FROM supplier_products JOIN products ON products.id = local_product_id ORDER BY sku"
    ).fetchall() == [
        ("00469", None, False, None, True),
        ("A", "https://x.example/1", True, "ana", False),
    ]
    assert seller.execute("SELECT sku FROM product_supplier_sheets WHERE is_verified").fetchall() == [("A",)]
    assert seller.execute(
        "SELECT sku, shipping, ordered_on::text, received_on::text, quantity, reference"
        " FROM supplier_receipts ORDER BY received_on"
    ).fetchall() == [
        ("A", "usual", "2026-09-01", "2026-10-20", 150, "N-1"),
        ("A", "usual", "2026-09-01", "2026-10-25", 50, "N-2"),
    ]
    assert seller.execute(
        "SELECT sku, weight_kg, volume_m3, duty_rate, carton_size FROM product_costs ORDER BY sku"
    ).fetchall() == [
        ("00469", Decimal("0.35"), Decimal("0.0015"), Decimal("0.12"), 24),
        ("A", Decimal("0.08"), None, Decimal("0.047"), None),
    ]
    assert seller.execute(
        "SELECT account_type, category, commission_rate, fulfilment_fee_ron FROM marketplace_fees ORDER BY 1"
    ).fetchall() == [("", "", Decimal("0.2"), None), ("fbe", "Electronice", Decimal("0.185"), Decimal("7.49"))]
    assert seller.execute(
        "SELECT suppliers.name, starts_on::text, ends_on::text, supplier_closures.name"
        " FROM supplier_closures LEFT JOIN suppliers ON suppliers.id = supplier_id ORDER BY starts_on"
    ).fetchall() == [
        (None, "2027-02-06", "2027-02-20", "Anul Nou Chinezesc"),
        ("TZT", "2027-05-01", "2027-05-05", "closed"),
    ]
    assert seller.execute(
        "SELECT account_type, sku, minimum, reorder_point, maximum, reorder_quantity, levels_set_by, levels_reason,"
        " levels_valid_until::text, order_anyway, most_cover_days, set_by FROM stock_policies"
        " WHERE levels_set_by IS NOT NULL ORDER BY sku"
    ).fetchall() == [
        ("main", "A", 5, 15, 60, None, "ana", "Crăciun", "2199-12-31", True, 90, "ana"),
        ("fbe", "B", 10, 20, 100, 0, "ana", "se scoate", None, False, None, None),
    ]
    assert seller.execute("SELECT DISTINCT import_id IS NOT NULL FROM product_costs").fetchall() == [(True,)]


BAD = {
    "suppliers": ("supplier,preferred\nTZT,da\nX,perhaps\n", "line 3, column B", "preferred 'perhaps' is neither"),
    "terms": ("supplier,moq\nTZT,10\nTZT,x\n", "line 3, column B", "the MOQ 'x' is not a number"),
    "sheets": (
        "sku,supplier,price\nA,TZT,1\nB,TZT,1.234\n",
        "line 3, column C",
        "may be 1234 or 1.234: write 1234 or 1.2340",
    ),
    "matches": (
        "sku,supplier\nA,TZT\n0469,TZT\n",
        "line 3, column A",
        "no product has the SKU 0469. Did you mean 00469?",
    ),
    "receipts": (
        "sku,supplier,ordered on,received on,qty\nA,TZT,2026-01-01,2026-02-01,1\nA,TZT,2026-02-01,2026-01-01,1\n",
        "line 3",
        "it was received on 2026-01-01, before it was ordered on 2026-02-01",
    ),
    "costs": ("sku,weight\nA,1 kg\nB,350\n", "line 3, column B", "may be in kg or in g"),
    "fees": (
        "account,commission\nmain,12%\nhu,12%\n",
        "line 3, column A",
        "there is no account 'hu': there are main, fbe",
    ),
    "closures": (
        "from,to\n2027-01-01,2027-01-05\n2027-02-05,2027-02-01\n",
        "line 3",
        "it ends on 2027-02-01, before it begins on 2027-02-05",
    ),
    "policy": ("sku,min,max\nA,1,2\nB,20,10\n", "line 3", "the minimum stock 20 is above the maximum stock 10"),
}


def test_one_bad_row_and_nothing_is_stored(seller, bring, subtests):
    """Half of a price list is worse than none: the buyer thinks that it is there."""
    bring("suppliers", SUPPLIERS)
    names = ["imports", *(name for _, name, _ in FILES.values())]
    before = {name: table(seller, name) for name in names}
    for kind, (text, where, why) in BAD.items():
        with subtests.test(kind):
            done = bring(kind, text)
            assert not done.is_stored
            assert [(each.where, why in each.reason) for each in done.unusable] == [(where, True)], done.unusable
    assert {name: table(seller, name) for name in names} == before
    assert set(BAD) == set(FILES) == set(KINDS) - {"sales", "stock", "purchase-orders"}


def test_every_bad_cell_is_named_with_its_sheet_and_cell(seller, bring):
    done = bring(
        "sheets",
        {
            "Oferta 1": [["Furnizor nou"], ["SKU", "Furnizor", "Preț"], ["A", "TZT", "abc"], ["", "TZT", 1]],
            "Preise": [["notes"]],
            "Oferta 2": [["Preț", "Furnizor", "SKU"], [-1, "TZT", "A"], [True, "", "B"]],
        },
    )
    assert [(each.where, each.reason) for each in done.unusable] == [
        ("Oferta 1!C3", "the price 'abc' is not a number"),
        ("Oferta 1!A4", "the SKU is empty"),
        ("Oferta 2!A2", "the price -1 is not between 0 and 1000000000"),
        ("Oferta 2!A3", "the price 'True' is not a number"),
        ("Oferta 2!B3", "the supplier is empty"),
    ]
    assert (done.table.sheets, done.table.other_sheets) == (("Oferta 1", "Oferta 2"), ("Preise",))


def test_all_faults_of_a_row_are_told_at_once(seller, bring, subtests):
    """A file that is corrected fault by fault is imported six times."""
    bring("suppliers", SUPPLIERS)
    for kind, text, told in (
        (
            "policy",
            "account,sku,min,rop,max,cover\nhu,A,50,40,30,abc\nmain,0469,9,8,1.5,7\n",
            [
                ("line 2, column F", "the most cover 'abc' is not a number"),
                ("line 2, column A", "there is no account 'hu': there are main, fbe"),
                (
                    "line 2",
                    "the minimum stock 50 is above the reorder point 40, and the reorder point 40 is above the maximum"
                    " stock 30",
                ),
                ("line 3, column E", "the maximum '1.5' is not a whole number"),
                ("line 3, column B", "no product has the SKU 0469. Did you mean 00469?"),
                ("line 3", "the minimum stock 9 is above the reorder point 8"),
            ],
        ),
        (
            "receipts",
            "sku,supplier,ordered on,received on,qty\n"
            "A,KEMEISIN,2026-02-01,2026-01-01,0\nA,KEMEISIN,yesterday,2026-01-01,1\n",
            [
                ("line 2, column E", "the quantity 0 is not between 1 and 1000000000"),
                ("line 2, column B", "no supplier is named 'KEMEISIN'. Did you mean KEMEISING?"),
                ("line 2", "it was received on 2026-01-01, before it was ordered on 2026-02-01"),
                ("line 3, column C", "'yesterday' is not a day such as 2026-11-25 or 25.11.2026"),
                ("line 3, column B", "no supplier is named 'KEMEISIN'. Did you mean KEMEISING?"),
            ],
        ),
        (
            "sales",
            "sku,day,quantity,channel,account\nA,2026-01-01,x,eMAG,hu\nA,2026-01-01,1,shop,main\n",
            [
                ("line 2, column C", "the quantity 'x' is not a number"),
                ("line 2, column E", "there is no account 'hu': there are main, fbe"),
                ("line 2", "what eMAG sold is read from eMAG itself, and would count twice"),
            ],
        ),
    ):
        with subtests.test(kind):
            assert [(each.where, each.reason) for each in bring(kind, text).unusable] == told


def test_what_a_file_does_not_say_stays(seller, bring):
    """A file of weights took the duties away that another one had brought."""
    bring("costs", "sku,weight kg,duty,carton\nA,1,12%,10\n")
    done = bring("costs", "sku,weight kg,duty\nA,2,\n")
    stored = "SELECT weight_kg, duty_rate, carton_size FROM product_costs"
    assert (done.changed, seller.execute(stored).fetchall()) == (1, [(2, Decimal("0.12"), 10)])
    assert bring("costs", "sku,weight kg,duty,carton\nA,,none,fără\n").changed == 1
    assert seller.execute(stored).fetchall() == [(2, None, None)]


def test_a_new_supplier_is_told_with_the_nearest_known_one(seller, bring):
    bring("suppliers", SUPPLIERS)
    done = bring("sheets", "sku,supplier,price\nA,KEMEISNG,1\nA,tzt ,1\nB,Cu totul altul,1\n")
    assert done.new_suppliers == {"KEMEISNG": "KEMEISING", "Cu totul altul": None}
    assert seller.execute("SELECT count(*) FROM suppliers").fetchone() == (4,)


@pytest.mark.parametrize("kind", ["terms", "matches", "receipts", "closures"])
def test_a_supplier_whom_nobody_knows_is_refused_with_the_nearest(seller, bring, kind):
    """A misspelled name in a file of terms made a second supplier, without prices."""
    bring("suppliers", SUPPLIERS)
    text = {
        "terms": "supplier,moq\nKEMEISIN,5\n",
        "matches": "sku,supplier\nA,KEMEISIN\n",
        "receipts": "sku,supplier,ordered on,received on,qty\nA,KEMEISIN,2026-01-01,2026-02-01,1\n",
        "closures": "supplier,from,to\nKEMEISIN,2027-01-01,2027-01-02\n",
    }
    done = bring(kind, text[kind])
    assert [each.reason for each in done.unusable] == ["no supplier is named 'KEMEISIN'. Did you mean KEMEISING?"]


def test_a_sku_that_lost_its_zeros_is_told(seller, bring):
    """A workbook keeps the SKU 00469 as the number 469 unless the cell is a text."""
    done = bring("costs", {"Sheet1": [["SKU", "weight kg"], [469, 1], ["00469", 1]]})
    assert done.unknown == {"469": "00469"}
    assert seller.execute("SELECT sku FROM product_costs ORDER BY 1").fetchall() == [("00469",), ("469",)]


def test_a_price_in_another_currency_is_a_price_break(seller, bring):
    bring("sheets", "sku,supplier,price,currency\nA,TZT,2,USD\n")
    assert seller.execute("SELECT price_cny, supplier_name FROM product_supplier_sheets").fetchall() == [(None, "TZT")]
    breaks = "SELECT minimum_quantity, unit_price, currency FROM supplier_price_breaks"
    assert seller.execute(breaks).fetchall() == [(1, 2, "USD")]
    done = bring("sheets", "sku,supplier,price (CNY)\nA,TZT,14\n")
    assert (done.changed, seller.execute(breaks).fetchall()) == (2, [])


@pytest.mark.parametrize("word", ["none", "None", "nimic", "fără", "fără preț", "no price", "无", "无价格"])
def test_a_price_of_none_is_no_price_and_takes_the_stored_one_away(seller, bring, word):
    """The file that a buyer took out and brought back was refused for the word that other columns take."""
    bring("sheets", "sku,supplier,price,moq\nA,TZT,2,\nA,TZT,1.8,100\nB,TZT,3,\n")
    done = bring("sheets", f"sku,supplier,price,moq\nA,TZT,{word},\nA,TZT,{word},100\n")
    assert not done.unusable
    prices = "SELECT sku, price_cny FROM product_supplier_sheets ORDER BY sku"
    assert seller.execute(prices).fetchall() == [("A", None), ("B", 3)]
    assert seller.execute("SELECT FROM supplier_price_breaks").fetchall() == []


def test_a_category_of_fees_that_no_offer_is_in_is_told_with_the_nearest(seller, bring):
    """With a wrong digit a commission counted nowhere, and nobody was told."""
    insert(seller, "emag_products_v2", **emag_product(emag_id=1, category_id=2192))
    done = bring("fees", "category,commission\n2129,20%\n2192,18%\nJucării,15%\n,12%\n")
    assert done.unknown_categories == {"2129": "2192", "Jucării": None}
    assert done.created == 4


def test_rows_that_contradict_each_other_are_all_refused(seller, bring):
    """Two spellings of one supplier are one key."""
    done = bring("sheets", "sku,supplier,price\nA,TZT,1\nB,TZT,2\nA,ｔｚｔ,1.50\nB,tzt,2.00\n")
    assert [(each.where, each.reason) for each in done.unusable] == [
        ("line 2", "rows of one SKU and supplier say of the price 1 and 1.50: leave one of them"),
        ("line 4", "rows of one SKU and supplier say of the price 1 and 1.50: leave one of them"),
    ]


def test_a_currency_is_said_once(seller, bring):
    done = bring("sheets", "sku,supplier,price (EUR),currency\nA,TZT,1,USD\n")
    assert done.unusable[0].reason == "it names several currencies: currency USD, price EUR"


def test_a_new_currency_of_terms_asks_for_the_amounts_in_it(seller, bring):
    """Freight of 2 USD a kg would become 2 CNY by a file of minimum order values."""
    bring("suppliers", SUPPLIERS)
    bring("terms", "supplier,freight per kg (USD)\nTZT,2\n")
    done = bring("terms", "supplier,minimum order value (CNY)\nTZT,5000\n")
    assert [each.reason for each in done.unusable] == [
        "his terms are in USD, and the row in CNY: name his freight per kg anew, or none"
    ]
    assert bring("terms", "supplier,minimum order value (CNY),freight per kg\nTZT,5000,14\n").changed == 1


def test_matches_of_a_file_are_confirmed_and_taken_back_as_by_command(seller, bring):
    bring("sheets", "sku,supplier,price\nA,TZT,1\n")
    bring("matches", "sku,supplier,confirmed\nA,TZT,da\n")
    at = seller.execute("SELECT confirmed_at FROM supplier_products").fetchone()
    bring("matches", "sku,supplier,confirmed\nA,TZT,x\n", by="mihai")
    assert seller.execute("SELECT confirmed_at FROM supplier_products").fetchone() == at
    bring("matches", "sku,supplier,confirmed\nA,TZT,nu\n", by="mihai")
    assert seller.execute("SELECT manual_confirmed, confirmed_by FROM supplier_products").fetchall() == [(False, None)]
    assert seller.execute(
        "SELECT is_verified, changed_by FROM supplier_verification_history ORDER BY id"
    ).fetchall() == [(True, "ana"), (False, "mihai")]


def test_a_supplier_that_was_left_is_not_confirmed(seller, bring):
    bring("suppliers", "supplier,active\nTZT,no\n")
    done = bring("matches", "sku,supplier,confirmed\nA,TZT,yes\n")
    assert [each.reason for each in done.unusable] == [
        "TZT is inactive (suppliers.is_active), so that no match of his counts"
    ]


def test_accounts_on_one_warehouse_have_one_set_of_levels(seller, bring):
    seller.execute("UPDATE emag_accounts SET warehouse = 'EMAG-MAIN'")
    done = bring("policy", "account,sku,min\nmain,A,5\nfbe,A,6\n")
    assert {each.reason for each in done.unusable} == {
        "fbe and main have one warehouse, and so one set of levels, and here they differ"
    }
    assert bring("policy", "sku,min\nA,5\n").changed == 1


def test_a_policy_of_a_row_without_an_account_is_for_all_that_sell_it(seller, bring):
    bring("policy", "sku,min\nA,5\n")
    assert seller.execute("SELECT account_type FROM stock_policies WHERE minimum = 5 ORDER BY 1").fetchall() == [
        ("fbe",),
        ("main",),
    ]
    bring("policy", "sku,min\nA,6\n", account="main")
    assert seller.execute("SELECT account_type FROM stock_policies WHERE minimum = 6").fetchall() == [("main",)]


def test_who_decided_changes_only_with_what_was_decided(seller, bring):
    bring("policy", "sku,min,order anyway\nA,5,yes\n")
    bring("policy", "sku,min,order anyway\nA,5,yes\n", by="mihai")
    who = "SELECT DISTINCT levels_set_by, set_by FROM stock_policies WHERE sku = 'A'"
    assert seller.execute(who).fetchall() == [("ana", "ana")]
    bring("policy", "sku,order anyway\nA,no\n", by="mihai")
    assert seller.execute(who).fetchall() == [("ana", "mihai")]


@both_servers
def test_the_policy_of_an_item_is_set_shown_and_forgotten(seller, database):
    def told(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["policy", *arguments])
        return done.exit_code, done.stdout

    code, shown = told("A")
    assert code == 0 and "10 (default)" in shown and "20 (default)" in shown
    code, shown = told(
        "A", "B", "--account", "main", "--reorder-point", "40", "--until", "31.12.2199", "--reason", "Xmas"
    )
    assert code == 0 and shown.count("40 (manual)") == 2 and "Xmas, until 2199-12-31" in shown
    assert seller.execute("SELECT count(*) FROM stock_policies WHERE reorder_point = 40").fetchone() == (2,)
    told("A", "--order-anyway", "--most-cover-days", "60")
    assert seller.execute("SELECT sku, order_anyway, most_cover_days FROM item_policies").fetchall() == [
        ("A", True, 60),
        ("A", True, 60),
    ]
    told("A", "--clear")
    assert seller.execute(
        "SELECT DISTINCT reorder_point, levels_reason, levels_valid_until, order_anyway, most_cover_days"
        " FROM stock_policies WHERE sku = 'A'"
    ).fetchall() == [(20, None, None, False, None)]
    assert seller.execute("SELECT count(*) FROM stock_policies WHERE reorder_point = 40").fetchone() == (1,)
    code, shown = told("469")
    assert (code, shown) == (2, "No product has the SKU 469. Did you mean 00469?\n")


def test_a_policy_that_cannot_be_is_a_sentence(seller, database):
    with pytest.raises(ConfigurationError, match=r"No product has the SKU 469\. Did you mean 00469\?"):
        set_policy(database, ["469"], None, {"manual_minimum_stock": 1}, by="ana")
    with pytest.raises(ConfigurationError, match=r"The minimum stock 5 is above the maximum stock 4\."):
        set_policy(database, ["A"], None, {"manual_minimum_stock": 5, "manual_maximum_stock": 4}, by="ana")
    with pytest.raises(ConfigurationError, match=r"There is no account hu: there are main, fbe\."):
        set_policy(database, ["A"], "hu", {"manual_minimum_stock": 5}, by="ana")


def test_no_heading_means_two_columns():
    """With two meanings the order of the description would decide."""
    for kind in KINDS.values():
        meanings = Counter(heading for column in kind.columns for heading in headings([column]))
        assert [heading for heading, count in meanings.items() if count > 1] == [], kind.name


def test_the_command_tells_all_and_stores_nothing(seller, tmp_path):
    file = tmp_path / "oferta.csv"
    file.write_text("SKU;Furnizor;Preț;Culoare\nA;TZT;12,5;roșu\n\x1b[2J469;TZT;=1+1;\n")
    told = CliRunner().invoke(app, ["import", "sheets", str(file)])
    assert isinstance(told.exception, ConfigurationError)
    assert str(told.exception) == "Nothing of oferta.csv was stored: what is named above cannot be used (1)."
    assert told.stdout.splitlines() == [
        "Columns that were not read: 'Culoare' (D)",
        "No product has the SKU [2J469.",
        "TZT is a new supplier.",
        "line 3, column C: the price '=1+1' is not a number",
    ]
    file.write_text("SKU;Furnizor;Preț;Culoare\nA;TZT;12,5;roșu\n469;TZT;3;\n")
    told = CliRunner().invoke(app, ["import", "sheets", str(file), "--dry-run"])
    assert (told.exit_code, told.stdout.splitlines()) == (
        0,
        [
            "oferta.csv: 2 rows, 2 SKUs of 1 supplier: 2 new, 0 changed, 0 as they were.",
            "Columns that were not read: 'Culoare' (D)",
            "No product has the SKU 469. Did you mean 00469?",
            "TZT is a new supplier.",
            "Nothing was changed: --dry-run.",
        ],
    )
    assert seller.execute("SELECT count(*) FROM suppliers").fetchone() == (0,)
