"""The report on a terminal."""

import io

import pytest
from rich.console import Console

from magflow_pipeline.decisions.stock import ROMANIAN, Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.printing import print_report


def printed(language: Language = Language.EN, **columns: object) -> str:
    row = {
        "account_type": "main",
        "sku": "A",
        "name": "Șurub",
        "status": "critical",
        "available_quantity": 3,
        "reorder_quantity": 97,
        "supplier_name": None,
        "is_verified": False,
        "reason": "why",
        "reason_ro": "de ce",
    }
    console = Console(file=io.StringIO(), width=200)
    print_report(console, [row | columns], language)
    return console.file.getvalue()


@pytest.mark.parametrize("status", Status)
def test_every_status_is_printed_in_both_languages(status):
    assert status.value.replace("_", " ") in printed(status=status.value)
    assert ROMANIAN[status] in printed(Language.RO, status=status.value)


@pytest.mark.parametrize("text", ["Cablu [negru] 2 m", "Cablu [/b]", "[bold]", "[/]"])
def test_a_name_with_brackets_is_printed_as_it_is(text):
    """A product's name was read as a style, or ended the command with an error."""
    assert text in printed(name=text)
    assert text in printed(supplier_name=text)
