"""The report's rules in SQL against the same rules in Python, to the letter and in both languages."""

import json
import sys
import unicodedata
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from magflow_pipeline.catalogue.sellable import DOCUMENTATION, TRANSLATION, Note, why_not_sellable
from magflow_pipeline.purchasing.cover import LEAD_TIME_DAYS, buying_order, cover
from magflow_pipeline.purchasing.stock import Levels, ManualLevels, Status, decide, effective_levels
from magflow_pipeline.text import noted
from magflow_pipeline.times import ZONE, local
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database, both_servers

MOST = 10**9
LANGUAGES = ("en", "ro")
NOT_SHOWN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
NOT_STORED = {"Cs", "Cn"}  # Cn: a character that this Python does not know, and a newer Unicode does
# One statement for a list of rows: each test case is a round trip.
DECIDED = """
SELECT
    levels.minimum, levels.reorder_point, levels.maximum,
    decision.status, decision.reason_code, decision.reorder_quantity,
    en.reason, en.not_sellable_reason, en.levels_note,
    ro.reason AS reason_ro, ro.not_sellable_reason AS not_sellable_reason_ro, ro.levels_note AS levels_note_ro
FROM ROWS FROM (
    jsonb_to_recordset(%s) AS (
        minimum bigint, reorder_point bigint, maximum bigint, quantity bigint, available bigint, on_order bigint,
        ordered_by text, is_at_least boolean, is_unread boolean, status smallint, price numeric,
        documentation smallint[], offer_validation smallint, translation smallint[], is_hidden boolean,
        left_out text[], stale_since timestamptz, demand numeric, usual_minimum bigint, usual_point bigint,
        usual_maximum bigint
    )
) WITH ORDINALITY AS fact (
    minimum, reorder_point, maximum, quantity, available, on_order, ordered_by, is_at_least, is_unread, status, price,
    documentation, offer_validation, translation, is_hidden, left_out, stale_since, demand, usual_minimum, usual_point,
    usual_maximum, place
)
CROSS JOIN LATERAL app.effective_levels(
    fact.minimum, fact.reorder_point, fact.maximum, fact.usual_minimum, fact.usual_point, fact.usual_maximum
) AS levels
CROSS JOIN LATERAL app.not_sellable_codes(
    fact.status, fact.price, fact.documentation, fact.offer_validation, fact.translation, fact.is_hidden
) AS sellable
CROSS JOIN LATERAL app.stock_decision(
    fact.available, fact.on_order, levels.minimum, levels.reorder_point, levels.maximum, fact.quantity,
    sellable.codes IS NULL, fact.is_unread, fact.ordered_by IS NOT NULL
) AS decision
"""
SENTENCES = """
CROSS JOIN LATERAL app.low_stock_sentences(
    '{0}', decision.status, decision.reason_code, fact.available, fact.is_at_least, fact.on_order,
    decision.reorder_quantity, levels.minimum, levels.reorder_point, levels.maximum, fact.minimum, fact.reorder_point,
    fact.maximum, fact.left_out, fact.ordered_by, sellable.codes, fact.stale_since, fact.demand,
    fact.usual_minimum, fact.usual_point, fact.usual_maximum
) AS {0}
"""
QUERY = DECIDED + "".join(SENTENCES.format(language) for language in LANGUAGES) + "ORDER BY fact.place"


@dataclass(frozen=True)
class Fact:
    """What a row of the report is made from, as the database knows it."""

    minimum: int | None
    reorder_point: int | None
    maximum: int | None
    quantity: int | None
    available: int
    on_order: int
    ordered_by: str | None
    is_at_least: bool
    is_unread: bool
    status: int
    price: Decimal | None
    documentation: list[int]
    offer_validation: int | None
    translation: list[int]
    is_hidden: bool
    left_out: list[str]
    stale_since: datetime | None
    demand: Decimal | None
    usual_minimum: int
    usual_point: int
    usual_maximum: int


def expected(fact: Fact) -> dict[str, object]:
    """The row as the rules in Python have it."""
    usual = Levels(fact.usual_minimum, fact.usual_point, fact.usual_maximum)
    levels, notes = effective_levels(ManualLevels(fact.minimum, fact.reorder_point, fact.maximum), usual)
    for value in map(noted, fact.left_out):
        notes.append(Note(f"{value} cannot be and is left out.", f"{value} nu este posibil și este ignorat."))
    told = list(notes)
    if fact.stale_since is not None:
        since = f"{local(fact.stale_since)} {ZONE}"
        told.append(
            Note(
                f"Its stock is old, as of {since}: newer rows of the offer could not be stored.",
                f"Stocul este vechi, din {since}: rândurile mai noi ale ofertei nu au putut fi salvate.",
            )
        )
    not_sellable = why_not_sellable(
        status=fact.status,
        price=fact.price,
        documentation=fact.documentation,
        offer_validation=[] if fact.offer_validation is None else [fact.offer_validation],
        translation=fact.translation,
        is_hidden=fact.is_hidden,
    )
    decision = decide(
        fact.available,
        fact.on_order,
        levels,
        fact.quantity,
        fact.ordered_by,
        is_at_least=fact.is_at_least,
        is_unread=fact.is_unread,
        not_sellable=not_sellable,
        is_without_demand=fact.demand is not None and None in (fact.minimum, fact.reorder_point, fact.maximum),
    )
    return {
        **asdict(levels),
        "status": decision.status.value,
        "reorder_quantity": decision.reorder_quantity,
        "reason": " ".join([decision.reason, *(note.en for note in told)]),
        "reason_ro": " ".join([decision.reason_ro, *(note.ro for note in told)]),
        "not_sellable_reason": not_sellable and not_sellable.en,
        "not_sellable_reason_ro": not_sellable and not_sellable.ro,
        "levels_note": " ".join(note.en for note in notes) or None,
        "levels_note_ro": " ".join(note.ro for note in notes) or None,
    }


# What is foreign: everything but NUL and lone surrogates, which cannot be in PostgreSQL.
LETTERS = "aZ șț{}%\\'\"\t\n\r\x1b\x85\xa0\xad\u200b\u2028\u202e\u3000\ufeff科\U0001f600\U000e0041"


def facts_of(seed: int) -> list[Fact]:
    """Rows made from a number: drawn by hypothesis one value at a time they would take a minute."""
    random = Random(seed)
    choose = random.choice
    codes = [*DOCUMENTATION, *TRANSLATION, 3, 9, 12, 77, -1]

    def level() -> int | None:
        edge, near, far = choose([0, 1, 10, 20, 21, 99, 100, 101]), random.randint(0, 150), random.randint(0, MOST)
        return choose([None, None, None, None, edge, near, near, far])

    def foreign() -> str:
        letters = "".join(random.choices(LETTERS, k=choose([0, 5, 40, 299, 300, 301, 320])))
        return choose([letters, "manual_reserved -3", "TZT: 100% {why}"])

    def usual() -> list[int]:
        low, point, gap = [*sorted(random.choices([0, 1, 7, random.randint(0, 300), MOST - 1], k=2)), choose([1, 40])]
        return choose([[10, 20, 100], [10, 20, 100], [low, point, min(point + gap, MOST)], [0, 0, 0]])

    usuals = ("usual_minimum", "usual_point", "usual_maximum")
    return [
        Fact(
            **dict(zip(usuals, usual(), strict=True)),
            minimum=level(),
            reorder_point=level(),
            maximum=level(),
            quantity=choose([None, None, None, 0, random.randint(0, MOST)]),
            available=choose([random.randint(-5, 130), random.randint(-5, 30), random.randint(-(10**15), 10**15)]),
            on_order=choose([0, random.randint(0, 130), random.randint(0, 10**15)]),
            ordered_by=choose([None, None, None, "main", "fbe", "100%", "{why}"]),
            is_at_least=choose([False, False, False, True]),
            is_unread=choose([False, False, False, True]),
            status=choose([1, 1, 1, 1, 1, 0, 2, 3]),
            price=choose([Decimal("84.0336")] * 5 + [None]),
            documentation=choose([[], [9], random.choices(codes, k=random.randint(1, 4))]),
            offer_validation=choose([None, 1, 1, 1, 2, 9]),
            translation=choose([[], random.choices(codes, k=random.randint(1, 4))]),
            is_hidden=choose([False, False, True]),
            left_out=choose([[], [], [foreign() for _ in range(random.randint(1, 3))]]),
            stale_since=choose([None, None, datetime.fromtimestamp(random.randint(-(10**9), 3 * 10**9), UTC)]),
            demand=choose([None, Decimal("0.0000"), Decimal("2.5000")]),
        )
        for _ in range(250)
    ]


@pytest.fixture(scope="module", params=both_servers.args[1])
def reader(servers, request):
    """A session on a database of this module's own, in which nothing is kept."""
    with (
        contextmanager(_new_database)(servers(request.param), TEMPLATE) as url,
        psycopg.connect(url, row_factory=dict_row) as session,
    ):
        session.execute("SET TimeZone TO 'America/New_York'")  # no sentence depends on who asks
        session.commit()
        yield session
        session.rollback()


@pytest.fixture(scope="module")
def query(reader):
    """The rows of a query."""
    return lambda text, *parameters: reader.execute(text, parameters).fetchall()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_report_says_to_the_letter_what_the_rules_in_python_say(query, seed):
    """Two rules for one number: the buyer reads one, the analyst computes the other."""
    facts = facts_of(seed)
    found = query(QUERY, json.dumps([asdict(fact) for fact in facts], default=str))
    for row in found:
        assert row.pop("reason_code")
    different = [
        (fact, name, row[name], value)
        for fact, row in zip(facts, found, strict=True)
        for name, value in expected(fact).items()
        if row[name] != value
    ]
    assert different[:1] == []


COVERED = """
SELECT cover.* FROM ROWS FROM (
    jsonb_to_recordset(%s) AS (
        available bigint, on_order bigint, expected numeric, drawn numeric, price_ron numeric, is_sellable boolean,
        today date
    )
) WITH ORDINALITY AS fact (available, on_order, expected, drawn, price_ron, is_sellable, today, place)
CROSS JOIN LATERAL app.demand_cover(
    fact.available, fact.on_order, fact.expected, fact.drawn, fact.price_ron, fact.is_sellable, fact.today
) AS cover
ORDER BY fact.place
"""
ORDERED = """
SELECT fact.place FROM ROWS FROM (
    jsonb_to_recordset(%s) AS (status text, method text, at_risk numeric, available bigint)
) WITH ORDINALITY AS fact (status, method, at_risk, available, place)
ORDER BY app.buying_order(fact.status, fact.method, fact.at_risk, fact.available), fact.place
"""


def covers_of(seed: int) -> list[dict[str, Any]]:
    """Stocks with what is expected of them, made from a number."""
    random = Random(seed)
    choose = random.choice

    def some(*values: object) -> Any:
        return choose([None, *values])

    facts: list[dict[str, Any]] = []
    for _ in range(400):
        rate = Decimal(choose([0, 1, random.randint(0, 300_000), random.randint(0, 10**12)])).scaleb(-4)
        others = Decimal(choose([0, 0, random.randint(0, 100_000)])).scaleb(-4)
        expected = some(rate, rate, rate)
        facts.append(
            {
                "available": some(0, random.randint(-50, 300), random.randint(-50, 300), random.randint(0, 10**15)),
                "on_order": choose([0, 0, random.randint(0, 500), 10**15]),
                "expected": expected,
                "drawn": some(others) if expected is None else expected + others,
                "price_ron": some(Decimal(random.randint(1, 10**7)).scaleb(-4), Decimal("9999999999.9999")),
                "is_sellable": choose([True, True, True, False]),
                "today": date(2026, random.randint(1, 12), random.randint(1, 28)),
            }
        )
    return facts


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=70)  # a quotient that was rounded twice
@given(seed=st.integers(0, 2**32))
def test_the_report_covers_what_the_rules_in_python_cover(query, seed):
    """What a stock-out costs decides where the buyer's list begins."""
    facts = covers_of(seed)
    found = query(COVERED, json.dumps(facts, default=str))
    assert found == [asdict(cover(**fact)) for fact in facts]
    for row in found:
        assert all(value.is_finite() and value >= 0 for value in row.values() if isinstance(value, Decimal))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_report_is_in_the_order_of_the_rules_in_python(query, seed):
    random = Random(seed)
    facts = [
        {
            "status": random.choice(list(Status)),
            "method": random.choice([None, "several memories", "not enough data", "never sold"]),
            "at_risk": random.choice([None, Decimal(0), Decimal("0.01"), Decimal(random.randint(0, 300)).scaleb(-2)]),
            "available": random.randint(-3, 3),
        }
        for _ in range(200)
    ]
    ranked = sorted(range(len(facts)), key=lambda place: (buying_order(*facts[place].values()), place))
    assert [row["place"] - 1 for row in query(ORDERED, json.dumps(facts, default=str))] == ranked


def test_both_rules_have_one_lead_time(query):
    assert query("SELECT app.lead_time_days() AS days") == [{"days": LEAD_TIME_DAYS}]


def test_levels_that_contradict_each_other_move_alike(query):
    """Two rules for one level: what the report calls low, the incremental sync would not have read."""
    values = [None, 0, 1, 5, 10, 15, 20, 21, 30, 99, 100, 150, MOST]
    default, demand, nothing = Levels(), Levels(0, 15, 16), Levels(0, 0, 0)
    found = [
        (usual, row)
        for usual in (default, demand, nothing, Levels(MOST - 1, MOST - 1, MOST))
        for row in query(
            "SELECT a, b, c, levels.* FROM unnest(%s::bigint[]) AS a, unnest(%s::bigint[]) AS b,"
            " unnest(%s::bigint[]) AS c, app.effective_levels(a, b, c, %s, %s, %s) AS levels",
            *[values] * 3,
            *asdict(usual).values(),
        )
    ]
    assert len(found) == 4 * len(values) ** 3
    for usual, row in found:
        levels, _ = effective_levels(ManualLevels(row["a"], row["b"], row["c"]), usual)
        assert levels.minimum <= levels.reorder_point < levels.maximum or asdict(levels) == asdict(nothing)
        assert (row["minimum"], row["reorder_point"], row["maximum"]) == (
            levels.minimum,
            levels.reorder_point,
            levels.maximum,
        ), row


def test_every_character_that_is_not_shown_is_noted_alike(query):
    """A character that a terminal obeys, in the name of a supplier, in a sentence of the report."""
    special = {code for code in range(1, sys.maxunicode) if unicodedata.category(chr(code)) in NOT_SHOWN}
    beside = {code + step for code in special for step in (-1, 1)} - {0}
    texts = [f"a{chr(code)}b" for code in sorted(special | beside) if unicodedata.category(chr(code)) not in NOT_STORED]
    found = query("SELECT app.noted(each) FROM unnest(%s::text[]) WITH ORDINALITY AS t (each, n) ORDER BY n", texts)
    assert len(texts) > 200
    assert [row["noted"] for row in found] == [noted(text) for text in texts]


@pytest.mark.parametrize("length", [0, 1, 299, 300, 301, 5000])
@pytest.mark.parametrize("each", ["x", "ț", "\U0001f600", "\x1b", " x", "\t"])
def test_a_long_text_is_cut_alike(query, each, length):
    [row] = query("SELECT app.noted(%s) AS noted", each * length)
    assert row["noted"] == noted(each * length)


def test_each_language_has_every_text_and_knows_every_part(query):
    """A part that nobody fills would be read by a buyer in braces."""
    texts = query("SELECT language, code, template FROM app.report_texts")
    by_language = {language: {row["code"] for row in texts if row["language"] == language} for language in LANGUAGES}
    assert by_language["en"] == by_language["ro"]
    assert len(texts) == 2 * len(by_language["en"])
    for language in LANGUAGES:
        [row] = query("SELECT app.report_templates(%s) AS templates", language)
        assert not [text for text in row["templates"].values() if "{" in text]


def test_a_third_language_is_rows(reader, query):
    """Its words are used, and where it has none yet, those of English."""
    with reader.transaction(force_rollback=True):
        [view] = query("SELECT pg_get_viewdef('app.report_texts') AS text")
        reader.execute(
            f"CREATE OR REPLACE VIEW app.report_texts AS {view['text'].rstrip(';')}"
            " UNION ALL SELECT 'hu', 'critical', '{pieces} db, minimum {minimum}: kritikus.'"
        )
        [row] = query(
            "SELECT reason FROM app.low_stock_sentences('hu', 'critical', 'up_to_maximum', 5, false, 0, 95, 10, 20,"
            " 100, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL, 10, 20, 100)"
        )
    assert row["reason"] == "5 db, minimum 10: kritikus. Order 95 = maximum 100 - available 5 - on order 0."
