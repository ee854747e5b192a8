"""One database for all plans of a module: a database for each test would take longer than the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import Settings
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database, both_servers
from magflow_pipeline_tests.purchasing.plans import empty


@pytest.fixture(scope="module", params=both_servers.args[1])
def planner(servers, request) -> Iterator[Database]:
    """The database of a module, on each server."""
    with contextmanager(_new_database)(servers(request.param), TEMPLATE) as url:
        yield open_database(Settings(MAGFLOW_DATABASE_URL=url))


@pytest.fixture
def planned_session(planner) -> Iterator[psycopg.Connection]:
    """A session in autocommit on it, emptied of plans."""
    with planner.connect("test") as session:
        empty(session)
        yield session
