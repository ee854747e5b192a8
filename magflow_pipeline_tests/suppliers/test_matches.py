"""Supplier matches: the mark on a price-list row follows the confirmed matches, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from magflow_pipeline.database.statements import check
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.suppliers.lists import Match, Sheet, load_suppliers
from magflow_pipeline.suppliers.matches import (
    Change,
    confirm,
    labels,
    left_suppliers,
    unconfirm,
    unknown_skus,
    verify,
)
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_product, insert


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


def supplier(session: psycopg.Connection, number: int, name: str, **columns: bool) -> None:
    insert(session, "suppliers", id=number, name=name, **columns)


def matches(session: psycopg.Connection) -> list[tuple]:
    """Supplier and confirmer of each match."""
    return session.execute("SELECT supplier_id, confirmed_by FROM supplier_products ORDER BY id").fetchall()


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
    assert session.execute("SELECT name FROM suppliers ORDER BY 1").fetchall() == [("TZT",), ("TZT-T",)]


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
    assert session.execute("SELECT count(*) FROM supplier_products").fetchone() == (0,)


def test_taking_back_what_was_never_confirmed_says_so(database, session):
    match(session, "A", "TZT", confirmed=False)
    with pytest.raises(ConfigurationError, match="No match of A with 'TZT' is confirmed"):
        unconfirm(database, "A", "TZT", "ana")


@both_servers
def test_two_spellings_in_one_list_are_one_supplier(database, session):
    load_suppliers(database, [Sheet("A", "TZT", Decimal("8.5"), "https://x")], [Match("A", " tzt", "", True, "ana")])
    assert session.execute("SELECT name FROM suppliers").fetchall() == [("TZT",)]
    assert session.execute("SELECT count(*) FROM supplier_products").fetchone() == (1,)


@both_servers
def test_every_spelling_of_a_supplier_is_verified_and_taken_back_with_the_others(database, session):
    """A list that spells a supplier twice kept one of the rows pending, or marked for ever."""
    for spelling in ("Țiglă SRL", "ŢIGLĂ\xa0srl\n", "ｔ̦IGLĂ SRL"):
        sheet(session, "A", spelling)
    sheet(session, "A", "Tigla SRL")
    session.execute("INSERT INTO products (sku) VALUES ('A')")
    assert len(confirm(database, "A", "  ţiglă\u200b SRL", "ana")) == 3
    assert verified(session) == {"Țiglă SRL", "ŢIGLĂ\xa0srl\n", "ｔ̦IGLĂ SRL"}
    assert session.execute("SELECT name FROM suppliers ORDER BY 1").fetchall() == [("Tigla SRL",), ("Țiglă SRL",)]
    assert len(unconfirm(database, "A", "ȚIGLĂ SRL\t", "ana")) == 3
    assert verified(session) == set()


@both_servers
def test_addresses_are_equal_but_for_white_space_around_them(database, session):
    """An address copied from a page ends with a no-break space, a tab or a newline."""
    url = "https://detail.1688.com/offer/1.html"
    for number, blank in enumerate(("\xa0", "\t", "\r\n", "\u2003", "\u3000", "﻿", " \n \xa0")):
        sheet(session, f"S{number}", "Trading", f"{blank}{url}{blank}")
        match(session, f"S{number}", "KMX", f"{url}{blank}")
    sheet(session, "B", "Trading", "\xa0")
    match(session, "B", "KMX", "\n")
    assert {label.sku for label in labels(database) if label.label == "NEEDS SYNC"} == {f"S{each}" for each in range(7)}


@both_servers
def test_a_supplier_that_is_inactive_is_inactive_everywhere(database, session):
    """The seller left a supplier, and went on seeing his prices verified."""
    sheet(session, "A", "TZT", "https://x")
    sheet(session, "A", "Trading", "https://x")
    match(session, "A", "tzt", "https://x")
    assert {change.supplier_name for change in verify(database)} == {"TZT", "Trading"}
    session.execute("UPDATE suppliers SET is_active = false WHERE name = 'tzt'")
    assert [(label.supplier_name, label.label) for label in labels(database)] == [
        ("TZT", "STALE"),
        ("Trading", "STALE"),
    ]
    assert len(verify(database)) == 2
    assert verified(session) == set()
    assert [(label.supplier_name, label.label) for label in labels(database)] == [("Trading", "NOT CONFIRMED")]
    assert verify(database) == []
    assert left_suppliers(database, ["A", "B"]) == [("A", "tzt")]
    with pytest.raises(ConfigurationError, match=r"Supplier 'tzt' is inactive .* nothing was confirmed"):
        confirm(database, "A", " TZT\n", "ana")
    session.execute("UPDATE suppliers SET is_active = true")
    assert len(verify(database)) == 2


@both_servers
def test_a_switched_off_duplicate_hides_nobody(database, session):
    """Merging two rows of one supplier leaves an inactive one, which hid the active one."""
    supplier(session, 1, "TZT ", is_active=False)
    supplier(session, 2, "tzt")
    sheet(session, "A", "TZT")
    insert(session, "products", id=7, sku="A")
    insert(session, "supplier_products", supplier_id=1, local_product_id=7)
    assert [label.label for label in labels(database)] == ["NOT CONFIRMED"]
    assert len(confirm(database, "A", "TZT", "ana")) == 1
    assert matches(session) == [(1, None), (2, "ana")]
    assert verified(session) == {"TZT"}
    assert left_suppliers(database, ["A"]) == []
    session.execute("UPDATE supplier_products SET manual_confirmed = true, confirmed_by = 'erp' WHERE supplier_id = 1")
    assert len(unconfirm(database, "A", "TZT", "ana")) == 1
    assert matches(session) == [(1, None), (2, None)]


@both_servers
def test_of_two_rows_of_one_supplier_the_preferred_one_is_confirmed_once(database, session):
    supplier(session, 1, "TZT")
    supplier(session, 2, " tzt", is_preferred=True)
    sheet(session, "A", "TZT")
    session.execute("INSERT INTO products (sku) VALUES ('A')")
    for person in ("ana", "mihai"):
        confirm(database, "A", "tzt", person)
    assert matches(session) == [(2, "ana")]


@both_servers
def test_confirming_at_once_makes_one_supplier_and_one_match(database, session):
    """Two people, or one who pressed twice."""
    sheet(session, "A", "TZT")
    session.execute("INSERT INTO products (sku) VALUES ('A')")
    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(confirm, database, "A", name, "ana") for name in ("TZT", "tzt", " TZT", "TZT\xa0")]
        assert sum(len(each.result()) for each in done) == 1
    assert session.execute("SELECT count(*) FROM suppliers").fetchone() == (1,)
    assert len(matches(session)) == 1


@both_servers
def test_a_name_that_nobody_can_see_is_no_supplier(database, session):
    """All rows of a list whose supplier was lost would be one supplier."""
    for sku in ("A", "B"):
        sheet(session, sku, "\xa0\u200b")
    match(session, "A", "　")
    assert labels(database) == []
    with pytest.raises(ConfigurationError, match="No supplier is named"):
        confirm(database, "A", "\u200b", "ana")


NEAREST = [
    ("12", "0012"),
    ("0012.0", "0012"),
    ("aur517", "AUR517"),
    ("AUR517 ", "AUR517"),
    ("AUR 517", "AUR517"),
    ("AUR-517", "AUR517"),
    ("AUR517\xa0", "AUR517"),
    ("ＡＵＲ５１７", "AUR517"),
    ("1001.0", "1001"),
    ("1001,00", "1001"),
    ("１００１", "1001"),
    ("01001", "1001"),
    ("АUR517", "AUR517"),  # a Cyrillic А
    ("AUR57", "AUR517"),
    ("AUR5177", "AUR517"),
    ("AU517R", "AUR517"),
    ("AUR571", "AUR517"),
    ("ZZZ999", None),
    ("9", None),
    (" ", None),
]


@both_servers
def test_a_sku_that_no_product_has_is_answered_with_the_nearest(database, session):
    """A spreadsheet made 12 of 0012 and 1001.0 of 1001, and their prices went unused without a word."""
    for sku in ("0012", "AUR517", "1001", "BMX136", "S-1"):
        insert(session, "products", sku=sku)
    assert unknown_skus(database, [*(asked for asked, _ in NEAREST), "AUR517"]) == dict(NEAREST)
    assert unknown_skus(database, []) == {}
    with pytest.raises(ConfigurationError, match=r"SKU '12' is not in products. Did you mean 0012\?"):
        confirm(database, "12", "TZT", "ana")
    with pytest.raises(ConfigurationError, match=r"No match of aur517 .* Did you mean AUR517\?"):
        unconfirm(database, "aur517", "TZT", "ana")


def test_digits_that_changed_places_go_before_another_digit(database, session):
    """CMT259 was taken for CMT299, and INC352 for INC135, which nobody meant: CMT295 and INC325 were there."""
    for sku in ("CMT299", "CMT295", "INC135", "INC325", "INC953", "USB123", "USB129"):
        insert(session, "products", sku=sku)
    meant = {"CMT259": "CMT295", "INC352": "INC325", "USB128": "USB123"}
    assert unknown_skus(database, list(meant)) == meant


@both_servers
def test_prices_of_unknown_skus_are_named_with_the_nearest(database, session):
    insert(session, "products", sku="0012")
    insert(session, "products", sku="AUR517")
    supplier(session, 1, "Left", is_active=False)
    for sku, name in (("12", "TZT"), ("12", "WANKE"), ("aur517", "TZT"), ("AUR517", "TZT"), ("nobody's", "TZT")):
        sheet(session, sku, name)
    sheet(session, "13", "left")
    insert(session, "product_supplier_sheets", sku="14", supplier_name="TZT", is_active=False)
    rows = session.execute("SELECT sku, nearest_sku, supplier_name FROM unused_prices ORDER BY 1, 3").fetchall()
    assert rows == [
        ("12", "0012", "TZT"),
        ("12", "0012", "WANKE"),
        ("aur517", "AUR517", "TZT"),
        ("nobody's", None, "TZT"),
    ]


@both_servers
def test_a_price_of_a_product_that_is_sold_in_another_spelling_only_is_named(database, session):
    """The ERP had product and price of `12`, eMAG sells `0012`: the buyer saw no supplier, and no check said why."""
    for sku in ("12", "0012", "AUR517", "aur-517", "NEW", "A1", "A 1"):
        insert(session, "products", sku=sku)
    for number, sku in enumerate(("0012", "AUR517", "A1", "A 1"), 1):
        insert(session, "emag_products_v2", **emag_product(emag_id=number, sku=sku))
    for sku in ("12", "0012", "aur-517", "NEW", "A1", "A 1"):
        sheet(session, sku, "TZT")  # A1 and A 1 are sold, both
    rows = session.execute("SELECT sku, nearest_sku FROM unused_prices ORDER BY 1").fetchall()
    assert rows == [("12", "0012"), ("aur-517", "AUR517")]
    assert {row[0] for row in session.execute(check("every_price_has_its_product"))} == {"12", "aur-517"}


def prices(session):
    return session.execute("SELECT price_cny FROM supplier_prices WHERE sku = 'A'").fetchall()


@both_servers
def test_a_price_of_next_year_counts_after_the_others_and_is_told(database, session):
    """A price of a year to come won for ever; one of a clock some hours ahead is the newest all the same."""
    for name, price in (("TZT", 8), ("tzt", 9)):
        insert(session, "product_supplier_sheets", sku="A", supplier_name=name, price_cny=price)
    session.execute("UPDATE product_supplier_sheets SET updated_at = now() + interval '3 hours' WHERE price_cny = 9")
    assert [price for (price,) in prices(session)] == [9]
    assert session.execute(check("every_value_is_sound")).fetchall() == []
    session.execute("UPDATE product_supplier_sheets SET updated_at = now() + interval '1 year' WHERE price_cny = 9")
    assert [price for (price,) in prices(session)] == [8]
    [found] = session.execute(check("every_value_is_sound")).fetchall()
    assert (found[0], found[2]) == ("product_supplier_sheets", "updated_at")


@both_servers
def test_two_prices_of_one_supplier_are_a_conflict(database, session):
    """The list had 'TZT ' with 8.50 and 'TZT' with 12.50, and nobody said so."""
    for sku, name, price, is_active in (
        ("A", "TZT ", "8.5", True),
        ("A", "TZT", "12.5", True),
        ("B", "WANKE", "9", True),
        ("B", "wanke", "9.00", True),
        ("C", "TZT ", "8", False),
        ("C", "TZT", "9", True),
    ):
        insert(session, "product_supplier_sheets", sku=sku, supplier_name=name, price_cny=price, is_active=is_active)
    [(conflict, sku, counts, other, detail)] = session.execute("SELECT * FROM supplier_conflicts").fetchall()
    assert (conflict, sku, counts, other) == ("two prices of one supplier", "A", "TZT", "TZT ")
    assert "12.5000 of 20" in detail and "which counts, and 8.5000 of 20" in detail
    supplier(session, 1, "tzt", is_active=False)
    assert session.execute("SELECT * FROM supplier_conflicts").fetchall() == []
    supplier(session, 2, "TZT")
    assert session.execute("SELECT count(*) FROM supplier_conflicts").fetchone() == (1,)
    supplier(session, 3, "ＴＺＴ")
    conflicts = session.execute("SELECT conflict, detail FROM supplier_conflicts ORDER BY 1").fetchall()
    assert ("two suppliers with one name", "suppliers 2 and 3") in conflicts and len(conflicts) == 2


@both_servers
def test_a_list_that_spells_a_known_supplier_in_another_way_adds_nothing(database, session):
    rows = [Sheet("A", "TZT", Decimal("8.5"), "https://x"), Sheet("A", "tzt\xa0", Decimal(9), "https://y")]
    supplier(session, 1, "TZT")
    supplier(session, 2, "tzt")
    load_suppliers(database, rows[:1], [])
    load_suppliers(database, rows, [Match("A", "ＴＺＴ", "", True, "ana"), Match("A", "TZT", "", True, "ana")])
    assert session.execute("SELECT supplier_name FROM product_supplier_sheets").fetchall() == [("TZT",)]
    assert matches(session) == [(1, "ana")]
