"""What follows by itself: asked of the database, so that nothing that happened between two looks is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.defs.jobs import ASSETS_OF
from magflow_pipeline.defs.sensors import BUILT_BY, Builder, runs_due
from magflow_pipeline.demand.days import build_demand_days
from magflow_pipeline.demand.refresh import refresh_demand
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.settings import load_settings
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.defs.conftest import tick_of
from magflow_pipeline_tests.offers import offer, offers

CATALOGUE = ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2")
STATUS = "SELECT status, reorder_quantity FROM low_stock_report WHERE sku = 'SKU1'"


@pytest.fixture
def look(repository, instance):
    """What a sensor asks for: (job, account) of each run, or why it asks for none."""

    def run(name: str):
        data = tick_of(repository, instance, name)
        for each in data.run_requests:
            # What belongs to no account must not wait in the queue for one.
            assert ("magflow/account" in each.tags, "dagster/partition" in each.tags) == (bool(each.partition_key),) * 2
            assert each.tags["magflow/triggered_by"] == "sensor"
        return [(each.job_name, each.partition_key) for each in data.run_requests] or data.skip_message

    return run


@pytest.fixture
def run_request(repository, instance):
    """Run a job that a sensor asked for; whether it succeeded."""

    def run(job: str, account: str | None) -> bool:
        definition = repository.get_job(job)
        return definition.execute_in_process(instance=instance, partition_key=account, raise_on_error=False).success

    return run


@pytest.fixture
def shop(make_simulator, make_seller, database, sync):
    """Both accounts, synced, with their report: main has 5 pieces of SKU1."""
    simulator = make_simulator(main=[offer(1, stock_value=5), *offers(3, start=2)], fbe=offers(2))
    make_seller(simulator)
    for account in ("main", "fbe"):
        sync(account)
        refresh_inventory(database, account)
        build_demand_days(database, account)
        refresh_demand(database, account)
    build_plan(database)
    return simulator


BREAK = "ALTER TABLE low_stock_report ADD CONSTRAINT broken CHECK (quantity < 0) NOT VALID"
REPAIR = "ALTER TABLE low_stock_report DROP CONSTRAINT broken"
UP_TO_DATE = "every derived table is up to date"


@pytest.mark.slow
def test_after_the_scheduled_job_nothing_is_left_to_do(shop, look, run_job):
    shop.patch_offers("main", [offer(1, stock_value=0)])
    assert run_job("main").success
    assert look("refresh_stale_tables") == UP_TO_DATE


@pytest.mark.slow
def test_products_that_were_read_another_way_bring_inventory_and_report(session, shop, look, sync, run_request):
    """The second button (rules.md: Flow)."""
    shop.patch_offers("main", [offer(1, stock_value=0)])
    sync("main")
    assert look("refresh_stale_tables") == [("refresh_account", "main")]
    assert session.execute(STATUS).fetchall()[0] == ("in_stock", 0)  # fbe's row; main's is critical
    assert run_request("refresh_account", "main")
    rows = "SELECT status FROM low_stock_report WHERE sku = 'SKU1' AND account_type = 'main'"
    assert session.execute(rows).fetchone() == ("out_of_stock",)
    assert look("refresh_stale_tables") == UP_TO_DATE


@pytest.mark.slow
def test_another_configuration_changes_stock_and_report_by_itself(
    session, shop, look, run_request, make_seller, database
):
    """An account that was taken out of EMAG_ACCOUNTS went on ruling until the next sync, and after it."""
    make_seller(shop, EMAG_ACCOUNTS="main")
    assert look("refresh_stale_tables") == [("refresh_report", None)]
    items = "SELECT DISTINCT code, is_active FROM inventory_items JOIN warehouses ON warehouses.id = warehouse_id"
    assert set(session.execute(items)) == {("EMAG-MAIN", True), ("EMAG-FBE", False)}
    assert run_request("refresh_report", None)
    assert session.execute("SELECT DISTINCT account_type FROM low_stock_report").fetchall() == [("main",)]
    assert look("refresh_stale_tables") == UP_TO_DATE
    before = session.execute("SELECT xmin, * FROM emag_accounts ORDER BY account_type").fetchall()
    assert not apply_configuration(database, load_settings())
    assert session.execute("SELECT xmin, * FROM emag_accounts ORDER BY account_type").fetchall() == before


@pytest.mark.slow
def test_the_inventory_alone_can_be_built_and_the_report_follows(shop, look, sync, run_job, run_request):
    sync("main")
    assert run_job("main", "inventory_items").success
    assert look("refresh_stale_tables") == [("refresh_report", None)]
    assert run_request("refresh_report", None)
    assert look("refresh_stale_tables") == UP_TO_DATE


INPUTS = {
    "a level": "UPDATE inventory_items SET manual_reorder_point = 60",
    "a purchase order": (
        "WITH made AS (INSERT INTO purchase_orders (status) VALUES ('sent') RETURNING id)"
        " INSERT INTO purchase_order_items (purchase_order_id, product_id, quantity)"
        " SELECT made.id, product.id, 7 FROM made, products AS product WHERE sku = 'SKU1'"
    ),
    "a price": "INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny) VALUES ('SKU1', 'TZT', 3)",
    "a rate": "INSERT INTO exchange_rates (currency, rate_date, ron) VALUES ('CNY', '2026-01-31', 0.6)",
    "freight": "WITH made AS (INSERT INTO suppliers (name) VALUES ('TZT') RETURNING id)"
    " INSERT INTO supplier_terms (supplier_id, freight_per_kg) SELECT id, 2 FROM made",
    "a supplier": "INSERT INTO suppliers (name, is_preferred) VALUES ('TZT', TRUE)",
    "a name": "UPDATE products SET name = 'Altul'",
    "a deleted item": "DELETE FROM inventory_items WHERE product_id = (SELECT id FROM products WHERE sku = 'SKU3')",
}


@pytest.mark.slow
@pytest.mark.parametrize("change", INPUTS.values(), ids=INPUTS)
def test_what_people_and_the_erp_change_moves_the_watermark(session, shop, look, change):
    session.execute(change)
    assert look("refresh_stale_tables") == [("refresh_report", None)]


@pytest.mark.slow
def test_a_statement_that_changes_nothing_moves_nothing(session, shop, look):
    session.execute("UPDATE inventory_items SET manual_reorder_point = 60 WHERE id = -1")
    with session.transaction(force_rollback=True):
        session.execute("UPDATE inventory_items SET manual_reorder_point = 60")
    assert look("refresh_stale_tables") == UP_TO_DATE


@pytest.mark.slow
def test_a_new_day_ends_levels_that_were_valid_until_yesterday(session, shop, look):
    at_midnight = (
        "SELECT DISTINCT stale_at AT TIME ZONE 'Europe/Bucharest'"
        " = (built_at AT TIME ZONE 'Europe/Bucharest')::date + 1 FROM builds WHERE name = 'low_stock_report'"
    )
    assert session.execute(at_midnight).fetchall() == [(True,)]
    session.execute("UPDATE builds SET stale_at = now() WHERE name = 'low_stock_report'")
    assert look("refresh_stale_tables") == [("refresh_report", None)]


@pytest.mark.slow
def test_a_change_that_commits_while_the_report_is_built_is_not_lost(database, session, shop, look):
    """`eager()` loses the update that lands between two ticks, a newest time the one that commits late."""
    with database.connect("erp") as early, early.transaction():
        early.execute("UPDATE inventory_items SET manual_reorder_point = 60")  # begun before the build, not committed
        session.execute("UPDATE products SET name = 'Altul'")
        build_plan(database)
        assert look("refresh_stale_tables") == UP_TO_DATE
    assert look("refresh_stale_tables") == [("refresh_report", None)]
    build_plan(database)
    assert look("refresh_stale_tables") == UP_TO_DATE
    assert session.execute(STATUS + " AND account_type = 'fbe'").fetchone() == ("low_stock", 50)


@pytest.mark.slow
def test_asking_twice_asks_for_the_same_and_does_no_harm(session, shop, look, run_request):
    session.execute("UPDATE inventory_items SET manual_reorder_point = 60")
    assert look("refresh_stale_tables") == look("refresh_stale_tables") == [("refresh_report", None)]
    assert [run_request("refresh_report", None) for _ in range(2)] == [True, True]
    assert look("refresh_stale_tables") == UP_TO_DATE


@pytest.mark.slow
@pytest.mark.parametrize("job", sorted(job for job, assets in ASSETS_OF.items() if "low_stock_report" in assets))
def test_a_run_that_has_not_ended_and_will_build_the_report_is_waited_for(
    session, repository, instance, shop, look, job
):
    session.execute("UPDATE inventory_items SET manual_reorder_point = 60")
    partition = {"dagster/partition": "fbe"} if "account" in job else {}
    run = instance.create_run_for_job(repository.get_job(job), tags=partition, status=dg.DagsterRunStatus.STARTED)
    assert look("refresh_stale_tables") == f"run {run.run_id[:8]} of {job} will do it"
    instance.report_run_failed(run)
    if job == "refresh_report":
        assert "has failed; again in" in look("refresh_stale_tables")
    else:
        assert look("refresh_stale_tables") == [("refresh_report", None)]


@pytest.mark.slow
def test_a_run_of_other_assets_is_not_waited_for(session, repository, instance, shop, look):
    session.execute("UPDATE inventory_items SET manual_reorder_point = 60")
    instance.create_run_for_job(
        repository.get_job("sync_account").get_subset(asset_selection={dg.AssetKey(CATALOGUE[0])}),
        tags={"dagster/partition": "main"},
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({dg.AssetKey(each) for each in CATALOGUE}),
    )
    assert look("refresh_stale_tables") == [("refresh_report", None)]


@pytest.mark.slow
def test_a_failing_report_leaves_the_products_and_a_later_look_heals_it(
    session, instance, shop, look, run_job, run_request
):
    """A failure downstream never undoes or fails what is upstream of it (rules.md: Flow)."""
    shop.patch_offers("main", [offer(1, stock_value=0)])
    session.execute(BREAK)
    try:
        result = run_job("main")
        materialised = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
        assert not result.success
        assert materialised == {
            *(*CATALOGUE, "inventory_items", "demand_days", "demand", "supplier_verification", "supplier_offers"),
            *("demand_levels", "reorder_proposals"),
        }
    finally:
        session.execute(REPAIR)
    assert look("refresh_stale_tables") == [("refresh_report", None)]
    assert run_request("refresh_report", None)
    rows = "SELECT status FROM low_stock_report WHERE sku = 'SKU1' AND account_type = 'main'"
    assert session.execute(rows).fetchone() == ("out_of_stock",)


@pytest.mark.slow
def test_what_has_just_failed_is_not_asked_for_in_every_look(session, shop, look, run_request):
    session.execute("UPDATE inventory_items SET manual_reorder_point = 60")
    session.execute(BREAK)
    waits: list[int] = []
    for _ in range(7):
        assert not run_request("refresh_report", None)
        said = look("refresh_stale_tables")
        assert "has failed; again in" in said
        waits.append(round(float(said.split()[-2]) / 60))
    session.execute(REPAIR)
    assert waits == [1, 2, 4, 8, 16, 30, 30], "minutes; never longer than the schedule's interval"


SOLD = """
INSERT INTO emag_order_windows (account_type, order_type, axis, starts_at, ends_at, read_to, read_at)
SELECT 'main', order_type, axis, now() - interval '100 days', now(), now(), now()
FROM (VALUES (2), (3)) AS type (order_type) CROSS JOIN (VALUES ('created'), ('modified')) AS every (axis);
INSERT INTO emag_orders (account_type, order_id, order_type, status, ordered_at, is_whole, content_hash, last_sync_id,
    created_at, updated_at)
SELECT 'main', number, 3, 4, now() - make_interval(days => number), true, '', 1, now(), now()
FROM generate_series(1, 60) AS number;
INSERT INTO emag_order_lines (account_type, order_id, line_id, product_id, status, quantity)
SELECT 'main', number, 1, 1, 1, 2 FROM generate_series(1, 60) AS number
"""
EXPECTED = "SELECT expected_daily_demand FROM demand WHERE account_type = 'main' AND sku = 'SKU1'"


@pytest.mark.slow
@pytest.mark.usefixtures("whole_day")
def test_demand_and_then_the_report_follow_orders_sales_campaigns_and_the_day(session, shop, look, run_request):
    def follows(accounts: list[str], report: bool) -> None:
        assert look("refresh_stale_tables") == [("refresh_demand", account) for account in accounts]
        assert all(run_request("refresh_demand", account) for account in accounts)
        if report:
            assert look("refresh_stale_tables") == [("refresh_report", None)]
            assert run_request("refresh_report", None)
        assert look("refresh_stale_tables") == UP_TO_DATE

    session.execute(SOLD)
    follows(["main"], report=True)
    [(expected,)] = session.execute(EXPECTED).fetchall()
    assert 1.5 < expected < 2.5
    session.execute("UPDATE emag_orders SET status = 0 WHERE order_id = 7")
    follows(["main"], report=True)
    session.execute("UPDATE emag_orders SET ordered_at = now() WHERE order_id = 1")
    follows(["main"], report=True)
    session.execute("UPDATE emag_order_lines SET quantity = 3 WHERE order_id = 1")
    follows(["main"], report=False)  # today's sales are learned when the day is over
    session.execute(
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by)"
        " SELECT 'X', current_date - 20, current_date - 11, 'ana'"
    )
    follows(["fbe", "main"], report=True)
    session.execute("DELETE FROM campaign_days")
    follows(["fbe", "main"], report=True)
    session.execute("UPDATE builds SET stale_at = now() WHERE name = 'demand' AND account_type = 'fbe'")
    follows(["fbe"], report=False)
    days = "SELECT stale_at AT TIME ZONE 'Europe/Bucharest' FROM builds WHERE name = 'demand'"
    assert {(day.hour, day.minute) for (day,) in session.execute(days)} == {(0, 0)}


STOCK_BY_BRAND = """
SET ROLE magflow_owner; -- as a migration
CREATE TABLE app.stock_by_brand (brand text, pieces numeric);
CALL app.watch_inputs('stock_by_brand', 'inventory_items', 'products');
RESET ROLE
"""


@pytest.mark.slow
def test_a_new_derived_table_is_a_row_of_the_map(database, session, instance, shop, monkeypatch):
    """Each one was a column, a trigger and a branch of its own."""

    @dg.asset
    def stock_by_brand() -> None:
        with database.connect() as builder, builder.transaction():
            builder.execute("SELECT begin_build('stock_by_brand')")
            builder.execute("DELETE FROM stock_by_brand")
            builder.execute(
                "INSERT INTO stock_by_brand SELECT brand, sum(quantity) FROM inventory_items AS item"
                " INNER JOIN products AS product ON item.product_id = product.id GROUP BY brand"
            )

    job = dg.define_asset_job("refresh_stock_by_brand", [stock_by_brand])
    monkeypatch.setitem(ASSETS_OF, job.name, frozenset({"stock_by_brand"}))
    built_by = {**BUILT_BY, "stock_by_brand": Builder(job)}
    repository = dg.Definitions([stock_by_brand], jobs=[job]).get_repository_def()

    def asked() -> list[str | None] | str | None:
        runs = runs_due(instance, database, load_settings(), built_by)
        return runs.skip_message if isinstance(runs, dg.SkipReason) else [run.job_name for run in runs]

    session.execute(STOCK_BY_BRAND)
    assert asked() == UP_TO_DATE
    session.execute("UPDATE products SET brand = 'TZT'")
    assert asked() == ["refresh_report", "refresh_stock_by_brand"]
    assert repository.get_job(job.name).execute_in_process(instance=instance).success
    assert asked() == ["refresh_report"]
    assert session.execute("SELECT brand, pieces > 0 FROM stock_by_brand").fetchall() == [("TZT", True)]


# Matches


def price_list(session, count: int) -> None:
    """`count` SKUs, each with a supplier of its own and an unconfirmed match."""
    session.execute(
        "INSERT INTO suppliers (name) SELECT 'Supplier ' || n FROM generate_series(1, %(count)s) AS n", {"count": count}
    )
    session.execute(
        "INSERT INTO products (sku) SELECT 'SKU' || n FROM generate_series(1, %(count)s) AS n ON CONFLICT DO NOTHING",
        {"count": count},
    )
    session.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny)"
        " SELECT 'SKU' || n, 'Supplier ' || n, 3 FROM generate_series(1, %(count)s) AS n",
        {"count": count},
    )
    session.execute(
        "INSERT INTO supplier_products (supplier_id, local_product_id)"
        " SELECT supplier.id, product.id FROM suppliers AS supplier"
        " JOIN products AS product ON 'Supplier ' || substr(product.sku, 4) = supplier.name"
    )


CONFIRM = (
    "UPDATE supplier_products SET manual_confirmed = TRUE, confirmed_by = 'ERP', confirmed_at = now() WHERE id = %s"
)
VERIFIED = "SELECT count(*) FROM product_supplier_sheets WHERE is_verified"


@pytest.mark.slow
def test_one_run_for_a_burst_of_matches_that_commit_out_of_order(database, session, shop, look, run_request):
    price_list(session, 50)
    ids = [row[0] for row in session.execute("SELECT id FROM supplier_products ORDER BY id").fetchall()]
    late = threading.Event()

    def confirm(match: int) -> None:
        with database.connect("erp") as erp, erp.transaction():
            erp.execute(CONFIRM, [match])
            if match == ids[0]:
                late.wait()  # the first to begin, the last to commit

    # Its with-block waits for all of them: whatever fails lets the late one go first.
    with ThreadPoolExecutor(50) as pool, ExitStack() as over:
        over.callback(late.set)
        done = [pool.submit(confirm, match) for match in ids]
        for each in done[1:]:
            each.result()
        assert look("refresh_stale_tables") == [("verify_suppliers", None)]
        assert run_request("verify_suppliers", None)
        assert session.execute(VERIFIED).fetchone() == (49,)
        assert look("refresh_stale_tables") == UP_TO_DATE
        late.set()
        done[0].result()
    assert look("refresh_stale_tables") == [("verify_suppliers", None)]
    assert run_request("verify_suppliers", None)
    assert session.execute(VERIFIED).fetchone() == (50,)
    history = session.execute("SELECT count(*), min(reason) FROM supplier_verification_history").fetchone()
    assert history == (50, "match confirmed by ERP")


@pytest.mark.slow
def test_what_changes_no_mark_is_compared_once_and_what_left_no_row_within_the_hour(session, shop, look, run_request):
    """All marks of a million prices were compared every 5 s."""
    price_list(session, 2)
    noted = "SELECT count(*) FROM input_changes WHERE name = 'supplier_verification'"
    assert session.execute(noted).fetchone() != (0,)
    assert look("refresh_stale_tables") == [("refresh_report", None)], "the prices are new"
    assert session.execute(noted).fetchone() == (0,)
    session.execute("SET session_replication_role = replica")  # no trigger notes it
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    assert look("refresh_stale_tables") == [("refresh_report", None)], "the prices are new"
    session.execute("UPDATE builds SET stale_at = stale_at - interval '1 hour' WHERE name = 'supplier_verification'")
    assert look("refresh_stale_tables") == [("verify_suppliers", None)]
    assert run_request("verify_suppliers", None)
    assert session.execute(VERIFIED).fetchone() == (2,)
    assert look("refresh_stale_tables") == UP_TO_DATE


@pytest.mark.slow
def test_the_report_waits_for_the_verification_that_ends_with_it(session, shop, look, run_request):
    price_list(session, 4)
    build = look("refresh_stale_tables")
    assert build == [("refresh_report", None)]
    run_request("refresh_report", None)
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    assert look("refresh_stale_tables") == [("verify_suppliers", None)], "no run of the report alone"
    assert run_request("verify_suppliers", None)
    assert look("refresh_stale_tables") == UP_TO_DATE
    badges = "SELECT account_type, is_verified FROM low_stock_report WHERE sku = 'SKU1' ORDER BY 1"
    assert session.execute(badges).fetchall() == [("fbe", True), ("main", True)]


@pytest.mark.slow
def test_a_rolled_back_confirmation_asks_for_nothing(session, shop, look):
    price_list(session, 2)
    with session.transaction(force_rollback=True):
        session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    assert look("refresh_stale_tables") == [("refresh_report", None)], "the prices are new"


@pytest.mark.slow
def test_no_second_verification_while_one_has_not_ended(session, repository, instance, shop, look):
    price_list(session, 2)
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    run = instance.create_run_for_job(repository.get_job("verify_suppliers"), status=dg.DagsterRunStatus.STARTED)
    assert look("refresh_stale_tables") == f"run {run.run_id[:8]} of verify_suppliers will do it"


@pytest.mark.slow
def test_a_verification_waits_for_no_sync_that_would_end_with_it(session, repository, instance, shop, look):
    """A sync may take minutes, and a person has just confirmed a match."""
    price_list(session, 2)
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    sync = repository.get_job("sync_account")
    instance.create_run_for_job(sync, tags={"dagster/partition": "main"}, status=dg.DagsterRunStatus.STARTED)
    assert look("refresh_stale_tables") == [("verify_suppliers", None)]


@pytest.mark.slow
def test_a_verification_that_cannot_succeed_does_not_keep_the_report_back(session, shop, look, run_request):
    price_list(session, 2)
    session.execute("ALTER TABLE supplier_verification_history ADD CONSTRAINT broken CHECK (false) NOT VALID")
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    assert not run_request("verify_suppliers", None)
    assert look("refresh_stale_tables") == [("refresh_report", None)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "verified"),
    [
        ("UPDATE supplier_products SET is_active = FALSE", 0),
        ("UPDATE supplier_products SET manual_confirmed = FALSE", 0),
        ("UPDATE supplier_products SET supplier_id = (SELECT id FROM suppliers WHERE name = 'Supplier 1')", 1),
        ("DELETE FROM supplier_products", 0),
    ],
    ids=["deactivated", "taken back", "matched anew", "deleted"],
)
def test_two_hundred_matches_that_are_changed_at_once_are_seen(session, shop, look, run_request, change, verified):
    price_list(session, 200)
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    assert run_request("verify_suppliers", None)
    assert session.execute(VERIFIED).fetchone() == (200,)
    session.execute(change)
    assert look("refresh_stale_tables") == look("refresh_stale_tables") == [("verify_suppliers", None)]
    assert run_request("verify_suppliers", None)
    assert session.execute(VERIFIED).fetchone() == (verified,)


@pytest.mark.slow
def test_marks_and_badges_change_in_one_transaction(database, session, shop, run_request):
    """Whoever reads the report sees the badge as soon as the mark."""
    price_list(session, 4)
    run_request("refresh_report", None)
    session.execute("UPDATE supplier_products SET manual_confirmed = TRUE")
    no_badge = "ALTER TABLE low_stock_report ADD CONSTRAINT no_badge CHECK (NOT is_verified) NOT VALID"
    session.execute(no_badge)
    with pytest.raises(psycopg.errors.CheckViolation):
        verify(database)
    assert session.execute(VERIFIED).fetchone() == (0,), "a mark without its badge"
    session.execute("ALTER TABLE low_stock_report DROP CONSTRAINT no_badge")
    assert len(verify(database)) == 4
    seen = "SELECT count(*) FILTER (WHERE is_verified), count(*) FROM low_stock_report WHERE supplier_name IS NOT NULL"
    assert session.execute(seen).fetchone() == (6, 6)


# Freshness


@pytest.mark.slow
def test_freshness_is_watched_without_a_run_and_told_when_it_changes(session, repository, instance, shop):
    def watch(cursor: str | None):
        return tick_of(repository, instance, "watch_freshness", cursor)

    first = watch(None)
    evaluations = {each.check_name: (each.passed, each.description) for each in first.asset_events}
    sound = (True, "main, fbe: none found")
    assert evaluations == {"every_account_is_fresh": sound, "demand_is_of_today": sound}
    assert watch(first.cursor).skip_message == "nothing new: main, fbe: none found; demand: main, fbe: none found"
    session.execute(
        "UPDATE emag_sync_logs SET started_at = now() - interval '2 hours',"
        " completed_at = now() - interval '91 minutes' WHERE account_type = 'fbe'"
    )
    later = watch(first.cursor)
    evaluation, _ = later.asset_events
    assert (evaluation.passed, evaluation.description) == (False, "fbe: 1 found")
    assert evaluation.metadata["first 10"].value[0]["minutes_ago"] == "91"
    session.execute("UPDATE emag_sync_logs SET account_type = CASE account_type WHEN 'fbe' THEN 'main' ELSE 'fbe' END")
    later = watch(later.cursor)
    evaluation, _ = later.asset_events
    assert (evaluation.passed, evaluation.description) == (False, "main: 1 found"), "another account is another alarm"
    session.execute(
        "INSERT INTO emag_orders (account_type, order_id, order_type, is_whole, content_hash, last_sync_id, created_at,"
        " updated_at) VALUES ('fbe', 1, 3, true, '', 1, now(), now())"
    )
    session.execute("UPDATE builds SET built_at = now() - interval '25 hours' WHERE name = 'demand'")
    _, evaluation = watch(later.cursor).asset_events
    assert (evaluation.passed, evaluation.description) == (False, "fbe: 1 found"), "of main there are no orders"


# Checks


def _checks_without_a_result(instance, repository) -> set[str]:
    """What the UI calls not evaluated or failed to execute, by its own rule."""
    keys = list(repository.asset_graph.asset_check_keys)
    newest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key.name for key in keys if key in newest and newest[key].status.value == "PLANNED"}


@pytest.mark.slow
def test_checks_that_a_refused_account_left_without_a_result_are_evaluated_again(repository, instance, shop, run_job):
    """One refused account made five checks of the other red, although none of them was executed."""
    assert run_job("main").success
    assert _checks_without_a_result(instance, repository) == set()
    shop.switch("fbe", refuse_ip=True)
    assert not run_job("fbe").success
    without = _checks_without_a_result(instance, repository)
    assert {"rows_are_conserved", "the_scan_is_whole", "one_row_per_account_and_sku"} <= without

    evaluations = tick_of(repository, instance, "evaluate_outdated_checks").asset_events
    assert {each.check_name for each in evaluations} == without
    assert {each.check_name for each in evaluations if not each.passed} == {"the_scan_is_whole"}, "fbe's, and true"
    for each in evaluations:
        instance.report_runless_asset_event(each)
    assert _checks_without_a_result(instance, repository) == set()
    assert tick_of(repository, instance, "evaluate_outdated_checks").skip_message == "every check is up to date"
