"""Private parts of Dagster change in any patch release: at run time the package imports public names only."""

import ast
from pathlib import Path

import magflow_pipeline

FILES = sorted(Path(magflow_pipeline.__file__).parent.rglob("*.py"))


def private_imports(source: str) -> list[str]:
    """Dagster's private names that `source` imports outside `if TYPE_CHECKING:`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.body = []
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported += [f"{node.module}.{each.name}" for each in node.names]
    return [name for name in imported if name.startswith("dagster") and "._" in name]


def test_nothing_private_of_dagster_is_imported():
    assert {file.name: found for file in FILES if (found := private_imports(file.read_text()))} == {}


def test_a_private_import_is_found():
    found = private_imports(
        "import dagster._utils\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from dagster._serdes import ConfigurableClassData\n"
        "def late():\n    from dagster._core.snap import JobSnap\n    from dagster import _check\n"
    )
    assert found == ["dagster._utils", "dagster._core.snap.JobSnap", "dagster._check"]
