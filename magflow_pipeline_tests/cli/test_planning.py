"""`magflow proposals` and `magflow transfer`: what to move and to buy, and noting that it was moved."""

import json

import pytest
from typer.testing import CliRunner

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.purchasing.proposals import build_reorder_proposals
from magflow_pipeline.purchasing.transfers import end_transfer, note_transfer
from magflow_pipeline.reports.proposals import proposed_actions
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline_tests.purchasing.plans import PlannedShop, in_days


@pytest.fixture
def shop(database, session) -> PlannedShop:
    """Something to move and two purchases; nothing is built yet."""
    shop = PlannedShop(database, session)
    shop.put("CALM", 15, 20, 100, daily="0.5000")
    shop.put("URGENT", 0, 20, 100, daily="3.0000")
    shop.put("MOVED", 100, 20, 100)
    shop.put("MOVED", 5, 20, 60, account="fbe")
    shop.sells("URGENT", "TZT", "10.0000", moq=20, pack=10)
    shop.sells("CALM", "GXR  Ltd", "10.0000")
    return shop


def test_transfers_come_first_and_then_what_waiting_costs_most(database, session, shop, tmp_path):
    run = CliRunner().invoke
    with pytest.raises(ConfigurationError, match="Nothing is proposed yet"):
        proposed_actions(database)
    build_reorder_proposals(database)
    actions = proposed_actions(database)
    assert [(row["action"], row["sku"]) for row in actions] == [
        ("move", "MOVED"),
        ("order", "URGENT"),
        ("order", "CALM"),
    ]
    assert (actions[0]["for_accounts"], actions[1]["for_accounts"]) == ("fbe 55", "main 100")
    shown = run(app, ["proposals", "--budget", "500"], env={"COLUMNS": "250"})
    assert shown.exit_code == 0, shown.output
    assert shown.output.index("Move first:") < shown.output.index("MOVED") < shown.output.index("URGENT")
    assert "2 purchases of RON 1,850.00." in shown.output
    assert "The budget buys budget_quantity, for RON 500.00." in shown.output
    shop.put("NOBODY", 0, 20, 100, daily="0.1000")
    shop.put("SLOW", 0, 2, 4, daily="0.0100")
    shop.sells("SLOW", "TZT", "10.0000", moq=500)
    build_reorder_proposals(database)
    shown = run(app, ["proposals"], env={"COLUMNS": "250"}).output
    assert "2 purchases of RON 1,850.00." in shown
    assert "1 purchase more: what they cost is not known, and not in this sum." in shown
    assert "1 item of quantity 0: short, but not bought. The flags say why." in shown
    assert "even the supplier's least quantity would last too long" in shown
    session.execute("DELETE FROM reorder_proposals WHERE sku IN ('NOBODY', 'SLOW')")
    romanian = run(app, ["proposals", "--language", "ro"], env={"COLUMNS": "250"}).output
    assert "Achiziții: 2, de 1.850,00 RON." in romanian
    assert romanian.index("Întâi de mutat:") < romanian.index("De comandat:")
    file = tmp_path / "buy.json"
    assert run(app, ["proposals", "--supplier", "gxr ltd", "--output", str(file)]).exit_code == 0
    assert [(row["sku"], row["total_ron"]) for row in json.loads(file.read_bytes())] == [("CALM", "850.00")]
    assert run(app, ["proposals", "--format", "csv"]).output.count("\n") == 4
    for options, problem in (
        (["--supplier", "WANKE"], "Nothing is to be bought from WANKE. Suppliers of what is: GXR Ltd, TZT."),
        (["--output", "buy.xlsx"], "buy.xlsx says no format"),
    ):
        assert problem in f"{run(app, ['proposals', *options]).exception}"


def test_what_was_sent_is_noted_until_it_has_come(database, session, shop):
    settings = load_settings()
    assert note_transfer(database, settings, "MOVED", 55, "MAIN", "fbe", None, "Ana") == in_days(7)
    assert note_transfer(database, settings, "MOVED", 55, "main", "fbe", f"{in_days(9)}", "Ana") == in_days(9)
    stored = "SELECT expected_on, received_on, noted_by FROM stock_transfers ORDER BY id"
    assert session.execute(stored).fetchall() == [(None, None, "Ana"), (in_days(9), None, "Ana")]
    with pytest.raises(ConfigurationError, match=r"There is: 55 sent on .*; 55 sent on"):
        end_transfer(database, settings, "MOVED", 54, "main", "fbe")
    end_transfer(database, settings, "MOVED", 55, "main", "fbe")
    assert session.execute(stored).fetchall() == [(None, in_days(0), "Ana"), (in_days(9), None, "Ana")]
    build_reorder_proposals(database)
    assert session.execute("SELECT in_transfer FROM replenishment_needs WHERE in_transfer > 0").fetchall() == [(55,)]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sku": "moved"}, "no product has the SKU 'moved'"),
        ({"receiver": "bg"}, "'bg' is not configured"),
        ({"receiver": "MAIN"}, "from one account to another"),
        ({"expected": "2020-01-01"}, "is over"),
        ({"expected": "soon"}, "'soon' is not a day"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_with_a_sentence(database, session, shop, changed, problem):
    values = {"sku": "MOVED", "quantity": 1, "sender": "main", "receiver": "fbe", "expected": None, "by": "Ana"}
    with pytest.raises(ConfigurationError, match=problem):
        note_transfer(database, load_settings(), **values | changed)
    assert session.execute("SELECT count(*) FROM stock_transfers").fetchone() == (0,)
