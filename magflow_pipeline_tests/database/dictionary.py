"""`docs/dictionary.md`: every table, view and column that analysts read, from the comments of the database itself.

`make schema` writes it. It is the contract with those who read, too: a test compares it with the database, and names
every column that was added, renamed, dropped, or has another type.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from magflow_pipeline.database.migration import migrate
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.servers import embedded_server

PAGE = PROJECT_ROOT / "docs" / "dictionary.md"
CHANGELOG = PROJECT_ROOT / "CHANGELOG.md"
WHAT_TO_DO = (
    "Analysts' queries, dashboards and programs read these columns. Tell them in CHANGELOG.md, section Unreleased, as"
    " `table.column`; a column that is renamed, dropped, or of another type breaks what they have, so say what to use"
    " instead. Then: make schema. (Of one that is not on main yet, take the lines out of docs/dictionary.md first.)"
)
HEAD = """# Dictionary

Every view and table of the schema `app`, with its columns: what they are, in which unit, and where from. Written by
`make schema` from the comments in the database, where `\\d+ NAME` shows them too; a test proves that it is current.
[analysts.md](analysts.md) says how to connect and answers ten questions, [data.md](data.md) what people may write.

"""
COLUMNS = """
SELECT
    relation.relname,
    relation.relkind = 'v',
    obj_description(relation.oid, 'pg_class'),
    has_table_privilege('magflow_analyst', relation.oid, 'SELECT'),
    attname,
    format_type(atttypid, atttypmod),
    col_description(attrelid, attnum)
FROM pg_class AS relation
INNER JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')
ORDER BY relkind <> 'v', relname COLLATE "C", attnum
"""


@dataclass(frozen=True)
class Relation:
    """A table or view, with type and comment of each column, in their order."""

    name: str
    is_view: bool
    comment: str
    is_for_analysts: bool
    columns: dict[str, tuple[str, str]]


def relations_of(url: str) -> list[Relation]:
    """The tables and views of a migrated database, views first."""
    found: dict[str, Relation] = {}
    with psycopg.connect(url) as session:
        for name, is_view, comment, is_readable, column, type_, of_column in session.execute(COLUMNS):
            relation = found.setdefault(name, Relation(name, is_view, comment, is_readable, {}))
            relation.columns[column] = (type_, of_column)
    return list(found.values())


def page_of(relations: Sequence[Relation]) -> str:
    """The page, in Markdown."""
    return HEAD + "\n".join(_sections(relations)).rstrip() + "\n"


def _sections(relations: Sequence[Relation]) -> Iterator[str]:
    for heading, is_view in (("Views", True), ("Tables", False)):
        shown = [each for each in relations if each.is_view is is_view]
        yield f"## {heading}\n"
        yield ", ".join(f"[{each.name}](#{each.name})" for each in shown) + "\n"
        for each in shown:
            yield f"### {each.name}\n"
            kept_from = "" if each.is_for_analysts else " Not for analysts: `magflow_analyst` may not read it."
            yield f"{_cell(each.comment)}.{kept_from}\n"
            yield "| column | type | what it is |\n|---|---|---|"
            for name, (type_, comment) in each.columns.items():
                yield f"| `{name}` | {type_} | {_cell(comment)} |"
            yield ""


def _cell(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip().removesuffix(".").replace("|", "\\|").replace("<", "&lt;")


def columns_of(page: str) -> dict[str, dict[str, str]]:
    """Type of each column, by relation, as a page has them."""
    found: dict[str, dict[str, str]] = {}
    for line in page.splitlines():
        if line.startswith("### "):
            found[line.removeprefix("### ")] = {}
        elif row := re.match(r"\| `(\w+)` \| ([^|]+) \|", line):
            found[list(found)[-1]][row[1]] = row[2]
    return found


def changes(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> list[str]:
    """What became of each column, a line each: `added table.column`, `dropped ...`, `renamed ... to ...`."""
    found = [f"dropped {name}, with {', '.join(before[name])}" for name in before if name not in after]
    for name, columns in after.items():
        old = before.get(name)
        if old is None:
            found.append(f"added {name}, with {', '.join(columns)}")
            continue
        gone = [each for each in old if each not in columns]
        new = [each for each in columns if each not in old]
        for column in list(gone):
            # One that stands where another one stood, with its type, and between the same neighbours, is that one.
            place = list(old).index(column)
            there = list(columns)[place : place + 1]
            if there and there[0] in new and columns[there[0]] == old[column]:
                found.append(f"renamed {name}.{column} to {there[0]}")
                gone.remove(column)
                new.remove(there[0])
        found += [f"dropped {name}.{column} ({old[column]})" for column in gone]
        found += [f"added {name}.{column} ({columns[column]})" for column in new]
        found += [
            f"{name}.{column} is {type_}, and was {old[column]}"
            for column, type_ in columns.items()
            if column in old and old[column] != type_
        ]
    return found


def untold(found: Sequence[str], changelog: str) -> list[str]:
    """Of the changes that break what analysts have, those that the newest section of the changelog does not name."""
    newest = changelog.split("\n## ", 2)[1]
    breaking = [each for each in found if not each.startswith("added ")]
    return [each for each in breaking if not all(name in newest for name in _broken(each))]


def _broken(change: str) -> list[str]:
    name = re.sub(r"^(dropped|renamed) ", "", change).split(" ", 1)[0].rstrip(",")
    return [f"`{name}`"]


def main() -> None:
    """Write the page, unless it takes away what nobody has told the analysts of."""
    with embedded_server() as server:
        url = server.format("postgres")
        migrate(url)
        page = page_of(relations_of(url))
    found = changes(columns_of(PAGE.read_text()), columns_of(page)) if PAGE.exists() else []
    if left := untold(found, CHANGELOG.read_text()):
        sys.exit("\n".join([*left, WHAT_TO_DO]))
    PAGE.write_text(page)
    sys.stdout.write("".join(f"{each}\n" for each in found))


if __name__ == "__main__":
    main()
