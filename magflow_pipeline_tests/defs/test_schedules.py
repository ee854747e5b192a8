"""When accounts are read: crons, the two clock changes of Bucharest, busy accounts, nightly full scans."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from magflow_pipeline.defs.schedules import cron, off_minutes, sync_schedule
from magflow_pipeline.settings import INTERVALS, ConfigurationError, load_settings
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline.sync.sync_types import CATALOGUE
from magflow_pipeline.times import BUCHAREST, ZONE
from magflow_pipeline_tests.defs.conftest import scheduled_tick_of, tick_of
from magflow_pipeline_tests.offers import offers

AT = datetime(2026, 11, 22, 9, 7, tzinfo=UTC)


@pytest.fixture
def tick(repository, instance):
    """What the schedule of an account asks for at a time."""

    def evaluate(account: str, at: datetime = AT):
        return scheduled_tick_of(repository, instance, f"sync_{account}", at)

    return evaluate


def ticks(schedule: dg.ScheduleDefinition, start: datetime, count: int) -> list[datetime]:
    """The next times at which the daemon would ask."""
    iterator = schedule_execution_time_iterator(start.timestamp(), schedule.cron_schedule, ZONE, ascending=True)
    return list(islice(iterator, count))


def test_there_is_a_running_schedule_for_each_account_and_for_retention(repository):
    found = {
        schedule.name: (schedule.job_name, schedule.execution_timezone, schedule.default_status)
        for schedule in repository.schedule_defs
    }
    running = dg.DefaultScheduleStatus.RUNNING
    assert found == {
        "sync_main": ("sync_account", ZONE, running),
        "sync_fbe": ("sync_account", ZONE, running),
        "sync_orders_main": ("sync_orders", ZONE, running),
        "sync_orders_fbe": ("sync_orders", ZONE, running),
        "apply_retention": ("apply_retention", ZONE, running),
        "back_up_database": ("back_up_database", ZONE, running),
        "read_exchange_rates": ("read_exchange_rates", ZONE, running),
        "write_report_files": ("write_report_files", ZONE, running),
    }


def test_rates_are_asked_for_on_the_afternoons_of_working_days(repository):
    schedule = repository.get_schedule_def("read_exchange_rates")
    found = ticks(schedule, datetime(2026, 11, 27, 17, tzinfo=BUCHAREST), 4)  # a Friday
    assert [f"{at.astimezone(BUCHAREST):%a %H:%M}" for at in found] == [
        *("Fri 17:17", "Fri 18:17", "Mon 13:17", "Mon 14:17"),
    ]


@pytest.mark.slow
def test_rates_are_read_until_those_of_the_day_are_there_and_at_once_where_none_are(
    repository, instance, database, session, make_simulator, make_seller, monkeypatch
):
    """The daemon was down for a week, and costs went on by the rates of before."""
    simulator = make_simulator()
    make_seller(simulator, MAGFLOW_RATES_URL=f"{simulator.origin}/nbrfxrates.xml")
    [asked] = tick_of(repository, instance, "read_missing_rates").run_requests
    assert asked.job_name == "read_exchange_rates"
    cursor = datetime.now(UTC).isoformat()
    again = tick_of(repository, instance, "read_missing_rates", cursor)
    assert again.skip_message == "the newest rates are of None; they were asked for within the hour"

    simulator.rates(status=503, times=1)
    run = repository.get_job("read_exchange_rates").execute_in_process(instance=instance)
    assert run.success and simulator.rates()["asked"] == 2  # one layer of retries
    [newest] = session.execute("SELECT max(rate_date) FROM exchange_rates").fetchone()
    said = tick_of(repository, instance, "read_missing_rates").skip_message
    assert said == f"the rates of {newest} are there"
    at = datetime(newest.year, newest.month, newest.day, 13, 17, tzinfo=BUCHAREST)
    tick = scheduled_tick_of(repository, instance, "read_exchange_rates", at)
    assert tick.skip_message == f"the rates of {newest} are there"
    assert scheduled_tick_of(repository, instance, "read_exchange_rates", at + timedelta(days=1)).run_requests

    simulator.rates(status=500)
    failed = repository.get_job("read_exchange_rates").execute_in_process(instance=instance, raise_on_error=False)
    [failure] = [event for event in failed.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "could not be read: it answered with HTTP 500" in str(failure.event_specific_data)

    make_seller(simulator, MAGFLOW_RATES_URL="")
    for said in (
        tick_of(repository, instance, "read_missing_rates").skip_message,
        scheduled_tick_of(repository, instance, "read_exchange_rates", at + timedelta(days=1)).skip_message,
    ):
        assert said == "MAGFLOW_RATES_URL is set to nothing: rates are entered by hand"


@pytest.mark.parametrize("interval", sorted(INTERVALS))
def test_ticks_come_at_the_interval_and_never_at_a_round_minute(interval):
    for minute in off_minutes(["main", "fbe", "depozit"], interval).values():
        assert minute % 5
        schedule = dg.ScheduleDefinition(
            job_name="any", cron_schedule=cron(minute, interval), execution_timezone=ZONE, name="any"
        )
        found = ticks(schedule, datetime(2026, 7, 1, tzinfo=BUCHAREST), 12)
        gaps = {later - earlier for earlier, later in pairwise(found)}
        hours = interval // 60
        # Hours that do not divide a day leave a shorter gap at midnight.
        even = {timedelta(minutes=interval)} | ({timedelta(hours=24 % hours)} if hours and 24 % hours else set())
        assert timedelta(minutes=interval) in gaps and gaps <= even


@pytest.mark.parametrize("interval", [5, 30, 60, 240])
def test_accounts_have_minutes_of_their_own_that_their_names_give(interval):
    names = ["main", "fbe", "depozit", "hu"]
    minutes = off_minutes(names, interval)
    assert len(set(minutes.values())) == 4
    assert off_minutes(list(reversed(names)), interval) == minutes


def test_more_accounts_than_minutes_share_them():
    minutes = off_minutes([f"account{number}" for number in range(9)], 5)
    assert set(minutes.values()) == {1, 2, 3, 4}


@pytest.mark.parametrize("minutes", ["7", "0", "45", "90", "1500", "-30"])
def test_an_interval_that_a_clock_cannot_show_is_refused_with_the_list(monkeypatch, minutes):
    monkeypatch.setenv("EMAG_SYNC_INTERVAL_MINUTES", minutes)
    load_settings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"_MINUTES is .* It must be 5, 10, 15, 20, 30 or 60 minutes"):
        load_settings()


@pytest.mark.parametrize(
    ("night", "hours"),
    [(datetime(2026, 3, 29, tzinfo=BUCHAREST), 23), (datetime(2026, 10, 25, tzinfo=BUCHAREST), 25)],
    ids=["spring", "autumn"],
)
def test_the_nights_on_which_the_clocks_change_have_all_their_ticks_once(night, hours):
    schedule = sync_schedule("main", 7)
    found = ticks(schedule, night, 2 * hours)
    assert found[-1] < night + timedelta(days=1) <= ticks(schedule, night, 2 * hours + 1)[-1]
    gaps = {later.timestamp() - earlier.timestamp() for earlier, later in pairwise(found)}
    assert gaps == {1800}


def test_the_hour_that_comes_twice_in_autumn_has_run_keys_of_its_own(tick):
    first = datetime(2026, 10, 25, 0, 7, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert first.astimezone(BUCHAREST).strftime("%H:%M") == second.astimezone(BUCHAREST).strftime("%H:%M")
    keys = [tick("main", at).run_requests[0].run_key for at in (first, second)]
    assert keys == ["main@2026-10-25T00:07:00+00:00", "main@2026-10-25T01:07:00+00:00"]


def test_a_tick_asks_for_one_run_of_its_account_and_the_same_tick_for_the_same(tick):
    requests = [tick("fbe").run_requests for _ in range(2)]
    [request] = requests[0]
    assert (request.partition_key, request.run_key) == ("fbe", f"fbe@{AT.isoformat()}")
    assert request.tags["magflow/account"] == "fbe"
    assert request.tags["magflow/triggered_by"] == "schedule"
    assert requests[1][0].run_key == request.run_key


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
def test_a_tick_whose_account_is_still_syncing_is_skipped_with_a_reason(repository, instance, tick, status):
    job = repository.get_job("sync_account")
    run = instance.create_run_for_job(job, tags={"magflow/lane": "main:catalogue"}, status=status)
    skipped = tick("main")
    assert (skipped.run_requests, skipped.skip_message) == (
        [],
        f"account main is busy: run {run.run_id[:8]} of sync_account has not ended",
    )
    assert len(tick("fbe").run_requests) == 1


def test_a_tick_is_skipped_while_a_sync_outside_dagster_holds_the_account(database, tick):
    async def ask_while_held():
        async with database.connect_async("test") as session, account_lock(session, CATALOGUE, "main", 1, print):
            return await asyncio.to_thread(tick, "main")

    skipped = asyncio.run(ask_while_held())
    assert skipped.skip_message == "account main is busy: a sync outside Dagster holds its lock"
    assert len(tick("main").run_requests) == 1


def test_a_tick_does_not_wait_for_a_sync_of_another_type(repository, instance, database, tick):
    job = repository.get_job("sync_account")
    tags = {"dagster/partition": "main", "magflow/lane": "main:scratch"}
    instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED)

    async def ask_while_held():
        async with database.connect_async("test") as session, account_lock(session, "scratch", "main", 1, print):
            return await asyncio.to_thread(tick, "main")

    assert len(asyncio.run(ask_while_held()).run_requests) == 1


def test_the_first_sync_of_the_night_reads_every_page(session, tick, sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(3)), EMAG_SYNC_MODE="incremental")

    def mode_at(at: datetime) -> str:
        [request] = tick("main", at).run_requests
        return request.run_config["ops"]["catalogue"]["config"]["mode"]

    assert mode_at(AT) == "full"  # nothing was read yet
    sync()
    log = "UPDATE emag_sync_logs SET started_at = %s, completed_at = %s"
    evening = datetime(2026, 11, 21, 22, 0, tzinfo=BUCHAREST)
    session.execute(log, [evening, evening])
    assert mode_at(datetime(2026, 11, 22, 1, 59, tzinfo=BUCHAREST)) == "incremental"
    assert mode_at(datetime(2026, 11, 22, 2, 7, tzinfo=BUCHAREST)) == "full"
    night = datetime(2026, 11, 22, 2, 8, tzinfo=BUCHAREST)
    session.execute(log, [night, night])
    later = datetime(2026, 11, 22, 2, 37, tzinfo=BUCHAREST)
    assert mode_at(later) == "incremental"
    session.execute("UPDATE emag_sync_logs SET status = 'partial', is_complete = FALSE")
    assert mode_at(later) == "incremental"  # reading it again all night would not make it whole
    for no_full_scan in ("status = 'failed'", "status = 'partial', parameters = '{\"max_pages\": 1}'"):
        session.execute(f"UPDATE emag_sync_logs SET {no_full_scan}")
        assert mode_at(later) == "full"
