"""Supplier matches: the mark on a price-list row follows the confirmed matches, and nothing else."""

from decimal import Decimal

import psycopg
import pytest

from magflow_pipeline.database.matches import Change, confirm, labels, unconfirm, verify
from magflow_pipeline.database.seller_suppliers import Match, Sheet, load_suppliers
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.conftest import both_servers


def sheet(session: psycopg.Connection, sku: str, supplier_name: str, url: str | None = None, verified: bool = False):
    session.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name, supplier_url, is_verified) VALUES (%s, %s, %s, %s)",
        [sku, supplier_name, url, verified],
    )


def match(
    session: psycopg.Connection,
    sku: str,
    supplier_name: str,
    url: str | None = None,
    confirmed: bool = True,
    active: bool = True,
):
    """A match as the ERP writes it."""
    session.execute("INSERT INTO products (sku) VALUES (%s) ON CONFLICT (sku) DO NOTHING", [sku])
    session.execute(
        "WITH supplier AS (INSERT INTO suppliers (name) VALUES (%s) RETURNING id)"
        " INSERT INTO supplier_products (supplier_id, local_product_id, supplier_product_url, manual_confirmed,"
        " is_active, confirmed_by) SELECT supplier.id, products.id, %s, %s, %s, 'ana' FROM supplier, products"
        " WHERE sku = %s",
        [supplier_name, url, confirmed, active, sku],
    )


def verified(session: psycopg.Connection, sku: str = "A") -> set[str]:
    rows = session.execute("SELECT supplier_name FROM product_supplier_sheets WHERE sku = %s AND is_verified", [sku])
    return {name for (name,) in rows.fetchall()}


def history(session: psycopg.Connection) -> list[tuple]:
    return session.execute(
        "SELECT sku, supplier_name, is_verified, reason, changed_by FROM supplier_verification_history ORDER BY id"
    ).fetchall()


SAME = [
    ("TZT", "TZT"),
    ("TZT", "tzt"),
    ("TZT", "  TZT "),
    ("Shenzhen  Kemei\tsing", "SHENZHEN KEMEI SING"),
    ("Șuruburi Țiglă SRL", "ȘURUBURI ȚIGLĂ SRL"),
    ("科美星 KMX-7", "科美星\u3000kmx-7"),
]
OTHERS = [
    ("TZT-T", "TZT"),
    ("TZT", "TZT-T"),
    ("WANKE", "KEMEISING"),
    ("KEMEISING CO", "KEMEISING"),
    ("科美星", "科美星 KMX-7"),
    ("科美星 KMX-7", "KMX-7"),
    ("T Z T", "TZT"),
    ("T%", "TZT"),
    ("T_T", "TZT"),
]


@both_servers
def test_case_and_white_space_make_no_other_supplier(database, session):
    for number, (listed, confirmed) in enumerate(SAME):
        sheet(session, f"S{number}", listed)
        match(session, f"S{number}", confirmed)
    changes = verify(database)
    assert sorted((change.sku, change.supplier_name, change.is_verified) for change in changes) == [
        (f"S{number}", listed, True) for number, (listed, _) in enumerate(SAME)
    ]
    assert {change.reason for change in changes} == {"match confirmed by ana"}


@both_servers
def test_a_name_that_holds_another_is_another_supplier(database, session):
    """TZT and TZT-T are two suppliers; the old system compared by containment."""
    for number, (listed, confirmed) in enumerate(OTHERS):
        sheet(session, f"S{number}", listed)
        match(session, f"S{number}", confirmed)
    assert verify(database) == []
    assert {label.label for label in labels(database)} == {"NOT CONFIRMED"}


@both_servers
def test_wanke_stays_unverified_when_kemeising_is_confirmed(database, session):
    """An unrelated supplier of the SKU was marked verified with the confirmed one."""
    sheet(session, "AUR516", "KEMEISING", "https://1688/k")
    sheet(session, "AUR516", "WANKE", "https://1688/w")
    match(session, "AUR516", "KEMEISING")
    match(session, "AUR516", "WANKE", confirmed=False)
    verify(database)
    assert {(label.supplier_name, label.label) for label in labels(database)} == {
        ("KEMEISING", "SYNCED"),
        ("WANKE", "NOT CONFIRMED"),
    }


@both_servers
def test_an_equal_address_makes_the_same_supplier(database, session):
    sheet(session, "A", "Kemeising trading", " https://detail.1688.com/offer/1.html")
    sheet(session, "A", "Longer", "https://detail.1688.com/offer/1.html?spm=2")
    sheet(session, "A", "Nothing", "")
    sheet(session, "A", "Null")
    match(session, "A", "KMX", "https://detail.1688.com/offer/1.html ")
    match(session, "A", "Empty", "")
    match(session, "A", "Also null")
    verify(database)
    assert verified(session) == {"Kemeising trading"}


@both_servers
def test_a_match_counts_for_its_own_sku_alone(database, session):
    sheet(session, "A", "TZT", "https://x")
    sheet(session, "B", "TZT", "https://x")
    match(session, "B", "TZT", "https://x")
    verify(database)
    assert (verified(session, "A"), verified(session, "B")) == (set(), {"TZT"})


@both_servers
def test_an_inactive_or_unconfirmed_match_does_not_count(database, session):
    sheet(session, "A", "TZT")
    for confirmed, active in ((False, True), (True, False), (False, False)):
        match(session, "A", "TZT", confirmed=confirmed, active=active)
    assert [label.label for label in labels(database)] == ["NOT CONFIRMED"]
    assert verify(database) == []


@both_servers
def test_a_mark_without_a_confirmation_is_stale_and_repaired(database, session):
    """The badge stayed after the match was taken back."""
    sheet(session, "A", "TZT", verified=True)
    assert [label.label for label in labels(database)] == ["STALE"]
    assert verify(database, changed_by="sync") == [Change("A", "TZT", False, "no active confirmed match")]
    assert verified(session) == set()
    assert history(session) == [("A", "TZT", False, "no active confirmed match", "sync")]


@both_servers
def test_a_confirmation_without_a_mark_needs_sync_and_is_repaired(database, session):
    """A confirmed supplier stayed pending until somebody ran a script."""
    sheet(session, "A", "TZT")
    match(session, "A", "TZT")
    assert [(label.label, label.confirmed_by) for label in labels(database)] == [("NEEDS SYNC", "ana")]
    verify(database)
    assert [label.label for label in labels(database)] == ["SYNCED"]


@both_servers
def test_verifying_twice_changes_nothing_the_second_time(database, session):
    sheet(session, "A", "TZT")
    sheet(session, "A", "WANKE", verified=True)
    match(session, "A", "TZT")
    assert len(verify(database)) == 2
    before = session.execute("SELECT * FROM product_supplier_sheets ORDER BY id").fetchall()
    assert verify(database) == []
    assert session.execute("SELECT * FROM product_supplier_sheets ORDER BY id").fetchall() == before
    assert len(history(session)) == 2


@both_servers
def test_one_sku_is_checked_and_repaired_alone(database, session):
    for sku in ("A", "B"):
        sheet(session, sku, "TZT", verified=True)
    assert [label.sku for label in labels(database, ["B"])] == ["B"]
    assert [change.sku for change in verify(database, ["B"])] == ["B"]
    assert (verified(session, "A"), verified(session, "B")) == ({"TZT"}, set())
    assert verify(database, []) == []


@both_servers
def test_a_price_list_row_has_one_label_however_many_matches_it_has(database, session):
    """The old query multiplied the rows of a SKU by its matches."""
    sheet(session, "A", "TZT", "https://x")
    sheet(session, "A", "WANKE")
    for name in ("TZT", "tzt", "KEMEISING", "Other"):
        match(session, "A", name, "https://x")
    assert [(label.supplier_name, label.label) for label in labels(database)] == [
        ("TZT", "NEEDS SYNC"),
        ("WANKE", "NOT CONFIRMED"),
    ]


@both_servers
def test_a_price_list_row_that_is_not_in_use_has_no_label(database, session):
    sheet(session, "A", "TZT", verified=True)
    session.execute("UPDATE product_supplier_sheets SET is_active = false")
    assert labels(database) == [] and verify(database) == []


@both_servers
def test_lists_add_what_is_missing_and_leave_what_is_there(database, session):
    """A supplier came twice, and a price list row for each technical id."""
    sheets = [Sheet("A", "TZT", Decimal("8.5"), "https://x"), Sheet("A", "WANKE", Decimal(9), "https://y")]
    matches = [Match("A", " tzt", "https://x", True, "ana"), Match("B", "WANKE", "https://y", False, None)]
    load_suppliers(database, sheets, [])
    for _ in range(2):
        load_suppliers(database, [sheet._replace(price_cny=Decimal(1)) for sheet in sheets], matches)
    assert session.execute("SELECT count(*) FROM suppliers").fetchone() == (2,)
    assert session.execute("SELECT count(*) FROM supplier_products").fetchone() == (2,)
    assert session.execute("SELECT supplier_name, price_cny FROM product_supplier_sheets ORDER BY 1").fetchall() == [
        ("TZT", Decimal("8.5")),
        ("WANKE", Decimal(9)),
    ]
    assert [change.supplier_name for change in verify(database)] == ["TZT"]


@both_servers
def test_confirming_verifies_and_taking_it_back_unverifies_with_a_history(database, session):
    sheet(session, "A", "TZT")
    sheet(session, "A", "TZT-T")
    session.execute("INSERT INTO products (sku) VALUES ('A')")
    assert confirm(database, "A", "tzt", "ana") == [Change("A", "TZT", True, "match confirmed by ana")]
    assert verified(session) == {"TZT"}
    assert confirm(database, "A", "TZT", "ana") == []
    assert unconfirm(database, "A", " TZT ", "mihai") == [Change("A", "TZT", False, "no active confirmed match")]
    assert verified(session) == set()
    assert history(session) == [
        ("A", "TZT", True, "match confirmed by ana", "ana"),
        ("A", "TZT", False, "no active confirmed match", "mihai"),
    ]
    assert confirm(database, "A", "TZT", "ana") == [Change("A", "TZT", True, "match confirmed by ana")]
    assert session.execute("SELECT count(*) FROM supplier_products").fetchone() == (1,)
    assert session.execute("SELECT count(*) FROM suppliers").fetchone() == (1,)


@both_servers
def test_confirming_a_match_of_the_erp_keeps_it_one_row(database, session):
    sheet(session, "A", "TZT", "https://x")
    match(session, "A", "tzt", "https://other", confirmed=False)
    confirm(database, "A", "TZT", "ana")
    rows = session.execute(
        "SELECT supplier_product_url, manual_confirmed, confirmed_by, confirmed_at IS NOT NULL FROM supplier_products"
    ).fetchall()
    assert rows == [("https://other", True, "ana", True)]


def test_confirming_an_unknown_sku_says_so(database, session):
    with pytest.raises(ConfigurationError, match="SKU 'NOPE' is not in products"):
        confirm(database, "NOPE", "TZT", "ana")


def test_confirming_an_unknown_supplier_names_those_of_the_price_list(database, session):
    session.execute("INSERT INTO products (sku) VALUES ('A'), ('B')")
    sheet(session, "A", "TZT")
    sheet(session, "A", "WANKE")
    with pytest.raises(ConfigurationError, match=r"'KEMEISING'\. The price list of A names: TZT, WANKE\."):
        confirm(database, "A", "KEMEISING", "ana")
    with pytest.raises(ConfigurationError, match="The price list of B names: nobody"):
        confirm(database, "B", "KEMEISING", "ana")
    assert session.execute("SELECT count(*) FROM suppliers").fetchone() == (0,)


def test_taking_back_what_was_never_confirmed_says_so(database, session):
    match(session, "A", "TZT", confirmed=False)
    with pytest.raises(ConfigurationError, match="No match of A with 'TZT' is confirmed"):
        unconfirm(database, "A", "TZT", "ana")


@both_servers
def test_two_spellings_in_one_list_are_one_supplier(database, session):
    load_suppliers(database, [Sheet("A", "TZT", Decimal("8.5"), "https://x")], [Match("A", " tzt", "", True, "ana")])
    assert session.execute("SELECT name FROM suppliers").fetchall() == [("TZT",)]
    assert session.execute("SELECT count(*) FROM supplier_products").fetchone() == (1,)
