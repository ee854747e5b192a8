"""A tick that fails says why in a sentence, as a step does: Dagster's own words come after it, if at all."""

from collections.abc import Callable

import dagster as dg
import pytest
from dagster._grpc.impl import get_external_schedule_execution, get_external_sensor_execution

from magflow_pipeline.database import connection
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.offers import offers

AWAY = "postgresql://magflow:S3CRET@127.0.0.1:1/magflow"
SENSORS = (
    *("evaluate_outdated_checks", "refresh_stale_tables", "sweep_dead_runs"),
    *("watch_freshness", "send_alerts", "read_missing_rates"),
)


@pytest.fixture
def tick(repository: dg.RepositoryDefinition, instance: dg.DagsterInstance) -> Callable[[str], str]:
    """What the UI shows first of a tick of a sensor or schedule that fails, evaluated as the daemon has it done."""

    def evaluate(name: str) -> str:
        if name in SENSORS:
            found = get_external_sensor_execution(
                repository, None, instance.get_ref(), name, None, None, None, None, None
            )
        else:
            found = get_external_schedule_execution(repository, instance.get_ref(), name, None, None, None)
        assert found.error is not None
        return found.error.message

    return evaluate


def test_every_sensor_is_asked(repository):
    assert sorted(sensor.name for sensor in repository.sensor_defs) == sorted(SENSORS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SENSORS, "sync_main"])
def test_a_tick_without_its_database_says_so(tick, monkeypatch, name):
    """It said "Error occurred during the execution of evaluation_fn for sensor ..."."""
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", AWAY)
    load_settings.cache_clear()
    connection._open.cache_clear()
    said = tick(name)
    assert said.startswith("TickFailed: Cannot reach 127.0.0.1") and "Check that the server runs" in said
    assert said.count("\n") == 1 and "S3CRET" not in said


@pytest.mark.parametrize("name", ["refresh_stale_tables", "watch_freshness", "sweep_dead_runs", "sync_main"])
def test_a_tick_with_a_wrong_setting_names_it(tick, monkeypatch, name):
    monkeypatch.setenv("EMAG_STUCK_AFTER_MINUTES", "soon")
    load_settings.cache_clear()
    assert tick(name).startswith("TickFailed: EMAG_STUCK_AFTER_MINUTES is 'soon'. ")


@pytest.mark.slow
def test_a_tick_names_who_holds_a_lock(tick, database, session):
    with database.connect("an analyst") as analyst, analyst.transaction():
        analyst.execute("LOCK TABLE input_changes")
        said = tick("refresh_stale_tables")
    assert said.startswith("TickFailed: ") and "an analyst" in said


def test_a_tick_of_a_full_disk_says_so(tick, session, make_simulator, make_seller, sync):
    simulator = make_simulator(main=offers(1), fbe=offers(1))
    make_seller(simulator)
    for account in ("main", "fbe"):
        sync(account)
    session.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON emag_accounts EXECUTE FUNCTION full_disk()"
    )
    make_seller(simulator, EMAG_ACCOUNTS="main")  # to be noted down in the database
    said = tick("refresh_stale_tables")
    assert said.startswith("TickFailed: The database's disk is full: could not extend file")


@pytest.mark.slow
def test_a_run_that_cannot_begin_without_its_database_says_so(repository, instance, database, monkeypatch):
    """Before any step: a run takes its lock in the database."""
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", AWAY)
    load_settings.cache_clear()
    connection._open.cache_clear()
    result = repository.get_job("refresh_report").execute_in_process(instance=instance, raise_on_error=False)
    errors = [event.event_specific_data.error for event in result.all_events if event.is_failure]
    assert errors and all(error.message.startswith("TickFailed: Cannot reach 127.0.0.1") for error in errors)
