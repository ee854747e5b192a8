"""The main job through Dagster, on real PostgreSQL and a marketplace over HTTP."""

import re

import dagster as dg
import psycopg
import pytest

from magflow_pipeline.defs import resources
from magflow_pipeline.defs.catalogue import catalogue, inventory_items
from magflow_pipeline.defs.resources import default_resources
from magflow_pipeline.orchestrator import _first_failure
from magflow_pipeline.settings import SQL_FOLDER
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.defs.conftest import tick_of
from magflow_pipeline_tests.offers import offer, offers


def checks_of(result) -> dict[str, bool]:
    return {each.check_name: each.passed for each in result.get_asset_check_evaluations()}


def keys_of(result) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}


def shop(make_simulator, make_seller):
    simulator = make_simulator(
        main=[*offers(203), offer(900, stock_value=5), offer(901, stock_value=0)],
        fbe=[offer(number + 5000, part_number=f"SKU{number}", stock_value=15) for number in range(1, 121)],
    )
    make_seller(simulator)
    return simulator


@both_servers
def test_one_run_per_account_ends_with_a_fresh_report_of_all(session, make_simulator, make_seller, run_job):
    """Report empty after a successful sync; two buttons needed (failures 1 and 2)."""
    shop(make_simulator, make_seller)
    results = [run_job("main"), run_job("fbe")]
    assert [result.success for result in results] == [True, True]
    assert session.execute("SELECT account_type, count(*) FROM low_stock_report GROUP BY 1 ORDER BY 1").fetchall() == [
        ("fbe", 120),
        ("main", 205),
    ]
    assert session.execute(
        "SELECT account_type, out_of_stock, critical, low_stock, in_stock FROM low_stock_by_account ORDER BY 1"
    ).fetchall() == [("fbe", 0, 0, 120, 0), ("main", 1, 1, 0, 203)]
    assert all(checks_of(results[1]).values()), checks_of(results[1])
    checks = {file.stem for file in (SQL_FOLDER / "checks").glob("*.sql")}
    of_orders = {name for name in checks if re.search("(?<!open_)order", name)}
    assert set(checks_of(results[1])) == checks - of_orders


@pytest.mark.slow
def test_a_second_run_changes_nothing(session, make_simulator, make_seller, run_job):
    shop(make_simulator, make_seller)
    tables = {
        "emag_products_v2": "last_sync_id, last_synced_at",
        "emag_product_offers_v2": "last_synced_at",
        "inventory_items": "",
        "products": "",
        "emag_offer_market_history": "",
        "low_stock_report": "scanned_at, built_at",
    }

    def contents() -> dict[str, list[tuple[object, ...]]]:
        return {
            table: session.execute(
                f"SELECT to_jsonb(t) - string_to_array('{ignored.replace(' ', '')}', ',') FROM {table} t ORDER BY 1"
            ).fetchall()
            for table, ignored in tables.items()
        }

    run_job("main")
    before = contents()
    result = run_job("main")
    assert contents() == before
    metadata = result.asset_materializations_for_node("catalogue")[0].metadata
    assert (metadata["new"].value, metadata["changed"].value, metadata["unchanged"].value) == (0, 0, 205)


@pytest.mark.slow
def test_a_second_run_writes_few_rows_and_each_on_its_page(session, make_simulator, make_seller, run_job):
    """Megabytes of WAL each half hour where nothing sold: rows moved to other pages, with all of their indexes."""
    shop(make_simulator, make_seller)
    run_job("main")
    pages = "SELECT sku, (ctid::text::point)[0] FROM {} WHERE account_type = 'main' ORDER BY sku"
    marked = ("stock_snapshots", "low_stock_report")
    before = {table: session.execute(pages.format(table)).fetchall() for table in marked}
    [(since,)] = session.execute("SELECT pg_current_xact_id()::text::bigint").fetchall()
    run_job("main")
    tables = session.execute("SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'")
    written = {
        table: session.execute(f"SELECT count(*) FROM {table} WHERE xmin::text::bigint > %s", [since]).fetchone()[0]
        for (table,) in tables.fetchall()
    }
    by_offer = {table for table, rows in written.items() if rows > 10}
    assert by_offer == {"emag_offers_seen", *marked}, written
    assert {table: session.execute(pages.format(table)).fetchall() for table in marked} == before


@pytest.mark.slow
def test_the_assets_work_through_materialize_too(session, instance, make_simulator, make_seller):
    shop(make_simulator, make_seller)
    result = dg.materialize(
        [catalogue, inventory_items], partition_key="main", resources=default_resources(), instance=instance
    )
    assert result.success
    assert session.execute("SELECT count(*) FROM inventory_items").fetchone() == (205,)


@pytest.mark.slow
def test_one_selected_table_is_scanned_with_the_others_and_all_are_shown(
    session, make_simulator, make_seller, run_job, instance
):
    shop(make_simulator, make_seller)
    result = run_job("main", "emag_product_offers_v2")
    assert result.success
    assert keys_of(result) == {"raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2"}
    for name in keys_of(result):
        assert instance.get_materialized_partitions(dg.AssetKey(name)) == {"main"}
    assert session.execute("SELECT count(*) FROM inventory_items").fetchone() == (0,)


@pytest.mark.slow
def test_a_run_from_the_asset_graph_is_tagged_with_account_and_mode(make_simulator, make_seller, run_job, instance):
    shop(make_simulator, make_seller)

    def tags(result) -> tuple[str, str]:
        run = instance.get_run_by_id(result.run_id)
        return run.tags["magflow/account"], run.tags["magflow/mode"]

    assert tags(run_job("fbe", "raw_emag_product_pages")) == ("fbe", "full")
    assert tags(run_job("fbe", "raw_emag_product_pages", skus=["SKU1"])) == ("fbe", "selective")


@pytest.mark.slow
def test_a_failing_inventory_leaves_the_products_materialised_and_the_next_tick_heals_it(
    session, make_simulator, make_seller, run_job, instance, repository
):
    """A failure downstream never undoes or fails what is upstream of it."""
    shop(make_simulator, make_seller)
    session.execute("ALTER TABLE inventory_items ADD CONSTRAINT broken CHECK (false) NOT VALID")
    result = run_job("main")
    assert not result.success
    # Not "Error occurred while executing op", which says nothing.
    assert "A rule of the database refused a value: new row for relation" in (_first_failure(result) or "")
    assert {"emag_products_v2", "emag_product_offers_v2"} <= keys_of(result)
    assert "low_stock_report" not in keys_of(result)
    assert session.execute("SELECT status FROM emag_sync_logs").fetchall() == [("completed",)]
    session.execute("ALTER TABLE inventory_items DROP CONSTRAINT broken")
    [request] = tick_of(repository, instance, "refresh_stale_tables").run_requests
    assert (request.job_name, request.partition_key) == ("refresh_account", "main")
    job = repository.get_job(request.job_name)
    assert job.execute_in_process(instance=instance, partition_key="main", tags=request.tags).success
    assert session.execute("SELECT count(*) FROM low_stock_report").fetchone() == (205,)


@pytest.mark.slow
def test_a_page_that_keeps_failing_is_a_success_with_a_failed_check(session, make_simulator, make_seller, run_job):
    """One 504 page aborts all, or is skipped and called completed (failure 13)."""
    simulator = shop(make_simulator, make_seller)
    simulator.switch("main", faults=[{"kind": "504-html", "page": 2}])
    result = run_job("main")
    assert result.success
    assert checks_of(result)["the_scan_is_whole"] is False
    assert session.execute("SELECT status FROM emag_sync_logs").fetchall() == [("partial",)]
    assert session.execute("SELECT count(*), min(scan_offers), min(scan_total) FROM low_stock_report").fetchone() == (
        105,
        105,
        205,
    )


@pytest.mark.slow
def test_refused_credentials_fail_the_run_with_what_to_do(session, make_simulator, make_seller, run_job, instance):
    """Missing credentials reported as success (failure 24); the secret never shows."""
    make_seller(shop(make_simulator, make_seller), EMAG_MAIN_PASSWORD="not-the-one-5up3r")
    result = run_job("main")
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    described = failure.step_failure_data.user_failure_data.description
    assert "EMAG_MAIN_PASSWORD" in described
    assert instance.get_run_by_id(result.run_id).tags["dagster/will_retry"] == "false"
    assert not any("5up3r" in str(event) for event in result.all_events)
    assert run_job("fbe").success


@pytest.mark.slow
@pytest.mark.parametrize("asset", ["emag_products_v2", "inventory_items"])
def test_a_run_without_an_account_says_so(make_simulator, make_seller, run_job, asset):
    shop(make_simulator, make_seller)
    failure = next(event for event in run_job(None, asset).all_events if event.is_step_failure)
    described = failure.step_failure_data.user_failure_data.description
    assert described == "Choose an account: this run has no partition. There are: main, fbe."


@pytest.mark.slow
def test_missing_credentials_name_the_variables(make_simulator, make_seller, run_job, monkeypatch):
    shop(make_simulator, make_seller)
    monkeypatch.delenv("EMAG_MAIN_PASSWORD")
    result = run_job("main")
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "EMAG_MAIN_PASSWORD" in failure.step_failure_data.user_failure_data.description


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "allowed"), [({"mode": "turbo"}, "full"), ({"conflict_strategy": "mine"}, "emag_priority")]
)
def test_an_unknown_option_names_the_allowed_ones(make_simulator, make_seller, run_job, options, allowed):
    shop(make_simulator, make_seller)
    failure = next(event for event in run_job("main", **options).all_events if event.is_step_failure)
    assert allowed in failure.step_failure_data.user_failure_data.description


@pytest.mark.slow
def test_materialisations_say_what_is_in_the_table(make_simulator, make_seller, run_job):
    shop(make_simulator, make_seller)
    result = run_job("main")
    by_key = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    products = by_key["emag_products_v2"]
    assert products["dagster/partition_row_count"].value == 205
    assert products["coverage"].value == "205 of 205, first reading, not yet proven"
    columns = {column.name: column for column in products["dagster/column_schema"].schema.columns}
    assert columns["sku"].type == "text"
    assert "SKU" in columns["sku"].description
    assert "SKU1 " in products["preview"].value
    verification = by_key["supplier_verification"]
    assert verification["conflicts"].value == "none"
    report = by_key["low_stock_report"]
    assert "out_of_stock" in report["most urgent"].value.splitlines()[2]
    assert (report["dagster/row_count"].value, report["out_of_stock"].value, report["critical"].value) == (205, 1, 1)


@pytest.mark.slow
def test_a_name_is_only_text_in_the_ui(make_simulator, make_seller, run_job):
    """An image in an offer's name was fetched by the operator's browser; `|` and newlines broke the tables."""
    name = "![x](http://evil.example/x.png) | <img src=x>\nlast"
    make_seller(make_simulator(main=[offer(7, name=name, part_number="-![s](y)|", stock_value=0)]))
    result = run_job("main")
    shown = [
        value.value
        for event in result.get_asset_materialization_events()
        for value in event.step_materialization_data.materialization.metadata.values()
        if isinstance(value, dg.MarkdownMetadataValue) and "data:image/svg" not in value.value
    ]
    hostile = [table for table in shown if "evil" in table or "s\\]" in table]
    assert len(hostile) >= 3
    for table in hostile:
        assert "![" not in table and "http://" not in table and not re.search(r"(?<!\\)<img", table)
        assert all(line.startswith("|") for line in table.splitlines())


@pytest.mark.slow
def test_a_run_that_fails_before_its_steps_says_why(instance, monkeypatch, run_job, make_simulator, make_seller):
    """ "None" was all that the command said."""
    shop(make_simulator, make_seller)

    def refuse(*_: object) -> None:
        raise psycopg.errors.TooManyConnections("sorry, too many clients already")

    monkeypatch.setattr(resources, "hold_run", refuse)
    assert "The database has no connection left: sorry" in (_first_failure(run_job("main")) or "")


@pytest.mark.slow
def test_two_offers_with_one_sku_are_both_kept_and_named_by_a_check(session, make_simulator, make_seller, run_job):
    make_seller(make_simulator(main=[offer(7, part_number="TWIN"), offer(3, part_number="TWIN", stock_value=4)]))
    result = run_job("main")
    assert checks_of(result)["no_two_offers_share_a_sku"] is False
    assert session.execute("SELECT emag_id, available_quantity FROM low_stock_report").fetchall() == [(3, 4)]
    assert session.execute("SELECT count(*) FROM emag_product_offers_v2").fetchone() == (2,)


@pytest.mark.slow
def test_the_pass_of_one_account_does_not_hide_the_failure_of_another(make_simulator, make_seller, run_job):
    """Dagster shows the newest result of a check, whichever account it was about."""
    simulator = shop(make_simulator, make_seller)
    simulator.switch("fbe", faults=[{"kind": "504-html", "page": 2}])
    for account in ("fbe", "main"):
        [check] = [
            each for each in run_job(account).get_asset_check_evaluations() if each.check_name == "the_scan_is_whole"
        ]
        assert (check.passed, check.description) == (False, "fbe: 1 found")
        assert check.metadata["fbe"].value == 1


@pytest.mark.slow
def test_another_account_in_the_middle_of_its_sync_is_not_called_wrong(
    session, make_simulator, make_seller, run_job, sync
):
    shop(make_simulator, make_seller)
    sync("fbe")  # its inventory is still to come
    checks = checks_of(run_job("main"))
    assert checks["every_active_product_has_inventory"] and checks["one_row_per_account_and_sku"]


@pytest.mark.slow
def test_rejected_rows_are_named_by_a_check_and_not_counted_as_seen(session, make_simulator, make_seller, run_job):
    hostile = [{**offer(4), "part_number": None}]
    make_seller(make_simulator(main=[*offers(3), *hostile]))
    result = run_job("main")
    assert checks_of(result)["no_row_is_rejected"] is False
    assert session.execute("SELECT DISTINCT scan_offers, scan_total FROM low_stock_report").fetchall() == [(3, 4)]
