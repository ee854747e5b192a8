"""What was told is forgotten by setting, and never what is still open: it would be told again."""

import json

import psycopg

from magflow_pipeline.database.statements import statement

DAYS = {"log_days": 30, "raw_days": 7, "snapshot_days": 1100, "alert_days": 365}


def test_incidents_and_deliveries_go_after_a_year_and_outcomes_with_the_logs(
    receiver, setting, look, wrong, account, ended, session, rows
):
    setting(MAGFLOW_ALERT_URLS=f"json://{receiver.address}/x")
    account()
    ended("failed")
    wrong(1)
    look()
    wrong(0)
    look()
    session.execute(
        "INSERT INTO build_outcomes (name, ended_at) VALUES ('a', now()), ('b', now() - interval '31 days')"
    )
    for table, columns in {
        "incidents": ("opened_at", "closed_at"),
        "alert_deliveries": ("attempted_at",),
        "observations": ("observed_at",),
    }.items():
        session.execute(
            f"UPDATE {table} SET " + ", ".join(f"{name} = {name} - interval '366 days'" for name in columns)
        )
    psycopg.ClientCursor(session).execute(statement("sync/retention"), DAYS)
    assert [row["kind"] for row in rows("SELECT kind FROM incidents")] == ["sync_failed"], "it is open"
    assert len(rows("SELECT FROM alert_deliveries")) == 1
    assert rows("SELECT name FROM build_outcomes") == [{"name": "a"}]
    assert rows("SELECT FROM observations") == []
    look()
    titles = [json.loads(each.body)["title"] for each in receiver.got]
    assert titles.count("MagFlow: main: the sync failed") == 1
