"""What Dagster's UI and daemon ask while nothing happens; Dagster has no settings for it, so its own code is run."""

import threading

import pytest
from dagster._daemon import controller
from dagster._grpc import server_watcher
from dagster._grpc.client import DagsterGrpcClient
from typing_extensions import override

from magflow_pipeline.shop import daemon
from magflow_pipeline.shop.watching import SECONDS_BETWEEN_QUESTIONS, watch_seldom


class _SameServer(DagsterGrpcClient):
    @override
    def get_server_id(self, timeout: int = 60) -> str:
        return "the same"


class _Waits(threading.Event):
    """Notes how long it is waited for, and lets the watch end after that."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    @override
    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        self.set()
        return True


def test_the_code_server_is_asked_seldom_whether_it_is_the_same(monkeypatch: pytest.MonkeyPatch):
    """Each second a connection, from the UI and from the daemon: a quarter of what an idle shop took of a processor."""
    monkeypatch.setattr(server_watcher, "WATCH_INTERVAL", server_watcher.WATCH_INTERVAL)
    watch_seldom()
    waits = _Waits()
    server_watcher.watch_grpc_server_thread(
        "magflow_pipeline",
        _SameServer(port=1, host="127.0.0.1"),
        waits,
        get_location_entry=lambda _name: None,
        refresh_code_location=lambda _name: None,
        on_disconnect=lambda _name: None,
        on_reconnected=lambda _name: None,
        on_updated=lambda _name, _server: None,
        on_error=lambda _name: None,
    )
    assert waits.seconds == [SECONDS_BETWEEN_QUESTIONS]


def test_definitions_are_loaded_anew_before_the_daemon_gives_up():
    """It takes a workspace that it could not load for five minutes for a reason to end."""
    assert controller.RELOAD_WORKSPACE_INTERVAL < daemon.SECONDS_BETWEEN_LOADS, "else there is nothing to set"
    assert daemon.SECONDS_BETWEEN_LOADS < controller.DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE
