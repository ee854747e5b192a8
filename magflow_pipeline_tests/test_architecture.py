"""What may import what, and who reads the environment: told by the interpreter and by the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from magflow_pipeline.cli.lookup import VERBS
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.settings import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "magflow_pipeline"
WITHOUT_DAGSTER = (
    *("alerts", "catalogue", "database", "emag", "purchasing", "reports", "simulator", "suppliers", "sync"),
    *("accounts", "adoption", "gate", "notices", "settings", "text", "times", "troubles", "wrong_values"),
)
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(f"magflow_pipeline.{name}")
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"{package.__name__}."):
        importlib.import_module(module.name)
    found = sorted(each for each in sys.modules if each.partition(".")[0].startswith("dagster"))
    if found:
        sys.exit(f"{name} imports {', '.join(found)}")
"""


def test_the_house_is_imported_without_dagster():
    """Dagster is the thin shell: the rules run and are tested without it."""
    command = [sys.executable, "-W", "ignore", "-c", IMPORT_ALL, *WITHOUT_DAGSTER]
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=PROJECT_ROOT)
    assert (result.returncode, result.stderr) == (0, "")


# What it prints on stderr when it ends: every module that the command has loaded.
RUN_AND_LIST = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv[0] = "magflow"
from magflow_pipeline.cli import main
main()
"""


@pytest.mark.parametrize(
    ("verbs", "heavy"),
    [
        (["--help"], {"pydantic", "psycopg", "rich", "asyncio", "sqlalchemy", "tempfile"}),
        (["--help"], {"magflow_pipeline.settings", "magflow_pipeline.troubles", "magflow_pipeline.purchasing.stock"}),
        (["status"], {"sqlalchemy", "alembic", "pandas", "polars", "altair", "httpx", "apprise", "dagster"}),
        (["status"], {"magflow_pipeline.emag.orders", "typer.rich_utils", "rich.markdown"}),
        (["status"], {"urllib.request", "http.client", "magflow_pipeline.alerts.channels"}),
        (["status"], {"pydantic_settings", "magflow_pipeline.purchasing.stock"}),
        (["status"], {"magflow_pipeline.cli.verbs", "magflow_pipeline.cli.planning", "magflow_pipeline.cli.services"}),
    ],
)
def test_a_verb_loads_nothing_that_it_does_not_need(database, verbs, heavy):
    """The help took 0.44 s of a processor, most of it for settings, database and frames that it does not show.

    `magflow status` took 0.31 s: verbs that were not asked for, and what starts a server, sends messages, explains.
    """
    command = [sys.executable, "-P", "-c", RUN_AND_LIST, *verbs]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_ROOT)
    loaded = set(result.stderr.splitlines()[-1].split())
    assert "magflow_pipeline.cli.reading" in loaded and not heavy & loaded


def test_the_runner_of_a_sync_loads_what_reads_the_marketplace_and_no_more_before_it_asks():
    """httpx brings a command of its own, with rich, Pygments and click: a tenth of what came before the first page."""
    program = "from magflow_pipeline.orchestrator import load_reading; load_reading(); import sys; print(*sys.modules)"
    command = [sys.executable, "-P", "-c", program]
    loaded = set(subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_ROOT).stdout.split())
    assert {"httpx", "magflow_pipeline.catalogue.scan", "magflow_pipeline.sync.lifecycle"} <= loaded
    assert not {"rich", "pygments", "click", "typer", "dagster", "sqlalchemy", "magflow_pipeline.orders.sync"} & loaded


def test_each_verb_is_in_the_module_that_loads_alone_for_it():
    """A verb that the list lacks loads all others; one in a wrong place would be unknown."""
    found = {each.name or each.callback.__name__: each.callback.__module__ for each in app.registered_commands}
    found |= {
        each.name: each.typer_instance.registered_commands[0].callback.__module__ for each in app.registered_groups
    }
    listed = {verb: f"magflow_pipeline.cli.{module}" for module, verbs in VERBS.items() for verb in verbs}
    assert found == listed


def test_only_the_settings_read_the_environment():
    """Fifty places that read variables were fifty places where a name was misspelt in silence.

    The sizes of the terminal are no settings.
    """
    readers = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py") if _reads_environment(file)}
    assert readers == {"settings.py", "cli/streams.py"}


def _reads_environment(file: Path) -> bool:
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in names:
                return True
            case ast.ImportFrom(module="os", names=imported) if names & {each.name for each in imported}:
                return True
    return False
