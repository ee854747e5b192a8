"""A demo is a demo: no home becomes one by accident, and none that has seen real accounts."""

import socket

import pytest

from magflow_pipeline_tests.shop.driver import Shop


@pytest.mark.slow
def test_a_command_that_fails_makes_no_demo_home(shop: Shop):
    """A port that was taken left a demo home, and the next sync filled it with plausible numbers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = shop.run("up", "--port", port)
    assert (done.returncode, done.stderr) == (
        2,
        f"Error: Port {port} of 127.0.0.1 cannot be used: Address already in use. "
        "Choose another one with --port (make up: PORT=).\n",
    )
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


@pytest.mark.parametrize("home", ["/etc/passwd", "/proc/x"])
@pytest.mark.parametrize("verb", [("up", "--port", "3999"), ("demo",), ("demo", "--reset"), ("status",)], ids=" ".join)
def test_a_home_that_is_no_folder_of_ours_is_named(shop: Shop, home, verb):
    """ "Error: /etc/passwd: File exists" said neither which setting that was nor what to do."""
    shop.more = {"MAGFLOW_HOME": home}
    done = shop.run(*verb)
    why = "it is a file" if home == "/etc/passwd" else "No such file or directory"
    assert (done.returncode, done.stderr) == (
        2,
        f"Error: MAGFLOW_HOME {home} cannot be used: {why}. Set it to a folder where this user can write.\n",
    )
    shop.more = {}
