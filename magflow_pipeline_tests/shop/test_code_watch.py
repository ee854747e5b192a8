"""The daemon and the UI ask the code server less often whether it is the same: Dagster's own name for it is private."""

import json
import subprocess
import sys

SCRIPT = """
import json, sys
from dagster._grpc.server_watcher import WATCH_INTERVAL, watch_grpc_server_thread
print(json.dumps([sys.argv, __name__, WATCH_INTERVAL, watch_grpc_server_thread.__code__.co_names]))
"""


def test_a_script_of_dagsters_looks_less_often(tmp_path):
    script = tmp_path / "dagster-daemon"
    script.write_text(SCRIPT)
    command = [sys.executable, "-P", "-m", "magflow_pipeline.shop.code_watch", str(script), "run", "-w", "here.yaml"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    arguments, name, seconds, names = json.loads(told)
    assert (arguments, name, seconds) == ([str(script), "run", "-w", "here.yaml"], "__main__", 5)
    assert "WATCH_INTERVAL" in names, "Dagster does not read it any more"
