"""The page as a file: what it holds, what it says first, and that foreign text is text. In a browser: `browser/`."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import pytest

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.explanation import explanation
from magflow_pipeline.reports.output import words_of_codes
from magflow_pipeline.reports.page import make_page, page_texts
from magflow_pipeline.reports.page_lists import LISTS, SKUS_OF_A_PACK
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.text import printable
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.reports.page_shop import HOSTILE, fill, rename

NOW = datetime.now(UTC)
SKUS = 2 * SKUS_OF_A_PACK + 10


class Parsed(HTMLParser):
    """The elements of a page by tag, with their attributes and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.loud: dict[str, list[str]] = {"en": [], "ro": []}
        self._language, self._into = "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        self._language = "" if attributes.get("id") == "list" else attributes.get("data-language") or self._language
        if tag in ("script", "style"):
            self._into = attributes.get("id") or tag
        elif attributes.get("class") == "loud" and "data-old" not in attributes and self._language:
            self._into = "loud"

    def handle_endtag(self, _):
        self._into = None

    def handle_data(self, data):
        if self._into == "loud":
            self.loud[self._language].append(data)
        elif self._into:
            self.scripts[self._into] = self.scripts.get(self._into, "") + data


SCRIPTED = re.compile(r'say\("(\w+)"[,)]')


def page_of(database, now=NOW, language=Language.EN) -> tuple[Parsed, str]:
    file = BytesIO()
    make_page(database, file, language, now)
    text = file.getvalue().decode()
    return Parsed(text), text


def data_of(page: Parsed) -> dict:
    """What the script reads, with the rows of all parts put together."""
    data = json.loads(page.scripts["data"])
    for part in parts_of(page):
        for source, columns in part.items():
            for column, values in columns.items():
                data["sources"][source]["values"].setdefault(column, []).extend(values)
    return data


def parts_of(page: Parsed) -> list[dict]:
    return [json.loads(text) for name, text in page.scripts.items() if name.startswith("rows-")]


def rows_of(data: dict, name: str) -> list[dict]:
    """The rows of a list, in the order in which the page begins."""
    each = data["lists"][name]
    values = data["sources"][each["source"]]["values"]
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    kept = [row for row in rows if each["only"] is None or row[each["only"]]]
    return sorted(kept, key=lambda row: row["buying_rank"])


@pytest.fixture(scope="module")
def shop(servers: Callable[[str], str]) -> Iterator[Database]:
    """A shop of 210 SKUs, ten of which have hostile names; tests only read it."""
    for url in _new_database(servers("embedded"), TEMPLATE):
        database = open_database(Settings(MAGFLOW_DATABASE_URL=url))
        with database.connect("test") as session:
            fill(session, SKUS, NOW)
            rename(session)
        yield database


@pytest.fixture(scope="module")
def page(shop: Database) -> tuple[Parsed, str]:
    return page_of(shop)


def test_lists_hold_every_row_and_their_sums(shop, page):
    """A row that a page loses is an order that nobody sends."""
    data = data_of(page[0])
    items, orders, decide = (rows_of(data, name) for name in ("all", "order", "decide"))
    assert [(row["account_type"], row["sku"]) for row in items] == [
        (row["account_type"], row["sku"]) for row in read_rows(shop, "page_items", order_by=["buying_rank"])
    ]
    assert len(items) == SKUS * 3 // 2
    for rows, table, names in (
        (orders, "reorder_proposals", ("quantity", "total_ron", "ron_at_risk_per_day")),
        (items, "low_stock_report", ("reorder_quantity", "price", "ron_at_risk_per_day")),
    ):
        stored = read_rows(shop, table)
        for name in names:
            assert sum(row[name] or 0 for row in rows) == pytest.approx(float(sum(row[name] or 0 for row in stored))), (
                name
            )
    assert [row["sku"] for row in decide] == [row["sku"] for row in read_rows(shop, "decide_yourself")]
    assert decide and all(row["reorder_quantity"] is None for row in decide)
    risks = [row["ron_at_risk_per_day"] for row in orders]
    assert risks == sorted(risks, reverse=True) and len(orders) == len({row["sku"] for row in orders})
    assert [(row["sku"], row["quantity"]) for row in rows_of(data, "move")] == [("SKU4", 5), ("SKU2", 7)]
    both = next(row for row in orders if row["sku"] == "SKU10")
    assert (both["for_accounts"], both["accounts"]) == ("fbe 30, main 30", ["fbe", "main"])


def test_each_reason_is_that_of_magflow_explain(shop, page):
    data = data_of(page[0])
    words = words_of_codes(shop, Language.RO)
    stored = {(row["account_type"], row["sku"]): row for row in read_rows(shop, "low_stock_report")}
    purchases = {row["sku"]: row for row in read_rows(shop, "reorder_proposals")}
    packs = [
        json.loads(gzip.decompress(base64.b64decode(text)))
        for name, text in page[0].scripts.items()
        if name.startswith("reasons-")
    ]
    assert [len(pack) for pack in packs] == [SKUS_OF_A_PACK, SKUS_OF_A_PACK, 10]
    for row in rows_of(data, "all"):
        account, sku = row["account_type"], row["sku"]
        told = packs[row["why"] // SKUS_OF_A_PACK][row["why"] % SKUS_OF_A_PACK]["ro"]
        lines = explanation(stored[account, sku], purchases.get(sku), 1, Language.RO, words)
        assert [printable(line) for line in lines] in told
    by_sku = {row["sku"]: row["why"] for row in rows_of(data, "all")}
    assert all(row["why"] == by_sku[row["sku"]] for row in rows_of(data, "order"))


def test_foreign_text_is_text_and_nothing_is_fetched(page):
    """Names come from eMAG and price lists: one that closes a script would run in the buyer's browser."""
    parsed, text = page
    rows = {row["sku"]: row for row in rows_of(data_of(parsed), "all") if row["account_type"] == "main"}
    for number, name in enumerate(HOSTILE, start=1):
        assert rows[f"SKU{number}"]["name"] == printable(name)
    assert not re.search("[\u2028\u2029\u202e\x1b]", text)
    for name, script in parsed.scripts.items():
        assert name in ("script", "style") or not set("<>&") & set(script), name
    tags = {tag for tag, _ in parsed.elements}
    assert not tags & {"img", "iframe", "link", "object", "embed", "base", "audio", "video"}
    assert all(not {"src", "srcset", "style", "background"} & set(attributes) for _, attributes in parsed.elements)
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]
    assert {attributes["href"] for tag, attributes in parsed.elements if tag == "a"} == {"#list"}


def test_the_policy_allows_our_style_and_script_and_no_network(page):
    parsed, _ = page
    places = {
        attributes.get("http-equiv", tag): (place, attributes)
        for place, (tag, attributes) in reversed([*enumerate(parsed.elements)])
    }
    hashes = {
        name: f"'sha256-{base64.b64encode(sha256(parsed.scripts[name].encode()).digest()).decode()}'"
        for name in ("script", "style")
    }
    place, policy = places["Content-Security-Policy"]
    assert policy["content"] == (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']};"
        " base-uri 'none'; form-action 'none'"
    )
    assert place < places["style"][0] < places["script"][0]


def test_every_word_and_heading_is_there_in_both_languages(shop, page):
    """A code without words is shown as the code."""
    data = data_of(page[0])
    english, romanian = (page_texts(shop, language) for language in Language)
    own = read_rows(shop, "page_texts", only={"language": ["ro"]})
    assert {row["code"] for row in own} == set(english)
    parts = re.compile(r"\{\w+\}")
    for code, words in english.items():
        assert sorted(parts.findall(words)) == sorted(parts.findall(romanian[code])), code
    assert not set("şţŞŢ") & set("".join(romanian.values()))
    columns = {name for each in LISTS.values() for name in each.columns}
    for language in ("en", "ro"):
        assert columns <= set(data["headings"][language])
    assert set(SCRIPTED.findall(page[0].scripts["script"])) <= set(data["texts"]["ro"])


def test_what_makes_the_numbers_wrong_is_said_first_in_both_languages(database, session):
    """A buyer ordered by a list that was two days old, since nothing on it said so."""
    fill(session, 10, NOW)
    assert page_of(database)[0].loud == {"en": [], "ro": []}

    session.execute("UPDATE low_stock_report SET scanned_at = %s WHERE account_type = 'fbe'", [NOW - timedelta(days=2)])
    loud = page_of(database)[0].loud
    assert loud["en"][0].startswith("fbe: STALE – last read ") and "48.0 hours" in loud["en"][0]
    assert loud["ro"][0].startswith("fbe: DATE VECHI – citit ultima dată ") and "48,0 ore" in loud["ro"][0]

    session.execute("UPDATE low_stock_report SET scan_status = 'partial', scan_offers = 90, scanned_at = %s", [NOW])
    assert page_of(database)[0].loud["en"] == [
        f"{account}: PARTIAL – 90 of 100 offers were read. What is missing is as of an earlier reading."
        for account in ("main", "fbe")
    ]
    session.execute("UPDATE low_stock_report SET scan_status = 'failed', scan_offers = 100")
    session.execute("UPDATE low_stock_report SET scanned_at = NULL WHERE account_type = 'main'")
    loud = page_of(database)[0].loud["ro"]
    assert loud[0].startswith("main: nu se știe când") and loud[1].startswith("fbe: ULTIMA CITIRE A EȘUAT")

    session.execute("UPDATE emag_accounts SET marketplace = 'simulator'")
    session.execute("DELETE FROM low_stock_report WHERE account_type = 'main'")
    loud = page_of(database)[0].loud["en"]
    assert loud[0].startswith("DEMO") and loud[1].startswith("main: NOT IN THE REPORT")
    session.execute("DELETE FROM low_stock_report")
    assert page_of(database)[0].loud["ro"][1:] == ["Încă nu există un raport: rulați întâi magflow sync."]


def test_a_row_of_an_older_version_stops_no_page(database, session):
    """After an update, rows that the new version has not built yet lack its columns."""
    fill(session, 4, NOW)
    session.execute(
        "UPDATE low_stock_report SET lead_time_source = NULL, sent_away_quantity = NULL, in_transfer_quantity = NULL,"
        " review_days = NULL, margin_source = NULL, demand_method = NULL, level_source = NULL"
    )
    rows = make_page(database, BytesIO(), Language.EN, NOW)
    assert rows == {"order": 2, "move": 2, "decide": 0, "all": 6}
