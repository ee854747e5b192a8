"""Incidents are the difference between what is wrong now and what is open; each kind is seen and seen to be over."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from magflow_pipeline.alerts.incidents import update_incidents
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.conftest import both_servers

NOW = "SELECT kind, subject, severity, first_error FROM incidents_now ORDER BY kind, subject"
AGO = "now() - interval '{}'"


@pytest.fixture
def now(session: psycopg.Connection):
    return lambda: session.execute(NOW).fetchall()


@pytest.fixture
def numbers(session: psycopg.Connection):
    return lambda kind: session.execute("SELECT numbers FROM incidents_now WHERE kind = %s", [kind]).fetchall()[0][0]


@both_servers
def test_nothing_is_wrong_in_an_empty_database(now, session):
    assert now() == []


def test_a_failed_sync_is_wrong_until_one_succeeds_and_a_running_one_does_not_hide_it(account, ended, now):
    account()
    ended("failed", errors=["page 2 was given up", "No page could be read"])
    ended("running", completed_at=None)
    assert now() == [("sync_failed", "main", "warning", "No page could be read")]
    ended()
    assert now() == []


def test_a_partial_sync_is_wrong_unless_it_was_asked_to_stop_early_or_for_some_rows(account, ended, now):
    account()
    ended("partial", errors=["page 2 was given up", "and page 3"])
    ended(operation="selective")
    ended(parameters={"max_pages": 2})
    assert now() == [("sync_partial", "main", "warning", "page 2 was given up")]
    ended()
    ended("partial", parameters={"max_pages": 2})
    ended("partial", operation="selective")
    assert now() == []


def test_refused_credentials_are_critical_and_no_failed_sync_beside_it(account, ended, now):
    account()
    ended("failed", errors=[{"error": "The marketplace refused the credentials", "kind": "refused"}])
    assert now() == [("credentials_refused", "main", "critical", "The marketplace refused the credentials")]


def test_a_refusal_by_the_marketplace_is_written_as_one(make_simulator, make_seller, sync, database, now):
    make_seller(make_simulator(), EMAG_MAIN_PASSWORD="wrong")
    with pytest.raises(Exception, match="refused the credentials"):
        sync("main")
    assert [row[:3] for row in now()] == [("credentials_refused", "main", "critical")]


def test_an_account_is_late_after_three_intervals_also_when_it_was_never_read(account, ended, now, numbers, session):
    account("main", days=0.05)
    assert now() == []
    session.execute("UPDATE emag_accounts SET first_synced_at = now() - interval '91 minutes'")
    assert now() == [("account_late", "main", "critical", None)]
    ended(minutes=89)
    assert now() == []
    session.execute("SET magflow.sync_interval_minutes = 20")
    assert now() == [("account_late", "main", "critical", None)]
    assert numbers("account_late") == {"minutes": 89}


def test_an_account_that_is_not_configured_is_nobodys_trouble(account, ended, now, session):
    account(days=0.1)
    ended("failed")
    session.execute("UPDATE emag_accounts SET is_configured = false")
    assert now() == []


@pytest.mark.parametrize(
    ("outcomes", "is_wrong"),
    [("xx.", False), (".xxx", True), ("xxx.", False), ("........x.", True), (".......x.", False)],
)
def test_builds_fail_often_three_in_a_row_or_a_tenth_of_the_days(account, now, session, outcomes, is_wrong):
    account()
    for number, each in enumerate(outcomes):
        error = f"error {number}" if each == "x" else None
        session.execute("INSERT INTO build_outcomes (name, error) VALUES ('low_stock_report', %s)", [error])
    first = f"error {outcomes.index('x')}"
    assert now() == ([("build_failing", "low_stock_report", "warning", first)] if is_wrong else [])


def test_a_report_is_stale_an_hour_after_the_first_change_it_has_not_seen(account, now, session):
    account()
    session.execute("DELETE FROM input_changes")
    session.execute(
        "INSERT INTO input_changes (name, table_name, changed_at)"
        " SELECT 'low_stock_report', 'x', now() - minutes FROM unnest('{59 minutes, 1 minute}'::interval[]) AS minutes"
    )
    assert now() == []
    session.execute("UPDATE input_changes SET changed_at = changed_at - interval '2 minutes'")
    assert now() == [("report_stale", "", "warning", None)]


def test_a_removal_is_held_back_until_it_is_accepted(account, ended, now, numbers, session):
    account()
    ended("partial", is_complete=True, held_back_items=20, errors=["20 did not come back"])
    assert now() == [("removal_held_back", "main", "warning", None)]
    assert numbers("removal_held_back")["offers"] == 20
    session.execute("UPDATE emag_accounts SET removal_accepted_at = now()")
    assert now() == []


def test_rejected_rows_count_from_a_thousandth(account, ended, now, numbers, session):
    account()
    ended(processed_items=2000, failed_items=2)
    assert now() == []
    sync = ended(processed_items=2000, failed_items=3)
    session.execute(
        "INSERT INTO emag_rejected_offers (account_type, sync_log_id, page, reason, payload)"
        " VALUES ('main', %s, 1, 'no SKU', 'x')",
        [sync],
    )
    assert now() == [("rows_rejected", "main", "warning", "no SKU")]
    assert numbers("rows_rejected") == {"rejected": 3, "received": 2000, "percent": 0.15, "sync_id": sync}


def test_orders_are_late_and_rejected_apart_from_the_offers(account, ended, now, numbers, session):
    account()
    ended()
    ended(sync_type="orders", operation="backfill", minutes=89)
    assert now() == []
    sync = ended("failed", sync_type="orders", errors=["no page came"], processed_items=2000, failed_items=3)
    session.execute("SET magflow.sync_interval_minutes = 20")
    session.execute(
        "INSERT INTO emag_rejected_orders (account_type, sync_log_id, order_type, page, reason, payload)"
        " VALUES ('main', %s, 3, 1, 'id is missing or not usable', '{}')",
        [sync],
    )
    assert now() == [
        ("orders_late", "main", "warning", "no page came"),
        ("orders_rejected", "main", "warning", "id is missing or not usable"),
        ("sync_failed", "main orders", "warning", "no page came"),
    ]
    assert numbers("orders_late") == {"minutes": 89}
    ended(sync_type="orders")
    assert now() == []


def test_newly_critical_items_count_from_a_value_in_ron_and_not_those_that_came_so(account, now, numbers, session):
    account()
    columns = (
        "name, warehouse, reason, reason_ro, quantity, reserved_quantity, available_quantity, on_order_quantity,"
        " minimum_stock, reorder_point, maximum_stock, has_manual_levels, is_verified, supplier_count"
    )
    item = (
        f"INSERT INTO low_stock_report (account_type, sku, emag_id, product_id, status, reorder_quantity, price,"
        f" currency, {columns}) VALUES ('main', %s, %s, 1, %s, %s, %s, %s, 'n', 'W', 'r', 'r', 0, 0, 0, 0, 1, 2, 3,"
        " false, false, 0)"
    )
    for number, (status, quantity, price, currency) in enumerate(
        [
            ("in_stock", 10, 60, "RON"),
            ("low_stock", 1, 200, "EUR"),
            ("in_stock", 9, 900, "XXX"),  # a currency without a rate is worth nothing known
            ("critical", 99, 900, "RON"),  # came so
            ("out_of_stock", 99, 900, "RON"),  # was so: no news
        ]
    ):
        session.execute(item, [f"S{number}", number + 1, status, quantity, price, currency])
    session.execute("INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('EUR', '2020-01-01', 1)")
    session.execute("INSERT INTO exchange_rates (currency, rate_date, ron, units) VALUES ('EUR', '2026-11-25', 50, 10)")
    session.execute("INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('EUR', '9999-12-31', 9)")
    session.execute("UPDATE low_stock_report SET status = 'critical' WHERE sku = 'S0'")
    assert now() == [], "600 RON"
    session.execute("UPDATE low_stock_report SET status = 'critical' WHERE sku IN ('S1', 'S2', 'S4')")
    assert now() == [("newly_critical", "main", "warning", None)]
    assert numbers("newly_critical") == {"items": 3, "value_ron": 1600}
    session.execute("SET magflow.critical_value_ron = 1601")
    assert now() == []
    session.execute("SET magflow.critical_value_ron = 1")
    session.execute("UPDATE low_stock_report SET reorder_quantity = 0")
    assert now() == [], "all of it is ordered"


def test_a_backup_is_old_where_none_is_proven_and_wrong_where_the_newest_failed(account, now, session):
    account(days=3)
    session.execute("INSERT INTO emag_sync_logs (account_type, status, completed_at) VALUES ('main','completed',now())")
    assert now() == [("backup_old", "", "warning", None)]
    backup = (
        "INSERT INTO backups (file, started_at, finished_at, proven_at, error)"
        " VALUES ('f', now() - %s::interval, now() - %s::interval, CASE WHEN %s::text IS NULL THEN now() END, %s)"
    )
    session.execute(backup, ["2 hours", "1 hour", None, None])
    assert now() == []
    session.execute(backup, ["1 hour", "1 hour", "table x differs", "table x differs"])
    assert now() == [("backup_not_proven", "", "warning", "table x differs")]
    session.execute("UPDATE backups SET removed_at = now() WHERE proven_at IS NOT NULL")
    assert [kind for kind, *_ in now()] == ["backup_not_proven", "backup_old"]


def test_a_disk_is_nearly_full_by_share_or_size_of_what_is_free(now, session):
    def disk(free: float, total: float) -> list[str]:
        session.execute("DELETE FROM observations")
        for name, value in (("free", free), ("total", total)):
            session.execute(
                "INSERT INTO observations (name, subject, value) VALUES (%s, 'd', %s)", [f"disk_{name}_bytes", value]
            )
        return [severity for _, _, severity, _ in now()]

    assert disk(6e9, 100e9) == []
    assert disk(4e9, 100e9) == ["warning"]
    assert disk(1e9, 100e9) == ["critical"]
    assert disk(100e9, 10e12) == [], "one per cent of a large disk is a lot"
    assert disk(0.9e9, 10e9) == ["warning"]


def test_the_daemon_is_silent_when_its_beat_is_old_and_not_when_it_never_was(now, session):
    beat = "INSERT INTO observations (name, value, observed_at) VALUES ('daemon_beat', 1, now() - %s::interval)"
    session.execute(beat, ["6 minutes"])
    assert now() == [("daemon_silent", "", "critical", None)]
    for age in ("4 minutes", "8 days"):
        session.execute("DELETE FROM observations")
        session.execute(beat, [age])
        assert now() == [], age


def test_two_processes_open_and_close_each_incident_once(database: Database, wrong, rows):
    def update(_: int) -> None:
        with database.connect() as session:
            update_incidents(session, load_settings())

    with ThreadPoolExecutor(8) as pool:
        for value in (3, 0, 5):
            wrong(value)
            list(pool.map(update, range(8)))
    found = rows("SELECT kind, closed_at >= opened_at AS over, numbers FROM incidents ORDER BY id")
    assert found == [
        {"kind": "supplier_conflicts", "over": True, "numbers": {"conflicts": 3}},
        {"kind": "supplier_conflicts", "over": None, "numbers": {"conflicts": 5}},
    ]


def test_an_open_incident_keeps_its_first_error_and_takes_the_new_numbers(database, account, ended, rows, session):
    account()
    ended("failed", errors=["first"], api_requests_made=1)
    update_incidents(session, load_settings())
    ended("failed", errors=["second"], api_requests_made=2)
    update_incidents(session, load_settings())
    [incident] = rows("SELECT first_error, numbers ->> 'requests' AS requests FROM incidents")
    assert incident == {"first_error": "first", "requests": "2"}


def test_every_kind_has_words_in_both_languages_and_its_numbers_are_those_of_the_view(session):
    """A name in braces that no branch gives would be told as a question mark."""
    text = session.execute("SELECT pg_get_viewdef('incidents_now'::regclass)").fetchall()[0][0]
    words = session.execute("SELECT kind, language, headline || what_to_do FROM incident_texts").fetchall()
    kinds = {kind for kind, _, _ in words}
    assert {(kind, language) for kind, language, _ in words} == {(k, lang) for k in kinds for lang in ("en", "ro")}
    for kind in kinds:
        assert f"'{kind}'::text" in text, kind
    for _, _, template in words:
        for part in template.split("{")[1:]:
            name = part.partition("}")[0]
            assert name == "subject" or f"'{name}'" in text, name


def test_a_new_kind_is_a_branch_of_the_view_and_two_texts(session, rows):
    """The promise to later issues: rows and files, not code. A kind without words yet is told by its name."""
    view, texts = (
        session.execute("SELECT pg_get_viewdef(%s::regclass)", [name]).fetchall()[0][0].rstrip("; \n")
        for name in ("incidents_now", "incident_texts")
    )
    branch = """ UNION ALL SELECT 'rate_old', 'CNY', 'warning', NULL, '{"days": 3}'::jsonb"""
    session.execute(f"CREATE OR REPLACE VIEW incidents_now AS {view}{branch}")
    update_incidents(session, load_settings())
    told = "SELECT headline, what_to_do FROM incident_messages WHERE language = 'ro'"
    assert rows(told) == [{"headline": "CNY: rate old", "what_to_do": None}]
    session.execute(
        f"CREATE OR REPLACE VIEW incident_texts AS {texts} UNION ALL VALUES"
        " ('en', 'rate_old', 'The rate of {subject} is {days} days old', 'Run magflow rates.'),"
        " ('ro', 'rate_old', 'Cursul {subject} are {days} zile', 'Rulați magflow rates.')"
    )
    assert rows(told) == [{"headline": "Cursul CNY are 3 zile", "what_to_do": "Rulați magflow rates."}]
