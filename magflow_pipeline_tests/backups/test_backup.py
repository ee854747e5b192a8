"""Back-ups of real servers: equal to their source at one moment, proven, and refused before they begin."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from magflow_pipeline.backups import backup
from magflow_pipeline.backups.backup import Backup, BackupError, back_up
from magflow_pipeline.backups.backup_file import BUSINESS, opened
from magflow_pipeline.database.client import restore
from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.settings import ConfigurationError, Settings, load_settings
from magflow_pipeline_tests.backups.test_backup_file import MANIFEST, names_in, write
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_product, insert
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.servers import _open_folder, of_role, of_superuser

NAME = r"magflow-\d{8}-\d{6}Z"
BACK_UP = """
from magflow_pipeline.backups.backup import back_up
from magflow_pipeline.database.connection import open_database
from magflow_pipeline.settings import load_settings
back_up(open_database(load_settings()), load_settings(), tell=lambda text: print(text, flush=True))
"""
# Of two copies of one set of rows, in another order and by other functions than those of the back-up.
CONTENT = "SELECT md5(string_agg(md5(to_jsonb(copy)::text), '' ORDER BY to_jsonb(copy)::text)) FROM {} AS copy"


def taken(output: Path | None = None) -> Backup:
    return back_up(open_database(load_settings()), load_settings(), output)


def files(settings: Settings) -> list[str]:
    return names_in(settings.backups)


def databases(session: psycopg.Connection) -> set[str]:
    return {name for (name,) in session.execute("SELECT datname FROM pg_database")}


@pytest.fixture
def restored(empty_database: str) -> Callable[[Path], str]:
    """The address of a database that was filled from a back-up by pg_restore alone."""

    def fill(file: Path) -> str:
        with opened(file) as (archive, _), archive.open(BUSINESS) as source:
            restore(empty_database, source, "--no-owner")
        return empty_database

    return fill


@pytest.mark.slow
@both_servers
def test_a_backup_is_proven_and_its_row_says_so(session, rows, tmp_path):
    for number in range(1, 201):
        insert(session, "emag_products_v2", **emag_product(emag_id=number, sku=f"ȘTIFT {number}", name="țeavă\n\\N"))
    done = taken()
    [row] = rows("SELECT * FROM backups")
    assert done.file.parent == load_settings().home / "backups"
    assert row["file"] == done.file.name
    assert row["started_at"] <= row["finished_at"] <= row["proven_at"]
    assert (row["size_bytes"], row["tables"], row["rows_held"]) == (done.file.stat().st_size, done.tables, done.rows)
    assert done.rows >= 200 and row["error"] is None
    assert files(load_settings()) == [done.file.name]
    assert not [name for name in databases(session) if name.startswith("magflow_scratch")]


@both_servers
@pytest.mark.slow
def test_a_backup_that_was_taken_during_a_sync_is_one_moment_of_it(
    start_sync, make_simulator, make_seller, rows, session, restored, tmp_path
):
    """Each page's rows are committed together: a copy in which they disagree would be of two moments."""
    make_seller(make_simulator(main=offers(2000)))
    with ThreadPoolExecutor(1) as pool:
        syncing = pool.submit(asyncio.run, start_sync("main", items_per_page=20))
        while not rows("SELECT 1 FROM raw_emag_product_pages HAVING count(*) > 3"):
            time.sleep(0.02)
        done = taken(tmp_path / "during.zip")
        syncing.result()
    copy = restored(done.file)
    with psycopg.connect(copy, autocommit=True, options="-c search_path=app") as there:
        counts = there.execute(
            "SELECT (SELECT count(*) FROM emag_products_v2), (SELECT count(*) FROM emag_product_offers_v2),"
            " (SELECT sum(item_count) FROM raw_emag_product_pages), (SELECT status FROM emag_sync_logs)"
        ).fetchone()
    assert counts is not None
    products, offered, received, status = counts
    assert 60 < products == offered == received < 2000
    assert status == "running"


@pytest.mark.slow
def test_every_table_of_the_copy_holds_what_its_source_held(session, restored):
    """Counted and compared in another way than the proof does it."""
    session.execute("SET ROLE magflow_owner")
    session.execute("CREATE TABLE odd (what text, nothing int, at timestamptz, number double precision, bytes bytea)")
    session.execute(r"INSERT INTO odd VALUES ('a\b', NULL, 'infinity', 'NaN', '\x00ff'), ('', 1, now(), 0.1, '')")
    session.execute("RESET ROLE")
    insert(session, "emag_products_v2", **emag_product())
    tables = [
        name
        for (name,) in session.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'app'::regnamespace AND relname <> 'backups'"
        )
    ]
    before = [session.execute(CONTENT.format(name)).fetchone() for name in tables]
    done = taken()
    with psycopg.connect(restored(done.file), options="-c search_path=app -c timezone=UTC") as there:
        assert [there.execute(CONTENT.format(name)).fetchone() for name in tables] == before
    assert len(tables) > 25


@pytest.mark.slow
def test_what_restores_to_something_else_is_not_proven(session, rows, database):
    """A generated column whose function does not give the same value twice: the restore succeeds, and is wrong."""
    session.execute("SET ROLE magflow_owner")
    session.execute("CREATE FUNCTION here() RETURNS text IMMUTABLE LANGUAGE sql RETURN current_database()::text")
    session.execute("CREATE TABLE odd (id int, place text GENERATED ALWAYS AS (app.here()) STORED)")
    session.execute("INSERT INTO odd (id) VALUES (1)")
    session.execute("RESET ROLE")
    with pytest.raises(
        BackupError, match=r"could not be proven: what was restored differs .* in app\.odd\. It is kept"
    ):
        taken()
    [row] = rows("SELECT proven_at, finished_at IS NOT NULL AS has_finished, error FROM backups")
    assert row["proven_at"] is None and row["has_finished"] and "app.odd" in row["error"]
    [file] = files(load_settings())
    assert file.endswith(".unproven.zip")
    assert not [name for name in databases(session) if name.startswith("magflow_scratch")]


@pytest.mark.slow
def test_passwords_are_on_no_command_line_and_the_marketplaces_in_no_environment(database, monkeypatch):
    """Every user of a machine can read the command lines of all its processes."""
    secret = "plante'd s3cret"
    monkeypatch.setenv("EMAG_MAIN_PASSWORD", "planted-marketplace")

    def with_password(url: str) -> str:
        return of_role(url, "magflow_pipeline:plante%27d%20s3cret")

    seen: dict[str, list[tuple[str, dict[str, str]]]] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for child in psutil.Process().children():
                try:
                    seen.setdefault(child.name(), []).append((" ".join(child.cmdline()), child.environ()))
                except psutil.Error:
                    continue

    watch = threading.Thread(target=look)
    watch.start()
    try:
        secretive = Database(with_password(database.url), with_password(database.dagster_url))
        done = back_up(secretive, load_settings())
    finally:
        ended.set()
        watch.join()
    for program in ("pg_dump", "pg_restore"):
        started = [(line, environment) for line, environment in seen[program] if "--dbname" in line]
        assert started
        assert not any(secret in line or "s3cret" in line for line, _ in started)
        # A proof is made on a server without a password: the pipeline's role makes no databases.
        assert {environment.get("PGPASSWORD") for _, environment in started} == {
            secret if program == "pg_dump" else None
        }
        assert not any("EMAG_MAIN_PASSWORD" in environment for _, environment in started)
    assert b"s3cret" not in done.file.read_bytes()


def test_what_cannot_be_is_said_before_anything_begins(database, session, rows, tmp_path, monkeypatch):
    """A place where no file can be written, a file that is somebody's, a newer server, a table, a second back-up."""
    (tmp_path / "notes.txt").write_text("mine")
    for output, said in (
        ("/proc/backups/magflow.zip", r"cannot be written to /proc/backups/magflow\.zip: No such file"),
        (tmp_path / "notes.txt", r"notes\.txt is there already, and is no back-up: name another file"),
        (tmp_path / "notes.txt" / "magflow.zip", r"cannot be written to .*: Not a directory"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            taken(Path(output))
    with monkeypatch.context() as patch:
        patch.setattr(backup, "PROGRAMS_VERSION", 17)
        with pytest.raises(
            ConfigurationError, match=r"is PostgreSQL 18, and MagFlow's pg_dump of version 17 dumps no newer"
        ):
            taken()
    with of_superuser(database).connect() as admin:
        admin.execute('CREATE TABLE app."Notes" (note text); CREATE TABLE app.notes_of_2025 (note text)')
        with pytest.raises(
            ConfigurationError,
            match=r'magflow_pipeline may not read app\."Notes" \(and 1 more\) of postgres\. .* GRANT SELECT',
        ):
            taken()
        admin.execute('DROP TABLE app."Notes", app.notes_of_2025')
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: back-up', 0))")
    with pytest.raises(ConfigurationError, match=r"Another back-up is running\. .*process \d+"):
        taken()
    assert rows("SELECT * FROM backups") == []
    assert names_in(tmp_path) == ["notes.txt"]


@pytest.mark.slow
def test_a_full_disk_is_said_before_anything_begins(database, rows):
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"A small disk has to be mounted, which takes root, as in CI: {mounted.stderr.strip()}")
    try:
        with pytest.raises(
            ConfigurationError, match=r"may need \d+ MB on the disk of .*, and 8 MB are free\. Free space"
        ):
            taken(folder)
        assert rows("SELECT * FROM backups") == []
        assert names_in(folder) == []
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.mark.slow
def test_a_disk_that_fills_while_it_writes_leaves_no_file(database, rows, monkeypatch):
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("A small disk has to be mounted, which takes root, as in CI")
    monkeypatch.setattr(backup, "_refuse_full_disks", lambda *_: None)  # it was empty when it began
    try:
        with pytest.raises(BackupError, match=r"cannot be written to .*: No space left on device\. Free space"):
            taken(folder)
        assert names_in(folder) == []
        assert "No space left" in rows("SELECT error FROM backups")[0]["error"]
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.mark.slow
@pytest.mark.parametrize("role", ["postgres", "magflow_pipeline"])
def test_a_killed_backup_leaves_nothing_once_the_next_one_has_ended(database, rows, session, role, monkeypatch):
    """Neither the database of the proof nor, where its role makes none, the server of the proof."""
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", of_role(database.url, role))
    load_settings.cache_clear()
    proof = load_settings().home / "proof"

    def proves() -> bool:
        if role == "postgres":
            return any(name.startswith("magflow_scratch") for name in databases(session))
        return (proof / "postgres" / "postmaster.pid").exists()

    process = subprocess.Popen([sys.executable, "-c", BACK_UP], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Written")
        while not proves():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not [name for name in files(load_settings()) if name.endswith(".zip")]
    done = taken()
    killed, proven = rows("SELECT finished_at, proven_at, error FROM backups ORDER BY id")
    assert killed["proven_at"] is None and killed["error"] == "It was killed before it ended."
    assert proven["proven_at"] is not None
    assert files(load_settings()) == [done.file.name]
    assert not [name for name in databases(session) if name.startswith("magflow_scratch")]
    assert not proof.exists()
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(proof) in " ".join(each.info["cmdline"] or [])]


@pytest.mark.slow
def test_a_user_who_may_make_no_database_gets_his_proof_on_a_server_of_its_own(server, monkeypatch, rows_of, open_home):
    role, name = f"seller_{os.getpid()}", f"seller_db_{os.getpid()}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN")
        for each in (name, f"{name}_dagster"):
            owner.execute(f"CREATE DATABASE {each} OWNER {role} TEMPLATE template0")
        try:
            monkeypatch.setenv("MAGFLOW_DATABASE_URL", server.format(name).replace("postgres@", f"{role}@"))
            load_settings.cache_clear()
            done = taken()
            assert done.tables > 25
            assert not (load_settings().home / "proof").exists()
            assert rows_of(server.format(name), "SELECT proven_at IS NOT NULL, error FROM app.backups") == [
                (True, None)
            ]
        finally:
            for each in (name, f"{name}_dagster"):
                owner.execute(f"DROP DATABASE {each} WITH (FORCE)")
            owner.execute(f"DROP ROLE {role}")


@pytest.fixture
def open_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home that the user of a server which root starts can reach."""
    with _open_folder() as folder:
        monkeypatch.setenv("MAGFLOW_HOME", str(folder / "home"))
        yield


@pytest.fixture
def rows_of() -> Callable[[str, str], list[Any]]:
    def read(url: str, query: str) -> list[Any]:
        with psycopg.connect(url) as session:
            return session.execute(query).fetchall()

    return read


def test_retention_keeps_the_newest_of_14_days_and_of_8_weeks_and_never_counts_days_without_one(database, session):
    """A machine that was off for a month must not lose its last back-ups on the day when it starts again."""
    settings = load_settings()
    settings.backups.mkdir(parents=True)
    newest = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)

    def made(at: datetime, ending: str = "", **changed: Any) -> str:
        name = f"magflow-{at:%Y%m%d-%H%M%SZ}{ending}.zip"
        write(settings.backups / name, replace(MANIFEST, taken_at=at, **changed))
        session.execute("INSERT INTO backups (file, started_at) VALUES (%s, %s)", [name, at])
        return name

    nightly = [made(newest - timedelta(days=each if each < 5 else each + 30)) for each in range(100)]
    noon = [
        made(newest - timedelta(days=each, hours=13)) for each in range(4)
    ]  # of the days 0 to 3 before, in Bucharest
    theirs = made(newest - timedelta(days=300), sources=frozenset({("elsewhere", "somebody")}))
    failed = made(newest - timedelta(days=3, hours=1), ".unproven")
    (settings.backups / "magflow-notes.zip").write_text("not one of ours")
    with database.connect() as mine:
        removed = backup._apply_retention(mine, settings, replace(MANIFEST, taken_at=newest))
    # All of the last two days, then one of each day: 14 with those of October, where the machine had been on.
    days = {*nightly[:3], *noon, *(f"magflow-202610{day}-010000Z.zip" for day in range(13, 22))}
    weeks = {f"magflow-{sunday}-010000Z.zip" for sunday in ("20261011", "20261004", "20260927", "20260920")}
    assert set(files(settings)) == days | weeks | {theirs, "magflow-notes.zip"}
    assert failed in {path.name for path in removed}
    told = session.execute("SELECT count(*) FROM backups WHERE removed_at IS NOT NULL").fetchone()
    assert told == (len(removed),)
