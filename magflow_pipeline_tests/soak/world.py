"""What the soaked shop has to know in the end: the marketplace, which changes, and people, whose files arrive.

The truth is kept here and asked of the simulator; the tables are compared with it. Not here: what goes wrong.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline_tests.shop.driver import Shop

ACCOUNTS = ("main", "fbe")
SIZES = {"main": 320, "fbe": 260}  # offers
SUPPLIERS = ("KEMEISING", "WANKE", "XINRUI", "TZT", "TZT-T", "深圳市科美星 KMX")
LINES_OF_A_LIST = 25
CHANGES_OF_A_TICK = 6  # offers, of each account
# Offers come and go within these numbers, so that a soak of any length has a catalogue of the same size.
FIRST_ARRIVAL, MOST_ARRIVED = 3_000_000, 20

OFFERS = """
    SELECT product.emag_id, product.sku, product.name, product.status, product.price, product.currency, offer.price,
        offer.stock, product.stock_quantity
    FROM emag_products_v2 AS product
    LEFT JOIN emag_product_offers_v2 AS offer
        ON (offer.account_type, offer.emag_offer_id) = (product.account_type, product.emag_id)
    WHERE product.account_type = %s AND (product.removed_at IS NULL OR product.is_active)
"""
STOCK = """
    SELECT product.sku, item.quantity
    FROM inventory_items AS item
    INNER JOIN products AS product ON product.id = item.product_id
    INNER JOIN warehouses AS warehouse ON warehouse.id = item.warehouse_id
    WHERE item.is_active AND warehouse.code = %s
"""
REPORTED = "SELECT sku, quantity FROM low_stock_report WHERE account_type = %s"
SOLD = """
    SELECT sold.order_id, sold.order_type, sold.status, line.line_id, line.product_id, line.quantity, line.initial_qty,
        line.storno_qty
    FROM emag_orders AS sold LEFT JOIN emag_order_lines AS line USING (account_type, order_id)
    WHERE sold.account_type = %s
"""
SHEETS = "SELECT sku, supplier_name, price_cny, is_verified FROM product_supplier_sheets WHERE is_active"
MATCHES = """
    SELECT product.sku, supplier.name
    FROM supplier_products AS match
    INNER JOIN suppliers AS supplier ON supplier.id = match.supplier_id
    INNER JOIN products AS product ON product.id = match.local_product_id
    WHERE match.is_active AND match.manual_confirmed
"""
ORDERED = """
    SELECT orders.draft_key, product.sku, item.quantity
    FROM purchase_order_items AS item
    INNER JOIN purchase_orders AS orders ON orders.id = item.purchase_order_id
    INNER JOIN products AS product ON product.id = item.product_id
    WHERE orders.status = 'sent'
"""
DRAFTS = """
    SELECT draft_key FROM purchase_orders AS draft INNER JOIN suppliers AS supplier ON supplier.id = draft.supplier_id
    WHERE draft.status = 'draft' AND supplier.name = %s
"""
HEADINGS = "SELECT column_name, heading FROM column_texts WHERE language = 'en'"

Row = tuple[Any, ...]


@dataclass
class World:
    """A simulated marketplace, the people of the shop, and what the tables must say of both."""

    shop: Shop
    simulator: Simulator
    dice: random.Random
    files: Path
    step: timedelta
    """What the marketplace's clock moves by at each tick."""
    sheets: dict[tuple[str, str], Decimal] = field(default_factory=dict[tuple[str, str], Decimal])
    matches: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    ordered: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    gone: dict[str, set[int]] = field(default_factory=lambda: {account: set[int]() for account in ACCOUNTS})
    arrived: int = 0
    papers: int = 0
    """Files that people have written."""

    def move(self, now: datetime) -> None:
        """Let the marketplace sell for a while, and the seller change prices and stocks, add an offer or drop one."""
        self.simulator.move_clock(min(now, self.simulator.now() + self.step))
        for account in ACCOUNTS:
            offers = self.simulator.offers(account)
            changed = self.dice.sample(offers, CHANGES_OF_A_TICK)
            for each in changed[1:]:
                price = Decimal(self.dice.randint(1000, 90000)).scaleb(-2)
                stock = self.dice.choice((0, 3, 12, 150))
                each |= {"sale_price": f"{price:.4f}", "general_stock": stock, "estimated_stock": stock}
                each["stock"] = [{"value": stock}]
            self.simulator.patch_offers(account, changed[1:])
            if self.dice.random() < 0.2:
                self._swap(account, changed[0])

    def _swap(self, account: str, offer: dict[str, Any]) -> None:
        """One offer leaves, and one that left before, or a new one, comes in its place."""
        self.arrived += 1
        number = FIRST_ARRIVAL + self.arrived % MOST_ARRIVED
        if any(int(each["id"]) == number for each in self.simulator.offers(account)):
            return
        new = offer | {"id": number, "part_number": f"NEW{number}", "part_number_key": f"DN{number % 100000:05d}BM"}
        self.simulator.remove_offer(account, offer["id"])
        self.simulator.patch_offers(account, [new])
        self.gone[account] = self.gone[account] - {number} | {int(offer["id"])}

    def skus(self) -> list[str]:
        """What is sold now, under a SKU that stays."""
        rows = [each for account in ACCOUNTS for each in self.simulator.offers(account)]
        return sorted({row["part_number"] for row in rows if not row["part_number"].startswith("NEW")})

    def price_list(self) -> Callable[[], None]:
        """A supplier sends prices."""
        supplier = self.dice.choice(SUPPLIERS)
        prices = {
            (sku, supplier): Decimal(self.dice.randint(100, 9000)).scaleb(-2)
            for sku in self.dice.sample(self.skus(), LINES_OF_A_LIST)
        }
        lines = [f"{sku},{supplier},{price}" for (sku, supplier), price in prices.items()]
        file = self._paper("sheets.csv")
        file.write_text("\n".join(["sku,supplier,price", *lines]) + "\n")

        def arrive() -> None:
            self.say("import", "sheets", str(file))
            self.sheets |= prices

        return arrive

    def match(self) -> Callable[[], None]:
        """A person confirms whose an article is, or takes it back."""
        known = sorted(set(self.sheets) - self.matches)
        back = bool(self.matches) and self.dice.random() < 0.25
        if not back and not known:
            return self.price_list()
        pair = self.dice.choice(sorted(self.matches) if back else known)

        def arrive() -> None:
            self.say("unconfirm" if back else "confirm", *pair)
            self.matches = self.matches - {pair} if back else self.matches | {pair}

        return arrive

    def match_file(self) -> Callable[[], None]:
        """The ERP's list of confirmed matches comes as a file."""
        known = sorted(set(self.sheets) - self.matches)
        if len(known) < 5:
            return self.price_list()
        pairs = self.dice.sample(known, 5)
        file = self._paper("matches.csv")
        lines = [f"{sku},{supplier},yes" for sku, supplier in pairs]
        file.write_text("\n".join(["sku,supplier,confirmed", *lines]) + "\n")

        def arrive() -> None:
            self.say("import", "matches", str(file))
            self.matches |= set(pairs)

        return arrive

    def order(self) -> Callable[[], None]:
        """A buyer orders what is proposed from a supplier, changes quantities in the workbook, and gives it back."""
        suppliers = sorted({supplier for _, supplier in self.sheets})
        if not suppliers:
            return self.price_list()
        supplier, more = self.dice.choice(suppliers), self.dice.choice((0, 10))
        file = self._paper("orders.xlsx")
        lines: dict[tuple[str, str], int] = {}

        def arrive() -> None:
            if not lines:  # a file that was written is taken back as often as it takes: twice is once
                self.say("order", supplier, "--output", str(file))
                lines.update(self._send(file, supplier, more))
            if lines:
                self.say("import", "purchase-orders", str(file))
                self.ordered |= lines

        return arrive

    def _send(self, file: Path, supplier: str, more: int) -> dict[tuple[str, str], int]:
        """Write into the workbook that all lines of the supplier's drafts were sent; what they order."""
        names = dict(self.shop.rows(HEADINGS))
        keys = {key for (key,) in self.shop.rows(DRAFTS, supplier)}
        book, lines = openpyxl.load_workbook(file), dict[tuple[str, str], int]()
        for sheet in book.worksheets:
            rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
            for number, row in enumerate(rows):
                if not {names["draft_number"], names["sku"], names["sent_on"], names["quantity"]} <= set(row):
                    continue
                places = {heading: place for place, heading in enumerate(row)}
                for line, cells in enumerate(rows[number + 1 :], start=number + 2):
                    key = cells[places[names["draft_number"]]]
                    if key not in keys:
                        continue
                    quantity = int(cells[places[names["quantity"]]]) + more
                    sheet.cell(line, places[names["quantity"]] + 1, quantity)
                    sheet.cell(line, places[names["sent_on"]] + 1, "yes")
                    lines[str(key), str(cells[places[names["sku"]]])] = quantity
        book.save(file)
        return lines

    def say(self, *arguments: str) -> None:
        """A command of `magflow` that has to work.

        Raises:
            RuntimeError: it did not; with what it said.
        """
        done = self.shop.run(*arguments)
        if done.returncode != 0:
            told = f"{done.stdout}{done.stderr}".strip().splitlines()
            raise RuntimeError(f"magflow {' '.join(arguments)}: exit {done.returncode}: {' | '.join(told[-4:])}")

    def _paper(self, name: str) -> Path:
        self.papers += 1
        return self.files / f"{self.papers}-{name}"

    def offers_compared(self, *, is_settled: bool = False) -> tuple[int, list[str]]:
        """How many offers of the marketplace the tables have right, and what is wrong.

        One that left stays until two scans have missed it; `is_settled`: they have.
        """
        right, wrong = 0, list[str]()
        for account in ACCOUNTS:
            stored = {row[0]: row[1:] for row in self.shop.rows(OFFERS, account)}
            sold = {int(each["id"]): _as_stored(each) for each in self.simulator.offers(account)}
            differ = [number for number, row in sold.items() if stored.get(number) != row]
            right += len(sold) - len(differ)
            wrong += [f"{account} {number}: stored {stored.get(number)}, sold {sold[number]}" for number in differ]
            left = stored.keys() - sold.keys() - (set() if is_settled else self.gone[account])
            wrong += [f"{account} {number}: stored, and not sold" for number in sorted(left)]
        return right, wrong

    def differences(self) -> list[str]:
        """What the tables say in the end that is not so, once nothing has changed for two syncs."""
        _, told = self.offers_compared(is_settled=True)
        for account in ACCOUNTS:
            offers = self.simulator.offers(account)
            stock = {(each["part_number"], _pieces(each)) for each in offers if each["status"] == 1}
            told += _compared(f"stock of {account}", set(self.shop.rows(STOCK, f"EMAG-{account.upper()}")), stock)
            told += _compared(f"report of {account}", set(self.shop.rows(REPORTED, account)), stock)
            told += _compared(f"orders of {account}", set(self.shop.rows(SOLD, account)), self._sold(account))
        sheets = {(*key, price, key in self.matches) for key, price in self.sheets.items()}
        told += _compared("price lists", set(self.shop.rows(SHEETS)), sheets)
        told += _compared("matches", set(self.shop.rows(MATCHES)), self.matches)
        ordered = {(*key, quantity) for key, quantity in self.ordered.items()}
        return told + _compared("orders to suppliers", set(self.shop.rows(ORDERED)), ordered)

    def _sold(self, account: str) -> set[Row]:
        of_order, of_line = ("id", "type", "status"), ("id", "product_id", "quantity", "initial_qty", "storno_qty")
        return {
            (*(int(row[key]) for key in of_order), *(line[key] and int(line[key]) for key in of_line))
            for row in self.simulator.orders(account)
            for line in row["products"]
        }


def _as_stored(offer: dict[str, Any]) -> Row:
    price = Decimal(str(offer["sale_price"]))
    stock = _pieces(offer)
    name = offer["name"] or None  # eMAG hides the texts of products that others documented
    return (offer["part_number"], name, offer["status"], price, offer["currency"], price, stock, stock)


def _pieces(offer: dict[str, Any]) -> int:
    return sum(each["value"] for each in offer["stock"]) if offer.get("stock") else offer["general_stock"]


def _compared(what: str, found: set[Row], expected: set[Row]) -> list[str]:
    pairs = (("only in the tables", found - expected), ("missing", expected - found))
    return [f"{what}: {sign}: {row}" for sign, rows in pairs for row in sorted(rows, key=repr)]
