"""Which supplier a price-list row belongs to: found from the name when it is written, and by number from then on."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors

from magflow_pipeline.database.connection import Database
from magflow_pipeline.suppliers.matches import confirm, labels, verify
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.database.test_privileges import role

LATEST_LIST = """
INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny) VALUES (%s, %s, %s)
ON CONFLICT (sku, supplier_name) DO UPDATE SET price_cny = excluded.price_cny
"""


def price(session: psycopg.Connection, name: str, cny: int | None = 8, sku: str = "A", **columns: object) -> None:
    insert(session, "product_supplier_sheets", sku=sku, supplier_name=name, price_cny=cny, **columns)


def supplier(session: psycopg.Connection, number: int, name: str, **columns: object) -> None:
    insert(session, "suppliers", id=number, name=name, **columns)


def owners(session: psycopg.Connection) -> list[tuple[str, str]]:
    """The name in the list of each row, and the name in suppliers."""
    return session.execute(
        "SELECT sheet.supplier_name, supplier.name FROM product_supplier_sheets AS sheet"
        " LEFT JOIN suppliers AS supplier ON sheet.supplier_id = supplier.id ORDER BY sheet.sku, sheet.id"
    ).fetchall()


def ids(session: psycopg.Connection) -> list[int]:
    rows = session.execute("SELECT supplier_id FROM product_supplier_sheets ORDER BY sku, id").fetchall()
    return [number for (number,) in rows]


def prices_of(session: psycopg.Connection) -> list[tuple]:
    prices = "SELECT sku, supplier_name, price_cny::integer FROM supplier_prices ORDER BY sku, supplier_name"
    return session.execute(prices).fetchall()


def names(session: psycopg.Connection) -> list[str]:
    return [name for (name,) in session.execute("SELECT name FROM suppliers ORDER BY id").fetchall()]


@both_servers
def test_a_name_finds_its_supplier_however_it_is_spelled_and_one_that_is_unknown_makes_one(session):
    """The ERP and people write names alone."""
    supplier(session, 1, "TZT")
    price(session, "TZT")
    price(session, "ｔｚｔ\xa0")
    price(session, " Wanke ", sku="B")
    price(session, "WANKE", sku="C")
    assert owners(session) == [("TZT", "TZT"), ("ｔｚｔ\xa0", "TZT"), (" Wanke ", "Wanke"), ("WANKE", "Wanke")]
    made = session.execute("SELECT name, is_active, is_preferred, is_from_list FROM suppliers ORDER BY id").fetchall()
    assert made == [("TZT", True, False, False), ("Wanke", True, False, True)]


@both_servers
def test_a_number_that_is_given_must_be_that_of_the_name(session):
    supplier(session, 1, "TZT")
    supplier(session, 2, "tzt")
    price(session, "TZT", supplier_id=2)  # two rows of one supplier: the writer knows which he means
    assert ids(session) == [2]
    refused = "supplier_id 1 of product_supplier_sheets is 'TZT', and supplier_name is 'WANKE': leave supplier_id out"
    with pytest.raises(errors.CheckViolation, match=refused):
        price(session, "WANKE", supplier_id=1)
    with pytest.raises(errors.CheckViolation, match=r"supplier_id 7 of .* is no supplier, and supplier_name is 'TZT'"):
        price(session, "TZT", supplier_id=7, sku="B")
    with pytest.raises(
        errors.CheckViolation, match="supplier_name of product_supplier_sheets cannot be null: write it"
    ):
        insert(session, "product_supplier_sheets", sku="B", supplier_id=1)
    with pytest.raises(errors.CheckViolation, match="supplier_id 1 of"):
        session.execute("UPDATE product_supplier_sheets SET supplier_id = 1, supplier_name = 'WANKE'")
    assert (owners(session), names(session)) == ([("TZT", "tzt")], ["TZT", "tzt"])


@both_servers
def test_a_row_that_gets_another_name_gets_another_supplier(session):
    supplier(session, 1, "TZT")
    supplier(session, 2, "WANKE")
    price(session, "TZT")
    session.execute("UPDATE product_supplier_sheets SET supplier_name = 'wanke'")
    assert ids(session) == [2]
    # A program that writes all columns back knows the number of before.
    session.execute("UPDATE product_supplier_sheets SET supplier_name = 'TZT', supplier_id = 2, price_cny = 9")
    assert ids(session) == [1]
    session.execute("UPDATE product_supplier_sheets SET supplier_id = NULL")
    session.execute("UPDATE product_supplier_sheets SET supplier_id = 1, supplier_name = supplier_name")
    assert ids(session) == [1]
    session.execute("UPDATE product_supplier_sheets SET supplier_name = 'New'")
    assert owners(session) == [("New", "New")]


@both_servers
def test_a_renamed_supplier_keeps_prices_and_marks_and_is_known_by_his_old_name(database: Database, session):
    """By name, a supplier who changed his name lost all prices, and his confirmations no longer counted."""
    insert(session, "products", sku="A")
    price(session, "TZT")
    confirm(database, "A", "TZT", "ana")
    session.execute("UPDATE suppliers SET name = 'TZT Trading' WHERE name = 'TZT'")
    assert prices_of(session) == [("A", "TZT Trading", 8)]
    assert [label.label for label in labels(database)] == ["SYNCED"] and verify(database) == []
    session.execute(LATEST_LIST, ["A", "TZT", 9])
    session.execute(LATEST_LIST, ["B", " tzt", 7])
    session.execute(LATEST_LIST, ["C", "TZT TRADING", 6])
    assert prices_of(session) == [("A", "TZT Trading", 9), ("B", "TZT Trading", 7), ("C", "TZT Trading", 6)]
    insert(session, "products", sku="B")
    assert [change.supplier_name for change in confirm(database, "B", "tzt", "ana")] == [" tzt"]
    session.execute("UPDATE suppliers SET name = 'TZT'")
    assert session.execute("SELECT former_names FROM suppliers").fetchall() == [(["tzt trading"],)]


@both_servers
def test_who_has_a_name_now_goes_before_who_had_it(session):
    """Two names that were mixed up are put right: the prices follow their name, whatever the order."""
    supplier(session, 1, "TZT")
    supplier(session, 2, "TZT-T")
    for sku, name in (("A", "TZT"), ("B", "TZT-T"), ("C", "tzt")):
        price(session, name, sku=sku)
    session.execute("UPDATE suppliers SET name = 'x' WHERE id = 1")
    assert ids(session) == [1, 2, 1]
    session.execute("UPDATE suppliers SET name = 'TZT' WHERE id = 2")
    assert ids(session) == [2, 2, 2]
    session.execute("UPDATE suppliers SET name = 'TZT-T' WHERE id = 1")
    assert ids(session) == [2, 1, 2]
    session.execute("UPDATE suppliers SET name = 'TZT Ltd' WHERE id = 2")
    supplier(session, 3, "Tzt")
    assert ids(session) == [3, 1, 3]


@both_servers
def test_the_row_that_a_list_made_gives_way_to_the_one_that_the_erp_enters(session):
    """A list came before the ERP's suppliers: two suppliers of one name, and switching one off changed nothing."""
    price(session, "TZT")
    price(session, "tzt", 9, sku="B")
    supplier(session, 1, "Tzt")
    assert (ids(session), names(session)) == ([1, 1], ["Tzt"])
    assert session.execute("SELECT count(*) FROM supplier_conflicts").fetchone() == (0,)
    session.execute("UPDATE suppliers SET is_active = FALSE WHERE id = 1")
    assert prices_of(session) == []


@both_servers
def test_a_row_that_people_have_changed_or_matched_is_never_taken_away(database: Database, session):
    insert(session, "products", sku="A")
    price(session, "TZT")
    price(session, "WANKE")
    confirm(database, "A", "TZT", "ana")
    session.execute("UPDATE suppliers SET is_preferred = TRUE WHERE name = 'WANKE'")
    supplier(session, 1, "tzt")
    supplier(session, 2, "wanke")
    assert sorted(names(session)) == ["TZT", "WANKE", "tzt", "wanke"]
    conflicts = session.execute("SELECT conflict, supplier_name, other_supplier_name FROM supplier_conflicts")
    assert sorted(conflicts.fetchall()) == [
        ("two suppliers with one name", "tzt", "TZT"),
        ("two suppliers with one name", "wanke", "WANKE"),
    ]
    assert {label.supplier_name: label.label for label in labels(database)} == {
        "TZT": "SYNCED",
        "WANKE": "NOT CONFIRMED",
    }


@both_servers
def test_a_supplier_that_is_deleted_leaves_his_prices(session):
    """An ERP deletes its suppliers and writes them anew; a person settles a conflict by deleting a twin."""
    supplier(session, 1, "TZT", is_preferred=True)
    supplier(session, 2, "tzt")
    price(session, "TZT")
    price(session, "WANKE", 9)
    session.execute("DELETE FROM suppliers WHERE id = 1")
    assert owners(session) == [("TZT", "tzt"), ("WANKE", "WANKE")]
    session.execute("DELETE FROM suppliers")
    assert owners(session) == [("TZT", "TZT"), ("WANKE", "WANKE")]
    supplier(session, 1, "TZT")
    supplier(session, 2, "WANKE", is_preferred=True)
    assert (ids(session), prices_of(session)) == ([1, 2], [("A", "TZT", 8), ("A", "WANKE", 9)])
    insert(session, "products", id=7, sku="A")
    insert(session, "supplier_products", supplier_id=1, local_product_id=7)
    with pytest.raises(errors.ForeignKeyViolation, match="supplier_products"):
        session.execute("DELETE FROM suppliers WHERE id = 1")
    assert ids(session) == [1, 2]


@both_servers
def test_lists_are_loaded_anew_by_truncate_and_copy(session):
    supplier(session, 1, "TZT")
    for _ in range(2):
        session.execute("TRUNCATE product_supplier_sheets")
        with (
            session.cursor() as cursor,
            cursor.copy("COPY product_supplier_sheets (sku, supplier_name, price_cny) FROM STDIN") as copy,
        ):
            for number in range(100):
                copy.write_row((f"S{number}", ("tzt", "New", "new")[number % 3], 8))
        assert names(session) == ["TZT", "New"]
    session.execute("TRUNCATE suppliers CASCADE")
    with session.cursor() as cursor, cursor.copy("COPY suppliers (id, name) FROM STDIN") as copy:
        copy.write_row((5, "TZT"))
    price(session, "TZT")
    assert ids(session) == [5]


@both_servers
def test_a_list_that_changes_nothing_makes_no_supplier(session):
    """ON CONFLICT asks for a supplier before it finds the row that is there."""
    price(session, "TZT")
    for _ in range(2):
        session.execute(LATEST_LIST, ["A", "TZT", 9])
    assert (prices_of(session), names(session)) == ([("A", "TZT", 9)], ["TZT"])
    with session.transaction(force_rollback=True):
        session.execute(LATEST_LIST, ["A", "New", 9])
    assert names(session) == ["TZT"]


@both_servers
def test_lists_that_name_a_new_supplier_at_once_make_one(database: Database, session):
    def load(number: int) -> None:
        with database.connect("erp") as erp, erp.transaction():
            for name in ("TZT", "WANKE", "Third")[:: 1 if number % 2 else -1]:
                price(erp, name, sku=f"S{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(load, range(6)))
    assert sorted(names(session)) == ["TZT", "Third", "WANKE"]


@both_servers
def test_who_may_write_price_lists_alone_goes_on_writing_them(session, database_url):
    """The ERP's role has no right to read or enter suppliers."""
    supplier(session, 1, "TZT")
    with role(database_url, "SELECT, INSERT, UPDATE ON app.product_supplier_sheets") as erp:
        erp.execute("SET search_path TO app")
        erp.execute("CREATE TEMPORARY TABLE suppliers (id bigint, name text, identity text, former_names text[])")
        erp.execute("INSERT INTO suppliers VALUES (99, 'TZT', 'tzt', '{}')")
        price(erp, "tzt")
        price(erp, "New")
    assert owners(session) == [("tzt", "TZT"), ("New", "New")]
    with role(database_url, "SELECT, INSERT, UPDATE, DELETE ON app.suppliers") as erp:
        erp.execute("SET search_path TO app")
        supplier(erp, 2, "NEW")
        erp.execute("UPDATE suppliers SET name = 'TZT Ltd' WHERE id = 1")
        supplier(erp, 3, "TZT")
    assert ids(session) == [3, 2]


@both_servers
def test_a_program_that_switches_triggers_off_writes_a_supplier_too(session):
    session.execute("SET session_replication_role = replica")
    price(session, "TZT")
    assert owners(session) == [("TZT", "TZT")]


@both_servers
def test_conflicts_of_a_list_that_was_just_loaded_are_found_at_once(session):
    """By statistics of the list before, each price looked through all prices: 100,000 of them took hours."""
    supplier(session, 1, "Supplier 0")
    price(session, "Supplier 0", sku="first")
    session.execute("ANALYZE suppliers; ANALYZE product_supplier_sheets")
    session.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny)"
        " SELECT 'SKU' || n / 2, 'Supplier ' || n / 2 %% 50 || repeat(' ', mod(n, 2)), 8"
        " FROM generate_series(0, 30000) AS n",
        [],
    )
    session.execute("SET statement_timeout = '20s'")
    [(conflicts,)] = session.execute("SELECT count(*) FROM supplier_conflicts").fetchall()
    assert conflicts == 0
