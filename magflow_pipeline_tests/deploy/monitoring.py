"""Dashboards and rules as Grafana and Prometheus would read them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from magflow_pipeline.settings import PROJECT_ROOT

PROMETHEUS = PROJECT_ROOT / "deploy" / "prometheus"
GRAFANA = PROJECT_ROOT / "deploy" / "grafana"
BOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
PROMETHEUS_OWN = {"job", "instance"}
SELECTED = re.compile(r"\b(up|magflow_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\b(?:by|on|without|ignoring) \(([^)]*)\)")
# Grafana puts these in before it asks.
VARIABLES = {
    "$__timeFrom()": "'2026-01-01T00:00:00Z'",
    "$__timeTo()": "'2026-12-31T00:00:00Z'",
    "$account": "'main','fbe'",
    "$language": "ro",
}


@dataclass(frozen=True)
class Query:
    """One query of a dashboard or a rule, with what refers to the labels of its result."""

    where: str
    text: str
    texts: str = ""

    @property
    def selectors(self) -> list[tuple[str, dict[str, str]]]:
        """The metrics it names, each with its label matchers."""
        return [(name, dict(MATCHER.findall(labels))) for name, labels in SELECTED.findall(self.text)]

    @property
    def labels(self) -> set[str]:
        """The labels that it groups by, and that its legend or its words name."""
        grouped = {label.strip() for labels in GROUPED.findall(self.text) for label in labels.split(",")}
        return grouped | set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", self.texts))


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The panels that show something."""
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


def queries(language: str) -> list[Query]:
    """The queries of all dashboards in `expr` (PromQL) or `rawSql`."""
    return [
        Query(f"{name}: {panel['title']}", target[language], target.get("legendFormat", ""))
        for name, board in BOARDS.items()
        for panel in panels(board)
        for target in panel["targets"]
        if language in target
    ]


def rule_queries() -> list[Query]:
    """The expressions of the rules."""
    return [Query(rule["alert"], rule["expr"], " ".join(rule["annotations"].values())) for rule in RULES]


def filled(query: str) -> str:
    """A query as Grafana sends it."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    assert "$" not in query, query
    return query


def config_for(folder: Path, port: int) -> Path:
    """The configuration of Prometheus, for a `magflow metrics` on this machine that is scraped each second."""
    text = (PROMETHEUS / "prometheus.yml").read_text()
    for old, new in (("metrics:9464", f"127.0.0.1:{port}"), ("scrape_interval: 15s", "scrape_interval: 1s")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    text = text.replace("evaluation_interval: 1m", "evaluation_interval: 1s")
    (folder / "rules.yml").write_text((PROMETHEUS / "rules.yml").read_text())
    (folder / "prometheus.yml").write_text(text)
    return folder / "prometheus.yml"
