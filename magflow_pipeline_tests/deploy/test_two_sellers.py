"""Two sellers in one Dagster instance and on one PostgreSQL server: one is broken in every way, the other is not."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from magflow_pipeline.database import embedded
from magflow_pipeline.defs.sweeper import GONE, SECONDS_TO_BEGIN
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.deploy.agency import Agency, free_ports, new_agency
from magflow_pipeline_tests.offers import offer
from magflow_pipeline_tests.servers import server_with_passwords
from magflow_pipeline_tests.shop.driver import ENDED, until

ACME, BRAND = "acme-ro", "brand-hu"
STOCK = {"main": {1: 0, 2: 3, 3: 500}, "fbe": {11: 7, 12: 0}}  # by account and offer
LANES = [(job, account) for job in ("sync_account", "sync_orders") for account in ("main", "fbe", "hu")]


@pytest.fixture
def marketplace() -> Iterator[Simulator]:
    offers = {
        account: [offer(number, stock_value=stock) for number, stock in stocks.items()]
        for account, stocks in STOCK.items()
    }
    switches = {name: Switches(enforce_rate_limit=False) for name in STOCK}
    with running(Catalogue(offers), switches, days=1) as simulator:
        yield simulator


def account(seller: str, name: str, url: str, *, user: str = "", password: str = "demo") -> dict[str, str]:
    prefix = f"EMAG_{seller}_{name}".replace("-", "_").upper()
    return {f"{prefix}_USERNAME": user or name, f"{prefix}_PASSWORD": password, f"{prefix}_BASE_URL": url}


@pytest.fixture
def agency(tmp_path: Path, marketplace: Simulator) -> Iterator[Agency]:
    """Two sellers: all accounts of one are right, and of the other one of three."""
    common = {"MAGFLOW_RATES_URL": "", "EMAG_SYNC_INTERVAL_MINUTES": "1440", "EMAG_ORDER_HISTORY_DAYS": "2"}
    with ExitStack() as stack:
        server = stack.enter_context(server_with_passwords())
        agency = stack.enter_context(new_agency(server, tmp_path))
        right = account(ACME, "main", marketplace.url) | account(ACME, "fbe", marketplace.url)
        agency.add_seller(ACME, "of-acme-in-postgres", **common, **right)
        nobody = f"http://127.0.0.1:{free_ports('nobody')['nobody']}/api-3"
        wrong = account(BRAND, "main", marketplace.url, password="of-brand-in-emag")
        wrong |= account(BRAND, "fbe", nobody, password="of-brand-in-fbe")
        wrong |= account(BRAND, "hu", marketplace.url, user="main")
        agency.add_seller(BRAND, "of-brand-in-postgres", **common, **wrong, EMAG_ACCOUNTS="main,fbe,hu")
        for seller in (ACME, BRAND):
            agency.magflow(seller, "database", "migrate")
        agency.start()
        yield agency


def sync(agency: Agency) -> None:
    """Both accounts of the seller in order, offers and orders: each run succeeds, and the report is right."""
    runs = [agency.launch(ACME, job, f"{ACME}-{name}") for job in ("sync_account", "sync_orders") for name in STOCK]
    until(lambda: all(agency.runs(ACME).get(run) in ENDED for run in runs))
    assert [agency.runs(ACME)[run] for run in runs] == ["SUCCESS"] * 4
    logs = "SELECT sync_type, status, count(*) FROM app.emag_sync_logs WHERE dagster_run_id = ANY(%s) GROUP BY 1, 2"
    assert sorted(agency.rows(ACME, logs, runs)) == [("orders", "completed", 2), ("products", "completed", 2)]
    report = "SELECT account_type, sku, available_quantity, status = 'out_of_stock' FROM app.low_stock_report"
    expected = {
        (f"{ACME}-{name}", f"SKU{number}", stock, stock == 0)
        for name, stocks in STOCK.items()
        for number, stock in stocks.items()
    }
    assert set(agency.rows(ACME, report)) == expected


@pytest.mark.slow
def test_a_seller_notices_nothing_of_another_one_that_is_broken_in_every_way(agency: Agency, marketplace: Simulator):
    with psycopg.connect(agency.server.format("brand_hu")) as locker:
        locker.execute("LOCK TABLE app.emag_sync_logs, app.low_stock_report IN ACCESS EXCLUSIVE MODE")
        for _ in range(4):  # more than the seller's share of the queue, in lanes that block each other
            for job, name in LANES:
                agency.launch(BRAND, job, f"{BRAND}-{name}")
        until(lambda: "STARTED" in agency.runs(BRAND).values())
        sync(agency)
        of_brand = list(agency.runs(BRAND).values())
        assert of_brand.count("QUEUED") > 0, "the queue of the other one was full all the while"
        assert of_brand.count("STARTED") + of_brand.count("STARTING") <= 4
        seen = agency.seen_by(ACME, "ui", "daemon"), agency.seen_by(BRAND, "ui", "daemon")

        until(lambda: "STARTED" in agency.runs(BRAND).values())
        agency.kill_seller(BRAND)
        killed = time.time()
        dead = {run for run, status in agency.runs(BRAND).items() if status == "STARTED"}
        assert dead
        sync(agency)
        until(lambda: swept(agency, ACME, killed + SECONDS_TO_BEGIN + 30))
        assert {agency.runs(BRAND)[run] for run in dead} == {"STARTED"}, "nobody who cannot see their locks ended them"

    assert failures(agency, ACME) == []
    for secret in agency.secrets[BRAND]:
        assert secret not in seen[0]
    for secret in agency.secrets[ACME]:
        assert secret not in seen[1]
    everything = kept_by_all(agency)
    assert [secret for each in agency.secrets.values() for secret in each if secret in everything] == []
    accounts = "SELECT DISTINCT account_type FROM app.emag_accounts"
    assert {name for (name,) in agency.rows(ACME, accounts)} == {f"{ACME}-main", f"{ACME}-fbe"}
    assert not any(name.startswith(ACME) for (name,) in agency.rows(BRAND, accounts))
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"postgresql://brand_hu:of-brand-in-postgres@127.0.0.1:{agency.database_port}/acme_ro")

    # The broken one, with its code server back, goes on where it was.
    agency.start_seller(BRAND)
    mended = "SELECT FROM app.emag_sync_logs WHERE account_type = 'brand-hu-hu' AND status = 'completed'"
    until(lambda: agency.rows(BRAND, mended), 600)
    until(lambda: {agency.runs(BRAND)[run] for run in dead} <= {"FAILURE", "CANCELED"}, 600)


def swept(agency: Agency, seller: str, since: float) -> bool:
    """Whether the seller's sweeper has looked since then, and found nothing to end."""
    ticks = [tick for tick in agency.ticks(seller)["sweep_dead_runs"] if tick["timestamp"] > since]
    return any(tick["skipReason"] == "no run or sync is dead" for tick in ticks)


def failures(agency: Agency, seller: str) -> list[str]:
    """What the seller's sensors failed with."""
    return [
        f"{name}: {tick['error']}"
        for name, ticks in agency.ticks(seller).items()
        for tick in ticks
        if tick["status"] == "FAILURE"
    ]


def kept_by_all(agency: Agency) -> str:
    """What the shared parts and the sellers' processes have written: their output, and Dagster's database."""
    command = [embedded.BINARIES / "pg_dump", agency.server.format("dagster")]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert GONE not in dump, "no run was ended for another seller's lock"
    return dump + "".join(file.read_text() for file in agency.folder.glob("*.log"))
