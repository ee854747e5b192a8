"""LibreOffice without a screen: what another program than Excel makes of our workbooks."""

import os
import re
import shutil
import subprocess
from pathlib import Path

INSTALL = (
    "The test of workbooks needs {} and this machine has none: "
    "apt-get install libreoffice-calc-nogui poppler-utils fonts-droid-fallback"
)
# It computes formulas anew: else it shows the values that they were written with.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
PATIENCE_SECONDS = 240
KEPT_IN = os.environ.get("MAGFLOW_SCREENSHOTS")  # a folder of the project for its pictures, as in browser/screen.py


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, INSTALL.format(name)
    return found


def converted(path: Path, kind: str, folder: Path) -> Path:
    """The workbook as LibreOffice saves it, such as `pdf` or `xlsx`."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    made = folder / kind
    command = [program("soffice"), f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
    subprocess.run(
        [*command, "--convert-to", kind, "--outdir", str(made), str(path)],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    return made / f"{path.stem}.{kind}"


def pages(pdf: Path) -> int:
    told = subprocess.run([program("pdfinfo"), str(pdf)], check=True, capture_output=True, text=True).stdout
    [count] = re.findall(r"^Pages:\s+(\d+)$", told, re.MULTILINE)
    return int(count)


def text_of(pdf: Path, page: int) -> str:
    command = [program("pdftotext"), "-layout", "-f", str(page), "-l", str(page), str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def picture_of(pdf: Path, page: int, target: Path, resolution: int = 80) -> Path:
    """A page as PNG; `target` without its ending."""
    command = [program("pdftoppm"), "-png", "-r", str(resolution), "-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run([*command, str(pdf), str(target)], check=True, capture_output=True)
    return target.with_suffix(".png")
