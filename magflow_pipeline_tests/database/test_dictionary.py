"""The contract with those who read: no column changes without being named, and the dictionary is current."""

import psycopg
import pytest

from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.dictionary import (
    PAGE,
    WHAT_TO_DO,
    changes,
    columns_of,
    page_of,
    relations_of,
    untold,
)

OLD = {
    "kept": {"id": "bigint", "name": "text"},
    "low_stock": {"account_type": "text", "price": "numeric(14,4)", "stock": "bigint"},
    "gone": {"id": "bigint"},
}


@both_servers
def test_no_column_that_analysts_read_changes_unnoticed(database_url):
    """A dashboard broke on Monday because a column had got a better name on Friday."""
    found = changes(columns_of(PAGE.read_text()), columns_of(page_of(relations_of(database_url))))
    assert not found, "\n".join(["", *found, WHAT_TO_DO])


def test_the_dictionary_is_what_the_comments_say(database_url):
    """What the page says of a column is what the database says, or it misleads."""
    assert PAGE.read_text() == page_of(relations_of(database_url)), "The dictionary is out of date: make schema"


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({}, ["dropped low_stock, with account_type, price, stock"]),
        (
            {"low_stock": OLD["low_stock"], "new": {"a": "text", "b": "date"}},
            ["added new, with a, b"],
        ),
        (
            {"low_stock": {"account_type": "text", "sale_price": "numeric(14,4)", "stock": "bigint"}},
            ["renamed low_stock.price to sale_price"],
        ),
        (
            {"low_stock": {"account_type": "text", "stock": "bigint", "cost": "numeric"}},
            ["dropped low_stock.price (numeric(14,4))", "added low_stock.cost (numeric)"],
        ),
        (
            {"low_stock": {"account_type": "text", "price": "text", "stock": "bigint"}},
            ["low_stock.price is text, and was numeric(14,4)"],
        ),
    ],
)
def test_each_change_is_named(after, told):
    before = {"low_stock": OLD["low_stock"]}
    assert changes(before, after) == told
    assert changes(before, before) == []


def test_what_breaks_queries_is_not_written_before_it_is_told():
    found = changes(
        OLD, {"kept": {"id": "bigint", "title": "text"}, "low_stock": OLD["low_stock"], "new": {"a": "text"}}
    )
    assert found == ["dropped gone, with id", "renamed kept.name to title", "added new, with a"]
    head = "# Changelog\n\n## Unreleased\n\n"
    assert untold(found, f"{head}- nothing\n\n## 2026-01-01\n\n- `gone` `kept.name`\n") == found[:2]
    assert untold(found, f"{head}- `gone` is gone, `kept.name` is `kept.title`\n") == []


def test_a_change_of_the_database_itself_is_found(database_url):
    """The whole way: a column is renamed by SQL, and its name and that of its table are in the message."""
    before = columns_of(page_of(relations_of(database_url)))
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute("ALTER TABLE app.campaign_days RENAME starts_on TO begins_on")
        session.execute("ALTER TABLE app.exchange_rates ADD COLUMN seen_at timestamptz")
    assert changes(before, columns_of(page_of(relations_of(database_url)))) == [
        "renamed campaign_days.starts_on to begins_on",
        "added exchange_rates.seen_at (timestamp with time zone)",
    ]
