"""`magflow order` and back: drafts out, a workbook edited by hand, in again, on order, received, learned."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.offers import offer


def in_days(days: int) -> date:
    return datetime.now(BUCHAREST).date() + timedelta(days=days)


def run(*arguments: object, code: int = 0) -> str:
    """What a verb prints."""
    done = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "250"})
    problem = done.exception if isinstance(done.exception, Exception) else ""
    assert (done.exit_code == code) or (code and problem), f"{done.output}{problem!r}"
    return f"{done.output}{problem}"
