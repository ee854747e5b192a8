"""Sessions that are kept: what happens to them while nobody uses them."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from magflow_pipeline.database import pool
from magflow_pipeline.database.connection import Database

NOTHING_IS_SENT = struct.pack("ii", 1, 0)  # of SO_LINGER: what closes it resets the connection


class Network:
    """A way to the server that can be lost without a word, as one that a firewall forgets."""

    def __init__(self, database: Database) -> None:
        there = psycopg.conninfo.conninfo_to_dict(database.url)
        self._server = f"{there['host']}/.s.PGSQL.{there.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_lost = threading.Event()
        self.url = (
            f"postgresql://{there['user']}@127.0.0.1:{self._listener.getsockname()[1]}/{there['dbname']}"
            "?sslmode=disable&gssencmode=disable"
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self) -> None:
        """Those that are open now are reset when something is sent over them, and not before."""
        self._is_lost.set()
        self._is_lost = threading.Event()

    def close(self) -> None:
        """Nobody is let in any more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            threading.Thread(target=self._carry, args=(client, server, self._is_lost), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, threading.Event()), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket, is_lost: threading.Event) -> None:
        with suppress(OSError), source:  # the other thread has closed them
            while data := source.recv(65536):
                if is_lost.is_set():
                    source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING_IS_SENT)
                    return
                target.sendall(data)


@pytest.fixture
def network(database: Database) -> Iterator[Network]:
    network = Network(database)
    yield network
    pool.close_kept_sessions(network.url)
    network.close()


def ask(network: Network) -> int:
    with pool.kept_session(network.url, "test") as session:
        [(process,)] = session.execute("SELECT pg_backend_pid()").fetchall()
        return process


def test_a_session_that_is_kept_is_used_again(network: Network) -> None:
    assert ask(network) == ask(network)


def test_a_session_that_was_lost_without_a_word_is_replaced(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever used it next had an error of the network, after a failover, or when a suspended machine woke up."""
    monkeypatch.setattr(pool, "SURE_SECONDS", 0)
    before = ask(network)
    network.lose()
    assert ask(network) != before
