"""deploy/grafana and deploy/prometheus, against the real schema and what `magflow metrics` really serves."""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import typer
import yaml
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql
from typer.core import TyperGroup

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.reports.metrics import exposition
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.deploy.compose import load_compose
from magflow_pipeline_tests.deploy.monitoring import (
    BOARDS,
    GRAFANA,
    PROMETHEUS,
    PROMETHEUS_OWN,
    RULES,
    Query,
    config_for,
    filled,
    panels,
    queries,
    rule_queries,
)
from magflow_pipeline_tests.reports.measured import measure_everything

READER = "magflow_reader"
PATIENCE_SECONDS = 60
RULE_TESTS = Path(__file__).with_name("rules_test.yml")


@pytest.fixture
def served(session: psycopg.Connection, database) -> dict[str, dict[str, set[str]]]:
    """What is really served: per metric its labels, per label the values."""
    measure_everything(session)
    found: dict[str, dict[str, set[str]]] = {"up": {"job": {"magflow"}}}
    for family in text_string_to_metric_families(exposition(database)):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def problems(query: Query, served: dict[str, dict[str, set[str]]]) -> Iterator[str]:
    """What a query names and is not served."""
    selectors = query.selectors
    if not selectors:
        yield f"{query.where} names no metric: {query.text}"
    for name, matchers in selectors:
        if name not in served:
            yield f"{query.where}: there is no metric {name}"
            continue
        for label, value in matchers.items():
            if label not in served[name]:
                yield f"{query.where}: {name} has no label {label}"
            elif (
                not value.startswith("$")
                and label in ("status", "result", "type", "severity")
                and (value not in served[name][label])
            ):
                yield f"{query.where}: {name} has no {label} {value!r}"
    known = {label for name, _ in selectors for label in served.get(name, {})} | PROMETHEUS_OWN
    yield from (f"{query.where}: nothing has the label {label}" for label in query.labels - known)


def test_dashboards_and_rules_name_only_what_is_served(served):
    """The seed's rules watched names that nobody exported: they never fired, and nobody knew."""
    asked = queries("expr") + rule_queries()
    assert len(asked) > 40
    assert [problem for query in asked for problem in problems(query, served)] == []


@pytest.mark.parametrize(
    ("expr", "texts", "said"),
    [
        ("magflow_sync_total", "", "there is no metric"),
        ('magflow_items{state="critical"}', "", "has no label state"),
        ('magflow_items{status="empty"}', "", "has no status 'empty'"),
        ("sum by (sku) (magflow_items)", "", "nothing has the label sku"),
        ("magflow_items", "{{ $labels.kind }}", "nothing has the label kind"),
    ],
)
def test_what_is_not_served_is_found(served, expr, texts, said):
    [problem] = problems(Query("here", expr, texts), served)
    assert said in problem


def test_every_metric_is_shown_to_the_operator(served):
    shown = {name for query in queries("expr") for name, _ in query.selectors}
    assert served.keys() - shown == {"up"}


@contextmanager
def reader(url: str) -> Iterator[psycopg.Connection]:
    """A session of the dashboards' user, made as the documents say."""
    with psycopg.connect(url, autocommit=True) as owner:
        try:
            for _ in range(2):  # again after an upgrade does no harm
                owner.execute((GRAFANA / "reader.sql").read_bytes())
            with psycopg.connect(url.replace("postgres@", f"{READER}@"), autocommit=True) as session:
                yield session
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(READER)))


@both_servers
def test_every_query_of_a_dashboard_runs_as_its_user_and_finds_rows(session, database_url):
    measure_everything(session)
    fill_the_buyers_page(session)
    asked = queries("rawSql")
    assert len(asked) > 10
    with reader(database_url) as grafana:
        for query in asked:
            cursor = grafana.execute(filled(query.text).encode())
            assert cursor.fetchall(), query.where
            names = [column.name for column in cursor.description or ()]
            assert len(names) == len(set(names))
        variable = [each["query"] for each in BOARDS["buyer"]["templating"]["list"] if each["type"] == "query"]
        assert grafana.execute(*map(str.encode, variable)).fetchall() == [("main",), ("fbe",)]


def fill_the_buyers_page(session: psycopg.Connection) -> None:
    """An item of each kind that the page has a list of."""
    session.execute("UPDATE low_stock_report SET status = 'overstock' WHERE sku = 'B'")
    session.execute(
        "UPDATE low_stock_report SET is_sellable = FALSE, reorder_quantity = 0, not_sellable_reason = 'x',"
        " not_sellable_reason_ro = 'y' WHERE sku = 'A' AND account_type = 'main'"
    )
    session.execute(
        "INSERT INTO stock_snapshots (account_type, sku, day, first_stock, min_stock, max_stock, last_stock, samples,"
        " samples_in_stock) VALUES ('main', 'A', '2026-06-01', 1, 0, 1, 0, 2, 1)"
    )


def test_the_dashboards_user_may_change_nothing(session, database_url):
    """Whoever may look at a dashboard may send any SQL through Grafana."""
    with reader(database_url) as grafana:
        grafana.execute("SET default_transaction_read_only = off")
        for change in ("DELETE FROM app.incidents", "CREATE TABLE app.x ()", "TRUNCATE app.products"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                grafana.execute(change.encode())
        session.execute("SET ROLE magflow_owner")
        session.execute("CREATE VIEW app.later AS SELECT 1 AS one")
        assert grafana.execute("SELECT * FROM app.later").fetchone() == (1,)  # of an upgrade


@pytest.mark.parametrize("name", BOARDS)
def test_dashboards_are_whole(name):
    board = BOARDS[name]
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "magflow.yml").read_text())["datasources"]
    known = {(source["type"], source["uid"]) for source in sources}
    shown = list(panels(board))
    places = [panel["gridPos"] for panel in board["panels"]]
    for panel in shown:
        assert panel["title"] and panel["description"], panel["title"]
        for target in panel["targets"]:
            assert (target["datasource"]["type"], target["datasource"]["uid"]) in known
    assert len({panel["title"] for panel in shown}) == len(shown)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for first in places:  # nothing lies on anything else, or beside the page
        assert first["x"] + first["w"] <= 24
        assert [other for other in places if overlap(first, other)] == [first]
    links = {link["url"] for link in board["links"]}
    assert links == {f"/d/{other['uid']}" for other in BOARDS.values() if other is not board}


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_every_rule_says_what_to_do_with_verbs_that_exist():
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    verbs = set(group.commands)
    database = group.commands["database"]
    assert isinstance(database, TyperGroup)
    verbs |= {f"database {name}" for name in database.commands}
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert set(rule["annotations"]) == {"summary", "action"}
        named = re.findall(r"\bmagflow (database \w+|[a-z][a-z-]+)", rule["annotations"]["action"])
        assert set(named) <= verbs, rule["alert"]


def test_the_containers_read_the_files_that_are_here():
    services = load_compose({"POSTGRES_PASSWORD": "x", "POSTGRES_PIPELINE_PASSWORD": "y"})["services"]
    mounted = {
        mount.split(":")[1]: PROJECT_ROOT / mount.split(":")[0]
        for name in ("prometheus", "grafana")
        for mount in services[name]["volumes"]
        if mount.startswith("./")
    }
    assert mounted["/etc/prometheus"] == PROMETHEUS
    assert "--config.file=/etc/prometheus/prometheus.yml" in services["prometheus"]["command"]
    [provider] = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "magflow.yml").read_text())["providers"]
    assert mounted[provider["options"]["path"]] == GRAFANA / "dashboards"
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (mounted[str(Path(home).parent)] / Path(home).name).exists()
    [job] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    [target] = job["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert services[host]["environment"]["MAGFLOW_UI_HOSTS"] == host  # or the gate would refuse it
    assert services[host]["command"] == ["magflow", "metrics", "--host", "0.0.0.0", "--port", port]
    postgres, prometheus = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "magflow.yml").read_text())[
        "datasources"
    ]
    assert postgres["user"] == READER and f"CREATE ROLE {READER} " in (GRAFANA / "reader.sql").read_text()
    assert postgres["secureJsonData"]["password"].removeprefix("$") in services["grafana"]["environment"]
    assert prometheus["url"] == "http://prometheus:9090"


@contextmanager
def process(*command: str, log: Path) -> Iterator[None]:
    """A program, until the block ends."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as started:
        try:
            yield
        finally:
            started.terminate()
            started.wait(30)


def wait_for(ask: Callable[[], Any], log: Path) -> Any:
    """What `ask` answers as soon as that is something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if answer := ask():
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.slow
def test_promtool_and_prometheus_take_all_of_it(session, database, tmp_path):
    """What a parser of our own accepts may not be what Prometheus accepts."""
    promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
    assert promtool and prometheus, "Debian's package prometheus is missing: .ci/run installs it"
    measure_everything(session)
    ours, theirs = free_port(), free_port()
    api = httpx.Client(base_url=f"http://127.0.0.1:{theirs}/api/v1", trust_env=False)
    url = f"http://127.0.0.1:{ours}/metrics"
    config = config_for(tmp_path, ours)
    for check in (
        ["check", "rules", PROMETHEUS / "rules.yml"],
        ["check", "config", config],
        ["test", "rules", RULE_TESTS],
    ):
        subprocess.run([promtool, *map(str, check)], check=True, capture_output=True)
    assert f"[{{value: {len(RULES)}}}]" in RULE_TESTS.read_text()  # each rule fires where all is wrong
    command = [sys.executable, "-P", "-m", "magflow_pipeline.cli", "metrics", "--port", str(ours)]
    with process(*command, log=tmp_path / "metrics.log"):
        shown = wait_for(lambda: httpx.get(url, trust_env=False).text, tmp_path / "metrics.log")
        linted = subprocess.run(
            [promtool, "check", "metrics"], input=shown, text=True, check=False, capture_output=True
        )
        assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")
        options = (f"--storage.tsdb.path={tmp_path / 'data'}", f"--web.listen-address=127.0.0.1:{theirs}")
        with process(prometheus, f"--config.file={config}", *options, log=tmp_path / "prometheus.log"), api:
            scraped = wait_for(lambda: ask(api, '{__name__=~"magflow_.+"}'), tmp_path / "prometheus.log")
            samples = [sample for family in text_string_to_metric_families(shown) for sample in family.samples]
            assert len(scraped) == len(samples)
            assert ask(api, 'up{job="magflow"}')[0]["value"][1] == "1"
            for query in queries("expr"):
                text = query.text.replace("$account", ".*").replace("$__range", "1h")
                ask(api, text)  # an error is raised
            rules = wait_for(lambda: evaluated(api), tmp_path / "prometheus.log")
            assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []
            assert len(rules) == len(RULES)
            wrong = {alert["labels"]["alertname"] for alert in api.get("/alerts").json()["data"]["alerts"]}
            # Of what measure_everything has: offers that did not come, and an incident.
            assert wrong == {"MagflowCoverageLow", "MagflowIncidentOpen"}


def ask(api: httpx.Client, query: str) -> list[dict[str, Any]]:
    response = api.get("/query", params={"query": query})
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # it is still starting
        return []
    answer = response.json()
    assert answer["status"] == "success", (query, answer)
    return answer["data"]["result"]


def evaluated(api: httpx.Client) -> list[dict[str, Any]]:
    """The rules, once each was evaluated after a scrape."""
    rules = [rule for group in api.get("/rules").json()["data"]["groups"] for rule in group["rules"]]
    is_done = all(rule["health"] != "unknown" for rule in rules) and ask(api, 'ALERTS{alertname="MagflowCoverageLow"}')
    return rules if is_done else []
