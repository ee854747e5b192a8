"""What people read on a terminal: whole where they work with it, and foreign text is text."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from rich.cells import cell_len

from magflow_pipeline.purchasing.statuses import ROMANIAN, Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.output import show_report
from magflow_pipeline.reports.printing import (
    every_error,
    last_error,
    print_counts,
    print_report,
    print_rows,
    print_sales_sources,
)
from magflow_pipeline.reports.screen import Screen
from magflow_pipeline.reports.selection import Filters
from magflow_pipeline_tests.reports.drafts import shop

WIDTHS = (80, 100, 120, 160, 200, 300)
NAME = (
    "Amplificator audio stereo 2 x 100W cu Bluetooth 5.0, clasă D, carcasă din aluminiu, telecomandă, alimentare 24V, "
    "compatibil cu boxe de 4-8 ohmi, negru mat"
)
ROW = {
    "account_type": "main",
    "sku": "A",
    "name": "Șurub",
    "status": "critical",
    "available_quantity": 3,
    "reorder_quantity": 97,
    "supplier_name": None,
    "is_verified": False,
    "reason": "why",
    "reason_ro": "de ce",
    "ron_at_risk_per_day": Decimal("1234.50"),
    "expected_daily_demand": Decimal("2.5000"),
    "demand_method": "several memories",
    "days_of_cover": Decimal("1.20"),
    "stock_out_date": date(2026, 11, 26),
    "order_by_date": None,
    "flags": None,
    "blocked": None,
}
WINTER = datetime(2026, 1, 31, 22, 30, 15, tzinfo=UTC)


def screen(width: int = 200) -> Screen:
    return Screen(file=io.StringIO(), width=width)


def lines_of(console: Screen) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def printed(language: Language = Language.EN, width: int = 200, **columns: object) -> str:
    console = screen(width)
    print_report(console, [ROW | columns], language)
    return "\n".join(lines_of(console))


@pytest.mark.parametrize("status", Status)
def test_every_status_is_printed_in_both_languages(status):
    assert status.value.replace("_", " ") in printed(status=status.value)
    assert ROMANIAN[status] in printed(Language.RO, status=status.value)


HOSTILE = ("Cablu [negru] 2 m", "Cablu [/b]", "[bold]", "[/]", ":smile:", "[link=http://evil]x[/link]")


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_printed_as_it_is(text):
    """A product's name was read as a style, or ended the command with an error."""
    for column in ("name", "supplier_name", "reason"):
        assert text in printed(**{column: text})
    console = screen()
    console.print(f"{text}: verified")
    assert lines_of(console) == [f"{text}: verified"]


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]0;title\x07", "\x9b2J", "\u202e", "\r"])
def test_what_a_terminal_obeys_is_shown_and_not_sent(text):
    """An offer's name cleared the buyer's screen."""
    shown = printed(name=f"a{text}b", supplier_name=f"a{text}b", reason=f"a{text}b", sku=f"a{text}b")
    console = screen()
    console.print(f"a{text}b")
    assert text not in shown + "".join(lines_of(console)).replace("\n", "")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", [NAME, "科美星功放板" * 15, "x" * 200])
def test_what_a_buyer_works_with_is_whole_at_every_width(width, language, name):
    """At 120 columns a SKU was two characters a line and 100 was "1…"; one long name emptied all others."""
    sku, reason = "SKU-" + "0123456789" * 3 + "-ABCDE", "0 available <= 0: out of stock. " * 6
    rows = [
        ROW | {"sku": sku, "name": name, "available_quantity": -123456, "reorder_quantity": 654321},
        ROW
        | {"status": "out_of_stock", "supplier_name": "深圳市科美星电子有限公司 Kemeixing Electronics Co., Ltd. " * 2},
    ]
    rows[1] |= {"reason": reason, "reason_ro": reason}
    console = screen(width)
    print_report(console, rows, language)
    lines = lines_of(console)
    assert max(map(cell_len, lines)) <= width
    [line] = [line for line in lines if sku in line]
    status = ROMANIAN[Status.CRITICAL] if language is Language.RO else "critical"
    for whole in ("main", status, "-123456", "654321"):
        assert whole in line.split() or whole in line, (whole, line)
    assert name[:8] in "\n".join(lines) and "out of stock. 0 available" in " ".join(" ".join(lines).split())


def test_a_sku_longer_than_the_terminal_is_whole_all_the_same():
    sku = "".join(f"{number:03}" for number in range(60))
    assert sku in printed(sku=sku, width=80).replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_counts_are_whole_at_every_width(width):
    counts = {status.value: 100_000 + number for number, status in enumerate(Status)}
    row = counts | {"items": 999_998, "reorder_quantity": 9_999_997, "scan_offers": 123_456, "scan_total": None}
    row |= {"not_kept": 77}
    rows = [
        row | {"account_type": name, "scan_status": "completed", "scanned_at": WINTER} for name in ("main", "hu_main")
    ]
    for language in Language:
        console = screen(width)
        print_counts(console, rows, language)
        text = "\n".join(lines_of(console))
        assert max(map(cell_len, text.splitlines())) <= width
        for number in (*counts.values(), 999_998, 9_999_997, 1_999_996):
            assert str(number) in text
        assert text.count("123456 / ?") == 2 and text.count("2026-02-01 00:30:15") == 2
        assert "(Europe/Bucharest)" in text
        assert re.search(r"\b154\b.*not_kept", text.replace("\n", " ")), "what never sold is told apart"


@pytest.mark.parametrize("width", WIDTHS)
def test_rows_of_every_verb_are_whole_at_every_width(width):
    row = {
        "id": 1_000_000_017,
        "account_type": "main",
        "status": "completed",
        "started_at": WINTER,
        "processed_items": 654_321,
        "total_items": 654_322,
        "last_complete_at": None,
        "supplier_name": "深圳市科美星 [KMX-7] Electronics",
        "errors": "page 3 was given up: HTTP 504. " * 8,
    }
    console = screen(width)
    print_rows(console, [row, row], list(row))
    lines = lines_of(console)
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    for whole in ("1000000017", "main", "completed", "2026-02-01 00:30:15", "654321", "654322", row["supplier_name"]):
        assert text.count(whole) == 2, whole
    assert "started" in text and "(Europe/Bucharest)" in text


def test_a_screen_of_few_characters_shows_the_nearest():
    """`PYTHONIOENCODING=latin-1` ended the command in a traceback."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    console = Screen(file=file, width=80)
    print_report(console, [ROW | {"name": "Șurub țiglă 科美星 " + NAME, "is_verified": True}], Language.RO)
    file.seek(0)
    text = file.read()
    assert "Surub tigla \\u79d1" in text and "..." in text and "stoc critic" in text
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize(
    ("errors", "texts"),
    [
        ([{"error": "a"}, {"error": "b\x1b"}], ["a", r"b\x1b"]),
        ([], []),
        (None, []),
        ("a", ["a"]),
        ([1, None, {"other": 2}, {"error": {"deep": 3}}], ["1", "{'other': 2}", "{'deep': 3}"]),
        ({"error": "a"}, ["a"]),
    ],
)
def test_odd_errors_in_a_log_are_shown_and_end_nothing(errors, texts):
    assert every_error(errors) == texts
    assert last_error(errors) == (texts[-1] if texts else "")


def test_columns_stand_below_each_other():
    console = screen(100)
    print_report(console, [ROW | {"sku": sku, "available_quantity": int(sku)} for sku in ("7", "12345", "123")])
    ends = [line.index("97") for line in lines_of(console) if "critical" in line]
    assert len(ends) == 3 and all(one == other for one, other in pairwise(ends))


@pytest.mark.parametrize(
    ("language", "channels", "said"),
    [
        (Language.EN, {"main": [], "fbe": []}, "Sales known: eMAG only"),
        (Language.RO, {"main": [], "fbe": []}, "Vânzări cunoscute: doar eMAG"),
        (
            Language.EN,
            {"main": ["olx", "own shop"], "fbe": []},
            "Sales known: main: eMAG, olx, own shop (2026-11-01 – 2026-11-24); fbe: eMAG only",
        ),
        (Language.EN, {}, ""),
    ],
)
def test_the_report_says_where_sales_are_known_from(language: Language, channels: dict[str, list[str]], said: str):
    """Whoever sells elsewhere too would take eMAG's demand for all of it."""
    first, last = date(2026, 11, 1), date(2026, 11, 24)
    rows = [
        {"account_type": account, "channels": each, "first_day": first, "last_day": last}
        for account, each in channels.items()
    ]
    console = screen()
    print_sales_sources(console, rows, language)
    assert "\n".join(lines_of(console)).strip() == said


WORDS = {"never sold": "nu s-a vândut niciodată", "sales_not_seen_here": "vânzări care nu se văd aici"}


def test_what_costs_and_how_long_it_lasts_are_told_and_what_is_not_known_is_a_word():
    """Never sold was shown as 0 a day, and read as a number that somebody had learned."""
    shown = printed()
    for said in ("1,234.50", "2.50", "2026-11-26"):
        assert said in shown.split(), said
    console = screen()
    never = dict.fromkeys(("ron_at_risk_per_day", "expected_daily_demand", "days_of_cover", "stock_out_date"))
    flags = {"flags": "sales_not_seen_here; emag_only; [new]_flag", "demand_method": "never sold"}
    print_report(console, [ROW, ROW | never | flags], Language.RO, words=WORDS)
    text = "\n".join(lines_of(console))
    for said in ("1.234,50", "2,50", "26.11.2026", "nu s-a vândut niciodată"):
        assert said in text, said
    assert "vânzări care nu se văd aici; [new]_flag" in text and "emag_only" not in text
    assert "0,00" not in text


@pytest.mark.parametrize(("language", "told"), [(Language.EN, "decide yourself"), (Language.RO, "hotărâți")])
def test_what_a_person_has_to_decide_is_a_question_mark(language, told):
    """An empty cell was read as: nothing to order."""
    said = printed(language, reorder_quantity=None)
    assert " ? " in said and told in said
    assert told not in printed(language)


@pytest.mark.parametrize(("language", "words"), [(Language.EN, "complete"), (Language.RO, "completă")])
def test_the_report_has_no_code_of_a_scan(database, session, language, words):
    """Romanian readers saw `completed` under "citire"."""
    shop(session)
    console = screen(200)
    show_report(database, console, Filters(), language=language)
    text = "\n".join(lines_of(console))
    assert words in text.split() and "completed" not in text
