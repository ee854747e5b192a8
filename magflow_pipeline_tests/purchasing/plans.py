"""Rows that a plan is made from, as the builds before it leave them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.proposals import TABLES, BuiltProposals, build_reorder_proposals
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.purchasing.test_low_stock import item, offer, open_account

MADE = (
    *("transfer_proposals", "replenishment_needs", "reorder_proposals", "reorder_shares", "demand_levels"),
    *("supplier_offers", "supplier_unit_prices", "stock_transfers", "purchase_order_items", "purchase_orders"),
    *("inventory_items", "products", "warehouses", "emag_product_contents", "emag_accounts"),
    *("product_costs", "item_policies", "suppliers", "builds", "input_changes", "supplier_closures"),
    *("emag_offer_market_history", "exchange_rates"),
)
PRICED = {"price": Decimal("100.0000"), "currency": "RON"}


def empty(session: psycopg.Connection) -> None:
    """Take away what a plan is made from, and the plan."""
    session.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, MADE))))


def today() -> date:
    return datetime.now(BUCHAREST).date()


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


class PlannedShop:
    """Accounts, items with levels and demand, suppliers with prices; and the plan of them."""

    def __init__(self, database: Database, session: psycopg.Connection, accounts: tuple[str, ...] = ("main", "fbe")):
        self.database, self.session, self.numbers = database, session, iter(range(1, 10**6))
        for account in accounts:
            open_account(session, account)

    def put(
        self,
        sku: str,
        available: int,
        point: int | None = 20,
        up_to: int | None = 100,
        account: str = "main",
        daily: str | None = "2.0000",
        terms: dict[str, Any] | None = None,
        **columns: Any,
    ) -> None:
        """An item with the levels that demand asks for, unless `problem` says why there are none."""
        number = next(self.numbers)
        offer(self.session, account, number, sku, **PRICED, **columns)
        item(self.session, sku, f"EMAG-{account.upper()}", available)
        self.level(sku, account, point, up_to, daily, **(terms or {}))

    def level(
        self, sku: str, account: str, point: int | None, up_to: int | None, daily: str | None, **columns: Any
    ) -> None:
        variance = None if daily is None else Decimal(daily) * 2
        values = {
            "account_type": account,
            "sku": sku,
            "warehouse": f"EMAG-{account.upper()}",
            "reorder_point": point,
            "order_up_to": up_to,
            "expected_daily_demand": daily,
            "daily_variance": variance,
            "demand_error": None if daily is None else Decimal("0.1"),
            "lead_time_days": 30,
            "lead_time_spread_days": 5,
            "lead_time_source": "terms",
            "review_days": 1,
            "capital_cost": "0.4",
            "most_cover_days": 365,
            "is_capped": False,
            "is_unsold": False,
            "unit_cost_ron": 40,
            "margin_ron": 30,
            "margin_source": "margin",
            "problem": None if point is not None else "not_enough_data",
        }
        insert(self.session, "demand_levels", **values | columns)

    def sells(
        self,
        sku: str,
        supplier: str,
        price: str | None = "40.0000",
        moq: int = 1,
        pack: int = 1,
        rank: int = 1,
        per_order: str = "0",
        **columns: Any,
    ) -> None:
        """A supplier's offer in RON, landed at its price; None: its cost is incomplete."""
        supplier_id = sum(map(ord, supplier))
        values = {
            "sku": sku,
            "supplier_id": supplier_id,
            "shipping": "usual",
            "supplier_name": supplier,
            "is_preferred": False,
            "is_verified": False,
            "lead_time_days": 30,
            "lead_time_spread_days": 5,
            "lead_time_source": "terms",
            "minimum_order_quantity": moq,
            "pack_size": pack,
            "freight_per_piece_ron": 0,
            "freight_per_order_ron": per_order,
            "planning_quantity": 60,
            "landed_unit_cost_ron": price,
            "rank": rank,
            "rule": "only one",
        }
        insert(self.session, "supplier_offers", **values | columns)
        if price is not None:
            insert(
                self.session,
                "supplier_unit_prices",
                sku=sku,
                supplier_id=supplier_id,
                minimum_quantity=1,
                unit_price=price,
                currency="RON",
                rate=1,
            )

    def orders(self, sku: str, quantity: int, account: str = "main", **purchase: Any) -> None:
        """An order to a supplier that was sent."""
        number = next(self.numbers)
        insert(self.session, "purchase_orders", id=number, status="sent", **purchase)
        self.session.execute(
            "INSERT INTO purchase_order_items (purchase_order_id, product_id, warehouse_id, quantity)"
            " SELECT %s, product.id, warehouse.id, %s FROM products AS product, warehouses AS warehouse"
            " WHERE product.sku = %s AND warehouse.code = %s",
            [number, quantity, sku, f"EMAG-{account.upper()}"],
        )

    def sends(self, sku: str, quantity: int, days_ago: int = 0, **columns: Any) -> None:
        """A transfer from main to fbe, noted now."""
        values = {"from_account": "main", "to_account": "fbe", "sent_on": in_days(-days_ago)}
        insert(self.session, "stock_transfers", sku=sku, quantity=quantity, **values | columns)

    def plan(self) -> BuiltProposals:
        """Builds the plan; the tables are then in `needs`, `transfers`, `purchases`, `shares`, by their keys."""
        built = build_reorder_proposals(self.database)
        needs, transfers, purchases, shares = (read_rows(self.database, table) for table in TABLES)
        self.needs = {(row["account_type"], row["sku"]): row for row in needs}
        self.transfers = {row["sku"]: row for row in transfers}
        self.purchases = {row["sku"]: row for row in purchases}
        self.shares = {(row["account_type"], row["sku"]): row["quantity"] for row in shares}
        return built

    def read_stock(self) -> None:
        """The stock of every account was read just now."""
        self.session.execute("UPDATE emag_product_offers_v2 SET last_synced_at = %s", [datetime.now(UTC)])
