"""The built wheel, installed in an environment of its own and used in a folder with nothing in it but a `.env`."""

import csv
import io
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.shop.driver import Shop, until

BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
SHIPPED = ("sql", "docs/architecture.md", "docs/data.md", "docs/operations.md", "dagster.yaml")


class Installed(Shop):
    """A folder where the wheel's command works, with the default home."""

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for name, value in super().variables.items() if not name.startswith("MAGFLOW_")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], check=True, cwd=PROJECT_ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture
def installed(wheel: Path) -> Iterator[Installed]:
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # short, because a socket's path is
    folder.chmod(0o755)
    environment = folder / "environment"
    venv.create(environment)
    bin_, libraries = environment / "bin", next(environment.glob("lib/python*/site-packages"))
    # The libraries are those of this environment, so that nothing is fetched; this project is not among them, for what
    # a .pth file names is searched for no further .pth files.
    (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(bin_ / "python"), "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--quiet", str(wheel)], check=True)
    for script in ("dagster", "dagster-daemon"):
        (bin_ / script).symlink_to(Path(sys.executable).parent / script)
    shop = Installed(folder / "shop" / ".magflow")
    shop.folder, shop.output, shop.command = folder / "shop", folder / "up.txt", [str(bin_ / "magflow")]
    shop.folder.mkdir()
    try:
        yield shop
    finally:
        shop.run("database", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_the_wheel_holds_every_file_that_the_code_reads(wheel):
    """SQL stayed in the repository, and an installed package failed at its first statement."""
    packed = {name.removeprefix("magflow_pipeline/shipped/") for name in ZipFile(wheel).namelist()}
    for each in SHIPPED:
        path = PROJECT_ROOT / each
        files = path.rglob("*.*") if path.is_dir() else [path]
        assert packed >= {file.relative_to(PROJECT_ROOT).as_posix() for file in files if file.is_file()}


@pytest.mark.slow
def test_an_installed_wheel_works_in_an_empty_folder(installed):
    """Home and `.env` are those of the current folder; a demo ends with a report, and the other verbs go on from it."""
    (installed.folder / ".env").write_text("EMAG_ACCOUNTS=main\nEMAG_ORDER_HISTORY_DAYS=2\n")
    demo = installed.run("demo")
    assert demo.returncode == 0, demo.stderr
    assert f"Demo in {installed.home}" in demo.stdout
    assert "  magflow up " in demo.stdout

    report = installed.run("report", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(report.stdout.removeprefix("\ufeff"))))
    assert {row["account_type"] for row in rows} == {"main"}, report.stderr
    assert installed.run("sync").returncode == 0
    with installed.up():
        run = installed.launch("sync_account", account="main")
        until(lambda: installed.status(run) == "SUCCESS")
    assert sorted(each.name for each in installed.folder.iterdir()) == [".env", ".magflow"]
