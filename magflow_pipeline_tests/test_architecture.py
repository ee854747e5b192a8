"""What may import what, and who reads the environment: told by the interpreter and by the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("verbs", "heavy"),
    [
        (["--help"], {"pydantic", "pydantic_settings", "psycopg", "rich", "asyncio", "sqlalchemy"}),
        (["--help"], {"magflow_pipeline.settings", "magflow_pipeline.troubles"}),
        (["status"], {"sqlalchemy", "alembic", "pandas", "polars", "altair", "httpx", "apprise", "dagster"}),
        (["status"], {"magflow_pipeline.emag.orders", "typer.rich_utils", "rich.markdown"}),
    ],
)
def test_a_verb_loads_nothing_that_it_does_not_need(database, verbs, heavy):
    """The help took 0.44 s of a processor, most of it for settings, database and frames that it does not show."""
    command = [sys.executable, "-P", "-X", "importtime", "-m", "magflow_pipeline.cli", *verbs]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_ROOT)
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}
    assert "magflow_pipeline.cli.reading" in loaded and not heavy & loaded


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
