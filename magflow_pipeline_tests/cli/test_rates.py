"""`magflow rates`, as a process against the simulator's feed."""

from decimal import Decimal

import pytest

from magflow_pipeline_tests.cli import test_syncing as syncing
from magflow_pipeline_tests.cli.test_syncing import outcome

ask, magflow, session, simulator = syncing.ask, syncing.magflow, syncing.session, syncing.simulator  # fixtures


@pytest.mark.slow
def test_rates_are_shown_read_and_entered(magflow, simulator, ask):
    feed = {"MAGFLOW_RATES_URL": f"{simulator.origin}/nbrfxrates.xml"}
    shown = magflow("rates", **feed)
    assert "No exchange rate is known: magflow rates read, or magflow rates set" in " ".join(shown.stdout.split())
    simulator.rates(rates={"TRY": "0"})
    shown = magflow("rates", "read", COLUMNS="250", **feed)
    assert shown.returncode == 0, outcome(shown)
    assert "TRY of" in shown.stdout and "was kept out: 0 is no rate" in shown.stdout
    assert "5 rates were read, the newest of" in shown.stdout and "5 are new." in shown.stdout
    shown = magflow("rates", "set", "HUF", "1,33", "--units", "100", COLUMNS="250")
    assert shown.stdout.startswith("100 HUF cost 1.33 RON on "), outcome(shown)
    assert ask("SELECT ron FROM current_rates WHERE currency = 'HUF'") == [(Decimal("0.0133"),)]
    shown = magflow("rates", COLUMNS="250")
    assert "by hand: " in shown.stdout and "BNR" in shown.stdout
    shown = magflow("rates", "set", "EUR", "50.9", COLUMNS="250")
    assert (shown.returncode, "--anyway" in shown.stderr) == (2, True), outcome(shown)
    shown = magflow("rates", "read", COLUMNS="250", MAGFLOW_RATES_URL="")
    assert (shown.returncode, "MAGFLOW_RATES_URL is set to nothing" in shown.stderr) == (2, True), outcome(shown)
