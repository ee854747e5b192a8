"""Drafts of orders from what is proposed: numbered, one for each supplier, and never two of the same need."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from magflow_pipeline.cli.ordering import told
from magflow_pipeline.purchasing.drafts import Drafted, draft_orders, draft_proposals
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.plans import PlannedShop, in_days

TZT, WANKE = (sum(map(ord, name)) for name in ("TZT", "WANKE"))


class Drafting(PlannedShop):
    """A shop that drafts what it plans."""

    def draft(self, *suppliers: str, shipping: str | None = None) -> Drafted:
        with self.database.connect("test") as session, session.transaction():
            return draft_proposals(session, suppliers or None, shipping)

    def lines(self, columns: str = "draft_number, sku, quantity") -> list[tuple[Any, ...]]:
        order = "purchase_order_id, sku"
        return self.session.execute(f"SELECT {columns} FROM draft_order_lines ORDER BY {order}").fetchall()

    def versions(self) -> list[tuple[Any, ...]]:
        """The row versions of all that drafts are made of: another one, and it was written."""
        return [
            self.session.execute(f"SELECT xmin::text, * FROM {table} ORDER BY 2, 3, 4").fetchall()
            for table in ("purchase_orders", "purchase_order_items", "purchase_order_shares", "purchase_decisions")
        ]


@pytest.fixture
def shop(planner, planned_session) -> Drafting:
    planned_session.execute("ALTER SEQUENCE draft_numbers RESTART")
    for number, name in ((TZT, "TZT"), (WANKE, "WANKE  Ltd")):
        insert(planned_session, "suppliers", id=number, name=name)
    return Drafting(planner, planned_session)


def numbers(drafted: Drafted) -> list[tuple[Any, ...]]:
    return [(draft.row["draft_number"], draft.added, draft.changed, draft.removed) for draft in drafted.drafts]


def test_what_is_proposed_becomes_one_draft_of_each_supplier(shop):
    """A buyer wrote three orders by SQL, from a list of which each product was there twice."""
    shop.put("A", 13, 15, 20)
    shop.put("A", 14, 15, 20, account="fbe", daily="6.0000")
    shop.sells("A", "TZT", moq=50, pack=10, asked_on=in_days(-30))
    shop.put("B", 0)
    shop.sells("B", "TZT", "2.5000", minimum_order_value_ron=10_000_000)
    shop.put("C", 0)
    shop.sells("C", "WANKE")
    shop.put("NOBODY", 0)
    shop.plan()
    drafted = shop.draft()
    assert numbers(drafted) == [("D101", 2, 0, 0), ("D102", 1, 0, 0)]
    assert drafted.without_supplier == 1
    assert shop.lines("draft_number, sku, quantity, proposed_quantity, raw_quantity, total, for_accounts") == [
        ("D101", "A", 50, 50, 13, 2000, "fbe 34, main 16"),
        ("D101", "B", 100, 100, 100, 250, "main 100"),
        ("D102", "C", 100, 100, 100, 4000, "main 100"),
    ]
    [tzt, wanke] = read_rows(shop.database, "draft_orders", order_by=["purchase_order_id"])
    assert (tzt["supplier_name"], tzt["lines"], tzt["pieces"], tzt["value"]) == ("TZT", 2, 150, 2250)
    assert (tzt["value_ron"], tzt["minimum_order_value_ron"], tzt["is_minimum_reached"]) == (2250, 10_000_000, False)
    assert (tzt["oldest_price_on"], tzt["currency"], tzt["shipping"]) == (in_days(-30), "RON", "usual")
    assert (wanke["supplier_name"], wanke["is_minimum_reached"]) == ("WANKE Ltd", True)


def test_asked_twice_it_is_the_same_draft_and_no_row_is_written(shop):
    shop.put("A", 0)
    shop.sells("A", "TZT")
    shop.plan()
    shop.draft()
    before = shop.versions()
    assert numbers(shop.draft("tzt")) == numbers(shop.draft()) == [("D101", 0, 0, 0)]
    assert shop.versions() == before


def test_an_untouched_draft_follows_the_proposals_and_an_edited_line_is_kept(shop):
    """A second export wrote over what the buyer had changed by hand."""
    for sku in ("EDITED", "GONE", "KEPT", "LESS", "SAME"):
        shop.put(sku, 0)
        shop.sells(sku, "TZT")
    shop.plan()
    shop.draft()
    shop.session.execute(
        "UPDATE purchase_order_items SET quantity = 7, edited_at = now(), edited_by = 'ana' WHERE product_id IN"
        " (SELECT id FROM products WHERE sku IN ('EDITED', 'KEPT'))"
    )
    stock = "UPDATE inventory_items SET quantity = %s WHERE product_id IN (SELECT id FROM products WHERE sku = ANY(%s))"
    shop.session.execute(stock, [500, ["GONE", "KEPT"]])
    shop.session.execute(stock, [19, ["EDITED", "LESS"]])
    shop.put("NEW", 0)
    shop.sells("NEW", "TZT")
    shop.plan()
    drafted = shop.draft("TZT")
    assert numbers(drafted) == [("D101", 1, 1, 1)]
    assert shop.lines("sku, quantity, proposed_quantity, is_edited") == [
        ("EDITED", 7, 81, True),
        ("KEPT", 7, 100, True),
        ("LESS", 81, 81, False),
        ("NEW", 100, 100, False),
        ("SAME", 100, 100, False),
    ]
    assert list(told(drafted, Language.EN)) == [
        "EDITED on D101: a person edited it, so 7 are kept; 81 would be proposed now.",
        "KEPT on D101: a person edited it, so 7 are kept; none would be proposed now.",
        "Taken out, because no longer proposed there: 1 line.",
    ]
    assert list(told(drafted, Language.RO)) == [
        "EDITED pe D101: o persoană a modificat linia, așa că rămân 7; acum s-ar propune 81.",
        "KEPT pe D101: o persoană a modificat linia, așa că rămân 7; acum s-ar propune nimic.",
        "Linii scoase, fiindcă nu mai sunt propuse acolo: 1.",
    ]
    before = shop.versions()
    assert numbers(shop.draft()) == [("D101", 0, 0, 0)] and shop.versions() == before


def test_an_item_that_is_now_cheaper_elsewhere_is_on_one_draft_only(shop):
    """The same pieces were on the drafts of two suppliers, and both were sent."""
    for sku in ("MOVES", "STAYS"):
        shop.put(sku, 0)
        shop.sells(sku, "TZT")
    shop.plan()
    shop.draft()
    shop.session.execute(
        "UPDATE purchase_order_items SET edited_at = now() WHERE product_id = (SELECT id FROM products"
        " WHERE sku = 'STAYS')"
    )
    for sku in ("MOVES", "STAYS"):
        shop.sells(sku, "WANKE", "1.0000", rank=2)
    shop.plan()
    drafted = shop.draft("wanke LTD")
    assert shop.lines() == [("D101", "STAYS", 100), ("D102", "MOVES", 100)]
    assert next(told(drafted, Language.EN)) == (
        "STAYS on D101: a person edited it, so 100 are kept, though it is now proposed for another draft; 100 would be"
        " proposed now."
    )


def test_a_draft_has_one_currency_and_one_way_of_shipping(shop):
    """An order in CNY and USD has no total."""
    for sku, shipping in (("A", "sea"), ("B", "sea"), ("C", "air"), ("PRICELESS", "sea")):
        shop.put(sku, 0)
        shop.sells(sku, "TZT", None if sku == "PRICELESS" else "10.0000", shipping=shipping)
    shop.session.execute("UPDATE supplier_unit_prices SET currency = 'USD' WHERE sku = 'B'")
    shop.put("D", 0)
    shop.sells("D", "TZT", "10.0000", shipping="sea")
    shop.plan()
    shop.draft()
    drafts = shop.session.execute("SELECT draft_number, shipping, currency, lines, lines_not_valued FROM draft_orders")
    assert sorted(drafts.fetchall()) == [
        ("D101", "air", "RON", 1, 0),
        ("D102", "sea", "RON", 3, 1),
        ("D103", "sea", "USD", 1, 0),
    ]
    assert [draft.row["draft_number"] for draft in shop.draft("TZT", shipping="air").drafts] == ["D101"]
    with pytest.raises(ConfigurationError, match="Nobody ships by 'rail': there is air, sea"):
        shop.draft(shipping="rail")


def test_a_name_that_nobody_has_is_told_with_the_nearest(shop):
    shop.put("A", 0)
    shop.sells("A", "TZT")
    shop.plan()
    with pytest.raises(ConfigurationError, match=r"No supplier is named .WANKO Ltd.. Did you mean WANKE Ltd"):
        shop.draft("TZT", "WANKO Ltd")
    assert shop.lines() == []
    assert shop.draft("WANKE ltd").drafts == []


def test_lines_of_another_program_stay_as_they_are(shop):
    """An ERP may name a product twice on one order, and writes drafts of its own."""
    shop.put("A", 0)
    shop.sells("A", "TZT")
    product = shop.session.execute("SELECT id FROM products WHERE sku = 'A'").fetchone()
    for number, status in ((1, "draft"), (2, "draft"), (3, "cancelled")):
        insert(shop.session, "purchase_orders", id=number, supplier_id=TZT, status=status, currency="RON")
        for _ in range(2):
            insert(shop.session, "purchase_order_items", purchase_order_id=number, product_id=product[0], quantity=5)
    shop.plan()
    shop.draft()
    assert shop.lines() == [("D101", "A", 100)]
    assert shop.session.execute("SELECT count(*) FROM purchase_order_items WHERE quantity = 5").fetchone() == (6,)
    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.session.execute(
            "INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity, proposed_quantity)"
            " SELECT id, %s, 1, 0 FROM purchase_orders WHERE draft_key = 'D101'",
            product,
        )


def test_a_draft_is_not_on_order_and_what_was_sent_is_split_as_it_was_lacking(shop):
    """All pieces counted for the first account, and the other one was proposed the same again."""
    shop.put("A", 13, 15, 20)
    shop.put("A", 14, 15, 20, account="fbe", daily="6.0000")
    shop.sells("A", "TZT", moq=50, pack=10)
    shop.plan()
    shop.draft()
    shop.plan()
    assert shop.purchases["A"]["quantity"] == 50 and on_order(shop, "A") == {"main": 0, "fbe": 0}
    [action] = read_rows(shop.database, "proposed_actions")
    assert (action["draft_number"], action["draft_quantity"], action["flags"]) == (
        "D101",
        50,
        "order_late; on_draft D101",
    )
    shop.session.execute("UPDATE purchase_orders SET status = 'sent', ordered_at = now()")
    shop.plan()
    assert on_order(shop, "A") == {"main": 16, "fbe": 34} and "A" not in shop.purchases
    shop.session.execute(
        "UPDATE purchase_order_items SET quantity = 100, received_quantity = 50, expected_on = %s", [in_days(9)]
    )
    shop.plan()
    assert on_order(shop, "A") == {"main": 16, "fbe": 34}
    assert shop.needs["fbe", "A"]["next_arrival"] == in_days(9)
    shop.session.execute("UPDATE purchase_order_items SET received_quantity = 97")
    shop.plan()
    assert sum(on_order(shop, "A").values()) == 3
    assert numbers(shop.draft()) == [("D102", 1, 0, 0)], "what was sent keeps its number"


def test_without_proposals_there_is_nothing_to_draft(shop):
    with pytest.raises(ConfigurationError, match="Nothing is proposed yet: run `magflow sync` first"):
        draft_orders(shop.database, load_settings(), None)


def test_runs_at_the_same_time_make_one_draft(shop):
    """A second click made a second order."""
    shop.put("A", 0)
    shop.sells("A", "TZT")
    shop.plan()
    with ThreadPoolExecutor(4) as pool:
        drafted = list(pool.map(lambda _: numbers(shop.draft()), range(4)))
    assert sorted(drafted) == [[("D101", 0, 0, 0)]] * 3 + [[("D101", 1, 0, 0)]]
    assert shop.lines() == [("D101", "A", 100)]


def on_order(shop: PlannedShop, sku: str) -> dict[str, int]:
    return {account: row["on_order"] for (account, item), row in shop.needs.items() if item == sku}


def test_what_a_person_put_off_is_not_proposed_before_its_day_and_may_be_moved(shop):
    for sku in ("SNOOZED", "REFUSED", "OVER", "LIFTED", "COVERED"):
        shop.put(sku, 0)
        shop.sells(sku, "TZT")
    shop.put("MOVED", 100, 20, 100)
    shop.put("MOVED", 0, 20, 100, account="fbe")
    shop.sells("MOVED", "TZT")
    shop.put("SOLD", 60, 20, 100)
    shop.sells("SOLD", "TZT")
    decide(shop, "SNOOZED", in_days(30), None)
    decide(shop, "REFUSED", None, "too dear", in_days(90))
    decide(shop, "OVER", in_days(0), None)
    decide(shop, "LIFTED", None, None)
    decide(shop, "MOVED", in_days(3), None)
    decide(shop, "SOLD", in_days(3), None)
    shop.orders("COVERED", 100)
    decide(shop, "COVERED", in_days(3), None)
    shop.plan()
    blocked = {sku: row["blocked"] for (account, sku), row in shop.needs.items() if account == "main"}
    assert blocked == {
        "SNOOZED": f"snoozed {in_days(30)}",
        "REFUSED": f"refused {in_days(90)}",
        **dict.fromkeys(("OVER", "LIFTED", "COVERED", "MOVED", "SOLD")),
    }
    assert shop.purchases.keys() == {"OVER", "LIFTED"}
    assert shop.transfers["MOVED"]["quantity"] == 80 and shop.needs["fbe", "MOVED"]["blocked"] is not None
    shop.draft()
    assert {sku for _, sku, _ in shop.lines()} == {"OVER", "LIFTED"}


def decide(shop: PlannedShop, sku: str, until: Any, because: str | None, held: Any = None) -> None:
    number = next(shop.numbers)
    insert(shop.session, "purchase_orders", id=number, status="sent", draft_key=f"D{number + 10_000}")
    shop.session.execute(
        "INSERT INTO purchase_decisions (purchase_order_id, product_id, sku, quantity, proposed_quantity,"
        " snoozed_until, refused_because, held_until) SELECT %s, id, sku, 1, 1, %s, %s, %s FROM products"
        " WHERE sku = %s",
        [number, until, because, held or until, sku],
    )


def test_what_was_put_off_comes_back_on_its_day_also_on_the_same_draft(shop):
    shop.put("A", 0)
    shop.put("B", 0)
    for sku in "AB":
        shop.sells(sku, "TZT")
    shop.plan()
    shop.draft()
    shop.session.execute(
        "WITH gone AS (DELETE FROM purchase_order_items USING products WHERE product_id = products.id AND sku = 'B'"
        " RETURNING purchase_order_id, product_id) INSERT INTO purchase_decisions (purchase_order_id, product_id, sku,"
        " quantity, proposed_quantity, snoozed_until, held_until) SELECT gone.*, 'B', 100, 100, %s, %s FROM gone",
        [in_days(2), in_days(2)],
    )
    shop.plan()
    shop.draft()
    assert shop.lines() == [("D101", "A", 100)]
    assert [row["sku"] for row in read_rows(shop.database, "purchase_holds")] == ["B"]
    shop.session.execute("UPDATE purchase_decisions SET snoozed_until = %s, held_until = %s", [in_days(0)] * 2)
    shop.plan()
    shop.draft()
    assert shop.lines() == [("D101", "A", 100), ("D101", "B", 100)]
    assert shop.session.execute("SELECT count(*) FROM purchase_decisions").fetchone() == (0,)


def test_the_price_of_a_line_is_the_one_of_its_proposal(shop):
    shop.put("A", 0)
    shop.sells("A", "TZT", "7.2500")
    shop.plan()
    shop.draft()
    shop.session.execute("UPDATE supplier_unit_prices SET unit_price = 6")
    shop.plan()
    assert numbers(shop.draft()) == [("D101", 0, 1, 0)]
    assert shop.lines("unit_price, total, value_ron") == [(Decimal(6), Decimal(600), Decimal(600))]
