"""Exchange rates: the National Bank's XML over HTTP, what cannot be a rate, and rates entered by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.simulator.rates import RateSwitches, document
from magflow_pipeline.suppliers import rates
from magflow_pipeline.suppliers.rates import (
    RatesError,
    fetch,
    newest_day_read,
    parse_rates,
    read_rates,
    set_rate,
    shown_rates,
    store_rates,
    today,
)
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert

DAY = date(2026, 11, 25)
CUBE = '<Cube date="{}">{}</Cube>'
DATA_SET = '<DataSet xmlns="http://www.bnr.ro/xsd"><Body><OrigCurrency>{}</OrigCurrency>{}</Body></DataSet>'


def data_set(*rates: str, day: str = "2026-11-25", of: str = "RON") -> bytes:
    return DATA_SET.format(of, CUBE.format(day, "".join(rates))).encode()


def rate(value: str, currency: str = "EUR", multiplier: str = "") -> str:
    return f'<Rate currency="{currency}"{multiplier and f" multiplier={multiplier!r}"}>{value}</Rate>'


@pytest.fixture
def feed(make_simulator):
    """The simulator, whose feed is read."""
    return make_simulator()


@pytest.fixture
def address(feed) -> str:
    return f"{feed.origin}/nbrfxrates.xml"


@pytest.fixture
def quickly(monkeypatch):
    """Without the waits between attempts."""
    monkeypatch.setattr(rates, "LONGEST_WAIT", 0.01)


def stored(session) -> list[tuple]:
    columns = "currency, rate_date, units, ron, source"
    return session.execute(f"SELECT {columns} FROM exchange_rates ORDER BY rate_date, currency").fetchall()


@both_servers
def test_the_feed_is_read_and_read_again_nothing_is_written(database, session, address):
    configured = Settings(MAGFLOW_RATES_URL=address)
    read = read_rates(database, configured)
    assert (read.written, read.refused) == (6, [])
    by_currency = {currency: row for currency, *row in stored(session)}
    day, units, ron, source = by_currency["HUF"]
    assert (units, source) == (100, "BNR") and Decimal("1.2") < ron < Decimal("1.4")
    assert newest_day_read(database) == day
    [huf] = session.execute("SELECT ron FROM current_rates WHERE currency = 'HUF'").fetchone()
    assert huf == ron / 100
    assert read_rates(database, configured).written == 0


@both_servers
def test_a_rate_that_a_person_entered_for_a_day_stays_and_the_next_day_is_the_feeds(database, session):
    set_rate(database, "eur", "5,2", "ana", day="2026-11-25")
    store_rates(database, parse_rates(data_set(rate("5.09"), rate("0.63", "CNY")), DAY), "feed")
    assert [row for row in stored(session) if row[0] == "EUR"] == [("EUR", DAY, 1, Decimal("5.2"), "by hand: ana")]
    store_rates(database, parse_rates(data_set(rate("5.1"), day="2026-11-26"), date(2026, 11, 26)), "feed")
    set_rate(database, "EUR", "5.3", "mihai", day="2026-11-26")  # and a correction wins too
    assert [row[3:] for row in stored(session) if row[0] == "EUR"] == [
        (Decimal("5.2"), "by hand: ana"),
        (Decimal("5.3"), "by hand: mihai"),
    ]
    assert newest_day_read(database) == DAY


def test_a_rate_by_hand_is_compared_with_the_feeds_of_its_day(database, session):
    """The National Bank's is there from one o'clock on, and was compared with nothing."""
    store_rates(database, parse_rates(data_set(rate("5.09")), DAY), "feed")
    with pytest.raises(ConfigurationError, match=r"differ by more than 20% from 5\.09 RON for 1 of 2026-11-25"):
        set_rate(database, "EUR", "50.9", "ana", day="2026-11-25")
    set_rate(database, "EUR", "5.9", "ana", day="2026-11-25")  # a slip that is no jump
    set_rate(database, "EUR", "4.9", "ana", day="2026-11-25")
    assert [row[0] for row in stored(session)] == ["EUR"]


def test_a_first_rate_by_hand_is_what_the_next_one_of_its_day_is_compared_with(database, session):
    """129 RON for 100 HUF were taken after 1.29: no other day had a rate of HUF, and the bank's of it was gone."""
    store_rates(database, parse_rates(data_set(rate("5.09")), DAY), "feed")
    set_rate(database, "EUR", "5.2", "ana", day="2026-11-25")
    with pytest.raises(ConfigurationError, match=r"differ by more than 20% from 5\.2 RON for 1 of 2026-11-25"):
        set_rate(database, "EUR", "52", "ana", day="2026-11-25")
    insert(session, "exchange_rates", currency="EUR", rate_date="2026-11-24", units=1, ron="4.4")
    set_rate(database, "EUR", "4.0", "ana", day="2026-11-25")  # of the day before: a correction is no jump


@both_servers
def test_a_rate_that_jumps_is_kept_out_and_told_and_a_person_may_enter_it(database, session):
    """A feed that wrote 50.9 for 5.09 made every cost in EUR ten times as high."""
    store_rates(database, parse_rates(data_set(rate("5.09"), rate("0.63", "CNY"), day="2026-11-24"), DAY), "feed")
    read = store_rates(database, parse_rates(data_set(rate("50.9"), rate("0.75", "CNY")), DAY), "feed")
    assert read.refused == [
        "EUR of 2026-11-25 was kept out: 50.9 RON for 1 differ by more than 20% from 5.09 RON for 1 of 2026-11-24. If"
        " it is right, enter it: magflow rates set EUR RATE."
    ]
    assert [row[0] for row in stored(session) if row[1] == DAY] == ["CNY"]  # 19 % more
    with pytest.raises(RatesError, match=r"No rate of feed was stored\. EUR of 2026-11-25 was kept out: 50\.9 RON"):
        store_rates(database, parse_rates(data_set(rate("50.9")), DAY), "feed")
    with pytest.raises(
        ConfigurationError, match=r"EUR 3\.9 was not entered: 3\.9 RON .* magflow rates set EUR RATE --anyway\."
    ):
        set_rate(database, "EUR", "3.9", "ana", day="2026-11-25")
    set_rate(database, "EUR", "3.9", "ana", day="2026-11-25", anyway=True)
    # The same in hundreds of units is no jump.
    insert(session, "exchange_rates", currency="HUF", rate_date="2026-11-24", units=100, ron="1.3")
    set_rate(database, "HUF", "0.0131", "ana", day="2026-11-25")
    days = DATA_SET.format("RON", CUBE.format("2026-11-26", rate("4")) + CUBE.format("2026-11-27", rate("40"))).encode()
    several = store_rates(database, parse_rates(days, date(2026, 11, 30)), "feed")  # the file of the last ten days
    assert [(each.rate_date.day, each.ron) for each in several.rates] == [(26, Decimal(4))]


REFUSED = [
    (rate("NaN"), "NaN is no rate: that is a number above 0 and below 100,000,000"),
    (rate("0"), "0 is no rate"),
    (rate("-5.09"), "-5.09 is no rate"),
    (rate("Infinity"), "Infinity is no rate"),
    (rate("0.0000001"), "0.0000001 is no rate"),
    (rate("1e9"), "1e9 is no rate"),
    (rate("-"), "- is no number"),
    (rate(""), "nothing is no number"),
    (rate("5,09"), "5,09 is no number"),
    (rate("5.09", multiplier="0"), "its multiplier 0 is no whole number from 1 to 1,000,000"),
    (rate("5.09", multiplier="-100"), "its multiplier -100 is no whole number"),
    (rate("5.09", multiplier="1.5"), "its multiplier 1.5 is no whole number"),
    (rate("5.09", multiplier="9999999"), "its multiplier 9999999 is no whole number"),
    (rate("5.09", currency="euro"), "that is no code of a foreign currency"),
    (rate("1", currency="RON"), "that is no code of a foreign currency"),
    (rate("5.09") + rate("5.1"), "it is there twice, and 5.09 RON for 1 comes first"),
]


@pytest.mark.parametrize(("bad", "why"), REFUSED)
def test_a_value_that_cannot_be_is_kept_out_with_a_sentence_and_stops_no_other(bad, why):
    read = parse_rates(data_set(bad, rate("0.63", "CNY")), DAY)
    assert ("CNY", Decimal("0.63")) in [(each.currency, each.ron) for each in read.rates]
    [sentence] = read.refused
    assert "was kept out: " in sentence and why in sentence and sentence.endswith(".")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-26", "it is of the future, as today is 2026-11-25"),
        ("2005-06-30", "the leu of today is of 2005-07-01"),
        ("25.11.2026", "that is no day, such as 2026-11-25"),
        ("", "that is no day"),
    ],
)
def test_a_day_that_cannot_be_is_refused(day, why):
    with pytest.raises(RatesError, match=f"what came has no rate that can be used. EUR of .*: {why}"):
        parse_rates(data_set(rate("5.09"), day=day), DAY)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (b"", "what came is no XML: no element found, line 1"),
        (b"<DataSet><Body>", "what came is no XML: no element found"),
        (b"<DataSet/>", "what came is not of RON: its OrigCurrency is missing"),
        (data_set(rate("1.1", "USD"), of="EUR"), "what came is not of RON: its OrigCurrency is EUR"),
        (data_set(), "what came has no rate that can be used"),
        (document(DAY, RateSwitches(fault="entities")).encode(), "what came has a DTD, which rates never have"),
        (b'<!DOCTYPE DataSet SYSTEM "file:///etc/passwd"><DataSet/>', "what came has a DTD"),
        (b"<DataSet>&euro;</DataSet>", "what came is no XML: undefined entity"),
        (b"\x00\xff\xfe", "what came is no XML"),
    ],
)
def test_a_document_that_is_none_is_refused(what, why):
    with pytest.raises(RatesError, match=f"^{why}"):
        parse_rates(what, DAY)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: data_set(rate(text), text)))
def test_whatever_comes_is_rates_or_a_sentence(what):
    try:
        assert all(each.ron > 0 for each in parse_rates(what, DAY).rates)
    except RatesError as error:
        assert str(error).startswith("what came ")
    except UnicodeEncodeError:
        pytest.fail("a text that cannot be encoded was shown")


@settings(deadline=None)
@given(
    ron=st.decimals("0.000001", 99_999_999, places=6), units=st.sampled_from((1, 100, 1000)), pieces=st.integers(1, 99)
)
def test_an_amount_that_is_changed_to_ron_and_back_is_the_same(ron, units, pieces):
    """Currency round trips: units of a rate cancel out, and nothing is lost but what rounding says."""
    one = rates.Rate("HUF", DAY, units, ron).of_one
    assert abs(pieces * one / one - pieces) < Decimal("1e-20")
    assert rates.Rate("HUF", DAY, units * 10, ron * 10).of_one == one or units * 10 > rates.MOST_UNITS


def test_of_the_demo_rates_are_of_the_last_working_day_and_move_little(feed):
    assert feed.rates()["asked"] == 0
    before = parse_rates(document(DAY).encode(), DAY).rates
    after = parse_rates(document(DAY + timedelta(days=1)).encode(), DAY + timedelta(days=1)).rates
    for old, new in zip(before, after, strict=True):
        assert old.currency == new.currency
        assert abs(new.of_one / old.of_one - 1) < Decimal("0.01")


def test_a_feed_that_fails_for_a_moment_is_asked_again_and_one_that_refuses_is_not(feed, address, quickly):
    feed.rates(status=503, times=2)
    assert parse_rates(fetch(address), today()).rates
    assert feed.rates()["asked"] == 3
    feed.rates(status=503)
    said = (
        r"^The exchange rates of 127\.0\.0\.1:\d+ could not be read: it answered with HTTP 503\. They are asked again"
    )
    with pytest.raises(RatesError, match=said):
        fetch(address)
    assert feed.rates()["asked"] == 3
    feed.rates(status=404)
    with pytest.raises(RatesError, match="it answered with HTTP 404"):
        fetch(address)
    assert feed.rates()["asked"] == 1


def test_an_answer_without_end_and_an_address_without_a_server_are_given_up(feed, address, quickly):
    feed.rates(fault="huge")
    with pytest.raises(RatesError, match="its answer is larger than 1 MiB"):
        fetch(address)
    with pytest.raises(RatesError, match="could not be read"):
        fetch("http://127.0.0.1:1/nbrfxrates.xml")


@pytest.mark.parametrize("fault", ["html", "truncated", "entities", "empty"])
def test_what_is_no_document_changes_nothing(database, session, feed, address, fault):
    feed.rates(fault=fault)
    with pytest.raises(RatesError, match="what came"):
        read_rates(database, Settings(MAGFLOW_RATES_URL=address))
    assert stored(session) == []


def test_an_old_day_is_stored_as_what_it_is_and_a_future_one_is_not(database, session, feed, address):
    configured = Settings(MAGFLOW_RATES_URL=address)
    feed.rates(days_ago=30)
    read_rates(database, configured)
    assert {row["note"] for row in shown_rates(database, configured)} == {"old"}
    assert all(row["age_days"] >= 30 for row in shown_rates(database, configured))
    feed.rates(days_ago=-30)
    with pytest.raises(RatesError, match="it is of the future"):
        read_rates(database, configured)
    feed.rates(rates={"EUR": "NaN"})
    read = read_rates(database, configured)
    assert [sentence[:3] for sentence in read.refused] == ["EUR"] and len(read.rates) == 5
    assert {row["note"] for row in shown_rates(database, configured) if row["currency"] != "EUR"} == {None}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("EURO", "5"), "that is no code of a foreign currency"),
        (("EUR", "five"), "five is no number"),
        (("EUR", "0"), "0 is no rate"),
        (("EUR", "5", "ana", "2150-01-01"), "it is of the future"),
        (("EUR", "5", "ana", "", 0), "its multiplier 0 is no whole number"),
    ],
)
def test_a_rate_by_hand_that_cannot_be_is_refused(database, arguments, why):
    currency, ron, by, day, units = (*arguments, *("ana", "", 1)[len(arguments) - 2 :])
    with pytest.raises(ConfigurationError, match=f"{currency} {ron} was not entered: .*{why}"):
        set_rate(database, currency, ron, by, day=day, units=units)


def test_without_an_address_one_is_told_to_enter_rates(database):
    with pytest.raises(ConfigurationError, match=r"MAGFLOW_RATES_URL is set to nothing, .* magflow rates set EUR"):
        read_rates(database, Settings(MAGFLOW_RATES_URL=""))
