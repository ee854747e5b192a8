"""The shop of docker-compose.yml, started: it syncs by itself, and outlives the death of each of its parts."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from magflow_pipeline.defs.schedules import off_minutes
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.deploy.compose import load_compose, read_env_file
from magflow_pipeline_tests.deploy.containers import Shop

pytestmark = pytest.mark.slow

PASSWORD = "p@ss:w/rd%"
PASSWORDS = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_PIPELINE_PASSWORD": "an0ther:p@ss/w$rd"}
INTERVAL_MINUTES = 5
LAUNCH = """mutation($job: ExecutionParams!) { launchPipelineExecution(executionParams: $job) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = """{ runsOrError { ... on Runs { results { runId status startTime tags { key value } } } } }"""
DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy lastHeartbeatTime } } } }"


@pytest.fixture
def accounts_file() -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="magflow-", suffix=".env", dir="/tmp") as file:
        yield Path(file.name)


@pytest.fixture
def shop(accounts_file: Path) -> Iterator[Shop]:
    variables = read_env_file(PROJECT_ROOT / "deploy" / "simulator.env")
    variables |= PASSWORDS | {"MAGFLOW_ACCOUNTS_FILE": str(accounts_file)}
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # short, because a socket's path is
    folder.chmod(0o755)
    shop = Shop(load_compose(variables), folder)
    try:
        yield shop
    finally:
        shop.end()
        shutil.rmtree(folder, ignore_errors=True)


def accounts_of_all_minutes() -> list[str]:
    """Accounts whose schedules tick one after the other, so that the next tick is never far."""
    minutes = INTERVAL_MINUTES - 1  # no schedule has a round minute
    names = [f"shop{number}" for number in range(minutes)]
    assert len(set(off_minutes(names, INTERVAL_MINUTES).values())) == minutes
    return names


def write_accounts(file: Path, accounts: Sequence[str]) -> None:
    lines = [f"EMAG_ACCOUNTS={','.join(accounts)}", f"EMAG_SYNC_INTERVAL_MINUTES={INTERVAL_MINUTES}"]
    for account in accounts:
        prefix = f"EMAG_{account.upper()}"
        lines += [f"{prefix}_USERNAME=main", f"{prefix}_PASSWORD=demo"]
        lines += [f"{prefix}_BASE_URL=http://simulator:8300/api-3"]
    file.write_text("\n".join(lines))


def ask(shop: Shop, query: str, **arguments: object) -> Any:
    address = f"http://127.0.0.1:{shop.ports['3000']}/graphql"
    answer = httpx.post(address, json={"query": query, "variables": arguments}, timeout=30, trust_env=False)
    return answer.raise_for_status().json()["data"]


def synced_by_schedule(shop: Shop) -> list[str]:
    """The accounts of the runs that a schedule started and that succeeded."""
    tags = [
        {tag["key"]: tag["value"] for tag in run["tags"]}
        for run in ask(shop, RUNS)["runsOrError"]["results"]
        if run["status"] == "SUCCESS"
    ]
    return [each["magflow/account"] for each in tags if "dagster/schedule_name" in each]


def launch(shop: Shop, account: str) -> str:
    job = {
        "selector": {
            "repositoryLocationName": "magflow_pipeline",
            "repositoryName": "__repository__",
            "pipelineName": "sync_account",
        },
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": account}]},
    }
    answer = ask(shop, LAUNCH, job=job)["launchPipelineExecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return answer["run"]["runId"]


def status_of(shop: Shop, run_id: str) -> str:
    return next(run["status"] for run in ask(shop, RUNS)["runsOrError"]["results"] if run["runId"] == run_id)


def connect(shop: Shop, password: str = PASSWORD) -> psycopg.Connection:
    port = int(shop.ports["5432"])
    return psycopg.connect(
        host="127.0.0.1", port=port, user="magflow", dbname="magflow", password=password, autocommit=True
    )


def rows_of_report(shop: Shop, account: str) -> int:
    with connect(shop) as session:
        question = "SELECT count(*) FROM app.low_stock_report WHERE account_type = %s"
        row = session.execute(question, [account]).fetchone()
    assert row is not None
    return row[0]


def heartbeats(shop: Shop) -> dict[str, float]:
    statuses = ask(shop, DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
    return {each["daemonType"]: each["lastHeartbeatTime"] or 0 for each in statuses if each["required"]}


def test_the_shop_syncs_by_itself_and_outlives_the_death_of_each_part(shop, accounts_file):
    shop.start("postgres")
    shop.start("migrate")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(shop, "another")
    shop.start("simulator")
    assert shop.containers["migrate"].process.wait(60) == 0, shop.containers["migrate"].tail()

    write_accounts(accounts_file, accounts_of_all_minutes())
    shop.start("migrate-dagster")
    shop.start("code")
    files = shop.files_of_image()
    for name in ("webserver", "daemon", "metrics"):
        shop.start(name)
    for name in ("simulator", "code", "webserver", "daemon", "metrics"):
        shop.wait_until_healthy(name)

    # Nobody asks for it: the schedule's own tick reads an account and fills the report.
    shop.wait_for(lambda: synced_by_schedule(shop), "a sync by schedule", 240)
    account = synced_by_schedule(shop)[0]  # it ticks again in five minutes, after the end of this test
    rows = rows_of_report(shop, account)
    assert rows > 0

    for name in ("simulator", "code", "webserver", "daemon", "metrics", "postgres"):
        container = shop.containers[name]
        container.kill()
        assert not container.is_healthy(shop.check_of(name))
        killed = time.time()
        container.start()
        shop.wait_until_healthy(name)
        if name == "daemon":  # its health check also believes the heartbeats of the one that was killed
            shop.wait_for(lambda since=killed: min(heartbeats(shop).values()) > since, "heartbeats of the new daemon")
    assert rows_of_report(shop, account) == rows
    assert heartbeats(shop), "the webserver's first request on the new PostgreSQL"
    for name in ("code", "webserver", "daemon"):
        shop.wait_until_healthy(name)
    # As Prometheus asks, by the service's name; it has outlived PostgreSQL, which was killed after it was started.
    metrics = f"http://127.0.0.1:{shop.ports['9464']}/metrics"
    scraped = httpx.get(metrics, headers={"Host": "metrics:9464"}, trust_env=False).raise_for_status().text
    assert f'magflow_items{{account="{account}",status="critical"}}' in scraped

    # A run that is working when the code server is told to stop comes to its end.
    run_id = launch(shop, account)
    shop.wait_for(lambda: status_of(shop, run_id) not in ("QUEUED", "STARTING", "NOT_STARTED"), "the run's start")
    assert status_of(shop, run_id) == "STARTED"
    code = shop.containers["code"]
    code.stop()
    shop.wait_for(lambda: status_of(shop, run_id) != "STARTED", "the run's end")
    assert status_of(shop, run_id) == "SUCCESS", code.tail()

    assert shop.files_of_image() == files  # in the image they are not the user's to write
