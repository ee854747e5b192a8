"""Files that nobody would make on purpose end as a sentence or as rows, and change nothing the second time."""

import datetime
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from magflow_pipeline.database.connection import Database
from magflow_pipeline.imports.files import read_table
from magflow_pipeline.imports.kinds import KINDS, SHEETS, Kind
from magflow_pipeline.imports.loading import import_file
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline_tests.imports.conftest import workbook

QUIET = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TABLES = (
    *("imports", "sales_elsewhere", "stock_counts", "suppliers", "supplier_terms", "product_supplier_sheets"),
    *("supplier_price_breaks", "supplier_products", "supplier_receipts", "product_costs", "marketplace_fees"),
    *("supplier_closures", "inventory_items", "item_policies", "supplier_verification_history"),
)
CELLS: list[Any] = [
    *("", None, " ", "\u00a0", "\u200b", "A", "B", "00469", 469, 469.0, "469", "AUR516", "TZT", "tzt ", "\u200bTZT"),
    *("WANKE", "1", "0", 1, 0, -1, 12.5, 1e300, 1e-300, 10**17, "12,5", "1.234", "1.234,5", "12%", 0.12, "350 g"),
    *("¥3", "3 lei", "NaN", "da", "nu", True, False, "none", "fără", "main", "FBE", "hu", "CNY", "usd", "sea", "海运"),
    *("X" * 300, "eMAG", "olx", "#REF!", "#N/A", "=1+1", "@x", "\x1b[2J", "\x00", "'; DROP TABLE suppliers; --"),
    *("{a,b}", "\\N", '"', "%s", "\n", "İ", "2026-01-05", "5.1.2026", "2026年1月7日", "31.2.2026", "2199-01-01", 46000),
    *(datetime.date(2026, 1, 6), "https://x.example/1", "javascript:alert(1)"),
]
KIND = st.sampled_from([*KINDS.values()])


def sensible(kind: Kind, column: str) -> st.SearchStrategy[Any]:
    """Values that the column takes, more often than those that it does not."""
    takes = {
        "sku": ["A", "B", "00469", "new"],
        "supplier_name": ["TZT", "WANKE"],
        "day": ["2026-01-05"],
        "ordered_on": ["2026-01-05"],
        "received_on": ["2026-02-05", "2026-03-05"],
        "starts_on": ["2026-02-05"],
        "ends_on": ["2026-02-05", "2026-03-05"],
        "price": ["12,5", 3, "$2"],
        "quantity": [1, "2"],
        "channel": ["olx"],
        "account_type": ["main", ""],
    }
    usual = st.sampled_from(takes.get(column, ["", None, "1", "none"]))
    return st.one_of(usual, usual, usual, usual, usual, usual, st.sampled_from(CELLS))


@st.composite
def files(draw: st.DrawFn) -> tuple[Kind, list[list[list[Any]]], bool]:
    """A kind, some tables with a header of it, and whether they become a workbook."""
    kind = draw(KIND)
    tables: list[list[list[Any]]] = []
    for _ in range(draw(st.integers(1, 2))):
        columns = [column for column in kind.columns if column.name in kind.needed or draw(st.booleans())]
        columns = draw(st.permutations(columns))
        words = [draw(st.sampled_from(column.words.split(", "))) for column in columns]
        units = [draw(st.sampled_from(["", *column.units])) for column in columns]
        header = [f"{word} ({unit})" if unit else word for word, unit in zip(words, units, strict=True)]
        title = draw(st.lists(st.sampled_from(CELLS), max_size=2))
        rows = draw(st.lists(st.tuples(*(sensible(kind, column.name) for column in columns)), min_size=1, max_size=4))
        tables.append([title, header, *map(list, rows)])
    return kind, tables, draw(st.booleans())


def written(folder: Path, tables: list[list[list[Any]]], as_workbook: bool) -> Path:
    if as_workbook:
        # A workbook holds no such characters and numbers: xlsxwriter would not write it.
        clean = [[[_kept(cell) for cell in row] for row in table] for table in tables]
        return workbook(folder / "a.xlsx", {f"S{number}": table for number, table in enumerate(clean)})
    quoted = [
        ";".join('"' + ("" if cell is None else str(cell)).replace('"', '""') + '"' for cell in row)
        for row in tables[0]
    ]
    (folder / "a.csv").write_bytes("\r\n".join(quoted).encode("utf-8", "replace"))
    return folder / "a.csv"


def _kept(cell: Any) -> Any:
    return cell.replace("\x00", "").replace("\x1b", "") if isinstance(cell, str) else cell


def stored(session: psycopg.Connection) -> dict[str, Any]:
    return {name: session.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall() for name in TABLES}


@QUIET
@given(file=files())
def test_a_file_is_stored_whole_or_not_at_all_and_once(
    file: Any, seller: psycopg.Connection, database: Database, tmp_path
):
    """All or nothing, a dry run that tells the truth, and nothing new or changed the second time."""
    kind, tables, as_workbook = file
    path = written(tmp_path, tables, as_workbook)
    before = stored(seller)
    try:
        told = import_file(database, kind, path, by="ana", channel="own shop", dry_run=True)
    except ConfigurationError as error:
        assert str(error).endswith((".", "?"))
        assert stored(seller) == before
        return
    assert stored(seller) == before
    done = import_file(database, kind, path, by="ana", channel="own shop")
    assert done == told
    after = stored(seller)
    if not done.is_stored:
        assert done.unusable and after == before
        return
    again = import_file(database, kind, path, by="mihai", channel="own shop")
    assert (again.created, again.changed) == (0, 0)
    assert {**stored(seller), "imports": None} == {**after, "imports": None}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".txt", ".xlsx"]))
@example(content=b"\xff\xfe\x00", suffix=".csv")
@example(content=b"sku,supplier,price\n" + bytes(range(256)), suffix=".csv")
@example(content=b"PK\x03\x04", suffix=".xlsx")
def test_any_bytes_are_a_table_or_a_sentence(content: bytes, suffix: str, tmp_path: Path):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    try:
        read_table(path, SHEETS.columns, SHEETS.needed)
    except ConfigurationError as error:
        assert str(error).endswith(".")


def test_a_damaged_workbook_is_a_table_or_a_sentence(tmp_path: Path):
    """A download that broke off, a part that is missing, a byte that is wrong."""
    whole = workbook(tmp_path / "a.xlsx", {"S": [["sku", "supplier", "price"], ["A", "TZT", 1]]}).read_bytes()
    chance = random.Random(1)
    damaged = [whole[: chance.randrange(len(whole))] for _ in range(20)]
    for _ in range(60):
        content = bytearray(whole)
        content[chance.randrange(len(content))] = chance.randrange(256)
        damaged.append(bytes(content))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        for left_out in archive.namelist():
            part = io.BytesIO()
            with zipfile.ZipFile(part, "w") as copy:
                for name in archive.namelist():
                    if name != left_out:
                        copy.writestr(name, archive.read(name))
            damaged.append(part.getvalue())
    for content in damaged:
        (tmp_path / "b.xlsx").write_bytes(content)
        try:
            table = read_table(tmp_path / "b.xlsx", SHEETS.columns, SHEETS.needed)
        except ConfigurationError as error:
            assert str(error).endswith(".")
        else:
            assert len(table.rows) <= 1


@pytest.mark.slow
def test_a_large_price_list_is_whole(seller: psycopg.Connection, bring):
    """A seller's catalogue of five suppliers in one file, and again."""
    seller.execute("INSERT INTO products (sku) SELECT 'SKU' || number FROM generate_series(1, 20000) AS number")
    lines = [f"SKU{1 + number % 20_000};Supplier {number // 20_000};{number % 90 + 1},5" for number in range(100_000)]
    text = "\n".join(["sku;supplier;price", *lines])
    assert bring("sheets", text).created == 100_000
    again = bring("sheets", text)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 100_000)
