"""What Dagster's UI and daemon ask while nothing happens; Dagster has no settings for it, so its own code is run."""

import threading

from dagster._grpc import server_watcher
from dagster._grpc.client import DagsterGrpcClient

from magflow_pipeline.defs.storage import SECONDS_BETWEEN_QUESTIONS


class _SameServer(DagsterGrpcClient):
    def get_server_id(self, timeout: int = 60) -> str:  # noqa: ARG002  # Dagster's signature
        return "the same"


class _Waits(threading.Event):
    """Notes how long it is waited for, and lets the watch end after that."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        self.set()
        return True


def test_the_code_server_is_asked_seldom_whether_it_is_the_same():
    """Each second a connection, from the UI and from the daemon: a quarter of what an idle shop took of a processor."""
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
