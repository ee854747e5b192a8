# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false
# The webserver's signatures use a type that it does not export.
"""Dagster's UI behind the gate: `dagster-webserver`, with the same options.

Open-source Dagster has no login, answers under any name, and takes mutations from a GET: any web page that the operator
reads could stop the schedules with one `<img>`.
"""

from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from magflow_pipeline.gate import LOOPBACK, Gate
from magflow_pipeline.settings import load_settings


def serve() -> None:
    """Run the UI. The gate is the outermost middleware: refused requests never reach Dagster."""
    inner = DagsterWebserver.build_middleware
    hosts = LOOPBACK | set(load_settings().ui_hosts)
    DagsterWebserver.build_middleware = lambda self: [Middleware(Gate, hosts=hosts), *inner(self)]
    main()


if __name__ == "__main__":
    serve()
