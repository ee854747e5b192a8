"""A buyer at the page, in a real browser without network: finds, selects and takes an order; reads why; prints.

Its content: `reports/test_page.py`. How long it takes to open, search and sort: `benchmarks/page.py`.
"""

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, cycle
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.page import make_page, write_page
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.settings import Settings
from magflow_pipeline.text import in_spreadsheet, printable
from magflow_pipeline_tests.browser.screen import Screen, screen
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.reports.page_shop import HOSTILE, fill, rename

pytestmark = pytest.mark.slow

DESK, PHONE = 1280, 375
SKUS = 210
MANY = 50_000
SECONDS = 2.0  # in which a page of 5,000 rows opens; it takes a third of it on a machine of two cores
SHOWN = "return [...document.querySelectorAll('#table tbody th')].map(each => each.firstChild.textContent)"
DRAWN = "return performance.getEntriesByName('drawn').length > 0 && performance.getEntriesByName('drawn')[0].startTime"
CHOOSE = "const box = document.getElementById({!r}); box.value = {!r};" + (
    "box.dispatchEvent(new Event('input', {{bubbles: true}}))"
)
# Elements that reach beyond the screen, but for those inside of what scrolls on its own.
OUTSIDE = """
return [...document.querySelectorAll('body *')].filter(each => !each.closest('.unseen, .skip, svg')
    && each.getClientRects().length && each.getBoundingClientRect().right > innerWidth + 0.5
    && !each.closest('figure .wide')).map(each => each.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def shop(servers: Callable[[str], str]) -> Iterator[Database]:
    """A shop with hostile names, read just now."""
    for url in _new_database(servers("embedded"), TEMPLATE):
        database = open_database(Settings(MAGFLOW_DATABASE_URL=url))
        with database.connect("test") as session:
            fill(session, SKUS, datetime.now(UTC))
            rename(session)
        yield database


@pytest.fixture(scope="module")
def address(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(shop, path, Language.EN)
    return path.as_uri()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[Screen]:
    """A browser without network."""
    with screen(downloads) as browser:
        browser.allow(downloads)
        browser.devtools("Network.enable")
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        browser.devtools("Network.emulateNetworkConditions", **offline)
        yield browser


@pytest.fixture
def page(browser: Screen, address: str) -> Iterator[Screen]:
    """The page at a desk; whatever a test does on it, nothing is asked for but itself, and no script complains."""
    browser.be_a_desk(DESK)
    browser.complaints(), browser.requests()  # those of the test before
    open_page(browser, address)
    yield browser
    assert browser.complaints() == []
    asked = browser.requests()
    assert asked.count(address) >= 1
    assert [each for each in asked if not each.startswith((address, "blob:", "data:"))] == []
    assert browser.run("return window.hacked") is None
    assert browser.run("return performance.getEntriesByType('resource').length") == 0


def open_page(browser: Screen, address: str) -> None:
    browser.open(address)
    browser.wait("the list", lambda: browser.run(DRAWN) or None)


def choose(page: Screen, control: str, value: str) -> None:
    page.run(CHOOSE.format(control, value))


def shown(page: Screen) -> list[str]:
    return page.run(SHOWN)


def see_rows(page: Screen, skus: list[str]) -> None:
    """Wait until the page of the list shows these SKUs in this order."""
    try:
        page.wait("the rows", lambda: shown(page) == skus or None)
    except AssertionError:
        assert shown(page) == skus


def stored(shop: Database, view: str, **only: str) -> list[Row]:
    return read_rows(shop, view, only={name: [value] for name, value in only.items()}, order_by=["buying_rank"])


def skus(rows: list[Row]) -> list[str]:
    return [row["sku"] for row in rows][:100]


def test_search_filters_and_sorting_show_the_rows_that_they_name(page, shop):
    orders = stored(shop, "page_orders")
    see_rows(page, skus(orders))
    choose(page, "search", "LAMPA 42")  # without its marks, in any case
    see_rows(page, [row["sku"] for row in orders if "42" in row["sku"]])
    choose(page, "search", "")
    for control, column in (
        ("by_supplier_name", "supplier_name"),
        ("by_status", "status"),
        ("by_brand", "brand"),
        ("by_category_id", "category_id"),
    ):
        value = orders[40][column]
        choose(page, control, str(value))
        see_rows(page, skus([row for row in orders if row[column] == value]))
        choose(page, control, "")
    choose(page, "by_account_type", "fbe")
    see_rows(page, skus([row for row in orders if "fbe" in row["accounts"]]))
    choose(page, "by_account_type", "")
    choose(page, "price_from", "10.5")
    choose(page, "price_to", "11")
    see_rows(page, skus([row for row in orders if 10.5 <= row["price"] <= 11]))
    choose(page, "search", "no such thing")
    page.see("No row fits these filters.")
    page.press("Clear filters")
    see_rows(page, skus(orders))

    page.click("//button[@data-sort='order_by_date']")
    by_date = sorted(orders, key=lambda row: (row["order_by_date"], row["buying_rank"]))
    see_rows(page, skus(by_date))
    assert page.run("return document.querySelector('[aria-sort]').innerText.trim()") == "Order by ▲"
    page.click("//button[@data-sort='quantity']")
    see_rows(page, skus(sorted(orders, key=lambda row: (-row["quantity"], row["buying_rank"]))))
    page.press("Next page")
    assert len(shown(page)) == len(orders) - 100

    for name, view in (("all", "page_items"), ("move", "page_moves")):
        page.click(f"//button[@data-list='{name}']")
        see_rows(page, skus(stored(shop, view)))
    page.click("//button[@data-list='decide']")
    see_rows(page, skus([row for row in stored(shop, "page_items") if row["to_decide"]]))


def test_what_is_selected_is_copied_and_downloaded_as_it_is_shown(page, shop, downloads):
    """Complaint 14: a file that a spreadsheet reads otherwise, or in which a name is a formula."""
    orders = stored(shop, "page_orders")
    chosen = [orders[3], orders[0], next(row for row in orders if row["sku"] == "SKU5")]
    for row in chosen:
        choose(page, "search", row["sku"])
        # A click while the rows are drawn anew, a moment after the last key, would be lost.
        page.wait("the search", lambda sku=row["sku"]: all(sku in each for each in shown(page)) or None)
        page.click(f"//input[@aria-label='Select {row['sku']}']")
    page.press("Clear filters")
    pieces, value = sum(row["quantity"] for row in chosen), sum(row["total_ron"] for row in chosen)
    page.see(f"3 selected: {pieces} pieces, {value:,.2f} RON")
    page.click("//summary[.='Columns']")
    page.click("//input[@data-column='order_by_date']")
    page.click("//input[@data-column='pack_size']")

    page.press("Copy")
    page.see("3 rows copied")
    text = str(page.run_to_its_end("navigator.clipboard.readText().then(arguments[0])"))
    rows = [*csv.reader(io.StringIO(text), delimiter="\t")]
    in_order = sorted(chosen, key=lambda row: row["buying_rank"])
    assert [row[0] for row in rows] == ["SKU", *(row["sku"] for row in in_order)]
    assert "Order by" not in rows[0] and "Pack" in rows[0]
    assert [int(row[rows[0].index("Quantity")]) for row in rows[1:]] == [row["quantity"] for row in in_order]

    downloaded = download(page, downloads)
    assert len(downloaded) == 4 and [len(row) for row in downloaded] == [len(rows[0])] * 4
    assert downloaded[0] == rows[0]
    page.press("Română")
    romanian = download(page, downloads, "Descarcă CSV", ";")
    assert romanian[0][:2] == ["SKU", "Denumire"]
    price = romanian[0].index("Preț pe bucată")
    assert {row[price] for row in romanian[1:]} == {"12,5"}
    page.press("Anulează selecția")
    everything = download(page, downloads, "Descarcă CSV", ";")
    assert [row[0] for row in everything[1:]] == [row["sku"] for row in orders]
    names = {row[0]: row[1] for row in everything}
    for number, name in enumerate(HOSTILE, start=1):
        if f"SKU{number}" in names:
            assert names[f"SKU{number}"] == in_spreadsheet(printable(name))
            assert not names[f"SKU{number}"].startswith(("=", "+", "-", "@")), name


def download(page: Screen, folder: Path, button: str = "Download CSV", delimiter: str = ",") -> list[list[str]]:
    """Press the button, and read the file that comes."""
    for old in folder.glob("*.csv"):
        old.unlink()
    page.press(button)
    [file] = page.wait("the file", lambda: [*folder.glob("*.csv")] or None)
    content = page.wait("its content", lambda: file.read_bytes().decode() if file.stat().st_size else None)
    assert content.startswith("\ufeff") and content.endswith("\r\n")
    return [*csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=delimiter)]


def test_a_cell_is_made_safe_as_in_the_files_of_the_report(page):
    samples = [
        *HOSTILE[:8],
        *(
            "=1+1",
            "+1",
            "-3",
            "-3,5",
            "@a",
            "\t=1",
            "a;=1",
            " =1",
            "\u200b=1",
            "＝1",
            "a\r\n=1",
            "",
            "1e5",
            "-",
            "\u2003-x",
            "\u202e=1",
            "\u2066\u061c\x9f=1",
        ),
    ]
    assert page.run(f"return {json.dumps(samples)}.map(safe)") == [in_spreadsheet(each) for each in samples]


def test_the_keyboard_is_enough_and_a_screen_reader_is_told(page, shop):
    """Whoever cannot use a mouse orders as well."""
    page.press_keys(Keys.TAB, Keys.ENTER)  # the first stop leads to the list
    assert page.run("return document.activeElement.id") == "list"
    walk_to(page, "document.activeElement.dataset.list === 'all'")
    page.press_keys(Keys.ENTER)
    see_rows(page, skus(stored(shop, "page_items")))
    walk_to(page, "document.activeElement.id === 'search'")
    page.press_keys("SKU14")
    fitting = [row["sku"] for row in stored(shop, "page_items") if "SKU14" in row["sku"]]
    see_rows(page, fitting)
    assert page.run("return document.getElementById('shown').getAttribute('role')") == "status"
    walk_to(page, "document.activeElement.dataset.sort === 'available_quantity'")
    page.press_keys(Keys.ENTER)
    assert page.run("return document.activeElement.closest('th').getAttribute('aria-sort')") == "descending"
    walk_to(page, "document.activeElement.type === 'checkbox' && document.activeElement.closest('tbody')")
    page.press_keys(Keys.SPACE)
    page.see("1 selected")
    walk_to(page, "document.activeElement.hasAttribute('aria-expanded')")
    page.press_keys(Keys.ENTER)
    page.see("Lead time: 45 ± 10 days")
    assert page.run("return document.activeElement.getAttribute('aria-expanded')") == "true"
    page.press_keys(Keys.ENTER)
    assert page.run("return document.querySelectorAll('.why-row').length") == 0


def walk_to(page: Screen, found: str) -> None:
    """Press the tab key until the focus is there."""
    for _ in range(80):
        page.press_keys(Keys.TAB)
        if page.run(f"return Boolean({found})"):
            return
    raise AssertionError(f"80 times the tab key, and not there: {found}")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_is_wrong_for_screen_readers_nor_beyond_the_screen(browser, address, width):
    """In both languages and every list, with reasons open and names of 3,000 letters."""
    (browser.be_a_phone if width == PHONE else browser.be_a_desk)(width)
    open_page(browser, address)
    choose(browser, "price_to", "10.2")  # those with hostile names, and as many others
    for language in ("English", "Română"):
        browser.press(language)
        assert browser.run("return document.documentElement.lang") == ("en" if language == "English" else "ro")
        for name in ("order", "move", "decide", "all"):
            browser.click(f"//button[@data-list='{name}']")
            browser.run("document.querySelectorAll('.plots').forEach(each => { each.open = true })")
            browser.run("document.querySelector('[aria-expanded=false]')?.click()")
            browser.wait("the reason", lambda: browser.run("return document.querySelector('.why-row li')?.innerText"))
            if width == PHONE:
                assert browser.run("return document.documentElement.scrollWidth") <= PHONE
                assert browser.run(OUTSIDE) == []
        wrong = [(each["id"], [node["html"][:150] for node in each["nodes"]]) for each in browser.look_through()]
        assert wrong == []
    browser.complaints()


# Words of an element that are broken over two lines.
BROKEN = """
return [...document.querySelectorAll(arguments[0])].flatMap(each => {
    const text = document.createTreeWalker(each, NodeFilter.SHOW_TEXT), broken = [];
    while (text.nextNode()) for (const word of text.currentNode.textContent.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(text.currentNode, word.index);
        range.setEnd(text.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(line => line.top));
        if (word[0].length < 20 && lines.size > 1) broken.push(word[0]);
    }
    return broken;
})
"""


@pytest.mark.parametrize("width", [390, PHONE, DESK])
def test_no_word_of_a_heading_or_a_supplier_is_broken(browser, address, shop, width):
    """On a phone, "Contul main" was a column of six lines; at a desk, a supplier's name ended on a line of its own."""
    browser.be_a_phone(width) if width < DESK else browser.be_a_desk(width)
    open_page(browser, address)
    for language in ("Română", "English"):
        browser.press(language)
        browser.run(
            "document.querySelectorAll('#table td:not(.name) .clamp').forEach(each => each.append(' KEMEISING'))"
        )
        assert browser.run(BROKEN.replace("arguments[0]", "'.card h2, .card p, #table td.text:not(.name)'")) == []
    browser.complaints()


def test_hostile_names_are_shown_as_they_are(page):
    page.click("//button[@data-list='all']")
    for number, part in ((1, "hacked = 1"), (7, "@SUM(1)"), (10, "javascript")):
        choose(page, "search", part)
        page.click(f"//button[@aria-label='Why: SKU{number}']")
        page.see(printable(HOSTILE[number - 1]))
    assert page.run("return document.querySelectorAll('#list a[href^=javascript]').length") == 0
    choose(page, "search", "onerror")
    see_rows(page, ["SKU2", "SKU2"])


def test_all_rows_that_are_found_are_printed(page, shop):
    page.click("//button[@data-list='all']")
    page.press("Română")
    pdf = base64.b64decode(page.devtools("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    rows = len(stored(shop, "page_items"))
    assert rows / 40 < pages < rows / 8
    sizes = {tuple(map(float, each)) for each in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)}
    [(width, height)] = sizes
    assert width > height  # landscape
    assert len(shown(page)) == 100  # and the screen is as it was
    page.devtools("Emulation.setEmulatedMedia", media="print")
    hidden = "return ['#filters', 'nav', '#copy', '.lists'].map(each => document.querySelector(each).offsetHeight)"
    assert page.run(hidden) == [0, 0, 0, 0]
    page.devtools("Emulation.setEmulatedMedia", media="")


def test_a_page_that_was_left_open_says_so(browser, shop, tmp_path):
    path = tmp_path / "old.html"
    with path.open("wb") as file:
        make_page(shop, file, Language.RO, datetime(2026, 1, 5, 7, tzinfo=UTC))
    open_page(browser, path.as_uri())
    browser.see("faceți una nouă înainte de a comanda")


def test_five_thousand_rows_open_in_two_seconds_and_fifty_thousand_can_be_used(browser, shop, address, tmp_path):
    """A real page whose rows are repeated; of five openings the fastest counts, on a machine that does other things."""
    path = tmp_path / "many.html"
    path.write_text(repeated(Path(address.removeprefix("file://")).read_text(), 5_000))
    browser.be_a_desk(DESK)
    taken = []
    for _ in range(5):
        open_page(browser, path.as_uri())
        taken.append(float(str(browser.run(DRAWN))))
    assert min(taken) < SECONDS * 1000

    path.write_text(repeated(Path(address.removeprefix("file://")).read_text(), MANY))
    open_page(browser, path.as_uri())
    browser.click("//button[@data-list='all']")
    browser.see(f"1–100 of {MANY:,}")
    choose(browser, "search", "SKU14")
    rows = [row for row in stored(shop, "page_items") if "SKU14" in row["sku"]]
    browser.see("1–100 of ")
    found = int(str(browser.run("return found.length")))
    assert abs(found - len(rows) * MANY / len(stored(shop, "page_items"))) <= len(rows)
    browser.click("//thead//input")
    browser.see(f"{found:,} selected")
    browser.press("Clear filters")
    browser.click("//button[@data-sort='name']")
    browser.see(f"1–100 of {MANY:,}")
    assert browser.run("return csv().split('\\r\\n').length") == found + 2  # headings, and the end of the last row
    browser.complaints()


def repeated(page: str, rows: int) -> str:
    """The page with the rows of its items repeated until they are so many."""
    script = re.compile(r'<script type="application/json" id="rows-\d+">(.*)</script>\n')
    parts = [json.loads(text) for text in script.findall(page)]
    repeated_parts, left = [], rows
    for part in chain(parts, cycle([{"items": part["items"]} for part in parts])):
        items = {name: values[:left] for name, values in part["items"].items()}
        size = len(items.get("sku", ()))
        items["buying_rank"] = [*range(rows - left + 1, rows - left + 1 + size)]
        text = json.dumps({**part, "items": items}).replace("<", "\\u003c")
        number = len(repeated_parts)
        repeated_parts.append(f'<script type="application/json" id="rows-{number}">{text}</script>\n')
        left -= size
        if not left:
            break
    head, begin, rest = page.partition('<script type="application/json" id="rows-0">')
    return head + "".join(repeated_parts) + script.sub("", begin + rest)
