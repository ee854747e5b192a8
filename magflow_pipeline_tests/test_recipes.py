"""The recipes of docs/architecture.md, followed in a copy of the project: what is added is found where people look."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from magflow_pipeline.settings import PROJECT_ROOT

CHECK = """-- Rows of the report without a brand.
SELECT
    account_type,
    sku
FROM app.low_stock_report
WHERE brand IS NULL AND account_type = any(%(accounts)s);
"""
MIGRATION = """ALTER TABLE app.low_stock_report ADD COLUMN warranty integer;
COMMENT ON COLUMN app.low_stock_report.warranty IS 'Months of warranty';
"""
LOOK = """
import json
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import load_settings

with open_database(load_settings()).connect() as session:
    [(rows,)] = session.execute("SELECT count(*) FROM low_stock WHERE warranty = 24").fetchall()
    [(comment,)] = session.execute("SELECT col_description('app.low_stock'::regclass, attnum) FROM pg_attribute"
        " WHERE attrelid = 'app.low_stock'::regclass AND attname = 'warranty'").fetchall()
print(json.dumps([rows, comment]))
"""
# What the UI asks for to show an asset: the columns of its newest materialization, and its checks.
PAGE_OF_THE_REPORT = """
{
  assetOrError(assetKey: {path: ["low_stock_report"]}) {
    ... on Asset {
      assetMaterializations(limit: 1) {
        metadataEntries { ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
      }
    }
  }
  assetNodeOrError(assetKey: {path: ["low_stock_report"]}) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks { name description executionForLatestMaterialization { status evaluation { success } } }
        }
      }
    }
  }
}
"""


class Copy:
    """A copy of the project's files, in an environment that has it in place of the project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        listed = [
            "git",
            "ls-files",
            "magflow_pipeline",
            "sql",
            "docs",
            "dagster.yaml",
            "workspace.yaml",
            "pyproject.toml",
        ]
        for name in subprocess.run(listed, check=True, cwd=PROJECT_ROOT, capture_output=True, text=True).stdout.split():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT_ROOT / name, target)

        venv.create(root / "environment")
        self.python = str(root / "environment" / "bin" / "python")
        libraries = next(root.glob("environment/lib/python*/site-packages"))
        # The libraries are those of this environment; what a .pth file names is searched for no further .pth files.
        (libraries / "borrowed.pth").write_text(f"{root}\n{sysconfig.get_path('purelib')}\n")

    def edit(self, name: str, pattern: str, text: str) -> None:
        """Put `text` before whatever matches; the recipe is out of date where nothing does."""
        path = self.root / name
        old = path.read_text()
        new = re.sub(pattern, lambda found: text + found[0], old, flags=re.MULTILINE)
        assert new != old, f"{name} has no {pattern}"
        path.write_text(new)

    def run(self, *arguments: str) -> str:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("MAGFLOW_", "EMAG_", "DAGSTER_"))
        }
        environment = {
            **kept,
            "MAGFLOW_HOME": str(self.root / "home"),
            "DAGSTER_HOME": str(self.root / "home" / "dagster"),
            "MAGFLOW_ENV_FILE": os.devnull,
            "EMAG_ORDER_HISTORY_DAYS": "2",
        }
        result = subprocess.run(
            [self.python, "-P", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=self.root,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture
def copy() -> Iterator[Copy]:
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # short, because a socket's path is
    folder.chmod(0o755)
    copy = Copy(folder)
    try:
        yield copy
    finally:
        copy.run("-m", "magflow_pipeline.cli", "database", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_column_and_a_check_are_added_as_the_page_says(copy):
    """A recipe that nobody follows is out of date when somebody needs it."""
    (copy.root / "sql" / "migrations" / "9000.warranty.sql").write_text(MIGRATION)
    copy.edit("sql/purchasing/low_stock_report.sql", r"^        offer\.price,$", "        24 AS warranty,\n")
    copy.edit("sql/views/low_stock.sql", r"\w+\)\.$", "warranty, ")
    (copy.root / "sql" / "checks" / "every_row_has_a_brand.sql").write_text(CHECK)
    copy.edit(
        "magflow_pipeline/defs/purchasing.py",
        r"^    one_row_per_account_and_sku=",
        "    every_row_has_a_brand=ERROR,\n",
    )
    copy.run("-m", "magflow_pipeline.cli", "demo")
    header = copy.run("-m", "magflow_pipeline.cli", "report", "--format", "csv").splitlines()[0]
    assert "warranty" in header.split(",")
    rows, comment = json.loads(copy.run("-c", LOOK).splitlines()[-1])
    assert (rows > 0, comment) == (True, "Months of warranty")

    graphql = ["-c", "from dagster_graphql.cli import main; main()", "-w", "workspace.yaml", "-t", PAGE_OF_THE_REPORT]
    answer = next(line for line in copy.run(*graphql).splitlines() if line.startswith("{"))  # beside the server's log
    page = json.loads(answer)["data"]
    [materialization] = page["assetOrError"]["assetMaterializations"]
    [schema] = [entry["schema"] for entry in materialization["metadataEntries"] if "schema" in entry]
    assert {"name": "warranty", "description": "Months of warranty"} in schema["columns"]
    checks = {check["name"]: check for check in page["assetNodeOrError"]["assetChecksOrError"]["checks"]}
    added = checks["every_row_has_a_brand"]
    assert added["description"].endswith("Rows of the report without a brand.")
    assert added["executionForLatestMaterialization"] == {"status": "SUCCEEDED", "evaluation": {"success": True}}
