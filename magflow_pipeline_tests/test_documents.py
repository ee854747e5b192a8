"""The documents say what the program is: verbs, options, settings and citations are compared with it, not trusted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from magflow_pipeline.accounts import ACCOUNT_FIELDS
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.imports.files import spoken
from magflow_pipeline.imports.kinds import KINDS
from magflow_pipeline.settings import PROJECT_ROOT, Settings

README = (PROJECT_ROOT / "README.md").read_text()
PAGES = {name: (PROJECT_ROOT / "docs" / name).read_text() for name in ("rules.md", "emag-api.md")}
CITED = re.compile(r"\b(rules|emag-api)\.md: ([A-Z][a-z]+|failures? \d+|traps? \d+)")
FOR_CHILDREN = {"MAGFLOW_SIMULATOR_URL"}  # set by the program for its own processes


def _table(heading: str) -> list[str]:
    section = README.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_readme_names_every_verb_and_nothing_else():
    """A verb that is not in the table is not found by anybody; one that is only there is a lie."""
    table = _table("## Commands")
    verbs = {words for row in table for words in _verbs_of(row)}
    assert verbs == set(_verbs(typer.main.get_command(app)))


@pytest.mark.parametrize("row", _table("## Commands"))
def test_the_readme_names_every_option(row: str):
    """An option that only the help names is found by whoever knows that there is one."""
    commands = [_command(verb) for verb in _verbs_of(row)]
    options = {option for command in commands for each in command.params for option in each.opts if option[:2] == "--"}
    told = set(re.findall(r"--[a-z-]+", row))
    assert {each.replace("--no-", "--") for each in told} == options - {"--help"}


def test_the_readme_names_every_setting_with_its_default():
    told = _settings_of_the_readme()
    fields = {field.alias: field.default for field in Settings.model_fields.values()}
    accounts = {f"EMAG_ACCOUNT_{each.upper()}" for each in ACCOUNT_FIELDS}
    assert set(told) == (set(fields) | accounts) - FOR_CHILDREN
    for name, default in fields.items():
        if isinstance(default, int | float):
            assert told[name] == str(default), name


@pytest.mark.parametrize("file", ["magflow_pipeline", "magflow_pipeline_tests", "sql"])
def test_what_code_cites_is_there(file: str):
    """Sixty citations named two pages that were not in the repository."""
    cited = [
        (path, page, place)
        for path in _sources(PROJECT_ROOT / file)
        for page, place in re.findall(
            r"\b(rules|emag-api)\.md: ([A-Z][a-z]+|failures? \d+|traps? \d+)", path.read_text()
        )
    ]
    assert cited
    for path, page, place in cited:
        words, _, number = place.partition(" ")
        anchor = rf"(?m)(?:^|\s){number}\. " if number else rf"(?m)^## {words}$"
        assert re.search(anchor, PAGES[f"{page}.md"]), f"{path}: {page}.md has no {place}"


def test_the_headings_of_files_are_those_that_are_read():
    """A buyer who heads his columns as the page says must not be told that there is no header."""
    page = (PROJECT_ROOT / "docs" / "data.md").read_text()
    told = re.findall(r"(?m)^\| ([\w-]+) \| (\*\*)?([\w ]+)(?:\*\*)? \| ([^|]+) \|$", page)
    rows = {(kind, column, bool(needed), words) for kind, needed, column, words in told if kind in KINDS}
    assert rows == {
        (kind.name, spoken(column.name), column.name in kind.needed, column.words)
        for kind in KINDS.values()
        for column in kind.columns
    }


def test_links_between_documents_lead_somewhere():
    for path in [PROJECT_ROOT / "README.md", PROJECT_ROOT / "CHANGELOG.md", *(PROJECT_ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def _sources(folder: Path) -> Iterator[Path]:
    for pattern in ("*.py", "*.sql"):
        for path in folder.rglob(pattern):
            if "migrations" not in path.parts and path.name != Path(__file__).name:
                yield path


def _verbs_of(row: str) -> list[str]:
    """`demo [--reset]` is demo; `database psql`, `url` are two verbs of one group."""
    group = ""
    found: list[str] = []
    for quoted in re.findall(r"`([^`]+)`", row.split(" | ", maxsplit=1)[0]):
        words = re.findall(r"(?<!\S)[a-z][a-z-]*", re.sub(r"\[.*", "", quoted))
        if len(words) > 1:
            group = words[0]
        if words:
            found.append(" ".join(words) if len(words) > 1 else f"{group} {words[0]}".strip())
    return found


def _verbs(command: object, prefix: str = "") -> Iterator[str]:
    if isinstance(command, TyperGroup):
        if prefix and command.invoke_without_command:
            yield prefix.strip()
        for name, each in command.commands.items():
            yield from _verbs(each, f"{prefix}{name} ")
    else:
        yield prefix.strip()


def _command(verb: str) -> TyperCommand | TyperGroup:
    command = typer.main.get_command(app)
    for word in verb.split():
        assert isinstance(command, TyperGroup)
        command = command.commands[word]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command


def _settings_of_the_readme() -> dict[str, str]:
    """Names and defaults; `NAME`, `_END` in one row share the beginning, and have their defaults in order."""
    told: dict[str, str] = {}
    known = {field.alias for field in Settings.model_fields.values()}
    known |= {f"EMAG_ACCOUNT_{each.upper()}" for each in ACCOUNT_FIELDS}
    for row in _table("## Settings"):
        quoted, defaults = (
            re.findall(pattern, cell)
            for pattern, cell in zip((r"`([^`]+)`", r"[^|, ]+"), row.split(" | ")[:2], strict=True)
        )
        first = quoted[0]
        beginnings = [first.rsplit("_", count)[0] for count in range(1, first.count("_"))]
        for number, name in enumerate(quoted):
            full = [name] if number == 0 else [each + name for each in beginnings if each + name in known]
            told[full[0] if full else name] = defaults[number] if number < len(defaults) else defaults[0]
    return told
