"""`magflow up`: the shop comes up together, stays up, does by itself what follows, and goes down together."""

import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from magflow_pipeline_tests.processes import runs
from magflow_pipeline_tests.shop.driver import ENDED, Shop, until

pytestmark = pytest.mark.slow

CATALOGUE = ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2")
# Orders are read by themselves meanwhile, in a lane of their own.
OF_OFFERS = "FROM emag_sync_logs WHERE sync_type = 'products'"
NEWEST_LOG = f"SELECT status, errors -> -1 ->> 'error' {OF_OFFERS} ORDER BY id DESC LIMIT 1"
PAGES_COME = (
    "SELECT FROM emag_sync_progress AS progress JOIN emag_sync_logs AS log ON log.id = progress.sync_log_id"
    " WHERE log.sync_type = 'products' AND log.status = 'running' AND progress.pages_done > 1"
)
LOG_OF_RUN = "SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs WHERE dagster_run_id = %s"
BUILT_FOR = "SELECT max(built_at) FROM low_stock_report WHERE account_type = %s"
CONFIRM = (
    "UPDATE supplier_products SET manual_confirmed = TRUE, confirmed_by = 'ERP', confirmed_at = now() WHERE id = %s"
)
RECOVERY_SECONDS = 180


def test_a_day_of_the_shop(shop):
    """One materialisation refreshes all, matches verify themselves, and Ctrl-C ends everything."""
    with shop.up():
        assert "becomes a demo home" in shop.said()
        run = shop.launch("sync_account", "main")
        until(lambda: shop.status(run) in ENDED)
        assert shop.status(run) == "SUCCESS"
        _products_bring_a_fresh_report(shop)
        _matches_verify_themselves(shop)
        second = shop.run("up", "--port", "3999")
        assert second.returncode == 2 and "up already" in second.stderr
        shop.process.send_signal(signal.SIGINT)
        assert shop.process.wait(timeout=60) == 0
    assert shop.processes() == []


def test_checks_are_shown_as_they_are_after_both_accounts_after_one_and_after_a_refused_one(shop):
    """Five checks stood in the UI as not evaluated after both accounts, and as failed after one that was refused."""
    assert shop.run("demo").returncode == 0  # reads both at once
    with shop.up():
        # Some suppliers of the demo leave out what their cost needs, and the check says so.
        usual = {**dict.fromkeys(_shown_checks(shop), "SUCCEEDED"), "every_supplier_cost_is_complete": "FAILED"}
        assert _shown_checks(shop) == usual
        assert _end_of(shop, shop.launch("sync_account", "main")) == "SUCCESS"
        until(lambda: _shown_checks(shop) == usual, 60)
        shop.misbehave("fbe", refuse_ip=True)
        assert _end_of(shop, shop.launch("sync_account", "fbe")) == "FAILURE"
        only_the_scan_failed = {**usual, "the_scan_is_whole": "FAILED"}
        until(lambda: _shown_checks(shop) == only_the_scan_failed, 60)
        assert _end_of(shop, shop.launch("sync_account", "main")) == "SUCCESS"
        until(lambda: _shown_checks(shop) == only_the_scan_failed, 60)  # the pass of main hides nothing


def _end_of(shop: Shop, run: str) -> str:
    until(lambda: shop.status(run) in ENDED)
    return shop.status(run)


def _shown_checks(shop: Shop, *assets: str) -> dict[str, str]:
    """What the UI shows of each check (of these assets): its result for the newest materialisation, or that none is."""
    asked = """{ assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks {
        name executionForLatestMaterialization { status } } } } } }"""
    nodes = [node for node in shop.ask(asked)["assetNodes"] if not assets or node["assetKey"]["path"][0] in assets]
    checks = [each for node in nodes for each in node["assetChecksOrError"]["checks"]]
    return {each["name"]: (each["executionForLatestMaterialization"] or {}).get("status", "grey") for each in checks}


def test_a_backfill_of_everything_reads_both_accounts_and_ends_with_the_report(shop):
    """ "Materialize all" in the UI: a run for each account, which the queue knows by its partition."""
    backfill = """mutation($backfill: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $backfill) {
        __typename } }"""
    assets = [*CATALOGUE, "inventory_items", "supplier_verification", "low_stock_report"]
    selection = [{"path": [asset]} for asset in assets]
    with shop.up():
        answer = shop.ask(backfill, backfill={"assetSelection": selection, "partitionNames": ["main", "fbe"]})
        assert answer["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess"
        until(lambda: shop.rows(f"SELECT count(*) {OF_OFFERS} AND status = 'completed'") == [(2,)])
        for account in ("main", "fbe"):
            until(lambda account=account: shop.rows(BUILT_FOR, account)[0][0] is not None, 30)
        until(lambda: set(_shown_checks(shop, *assets).values()) == {"SUCCEEDED"}, 60)
        assert {status for _, status in shop.runs().values()} <= {"SUCCESS", "QUEUED", "STARTING", "STARTED"}


def test_matches_are_verified_while_a_sync_runs_and_after_the_daemon_was_away(shop):
    match = "SELECT min(id) FROM supplier_products WHERE is_active AND manual_confirmed = %s"
    verified = "SELECT count(*) FROM supplier_verification_labels WHERE label IN ('NEEDS SYNC', 'STALE')"
    with shop.up():
        until(lambda: shop.rows(verified) == [(0,)])
        shop.misbehave("main", latency_seconds=25)
        shop.launch("sync_account", "main")
        until(lambda: _syncs_running(shop))
        shop.rows(CONFIRM, shop.rows(match, False)[0][0])
        assert shop.rows(verified) == [(1,)]
        until(lambda: shop.rows(verified) == [(0,)], 20)
        assert _syncs_running(shop)
    shop.rows("UPDATE supplier_products SET manual_confirmed = FALSE WHERE id = %s", shop.rows(match, True)[0][0])
    with shop.up():
        until(lambda: shop.rows(verified) == [(0,)], 20)


def test_a_run_past_its_time_is_ended_by_dagster(shop):
    """What does not end itself: here a limit that is shorter than the sync's own."""
    with shop.up():
        shop.misbehave("main", latency_seconds=100)
        run = shop.launch("sync_account", "main", tags={"dagster/max_runtime": "5"})
        # Dagster's daemon says FAILURE and the run itself CANCELED: whichever is written last stays.
        until(lambda: shop.status(run) in ("FAILURE", "CANCELED"), 60)
        until(lambda: shop.rows(f"SELECT 1 {OF_OFFERS} AND status = 'failed'"), 10)
        reason = f"SELECT errors -> -1 ->> 'error' {OF_OFFERS} ORDER BY id LIMIT 1"
        assert shop.rows(reason) == [("The sync was interrupted before its end.",)]


def _products_bring_a_fresh_report(shop: Shop) -> None:
    """Within 30 s after the products, with no second action."""
    run = shop.launch("__ASSET_JOB", "fbe", CATALOGUE)
    until(lambda: shop.status(run) in ENDED)
    assert shop.status(run) == "SUCCESS"
    [(read_at,)] = shop.rows(f"SELECT max(completed_at) {OF_OFFERS} AND account_type = 'fbe'")
    until(lambda: shop.rows(BUILT_FOR, "fbe")[0][0] is not None, 30)
    assert shop.rows(BUILT_FOR, "fbe")[0][0] > read_at


def _matches_verify_themselves(shop: Shop) -> None:
    """Fifty, confirmed by SQL in transactions that commit out of order, all within 20 s and none by containment."""
    unconfirmed = (
        "SELECT min(match.id) FROM supplier_products AS match"
        " JOIN suppliers AS supplier ON supplier.id = match.supplier_id"
        " JOIN products AS product ON product.id = match.local_product_id"
        " JOIN product_supplier_sheets AS sheet"
        " ON sheet.sku = product.sku AND normalized_name(sheet.supplier_name) = normalized_name(supplier.name)"
        " WHERE NOT match.manual_confirmed AND match.is_active AND NOT sheet.is_verified"
        " GROUP BY sheet.id ORDER BY 1 LIMIT 50"
    )
    ids = [row[0] for row in shop.rows(unconfirmed)]
    [(before,)] = shop.rows("SELECT count(*) FROM product_supplier_sheets WHERE is_verified")
    everybody_has_begun = threading.Barrier(len(ids))

    def confirm(place: int) -> None:
        with psycopg.connect(shop.database_url) as session:
            session.execute(CONFIRM, [ids[place]])
            everybody_has_begun.wait(60)
            time.sleep((len(ids) - place) * 0.05)  # the first to begin is the last to commit

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(confirm, range(len(ids))))
    verified = "SELECT count(*) FROM product_supplier_sheets WHERE is_verified"
    until(lambda: shop.rows(verified) == [(before + len(ids),)], 20)
    assert shop.rows("SELECT count(*) FROM supplier_verification_labels WHERE label IN ('NEEDS SYNC', 'STALE')") == [
        (0,)
    ]


def test_what_is_killed_is_closed_and_works_again_within_three_minutes(shop):
    """The run's worker, the code's server, the daemon, the UI and the database, each in the middle of a sync."""
    with shop.up():
        for kill in (_kill_worker, _kill_code, _kill_daemon, _kill_ui, _kill_database):
            shop.launch("sync_account", "main")
            until(lambda: _syncs_running(shop) and shop.rows(PAGES_COME))
            killed_at = time.monotonic()
            kill(shop)
            until(lambda: _all_is_closed(shop), RECOVERY_SECONDS)
            again = until(lambda: _launch(shop), RECOVERY_SECONDS)
            until(lambda again=again: _calmly(lambda: shop.status(again)) in ENDED, RECOVERY_SECONDS)
            assert shop.status(again) == "SUCCESS", kill.__name__
            assert time.monotonic() - killed_at < RECOVERY_SECONDS, kill.__name__
            until(lambda: _all_is_closed(shop))
        assert "Dagster daemon ended with exit code -9; it is started again" in shop.said()
        assert "Dagster code ended with exit code -9; it is started again" in shop.said()
        assert "Dagster UI ended with exit code -9; it is started again" in shop.said()
        assert "The embedded PostgreSQL does not answer; it is started again" in shop.said()
    assert shop.processes() == []


def _kill_worker(shop: Shop) -> None:
    """The code server spawns a process for each run; the sync is the only one."""
    workers = [process for process in shop.processes() if "spawn_main" in " ".join(process.cmdline())]
    assert workers
    for worker in workers:
        worker.kill()


def _kill_code(shop: Shop) -> None:
    """Its run goes on without it."""
    shop.process_of("api grpc").kill()


def _kill_daemon(shop: Shop) -> None:
    shop.process_of("bin/dagster-daemon").kill()


def _kill_ui(shop: Shop) -> None:
    shop.process_of("magflow_pipeline.shop.webserver").kill()


def _kill_database(shop: Shop) -> None:
    postmaster = int((shop.home / "postgres" / "postmaster.pid").read_text().split()[0])
    psutil.Process(postmaster).kill()


def _launch(shop: Shop) -> str | None:
    return _calmly(lambda: shop.launch("sync_account", "main"))


def _syncs_running(shop: Shop) -> bool:
    return bool(shop.rows(f"SELECT {OF_OFFERS} AND status = 'running'"))


def _all_is_closed(shop: Shop) -> bool:
    """No sync and no run that has not ended, each failed one with its reason."""

    def look() -> bool:
        unexplained = "SELECT FROM emag_sync_logs WHERE status = 'running' OR (status = 'failed' AND errors = '[]')"
        return not shop.rows(unexplained) and all(status in ENDED for _, status in shop.runs().values())

    return bool(_calmly(look))


def _calmly(look):
    """What `look` gives; nothing while the UI or the database is on its way back."""
    try:
        return look()
    except (httpx.HTTPError, psycopg.OperationalError, KeyError, TypeError, FileNotFoundError):
        return None


def test_a_run_that_is_terminated_ends_within_five_seconds(shop):
    terminate = """mutation($run: String!) { terminateRun(runId: $run) { __typename } }"""
    with shop.up():
        run = shop.launch("sync_account", "main")
        until(lambda: shop.rows(PAGES_COME))
        assert shop.ask(terminate, run=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
        until(lambda: not _syncs_running(shop), 5)
        assert shop.rows(NEWEST_LOG) == [("failed", "The sync was interrupted before its end.")]
        until(lambda: shop.status(run) in ENDED)
        assert shop.status(run) == "CANCELED"


def test_a_machine_that_went_down_in_the_middle_of_a_sync_comes_back(shop):
    """Everything is killed at once, the database too; the shop that starts next closes what was open and works."""
    with shop.up():
        shop.launch("sync_account", "main")
        until(lambda: shop.rows(PAGES_COME))
        _kill_database(shop)
        for process in shop.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shop.process.wait(30)
    with shop.up():
        until(lambda: _all_is_closed(shop), RECOVERY_SECONDS)
        told = "The sync was stuck and was closed: the database was started anew before it had ended."
        assert shop.rows(f"SELECT errors -> -1 ->> 'error' {OF_OFFERS} AND status = 'failed'") == [(told,)]
        again = until(lambda: _launch(shop))
        until(lambda: _calmly(lambda: shop.status(again)) in ENDED)
        assert shop.status(again) == "SUCCESS"
        until(lambda: shop.rows(BUILT_FOR, "main")[0][0] is not None, 30)


def test_what_a_killed_up_has_left_running_is_ended_by_the_next(shop):
    with shop.up():
        shop.process.kill()
        shop.process.wait()
        left = shop.processes()
        assert left
    with shop.up():
        assert "An earlier `magflow up` was killed; what it had left running is ended." in shop.said()
        assert not any(process.is_running() for process in left)
    assert shop.processes() == []


def test_a_part_that_dies_again_and_again_ends_the_shop(shop):
    shop.home.joinpath("logs").mkdir()
    with shop.up():
        for _ in range(5):
            _kill_part(shop, "bin/dagster-daemon")
        assert shop.process.wait(timeout=90) == 1
    assert "Dagster daemon ended with exit code -9, again and again; the others are ended too." in shop.said()
    assert shop.processes() == []


def test_only_the_code_and_its_runs_know_the_passwords(shop):
    """The UI, the daemon and PostgreSQL had eMAG's passwords, and whatever else was secret in the shell."""
    shop.more = {
        "EMAG_ACCOUNTS": "main",
        "EMAG_MAIN_USERNAME": "seller",
        "EMAG_MAIN_PASSWORD": "S3CRET",
        "EMAG_MAIN_BASE_URL": "http://127.0.0.1:9/api-3",
        "AWS_SECRET_ACCESS_KEY": "S3CRET",
    }
    with shop.up():
        run = shop.launch("sync_account", "main")
        until(lambda: shop.status(run) in ENDED | {"STARTED"})
        know = {_words(each): "S3CRET" in each.environ().values() for each in shop.processes()}
        for words, knows in know.items():
            if "magflow_pipeline.shop.webserver" in words or "dagster-daemon" in words:
                assert not knows, words
        for part, knows in (
            ("magflow_pipeline.shop.webserver", False),
            ("bin/dagster-daemon", False),
            ("api grpc", True),
        ):
            assert [has for words, has in know.items() if part in words][:1] == [knows], know
        server = (shop.home / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        assert "S3CRET" not in psutil.Process(int(server)).environ().values()


def test_a_file_in_the_current_folder_is_never_code(shop, tmp_path):
    """`magflow sync` in a folder that held a pygal.py, a random.py or another magflow_pipeline/ ran it."""
    planted = f"open({str(tmp_path / 'imported')!r}, 'a').write(__file__ + ' ' + __name__ + chr(10))\n"
    shop.folder = tmp_path / "downloads"
    for module in ("pygal", "random", "dagster", "psycopg", "sitecustomize", "magflow_pipeline", "dagster_postgres"):
        (shop.folder / module).mkdir(parents=True)
        (shop.folder / module / "__init__.py").write_text(planted)
    (shop.folder / "json.py").write_text(planted)
    (shop.folder / ".env").write_text("EMAG_ACCOUNTS=planted\nMAGFLOW_DATABASE_URL=postgresql://planted/planted\n")
    shop.home.joinpath("demo").write_text("")
    assert shop.run("sync", "main", "--max-pages", "1").returncode in (0, 3)
    assert shop.run("check", "main").returncode == 0
    # The folders that processes of the shop work in may hold such files, too.
    for file in shop.folder.glob("[!.]*"):
        target = shop.home / "dagster" / file.name
        shutil.copytree(file, target) if file.is_dir() else shutil.copyfile(file, target)
    with shop.up():
        run = shop.launch("sync_account", "main")
        until(lambda: shop.status(run) in ENDED)
        assert shop.status(run) == "SUCCESS"
    assert shop.run("sync", "main", "--max-pages", "1").returncode in (0, 3)
    assert not (tmp_path / "imported").exists(), (tmp_path / "imported").read_text()


def test_a_database_that_cannot_start_is_tried_ever_more_slowly_and_told_in_few_lines(shop):
    """With a full disk PostgreSQL was started 763 times in 12 minutes, with 43 MB of console output."""
    settings = shop.home / "postgres" / "postgresql.auto.conf"
    with shop.up():
        until(lambda: _daemons_work(shop))  # one that still starts would start the database too
        healthy, before = settings.read_text(), shop.said()
        settings.write_text("shared_buffers = broken\n")
        log = shop.home / "postgres" / "log"
        _kill_database(shop)
        time.sleep(40)
        assert 3 <= log.read_text(errors="replace").count("contains errors") <= 7
        told = shop.said().removeprefix(before)
        lines = [line for line in told.splitlines() if "embedded PostgreSQL" in line]
        assert 2 <= len(lines) <= 5 and len(told) < 4000, told
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d The embedded PostgreSQL does not answer again, 4 times since \d\d:\d\d; "
            r"next start in 8 s\. .*postgresql\.auto\.conf.*",
            lines[2],
        )
        settings.write_text(healthy)
        until(lambda: _calmly(lambda: shop.rows("SELECT 1")) == [(1,)], 90)
        assert shop.process.poll() is None


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 800 MB: a demo home has 400 days of stock."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=800m,mode=755", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"A disk to fill has to be mounted, which takes root, as in CI: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def test_a_full_disk_is_told_once_survived_and_nothing_that_was_stored_is_lost(small_disk):
    """PostgreSQL was started 763 times in 12 minutes, and the console got 43 MB. Its bound here: 6,000 characters."""
    shop = Shop(small_disk / "home")
    shop.home.mkdir(mode=0o755)
    server_log, ballast = shop.home / "postgres" / "log", small_disk / "ballast"
    try:
        with shop.up():
            until(lambda: _daemons_work(shop))
            shop.misbehave("main", latency_seconds=1)
            run = shop.launch("sync_account", "main")
            until(lambda: shop.rows(PAGES_COME))
            shop.misbehave("main", latency_seconds=60)  # the sync is still reading when the disk is full
            shop.rows("CREATE TABLE canaries (number bigint, load text)")
            # Else it depends on the end of the log's last page whether the starts that are counted are in the log.
            subprocess.run(["fallocate", "--keep-size", "--length", "1MiB", str(server_log)], check=True)
            before, server_before = shop.said(), server_log.read_text(errors="replace")
            with ThreadPoolExecutor() as pool:
                committing = pool.submit(_commit_until_it_fails, shop)
                time.sleep(1)
                _fill(ballast)
                committed = committing.result()
            until(lambda: not _calmly(lambda: shop.rows("SELECT pg_switch_wal()")))  # no room for its journal: it ends
            for _ in range(60):
                _fill(ballast)
                time.sleep(1)
            starts = server_log.read_text(errors="replace").removeprefix(server_before)
            assert 3 <= starts.count("could not write lock file") + starts.count("starting PostgreSQL") <= 8
            told = shop.said().removeprefix(before)
            assert 2 <= told.count("The embedded PostgreSQL does not answer") <= 4, told
            assert "No space left on device" in told and "Free space on that disk" in told
            assert shop.process.poll() is None

            ballast.unlink()
            shop.misbehave("main", latency_seconds=0)
            stored = until(lambda: _calmly(lambda: shop.rows("SELECT number FROM canaries")), 90)
            assert committed and set(committed) <= {number for (number,) in stored}
            until(lambda: _calmly(lambda: _all_is_closed(shop) and shop.status(run) in ENDED), RECOVERY_SECONDS)
            [(state, reason)] = shop.rows(LOG_OF_RUN, run)  # not the newest: the next sync may have begun by itself
            assert state == "failed"
            # The sync's own words where it could still write them, else those of whoever closed its log.
            told = ("The database's disk is full", "The database went away", "the database was started anew")
            assert any(words in reason for words in told), reason
            again = until(lambda: _launch(shop))
            until(lambda: _calmly(lambda: shop.status(again)) in ENDED)
            assert shop.status(again) == "SUCCESS", (shop.rows(NEWEST_LOG), shop.said())
            told = shop.said().removeprefix(before)
            assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in told.splitlines()), told
            assert len(told) < 6000 and "Traceback" not in told, told
            logs = [server_log, *(shop.home / "logs").iterdir()]
            assert sum(log.stat().st_size for log in logs) < 5_000_000
    finally:
        shop.run("database", "stop")


def _daemons_work(shop: Shop) -> bool:
    answer = shop.ask("{ instance { daemonHealth { allDaemonStatuses { healthy required } } } }")
    return all(each["healthy"] for each in answer["instance"]["daemonHealth"]["allDaemonStatuses"] if each["required"])


def _fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)


def _commit_until_it_fails(shop: Shop) -> list[int]:
    """The numbers whose commit was answered."""
    committed: list[int] = []
    with suppress(psycopg.OperationalError), psycopg.connect(shop.database_url, autocommit=True) as session:
        while True:
            session.execute("INSERT INTO canaries SELECT %s, repeat('x', 900)", [len(committed)])
            committed.append(len(committed))
            time.sleep(0.01)
    return committed


def _kill_part(shop: Shop, words: str) -> None:
    victim = until(lambda: next((each for each in shop.processes() if words in _words(each)), None))
    victim.kill()
    until(lambda: not runs(victim))


def _words(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return " ".join(process.cmdline()) if process.status() != psutil.STATUS_ZOMBIE else ""
    return ""
