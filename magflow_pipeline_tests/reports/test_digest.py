"""The digest: every number is that of its view, in both languages and formats; foreign text is text; when it is due."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.reports import digest as digests
from magflow_pipeline.reports.choices import Language, Period
from magflow_pipeline.reports.digest import DueDigest, digest_message, due_digests, period_of, read_digest
from magflow_pipeline.reports.digest_texts import TEXTS
from magflow_pipeline.settings import load_settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.reports.shops import ACCOUNTS, shop_with_a_past, today

pytestmark = pytest.mark.usefixtures("whole_day")

HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }} \"' & \x1b[2J\u202e"


class Page(HTMLParser):
    """The text of a page by heading: the words of each element, in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._is_style = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._is_style = tag == "style"

    def handle_data(self, data):
        if not self._is_style and data.strip():
            self.words.append(data.strip())

    def part(self, heading: str) -> list[str]:
        """The words from a heading on."""
        return self.words[self.words.index(heading) :]


def written(value: Decimal | int | None, language: Language, places: int = 0) -> str:
    """A number as people write it, made in another way than the program's."""
    if value is None:
        return "–"
    whole, _, rest = f"{value:.{places}f}".partition(".")
    thousands, comma = (".", ",") if language is Language.RO else (",", ".")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    return thousands.join(groups) + (comma + rest if rest else "")


def percent(text: str, language: Language) -> Decimal:
    number = text.removesuffix(" %")
    return Decimal(number.replace(".", "").replace(",", ".") if language is Language.RO else number.replace(",", ""))


def parts(words: list[str], titles: Sequence[str]) -> list[list[str]]:
    """The words from each title to the next."""
    begins = [words.index(title) for title in titles]
    return [words[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_that_of_its_view(database, session, rows, seed):
    shop_with_a_past(session, seed)
    settings = load_settings()
    for period, day in ((Period.DAY, today()), (Period.WEEK, today() - timedelta(days=7)), (Period.MONTH, today())):
        first, last = period_of(day, period)
        of_it = "WHERE period = %s AND starts_on = %s"
        statistics = {
            (row["account_type"], row["sync_type"]): row
            for row in rows(f"SELECT * FROM sync_statistics {of_it}", period, first)
        }
        movements = rows(f"SELECT * FROM status_movements {of_it}", period, first)
        orders = rows("SELECT * FROM supplier_orders")
        digest = read_digest(database, settings, day, period, Language.EN)
        assert {(row["account_type"], row["sync_type"]) for row in digest.syncs} == statistics.keys()
        for row in digest.syncs:
            view = statistics[row["account_type"], row["sync_type"]]
            ticking = {"requests_per_minute"} if not digest.is_over else set()  # time goes on between two questions
            assert all(view[name] == value for name, value in row.items() if name not in ticking)
        for row in digest.stock:
            account = row["account_type"]
            for movement in ("became_critical", "recovered", "new_and_critical", "gone_while_critical"):
                of_account = [each for each in movements if each["account_type"] == account]
                assert row[movement] == sum(each["movement"] == movement for each in of_account)
            built = rows("SELECT * FROM items_by_day WHERE account_type = %s ORDER BY day DESC", account)
            after = next((each for each in built if each["day"] <= last), None)
            before = next((each for each in built if each["day"] < first), None)
            assert row["critical_after"] == (after and after["critical"] + after["out_of_stock"])
            assert row["critical_before"] == (before and before["critical"] + before["out_of_stock"])
            assert (row["items"], row["out_of_stock"]) == (after and after["items"], after and after["out_of_stock"])
        ordered = {each["purchase_order_id"] for each in orders if first <= each["ordered_on"] <= last}
        late = {each["purchase_order_id"] for each in orders if each["days_late"]}
        assert {row["purchase_order_id"] for row in digest.orders if row["is_of_period"]} == ordered
        assert {row["purchase_order_id"] for row in digest.orders if row["days_late"]} == late
        assert [row["kind"] for row in digest.incidents] == ["sync_failed", "backup_old"]


@pytest.mark.parametrize("language", Language)
def test_what_is_read_is_what_is_shown_in_both_formats(database, session, monkeypatch, language):
    """Whole numbers to the letter; shares rounded to the side that does not flatter."""
    monkeypatch.setattr(digests, "LISTED", 5)
    shop_with_a_past(session, seed=7)
    settings, texts = load_settings(), TEXTS[language]
    day = today() - timedelta(days=31)  # a month that is over: nothing changes between two questions
    digest = read_digest(database, settings, day, Period.MONTH, language)
    message = digest_message(database, settings, day, Period.MONTH, language)
    page = Page(message.html)
    assert len(digest.syncs) == 4
    orders = {Language.EN: ", orders", Language.RO: ", comenzi"}[language]
    labels = [row["account_type"] + ("" if row["sync_type"] == "products" else orders) for row in digest.syncs]
    for row, shown in zip(digest.syncs, parts(page.part(texts["syncs"]), labels), strict=True):
        for first, second in (("completed", "syncs"), ("rejected", "received")):
            assert texts["of_syncs"].format(written(row[first], language), written(row[second], language)) in shown
        cells = dict(pairwise(shown))
        assert cells[texts["partial"]] == written(row["partial"], language)
        assert cells[texts["failed"]] == written(row["failed"], language)
        assert cells[texts["throttled"]] == written(row["throttled"], language)
        assert cells[texts["median"]] == f"{written(row['median_seconds'], language, 1)} s"
        assert cells[texts["longest"]] == f"{written(row['longest_seconds'], language, 1)} s"
        assert written(row["requests"], language) in shown
        completed = next(each for each in shown[shown.index(texts["complete"]) + 2 :] if "%" in each)
        assert 0 <= 100 * row["completed_share"] - percent(completed[:-2], language) < Decimal("0.01")
        assert completed.endswith("✓" if row["completed_enough"] else "✗")
        rejected = next(each for each in shown[shown.index(texts["rejected"]) + 2 :] if "%" in each)
        assert 0 <= percent(rejected[:-2], language) - 100 * row["rejected_share"] < Decimal("0.001")
        assert rejected.endswith("✓" if row["rejected_few_enough"] else "✗")
        limit = 180 if row["sync_type"] == "products" else 720
        budget = next(each for each in shown if texts["budget"].format(limit) in each)
        share = row["requests_per_minute"] / limit
        assert 0 <= percent(budget.split(" %")[0], language) - 100 * share < Decimal("0.001")
        for said in (completed[:-2], rejected[:-2], budget, cells[texts["median"]]):
            assert said in message.text
    for row, words in zip(digest.stock, parts(page.part(texts["stock"]), ACCOUNTS), strict=True):
        cells = dict(pairwise(words[: words.index(texts["gone_while_critical"]) + 2]))
        critical = written(row["critical_after"], language)
        assert cells[texts["critical_now"]].startswith(f"{critical} ")
        assert f"{texts['critical_now']} {critical} " in message.text
        assert cells[texts["before"]] == written(row["critical_before"], language)
        assert cells[texts["out"]] == written(row["out_of_stock"], language)
        for name in ("became_critical", "recovered", "new_and_critical", "gone_while_critical"):
            assert cells[texts[name]] == written(row[name], language)
            assert f"{texts[name]} {cells[texts[name]]}" in message.text
    [plan] = digest.plan
    numbers = (plan["purchases"], plan["without_cost"], plan["moves"], plan["to_decide"])
    purchases, without_cost, moves, to_decide = (written(each, language) for each in numbers)
    value = f"{written(plan['total_ron'], language, 2)} RON"
    said = texts["plan"].format(purchases, value, without_cost, moves, to_decide)
    assert said in message.text and said in page.words
    assert (*numbers, plan["total_ron"]) == (2, 1, 0, 0, 850)
    for row in digest.orders:
        if row["is_of_period"] and row["value_ron"] is not None:
            assert f"{written(row['value_ron'], language, 2)} RON" in message.html
            assert f"{written(row['value_ron'], language, 2)} RON" in message.text
    worse = [row for row in digest.movements if row["movement"] == "became_critical"]
    assert texts["and_more"].format(len(worse) - 5) in page.words
    assert [f"- {row['sku']} ({row['account_type']}): " in message.text for row in worse] == [
        position < 5 for position in range(len(worse))
    ]
    for row in digest.incidents:  # in words, not by its kind
        assert row["what_to_do"] in page.words
        assert row["headline"] in page.words
        assert f"- {row['headline']} (" in message.text
    assert message.title == page.words[0]


def test_all_words_are_there_in_both_languages():
    assert TEXTS[Language.EN].keys() == TEXTS[Language.RO].keys()


@pytest.mark.parametrize("language", Language)
def test_foreign_text_is_text_and_the_page_asks_for_nothing(database, session, language):
    """A supplier's name was a tag in a mail; a page that loads images tells when it was read."""
    shop_with_a_past(session, seed=1)
    session.execute("UPDATE suppliers SET name = %s", [HOSTILE])
    session.execute(
        "UPDATE incidents SET first_error = %s, subject = %s WHERE kind = 'sync_failed'", [HOSTILE, HOSTILE]
    )
    session.execute("UPDATE item_status_changes SET sku = sku || %s", [HOSTILE])
    message = digest_message(database, load_settings(), today(), Period.MONTH, language)
    page = Page(message.html)
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "span",
        "div",
        "table",
        "tr",
        "th",
    }
    assert {tag for tag, _ in page.tags} <= allowed | {"td", "br"}
    assert {name for _, attributes in page.tags for name in attributes} <= {
        *("lang", "charset", "name", "content", "class", "colspan")
    }
    assert "url(" not in message.html and "@import" not in message.html and "http" not in message.html
    assert ("viewport", "width=device-width, initial-scale=1") in [
        (attributes.get("name"), attributes.get("content")) for _, attributes in page.tags
    ]
    for text in (message.title, message.text, "\n".join(page.words)):
        assert not {"\x1b", "\u202e"} & set(text)
    for text in (message.text, "\n".join(page.words)):
        assert "<img src=x onerror=alert(1)>{{ 7*7 }} \"' & \\x1b[2J" in text
    assert "\n" not in message.title


@pytest.mark.parametrize(("arguments", "said"), [([], "ziua"), (["--language", "en"], "day")])
def test_the_verb_speaks_the_language_that_is_set_unless_it_is_told_another(
    database, session, monkeypatch, arguments, said
):
    monkeypatch.setenv("MAGFLOW_LANGUAGE", "ro")
    load_settings.cache_clear()
    done = CliRunner().invoke(app, ["digest", *arguments])
    assert done.exit_code == 0 and done.stdout.startswith(f"MagFlow, {said} "), done.output


@pytest.mark.parametrize("language", Language)
def test_a_storm_of_incidents_is_counted_and_cut_as_other_lists_are(database, session, language):
    """A thousand failing builds made a mail of megabytes, which no phone showed and no chat took."""
    session.execute(
        "INSERT INTO incidents (kind, subject, severity)"
        " SELECT 'build_failing', 'table ' || lpad(n::text, 4, '0'), 'warning' FROM generate_series(1, 1000) AS n"
    )
    message = digest_message(database, load_settings(), today(), Period.DAY, language)
    assert message.title.endswith(f" {written(1000, language)}")
    assert message.html.startswith("<!DOCTYPE html>")
    for text in (message.text, "\n".join(Page(message.html).words)):
        assert "table 0015: " in text and "table 0016: " not in text
        assert TEXTS[language]["and_more"].format(985) in text
    assert len(message.html) < 20_000


LINKS = "ACME http://evil.example [here](https://evil.example) www.evil.example @everyone <!channel> *bold* `x` | a"
NAMES = (LINKS, "\u202eACME\u2066\u200b", "Ș" * 5000, "line\r\nBcc: x@evil.example\n\n# Title\n- item", "\x1b]8;;x\x07")


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_one_line_of_text_without_a_link_and_without_an_end(database, session, name):
    """Of offers, suppliers and whoever an incident is about, in each list of the digest."""
    shop_with_a_past(session, seed=1)
    session.execute("UPDATE suppliers SET name = %s", [name])
    session.execute("UPDATE incidents SET first_error = %s, subject = %s", [name, name])
    session.execute("UPDATE item_status_changes SET sku = left(sku || %s, 600)", [name])
    message = digest_message(database, load_settings(), today(), Period.MONTH, Language.EN)
    assert not [line for line in message.text.splitlines() if line.startswith(("#", "Bcc"))]
    page = Page(message.html)
    for text in (message.title, message.text, "\n".join(page.words)):
        assert not {"\x1b", "\x07", "\u202e", "\u2066", "\u200b", "\r"} & set(text)
    assert max(map(len, page.words)) < 1000 and max(map(len, message.text.splitlines())) < 2000
    for link in ("http://evil", "https://evil", "www.evil", "@evil", "@everyone"):
        assert link not in message.html, link
    assert message.html.count("<") == message.html.count(">")


def test_an_account_that_was_not_read_is_named_and_an_empty_shop_has_a_digest(database, session):
    message = digest_message(database, load_settings(), today(), Period.DAY, Language.EN)
    assert "Not read in this time: main, fbe" in message.text and "Not read in this time: main, fbe" in message.html
    assert "main: no report was built yet" in message.text
    assert f"day {today()} (so far): became critical 0, wrong now 0" in message.title


def test_what_the_settings_do_not_name_is_left_out(database, session, monkeypatch):
    shop_with_a_past(session, seed=1)
    monkeypatch.setenv("EMAG_ACCOUNTS", "fbe")
    load_settings.cache_clear()
    digest = read_digest(database, load_settings(), today(), Period.MONTH, Language.EN)
    for rows in (digest.syncs, digest.stock, digest.movements):
        assert {row["account_type"] for row in rows} == {"fbe"}


DUE = [
    ("2026-11-25 07:59", "daily", ("day", "2026-11-23")),
    ("2026-11-25 08:00", "daily", ("day", "2026-11-24")),
    ("2026-11-23 08:00", "weekly", ("week", "2026-11-22")),
    ("2026-11-23 07:59", "weekly", None),
    ("2026-11-25 23:59", "weekly", ("week", "2026-11-22")),
    ("2026-11-26 08:00", "weekly", None),
    ("2026-12-01 08:00", "monthly", ("month", "2026-11-30")),
    ("2026-12-04 08:00", "monthly", None),
    ("2026-03-29 08:00", "daily", ("day", "2026-03-28")),
    ("2026-10-25 08:00", "daily", ("day", "2026-10-24")),
]


def settings_with(monkeypatch, digest: str):
    monkeypatch.setenv("MAGFLOW_DIGEST", digest)
    load_settings.cache_clear()
    return load_settings()


def known_since(session, moment: str) -> None:
    account = {"account_type": "main", "marketplace": "m", "username": "u", "warehouse": "w"}
    insert(session, "emag_accounts", **account, first_synced_at=moment)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=BUCHAREST).astimezone(UTC)


def test_a_digest_is_due_from_eight_in_bucharest_and_three_days_long(database, session, monkeypatch, subtests):
    """Also on the days when the clocks change."""
    known_since(session, "2020-01-01 00:00+00")
    for clock, digest, expected in DUE:
        with subtests.test(clock, digest=digest):
            due = due_digests(database, settings_with(monkeypatch, digest), at(clock))
            assert [(each.period.value, str(each.day)) for each in due] == ([expected] if expected else [])


def test_several_digests_may_be_due_and_none_without_the_setting_or_before_the_first_sync(
    database, session, monkeypatch
):
    now = at("2026-06-01 09:00")  # a Monday, and the first of a month
    everything = settings_with(monkeypatch, " monthly, Daily,weekly ")
    assert due_digests(database, everything, now) == []
    known_since(session, "2026-05-20 12:00+00")
    due = due_digests(database, everything, now)
    assert [each.period for each in due] == [Period.DAY, Period.WEEK, Period.MONTH]
    assert len({each.message_id for each in due}) == 3
    assert due_digests(database, settings_with(monkeypatch, ""), now) == []
    session.execute("UPDATE emag_accounts SET first_synced_at = '2026-06-01 00:00 Europe/Bucharest'")
    assert due_digests(database, everything, now) == []


def test_who_took_a_digest_is_told_and_an_attempt_that_failed_does_not_count(database, session, monkeypatch):
    """One channel that is broken must not send the digest again to the others."""
    known_since(session, "2020-01-01 00:00+00")
    settings = settings_with(monkeypatch, "daily")
    [due] = due_digests(database, settings, at("2026-11-25 09:00"))
    assert due == DueDigest(Period.DAY, date(2026, 11, 24), due.message_id, frozenset())
    for channel, what, delivered, message in (
        ("mail", "digest", True, due.message_id),
        ("slack", "digest", False, due.message_id),
        ("teams", "digest", True, uuid.uuid4()),
    ):
        insert(session, "alert_deliveries", message_id=message, channel=channel, what=what, delivered=delivered)
    [due] = due_digests(database, settings, at("2026-11-25 12:00"))
    assert due.delivered_to == {"mail"}
    [tomorrow] = due_digests(database, settings, at("2026-11-26 08:00"))
    assert tomorrow.message_id != due.message_id and tomorrow.delivered_to == frozenset()
