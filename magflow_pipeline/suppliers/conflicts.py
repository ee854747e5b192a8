"""What cannot both be right of suppliers, prices and matches, and the command by which a person settles it."""

import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any

from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.text import printable

# Beside the SKU, what there is one row of.
KEYS = {
    "supplier_terms": ("supplier_id", "shipping"),
    "supplier_price_breaks": ("supplier_id", "minimum_quantity"),
    "supplier_receipts": ("supplier_id", "shipping", "ordered_on", "received_on", "reference"),
    "product_costs": (),
}


def unused_rows(database: Database) -> list[dict[str, Any]]:
    """SKUs of terms, price breaks, receipts and costs that no product has: table_name, sku, nearest_sku."""
    with database.connect("magflow conflicts") as session, session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("suppliers/unused_rows")).fetchall()


def to_settle(conflict: Mapping[str, Any]) -> str:
    """The command that settles a row of the view supplier_conflicts, with what to decide first.

    Arguments of a command are quoted for a shell, values of a statement for SQL.
    """
    sku, name, other = (conflict[column] for column in ("sku", "supplier_name", "other_supplier_name"))
    match conflict["conflict"]:
        case "two suppliers with one name":
            number = re.findall(r"\d+", conflict["detail"])[0]
            same = _sql_subquery("identity FROM suppliers WHERE id =", number)
            kept = _sql_subquery("canonical_id FROM supplier_names WHERE supplier_id =", number)
            return _sql("UPDATE suppliers SET is_active = FALSE WHERE identity =", same, "AND id <>", kept)
        case "two prices of one supplier":
            return _sql("UPDATE product_supplier_sheets SET is_active = FALSE WHERE", _listed(sku, other))
        case "match with the page of another supplier":
            back = f"magflow unconfirm {_arguments(sku, name)}"
            return f"{back}; if {printable(other)} sells it: magflow confirm {_arguments(sku, other)}"
        case _:  # a price of nobody
            return _sql("UPDATE product_supplier_sheets SET is_active = FALSE WHERE", _listed(sku, name))


def to_use(price: Mapping[str, Any], listed: Collection[tuple[str, str]]) -> str:
    """The command for a row of the view unused_prices: the SKU that is probably meant, else the price is given up.

    `listed` are SKU and supplier of the rows that the SKUs meant have: where the supplier has one, that one counts.
    """
    nearest, supplier = price["nearest_sku"], price["supplier_name"]
    change = "is_active = FALSE" if nearest is None or (nearest, supplier) in listed else f"sku = {_literal(nearest)}"
    return _sql("UPDATE product_supplier_sheets SET", change, f"WHERE id = {price['sheet_id']}")


def to_rename(row: Mapping[str, Any]) -> str:
    """The command for one of `unused_rows`: the SKU that is probably meant, else the rows are given up.

    What the SKU meant has of its own stays, and the row that says the same of the other spelling is given up.
    """
    table, sku, nearest = row["table_name"], _literal(row["sku"]), row["nearest_sku"]
    if nearest is None:
        return _sql("DELETE FROM", table, "WHERE sku =", sku)
    meant = _literal(nearest)
    same = "".join(f" AND other.{column} = own.{column}" for column in KEYS[table])
    both = f"other.sku = {sku} AND own.sku = {meant}{same};"
    given_up = ("DELETE FROM", table, "AS other USING", table, "AS own WHERE", both)
    return _sql(*given_up, "UPDATE", table, "SET sku =", meant, "WHERE sku =", sku)


def _listed(sku: str, supplier_name: str) -> str:
    return f"sku = {_literal(sku)} AND supplier_name = {_literal(supplier_name)}"


def _sql(*parts: str) -> str:
    return f"magflow database psql -c {shlex.quote(' '.join(parts))}"


def _sql_subquery(*parts: str) -> str:
    return " ".join(["(SELECT", *parts]) + ")"


def _arguments(*texts: str) -> str:
    """A SKU and a name for a shell. Names are compared without characters that nobody sees."""
    shown = ["".join(each for each in " ".join(text.split()) if each.isprintable()) for text in texts]
    end = "-- " if any(text.startswith("-") for text in shown) else ""
    return end + " ".join(map(shlex.quote, shown))


def _literal(text: str) -> str:
    r"""A text as SQL writes it; characters that a terminal does not show become escapes.

    >>> _literal("O'Neill"), _literal("a\u200bb")
    ("'O''Neill'", "E'a\\u200bb'")
    """
    quoted = text.replace("'", "''")
    if printable(text) == text:
        return f"'{quoted}'"
    shown = quoted.replace("\\", "\\\\")
    escaped = "".join(each if each.isprintable() and not each.isspace() else _escape(each) for each in shown)
    return f"E'{escaped}'"


def _escape(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
