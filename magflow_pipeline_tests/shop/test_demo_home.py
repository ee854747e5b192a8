"""A demo is a demo: no home becomes one by accident, and none that has seen real accounts."""

import socket

import pytest

from magflow_pipeline_tests.shop.driver.driver.driver.driver import Shop


@pytest.mark.slow
def test_a_command_that_fails_makes_no_demo_home(shop: Shop):
    """A port that was taken left a demo home, and the next sync filled it with plausible numbers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = shop.run("up", "--port", port)
    assert done.returncode == 2 and f"Port {port}" in done.stderr
    assert "demo" not in done.stdout and "simulator" not in done.stdout
    assert not (shop.home / "demo").exists() and not (shop.home / "postgres").exists()
    assert shop.run("sync").returncode == 2


@pytest.mark.slow
def test_a_home_that_was_used_with_real_accounts_never_becomes_a_demo_home(shop: Shop):
    """Its `.env` is lost, and with it where its database is: nothing in the home but what Dagster keeps there."""
    (shop.home / "dagster").mkdir()
    for verb in (["demo"], ["up", "--port", "3999"], ["sync"]):
        done = shop.run(*verb)
        assert done.returncode == 2, verb
        assert not (shop.home / "demo").exists(), verb
        assert "real accounts" in done.stderr or "has no EMAG_MAIN_USERNAME" in done.stderr, verb
