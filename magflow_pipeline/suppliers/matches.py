"""Supplier matches, which people confirm and unconfirm, and the verified marks that follow (rules.md: Suppliers)."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import build_lock, one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.settings import ConfigurationError

LOCK = build_lock("supplier_verification")


@dataclass(frozen=True)
class Label:
    """One row of the price list: its mark, and the label that the rule gives it."""

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
        The marks that changed; none the second time.
    """
    with database.connect("magflow verification") as session, session.transaction():
        return verify_in(session, skus, changed_by)


def marks_behind(database: Database) -> int:
    """How many marks disagree with the confirmed matches. Compares all of them: ask `stale_tables` first.

    When none does, the verification is recorded as done; no mark is written.
    """
    with database.connect("magflow marks") as session, session.transaction() as looked:
        session.execute(statement("suppliers/verification_begun"))
        [(marks,)] = session.execute(statement("suppliers/marks_behind")).fetchall()
        if marks:
            raise psycopg.Rollback(looked)
    return marks


def labels(database: Database, skus: Sequence[str] | None = None) -> list[Label]:
    """The labels of the price list of `skus`, or of all."""
    with database.connect() as session, session.cursor(row_factory=class_row(Label)) as cursor:
        return cursor.execute(
            "SELECT sku, supplier_name, is_verified, confirmed_by, label FROM supplier_verification_labels"
            " WHERE %(skus)s::text[] IS NULL OR sku = ANY(%(skus)s::text[]) ORDER BY sku, supplier_name",
            {"skus": list(skus) if skus is not None else None},
        ).fetchall()


def unknown_skus(database: Database, skus: Sequence[str]) -> dict[str, str | None]:
    """Those of `skus` that no product has, each with the nearest existing SKU, or None."""
    with database.connect() as session:
        return unknown_skus_in(session, skus)


def left_suppliers(database: Database, skus: Sequence[str]) -> list[tuple[str, str]]:
    """SKU and supplier of the prices that do not count because the supplier is inactive."""
    with database.connect() as session:
        return session.execute(
            "SELECT DISTINCT sheet.sku, name.supplier_name FROM product_supplier_sheets AS sheet"
            " INNER JOIN supplier_names AS name ON sheet.supplier_id = name.supplier_id AND NOT name.is_active"
            " WHERE sheet.sku = ANY(%s) AND sheet.is_active AND name.identity <> '' ORDER BY 1, 2",
            [list(skus)],
        ).fetchall()


def confirm(database: Database, sku: str, supplier: str, confirmed_by: str) -> list[Change]:
    """Confirm that `supplier`, however spelled, sells `sku`, and verify the SKU, in one transaction.

    Raises:
        ConfigurationError: the SKU or the supplier is unknown, and the message names known ones; or the supplier
            is inactive.
    """
    with database.connect("magflow confirm") as session, session.transaction():
        one_at_a_time(session, LOCK)
        supplier_id = _known_supplier(session, sku, supplier)
        parameters = {"sku": sku, "supplier_id": supplier_id, "confirmed_by": confirmed_by}
        psycopg.ClientCursor(session).execute(statement("suppliers/confirm_match"), parameters)
        return verify_in(session, [sku], confirmed_by)


def unconfirm(database: Database, sku: str, supplier: str, changed_by: str) -> list[Change]:
    """Revoke every confirmation of `sku` for that supplier, however spelled, and un-verify.

    Raises:
        ConfigurationError: there is no confirmed match of that SKU and supplier.
    """
    with database.connect("magflow unconfirm") as session, session.transaction():
        one_at_a_time(session, LOCK)
        cursor = session.execute(statement("suppliers/unconfirm_match"), {"sku": sku, "supplier": supplier})
        if cursor.rowcount == 0:
            raise ConfigurationError(
                f"No match of {sku} with {supplier!r} is confirmed. "
                + (_did_you_mean(session, sku) or f"`magflow verify {sku}` shows those that are.")
            )
        return verify_in(session, [sku], changed_by)


def verify_in(session: psycopg.Connection, skus: Sequence[str] | None, changed_by: str) -> list[Change]:
    """`verify` within a transaction of the caller's."""
    one_at_a_time(session, LOCK)
    if skus is None:
        session.execute(statement("suppliers/verification_begun"))
    with session.cursor(row_factory=class_row(Change)) as cursor:
        parameters = {"skus": list(skus) if skus is not None else None, "changed_by": changed_by}
        return cursor.execute(statement("suppliers/supplier_verification"), parameters).fetchall()


def _known_supplier(session: psycopg.Connection, sku: str, supplier: str) -> int:
    if unknown_skus_in(session, [sku]):
        raise ConfigurationError(
            f"SKU {sku!r} is not in products. "
            + (_did_you_mean(session, sku) or "`magflow report` shows the SKUs; case counts.")
        )
    named = session.execute(
        "SELECT canonical_id, supplier_name, is_active FROM supplier_names"
        " WHERE supplier_id = supplier_named(%s) AND identity <> ''",
        [supplier],
    ).fetchone()
    if named is None:
        names = session.execute("SELECT supplier_name FROM supplier_prices WHERE sku = %s ORDER BY 1", [sku]).fetchall()
        listed = ", ".join(name for (name,) in names) or "nobody"
        raise ConfigurationError(f"No supplier is named {supplier!r}. The price list of {sku} names: {listed}.")
    supplier_id, name, is_active = named
    if not is_active:
        raise ConfigurationError(
            f"Supplier {name!r} is inactive (suppliers.is_active), so his prices and matches do not count, and nothing "
            "was confirmed. If you buy there again, make him active first."
        )
    return supplier_id


def unknown_skus_in(session: psycopg.Connection, skus: Sequence[str]) -> dict[str, str | None]:
    """`unknown_skus` within a session of the caller's."""
    found = session.execute("SELECT sku, nearest_sku FROM nearest_skus(%s::text[]) ORDER BY sku", [list(skus)])
    return dict(found.fetchall())


def _did_you_mean(session: psycopg.Connection, sku: str) -> str | None:
    nearest = unknown_skus_in(session, [sku]).get(sku)
    return f"Did you mean {nearest}?" if nearest is not None else None
