"""docker-compose.yml and the Dockerfile as Docker would read them: no engine runs where the tests run."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from magflow_pipeline.settings import PROJECT_ROOT

COMPOSE_FILE = PROJECT_ROOT / "docker-compose.yml"
OPERATIONS = PROJECT_ROOT / "docs" / "operations.md"
DOCKERFILE = PROJECT_ROOT / "deploy" / "Dockerfile"
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<rule>:?[-?])(?P<word>[^}]*))?\}|(?P<bare>\w+))")
SECONDS = {"s": 1, "m": 60, "h": 3600}


class MissingVariableError(Exception):
    """A variable that the file asks for is not set: compose refuses to start."""


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Put values in place of `$A`, `${A}`, `${A:-default}`, `${A-default}`, `${A:?reason}` and `${A?reason}`."""

    def value(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        name, rule = found["name"] or found["bare"], found["rule"] or ""
        given = variables.get(name)
        if given is not None and not (rule.startswith(":") and given == ""):
            return given
        if rule.endswith("?"):
            raise MissingVariableError(f"required variable {name} is missing a value: {found['word']}")
        return found["word"] if rule.endswith("-") else ""

    return VARIABLE.sub(value, text)


def load_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables in place; compose, too, reads the YAML first. Secrets have their `content`."""

    def walk(node: Any) -> Any:
        match node:
            case dict():
                return {key: walk(value) for key, value in node.items()}
            case list():
                return [walk(value) for value in node]
            case str():
                return substitute(node, variables)
            case _:
                return node

    compose = walk(yaml.safe_load(COMPOSE_FILE.read_text()))
    for secret in compose["secrets"].values():
        if not variables.get(secret["environment"]):
            raise MissingVariableError(f"required variable {secret['environment']} is missing a value")
        secret["content"] = variables[secret["environment"]]
    return compose


def read_env_file(file: Path) -> dict[str, str]:
    """`NAME=value` by line; single quotes keep a value as it is."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in pairs}


def seconds(duration: str) -> int:
    """The length of `90s`, `35m` or `1h30m`."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([smh])", duration))


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, in order."""
    joined = DOCKERFILE.read_text().replace("\\\n", " ")
    for line in joined.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets with ENV."""
    return dict(pair.split("=", 1) for word, rest in instructions() if word == "ENV" for pair in rest.split())


def image_copies() -> list[tuple[str, str]]:
    """What the Dockerfile copies, and the folder or name it gets below the work folder."""
    copies: list[tuple[str, str]] = []
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            copies += [
                (source, f"{target}{Path(source).name}" if target.endswith("/") else target) for source in sources
            ]
    return copies


def documented(heading: str) -> list[str]:
    """The commands of a section of docs/operations.md: its indented lines, in their order."""
    lines = OPERATIONS.read_text().splitlines()
    after = lines[lines.index(heading) + 1 :]
    end = next((number for number, line in enumerate(after) if line.startswith("#")), len(after))
    return [line.strip() for line in after[:end] if line.startswith("    ")]
