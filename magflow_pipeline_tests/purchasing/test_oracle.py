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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from magflow_pipeline.catalogue.sellable import DOCUMENTATION, TRANSLATION, Note, why_not_sellable
from magflow_pipeline.purchasing.cover import Demand, buying_order, cover
from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline.purchasing.stock import (
    ENGLISH,
    IN_ROMANIAN,
    Item,
    Levels,
    ManualLevels,
    Plan,
    Words,
    decide,
    effective_levels,
)
from magflow_pipeline.text import noted
from magflow_pipeline.times import ZONE, local
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database, both_servers

MOST = 10**9
LANGUAGES = ("en", "ro")
NOT_SHOWN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
NOT_STORED = {"Cs", "Cn"}  # Cn: a character that this Python does not know, and a newer Unicode does
# One statement for a list of rows: each test case is a round trip.
FACTS = {
    "minimum": "bigint", "reorder_point": "bigint", "maximum": "bigint", "quantity_set": "bigint",
    "available": "bigint", "ordered_by": "text", "is_at_least": "boolean", "is_unread": "boolean",
    "status": "smallint", "price": "numeric", "documentation": "smallint[]", "offer_validation": "smallint",
    "translation": "smallint[]", "is_hidden": "boolean", "left_out": "text[]", "stale_since": "timestamptz",
    "usual_minimum": "bigint", "usual_point": "bigint", "usual_maximum": "bigint",
}  # fmt: skip
PLANNED = {
    "level_source": "text", "level_problem": "text", "demand": "numeric", "lead_time_days": "numeric",
    "lead_time_spread_days": "numeric", "lead_time_source": "text", "closed_days": "integer",
    "chance_allowed": "numeric", "on_order": "bigint",
    "in_transfer": "bigint", "sent_away": "bigint", "overdue": "bigint", "missing": "bigint",
    "transfer": "bigint", "transfer_from": "text",
    "share": "bigint", "blocked": "text", "purchase_raw": "bigint", "purchase": "bigint", "purchase_flags": "text",
    "moq": "bigint", "pack": "bigint", "supplier": "text", "cost": "numeric", "cost_problem": "text",
    "cheapest": "text", "cheapest_cost": "numeric", "order_by": "date", "is_late": "boolean",
}  # fmt: skip
NAMED_ALIKE = [name for name in PLANNED if name not in ("missing", "share")]
DECIDED = f"""
WITH templates AS MATERIALIZED (
    SELECT app.report_templates('en') AS en, app.report_templates('ro') AS ro
)
SELECT
    levels.minimum, levels.reorder_point, levels.maximum,
    decision.status, decision.reason_code, decision.reorder_quantity,
    en.reason, en.not_sellable_reason, en.levels_note,
    ro.reason AS reason_ro, ro.not_sellable_reason AS not_sellable_reason_ro, ro.levels_note AS levels_note_ro
FROM ROWS FROM (
    jsonb_to_recordset(%s) AS ({", ".join(f"{name} {kind}" for name, kind in (FACTS | PLANNED).items())})
) WITH ORDINALITY AS fact ({", ".join(FACTS | PLANNED)}, place)
CROSS JOIN LATERAL app.effective_levels(
    fact.minimum, fact.reorder_point, fact.maximum, fact.usual_minimum, fact.usual_point, fact.usual_maximum
) AS levels
CROSS JOIN LATERAL app.not_sellable_codes(
    fact.status, fact.price, fact.documentation, fact.offer_validation, fact.translation, fact.is_hidden
) AS sellable
CROSS JOIN LATERAL app.stock_decision(
    fact.available, fact.available - fact.sent_away + fact.on_order + fact.in_transfer, levels.minimum,
    levels.reorder_point, levels.maximum, fact.quantity_set, sellable.codes IS NULL, fact.is_unread,
    fact.ordered_by IS NOT NULL, CASE WHEN fact.level_source <> 'manual' THEN fact.level_problem END, fact.missing,
    fact.transfer, fact.share, fact.purchase, fact.blocked
) AS decision
CROSS JOIN templates
"""
SENTENCES = f"""
CROSS JOIN LATERAL app.low_stock_sentences(
    texts => templates.{{0}}, status => decision.status, reason_code => decision.reason_code,
    available => fact.available, is_at_least => fact.is_at_least, minimum => levels.minimum,
    reorder_point => levels.reorder_point, maximum => levels.maximum, minimum_set => fact.minimum,
    reorder_point_set => fact.reorder_point,
    maximum_set => fact.maximum, left_out => fact.left_out, account => fact.ordered_by,
    not_sellable_codes => sellable.codes, stale_since => fact.stale_since, raw => fact.missing,
    quantity => decision.reorder_quantity, usual_minimum => fact.usual_minimum,
    usual_point => fact.usual_point, usual_maximum => fact.usual_maximum,
    {", ".join(f"{name} => fact.{name}" for name in NAMED_ALIKE)}
) AS {{0}}
"""
QUERY = DECIDED + "".join(SENTENCES.format(language) for language in LANGUAGES) + "ORDER BY fact.place"


@dataclass(frozen=True)
class Fact:
    """What a row of the report is made from, as the database knows it."""

    minimum: int | None
    reorder_point: int | None
    maximum: int | None
    quantity_set: int | None
    available: int
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
    plan: Plan
    usual_minimum: int
    usual_point: int
    usual_maximum: int


def expected(fact: Fact, words: tuple[Words, Words]) -> dict[str, object]:
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
    item = Item(fact.quantity_set, fact.ordered_by, fact.is_at_least, fact.is_unread, not_sellable)
    decision = decide(fact.available, levels, fact.plan, item, words)
    return {
        **asdict(levels),
        "status": decision.status.value,
        "reason_code": decision.reason_code,
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


def facts_of(seed: int, codes_of_plan: list[str]) -> list[Fact]:
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

    def pieces() -> int:
        return choose([0, 0, random.randint(1, 130), random.randint(0, 10**15)])

    def amount(places: int) -> Decimal:
        return Decimal(random.randint(0, choose([9, 10**4, 10**9]))).scaleb(-places)

    def plan() -> Plan:
        bought = random.randint(1, 500)
        return Plan(
            level_source=choose(["manual", "demand", "default"]),
            level_problem=choose([None, "not_enough_data", "never_sold", "no_price", "not_worth_keeping"]),
            demand=amount(4),
            lead_time_days=choose([Decimal(45), amount(2)]),
            lead_time_spread_days=choose([Decimal(10), amount(2)]),
            lead_time_source=choose(["receipts", "terms", "default"]),
            closed_days=choose([0, 0, random.randint(1, 40)]),
            chance_allowed=Decimal(random.randint(0, 10**8)).scaleb(-8),
            on_order=pieces(),
            in_transfer=pieces(),
            sent_away=pieces(),
            overdue=pieces(),
            missing=choose([None, 0, random.randint(1, 200)]),
            transfer=choose([0, 0, random.randint(1, 200)]),
            transfer_from=choose(["main", "bg, main", "100%"]),
            share=choose([None, 0, random.randint(1, 200)]),
            blocked=choose([None, None, random.choice(codes_of_plan), "; ".join(codes_of_plan[:2])]),
            purchase_raw=choose([bought, random.randint(1, 500)]),
            purchase=choose([None, 0, bought]),
            purchase_flags=choose([None, "no_supplier; capped_to_cover", "filled_to_minimum_order_value"]),
            moq=random.randint(1, 500),
            pack=random.randint(1, 50),
            supplier=choose([None, "TZT", foreign()]),
            cost=choose([None, amount(4)]),
            cost_problem=choose([None, None, random.choice(codes_of_plan), "no_rate HUF; nobody knows it"]),
            cheapest=choose([None, "TZT", foreign()]),
            cheapest_cost=choose([None, amount(4)]),
            order_by=choose([None, date(2026, random.randint(1, 12), 7)]),
            is_late=choose([True, False]),
        )

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
            quantity_set=choose([None, None, None, 0, random.randint(0, MOST)]),
            available=choose([random.randint(-5, 130), random.randint(-5, 30), random.randint(-(10**15), 10**15)]),
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
            plan=plan(),
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


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_report_says_to_the_letter_what_the_rules_in_python_say(query, seed):
    """Two rules for one number: the buyer reads one, the analyst computes the other."""
    words = words_of_codes(query)
    facts = facts_of(seed, sorted(words[0].codes))
    rows = [
        {name: value for name, value in asdict(fact).items() if name != "plan"} | asdict(fact.plan) for fact in facts
    ]
    found = query(QUERY, json.dumps(rows, default=str))
    different = [
        (fact, name, row[name], value)
        for fact, row in zip(facts, found, strict=True)
        for name, value in expected(fact, words).items()
        if row[name] != value
    ]
    assert different[:1] == []


def words_of_codes(query) -> tuple[Words, Words]:
    """The words of the codes of plan and cost: nobody writes them down twice."""
    rows = query("SELECT * FROM app.plan_texts UNION ALL SELECT * FROM app.cost_texts")
    en, ro = (
        Words(each.language, each.decimal_mark, {r["code"]: r["words"] for r in rows if r["language"] == each.language})
        for each in (ENGLISH, IN_ROMANIAN)
    )
    assert en.codes.keys() == ro.codes.keys()
    return en, ro


COVERED = """
SELECT cover.* FROM ROWS FROM (
    jsonb_to_recordset(%s) AS (
        available bigint, to_come bigint, expected numeric, daily numeric, variance numeric, error numeric,
        lead_time_days numeric, lead_time_spread_days numeric, closed_days_today integer,
        closed_days_in_a_week integer, margin_ron numeric, is_sellable boolean, today date
    )
) WITH ORDINALITY AS fact (
    available, to_come, expected, daily, variance, error, lead_time_days, lead_time_spread_days, closed_days_today,
    closed_days_in_a_week, margin_ron, is_sellable, today, place
)
CROSS JOIN LATERAL app.demand_cover(
    fact.available, fact.to_come, fact.expected, fact.daily, fact.variance, fact.error,
    fact.lead_time_days + fact.closed_days_today, fact.lead_time_days + 7 + fact.closed_days_in_a_week,
    fact.lead_time_spread_days, fact.margin_ron, fact.is_sellable, fact.today
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
        daily = some(others) if expected is None else expected + others
        planned = (
            None
            if daily is None
            else Demand(
                daily,
                choose([Decimal(0), daily, daily * 9]),
                choose([Decimal(0), Decimal(random.randint(0, 90_000)).scaleb(-4)]),
                choose([Decimal(0), Decimal(45), Decimal(random.randint(0, 20_000)).scaleb(-2)]),
                choose([Decimal(0), Decimal(10), Decimal(random.randint(0, 3_000)).scaleb(-2)]),
                *choose([(0, 0), (0, 16), (20, 13)]),
            )
        )
        facts.append(
            {
                "available": some(0, random.randint(-50, 300), random.randint(-50, 300), random.randint(0, 10**15)),
                "to_come": choose([0, 0, random.randint(0, 500), 10**15]),
                "expected": expected,
                "planned": planned,
                "margin_ron": some(
                    Decimal(random.randint(1, 10**7)).scaleb(-4), Decimal("9999999999.9999"), Decimal("-0.5")
                ),
                "is_sellable": choose([True, True, True, False]),
                "today": date(2026, random.randint(1, 12), random.randint(1, 28)),
            }
        )
    return facts


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_report_covers_what_the_rules_in_python_cover(query, seed):
    """What waiting costs decides where the buyer's list begins."""
    facts = covers_of(seed)
    rows = [
        {name: value for name, value in fact.items() if name != "planned"}
        | (asdict(fact["planned"]) if fact["planned"] else {})
        for fact in facts
    ]
    for fact, row in zip(facts, query(COVERED, json.dumps(rows, default=str)), strict=True):
        known = asdict(cover(**fact))
        # Money by logarithms is alike to 15 digits, and a quarter of a day of it to the ban.
        for name in ("ron_lost_by_waiting", "ron_at_risk_per_day"):
            told, rule = row.pop(name), known.pop(name)
            assert (told is None) == (rule is None), fact
            assert told is None or abs(told - rule) <= max(Decimal("0.011"), rule / 10**9), fact
            assert told is None or (told.is_finite() and told >= 0), fact
        assert row == known, fact


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
        assert not [text for code, text in row["templates"].items() if "{" in text and not code.startswith("word ")]


def test_a_third_language_is_rows(reader, query):
    """Its words are used, and where it has none yet, those of English."""
    with reader.transaction(force_rollback=True):
        [view] = query("SELECT pg_get_viewdef('app.report_texts') AS text")
        reader.execute(
            f"CREATE OR REPLACE VIEW app.report_texts AS {view['text'].rstrip(';')}"
            " UNION ALL SELECT 'hu', 'critical', '{pieces} db, minimum {minimum}: kritikus.'"
        )
        [row] = query(
            "SELECT reason FROM app.low_stock_sentences(app.report_templates('hu'), 'critical', 'decide_yourself', 5,"
            " FALSE, 10, 20, 100,"
            f" {', '.join(['NULL'] * 3)}, 'default', 'never_sold', {', '.join(['NULL'] * 34)})"
        )
    assert row["reason"] == (
        "5 db, minimum 10: kritikus. Levels are defaults: it never sold. Decide yourself how many to order."
    )
