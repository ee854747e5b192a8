"""Supplier matches: confirmed and taken back by people, and the verified marks that follow (domain.md 9)."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import one_at_a_time
from magflow_pipeline.database.statements import transform
from magflow_pipeline.settings import ConfigurationError

LOCK = "magflow: supplier_verification"


@dataclass(frozen=True)
class Label:
    """What the rule says of one row of the price list, beside the mark on the row."""

    sku: str
    supplier_name: str
    is_verified: bool
    confirmed_by: str | None
    label: str


@dataclass(frozen=True)
class Change:
    """A mark that was changed, and why."""

    sku: str
    supplier_name: str
    is_verified: bool
    reason: str


def verify(database: Database, skus: Sequence[str] | None = None, changed_by: str = "magflow") -> list[Change]:
    """Bring the verified marks of `skus`, or of all, in line with the confirmed matches.

    Returns:
        What was changed; nothing the second time.
    """
    with database.connect("magflow verification") as session, session.transaction():
        return _verify(session, skus, changed_by)


def labels(database: Database, skus: Sequence[str] | None = None) -> list[Label]:
    """The labels of the price list of `skus`, or of all."""
    with database.connect() as session, session.cursor(row_factory=class_row(Label)) as cursor:
        return cursor.execute(
            "SELECT sku, supplier_name, is_verified, confirmed_by, label FROM supplier_verification_labels"
            " WHERE %(skus)s::text[] IS NULL OR sku = ANY(%(skus)s::text[]) ORDER BY sku, supplier_name",
            {"skus": list(skus) if skus is not None else None},
        ).fetchall()


def confirm(database: Database, sku: str, supplier: str, confirmed_by: str) -> list[Change]:
    """Confirm that `supplier` sells `sku`, and verify the SKU, in one step for whoever looks.

    Raises:
        ConfigurationError: nobody knows the SKU or the supplier; the message names those it knows.
    """
    with database.connect("magflow confirm") as session, session.transaction():
        _check_known(session, sku, supplier)
        parameters = {"sku": sku, "supplier": supplier, "confirmed_by": confirmed_by}
        psycopg.ClientCursor(session).execute(transform("confirm_match"), parameters)
        return _verify(session, [sku], confirmed_by)


def unconfirm(database: Database, sku: str, supplier: str, changed_by: str) -> list[Change]:
    """Take the confirmation back, and un-verify.

    Raises:
        ConfigurationError: there is no confirmed match of that SKU and supplier.
    """
    with database.connect("magflow unconfirm") as session, session.transaction():
        cursor = session.execute(transform("unconfirm_match"), {"sku": sku, "supplier": supplier})
        if cursor.rowcount == 0:
            raise ConfigurationError(
                f"No match of {sku} with {supplier!r} is confirmed. `magflow verify {sku}` shows those that are."
            )
        return _verify(session, [sku], changed_by)


def _verify(session: psycopg.Connection, skus: Sequence[str] | None, changed_by: str) -> list[Change]:
    one_at_a_time(session, LOCK)
    with session.cursor(row_factory=class_row(Change)) as cursor:
        parameters = {"skus": list(skus) if skus is not None else None, "changed_by": changed_by}
        return cursor.execute(transform("supplier_verification"), parameters).fetchall()


def _check_known(session: psycopg.Connection, sku: str, supplier: str) -> None:
    if session.execute("SELECT FROM products WHERE sku = %s", [sku]).fetchone() is None:
        raise ConfigurationError(f"SKU {sku!r} is not in products. `magflow report` shows the SKUs; case counts.")
    names = session.execute(
        "SELECT DISTINCT supplier_name FROM product_supplier_sheets WHERE sku = %s ORDER BY 1", [sku]
    ).fetchall()
    known = session.execute(
        "SELECT FROM suppliers WHERE normalized_name(name) = normalized_name(%(supplier)s) UNION ALL"
        " SELECT FROM product_supplier_sheets"
        " WHERE sku = %(sku)s AND normalized_name(supplier_name) = normalized_name(%(supplier)s)",
        {"sku": sku, "supplier": supplier},
    ).fetchone()
    if known is None:
        listed = ", ".join(name for (name,) in names) or "nobody"
        raise ConfigurationError(f"No supplier is named {supplier!r}. The price list of {sku} names: {listed}.")
