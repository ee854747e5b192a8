"""The database server killed before and after each commit of a scan, on a server that writes its disk as it should."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from magflow_pipeline.database import embedded
from magflow_pipeline_tests.conftest import _make_template
from magflow_pipeline_tests.crash.conftest import SMALL, open_lab
from magflow_pipeline_tests.crash.lab import Lab

# What it says, and what to do: where a session was open, and where a new one could not be opened any more.
SAYS_WHAT_TO_DO = (
    (
        "SyncFailedError: The database went away while account 'main' was synced: ",
        "What was stored stays; when the database is back, start again: the next sync goes on from there.",
    ),
    (
        "SyncFailedError: The database cannot be reached while account 'main' was synced: ",
        "Check that its server runs and MAGFLOW_DATABASE_URL is right.",
    ),
)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The home of a server of these tests' own; short and open, because root runs its server as another user."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def lab(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    address = f"postgresql://postgres@/{{}}?host={embedded.start(home)}"
    _make_template(address)
    with open_lab(address, tmp_path_factory.mktemp("crash"), SMALL) as lab:
        yield lab


def problems_at(lab: Lab, home: Path, point: str) -> list[str]:
    """Kill the server at a point of a sync; what is wrong then, and after the next run."""
    with lab.fresh() as database:
        ended = lab.run(database, in_flight=1, fatal=point, server_home=home)
        if point not in ended.points:
            return ["it did not come by there"]
        host = embedded.start(home)
        assert f"host={host}" in lab.server
        problems: list[str] = []
        dead = lab.dead(database)
        if bool(ended.outcome) != dead.has_ended:
            # What it says has to be what its log says: once that is closed, nothing is to be done any more.
            problems.append(f"it ended with {ended.outcome or ended.error}, and its log was {dead.log['status']}")
        elif not ended.outcome and not any(
            (ended.error or "").startswith(what) and (ended.error or "").endswith(advice)
            for what, advice in SAYS_WHAT_TO_DO
        ):
            problems.append(f"it ended with status {ended.status}: {ended.error}")
        if "Traceback" in ended.stderr:
            problems.append(f"a person sees a traceback: {ended.stderr[:300]}")
        return problems + lab.problems_of_next_run(database, dead, in_flight=1)


@pytest.mark.slow
def test_killed_before_and_after_each_commit(lab: Lab, home: Path):
    with lab.fresh() as database:
        commits = [point for point in lab.run(database, in_flight=1).points if " COMMIT #" in point]
    assert len(commits) > 60
    problems = {point: problems_at(lab, home, point) for point in commits}
    assert {point: each for point, each in problems.items() if each} == {}
