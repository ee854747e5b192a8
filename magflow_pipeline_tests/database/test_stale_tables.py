"""Which derived tables are stale, asked every few seconds: the answer is exact, and costs what is stale."""

from typing import Any

from magflow_pipeline_tests.conftest import both_servers

PAIRS = [
    (name, account) for name in ("a", "ab", "b") for account in ("", "fbe", "main") if (name, account) != ("b", "")
]


def rows_read(plan: dict[str, Any]) -> float:
    """The rows that all nodes of a plan give, each as often as it runs."""
    return plan["Actual Rows"] * plan["Actual Loops"] + sum(map(rows_read, plan.get("Plans", [])))


@both_servers
def test_what_waits_for_a_build_that_fails_does_not_make_the_question_dearer(session):
    """An ERP that writes row by row leaves a change for each: all of them were looked through every 5 s."""
    session.execute("SET enable_seqscan = off")  # on so few rows it might be taken for cheaper
    for name, account in PAIRS:
        session.execute(
            "INSERT INTO input_changes (name, account_type, table_name)"
            " SELECT %s, %s, 'x' FROM generate_series(1, 1000)",
            [name, account],
        )
    session.execute("INSERT INTO builds VALUES ('c', 'main', 1, now(), now()), ('d', 'main', 1, now(), 'tomorrow')")
    assert sorted(session.execute("SELECT * FROM stale_tables").fetchall()) == [*PAIRS, ("c", "main")]
    session.execute("ANALYZE input_changes")
    [(answer,)] = session.execute("EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM stale_tables").fetchall()
    assert rows_read(answer[0]["Plan"]) < 20 * len(PAIRS)


@both_servers
def test_an_ended_sync_of_the_catalogue_makes_its_account_stale_and_a_build_takes_only_what_it_saw(session):
    session.execute(
        "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES"
        " ('main', 'm', 'u', 'W'), ('fbe', 'm', 'u', 'W')"
    )
    stale = "SELECT name, account_type FROM stale_tables ORDER BY 1, 2"
    session.execute("INSERT INTO emag_sync_logs (id, account_type) VALUES (1, 'main'), (2, 'fbe')")
    session.execute("UPDATE emag_sync_logs SET total_items = 5")
    assert session.execute(stale).fetchall() == []
    session.execute("UPDATE emag_sync_logs SET status = 'failed', completed_at = now()")
    names = ("demand_levels", "inventory_items", "low_stock_report", "reorder_proposals")
    assert session.execute(stale).fetchall() == [(name, account) for name in names for account in ("fbe", "main")]
    session.execute("SELECT begin_build(name) FROM unnest(ARRAY['demand_levels', 'reorder_proposals']) AS name")
    both = [(name, account) for name in ("inventory_items", "low_stock_report") for account in ("fbe", "main")]
    assert session.execute(stale).fetchall() == both
    session.execute("DELETE FROM builds")
    session.execute("SELECT begin_build('inventory_items', 'main')")
    assert session.execute(stale).fetchall() == [each for each in both if each != ("inventory_items", "main")]
    session.execute("SELECT begin_build('low_stock_report', until => now() + interval '1 day')")
    assert session.execute(stale).fetchall() == [("inventory_items", "fbe")]
    built = "SELECT name, account_type, built_from, stale_at IS NULL FROM builds ORDER BY 1, 2"
    assert session.execute(built).fetchall() == [
        ("inventory_items", "main", 1, True),
        ("low_stock_report", "fbe", 2, False),
        ("low_stock_report", "main", 1, False),
    ]
