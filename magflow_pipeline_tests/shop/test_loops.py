"""Loops of Dagster and gRPC wake less often: what says how often are private names of theirs."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from magflow_pipeline.shop.loops import CODE_WATCH, OF_SCRIPTS, SERVER, WORKSPACE, slow_down

READ_BY = {
    CODE_WATCH: ("watch_grpc_server_thread",),
    WORKSPACE: ("DagsterDaemonController", "check_workspace_freshness"),
    SERVER: ("wait",),
}
SCRIPT = """
import json, sys
from dagster._daemon.controller import RELOAD_WORKSPACE_INTERVAL
from dagster._grpc.server_watcher import WATCH_INTERVAL
from grpc._common import MAXIMUM_WAIT_TIMEOUT
print(json.dumps([sys.argv, __name__, WATCH_INTERVAL, RELOAD_WORKSPACE_INTERVAL, MAXIMUM_WAIT_TIMEOUT]))
"""


@pytest.mark.parametrize("loop", READ_BY, ids=lambda loop: loop.name)
def test_the_name_is_there_and_read(loop):
    """A version without it would wake as often as before, and nobody would know why an idle shop takes more."""
    module = import_module(loop.module)
    assert isinstance(getattr(module, loop.name), int | float)
    reader = module
    for name in READ_BY[loop]:
        reader = getattr(reader, name)
    assert loop.name in reader.__code__.co_names, "it is not read any more"


def test_a_failed_reload_of_the_workspace_is_tried_again_before_dagster_ends_the_daemon():
    controller = import_module(WORKSPACE.module)
    assert controller.DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE - WORKSPACE.seconds >= 10 * controller.THREAD_CHECK_INTERVAL


def test_a_version_without_the_module_stays_as_it_is():
    slow_down(CODE_WATCH._replace(module="dagster.no_such_module"))


@pytest.mark.parametrize(("name", "seconds"), [("dagster-daemon", [5, 240, 0.1]), ("dagster", [1, 60, 5])], ids=str)
def test_a_script_of_dagsters_runs_with_its_own_loops(tmp_path, name, seconds):
    script = tmp_path / name
    script.write_text(SCRIPT)
    command = [sys.executable, "-P", "-m", "magflow_pipeline.shop.loops", str(script), "run", "-w", "here.yaml"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert name in OF_SCRIPTS
    assert json.loads(told) == [[str(script), "run", "-w", "here.yaml"], "__main__", *seconds]
