"""A restore replaces both databases, proven, or changes nothing: whatever the file is, and wherever it is killed."""

import fcntl
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline.backups import backup, restore
from magflow_pipeline.backups.backup import BackupError
from magflow_pipeline.backups.backup_file import drafting
from magflow_pipeline.backups.restore import Restored, restore_backup
from magflow_pipeline.database import migration
from magflow_pipeline.database.connection import Database, Use, open_database
from magflow_pipeline.database.owners import PIPELINE, settle
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline_tests.backups.test_backup import taken
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.landed import schema_of
from magflow_pipeline_tests.database.rows import emag_product, insert
from magflow_pipeline_tests.servers import of_role, of_superuser, start_fast
from magflow_pipeline_tests.shop.driver import Shop

RIGHTS = "SELECT array_agg(item::text ORDER BY item::text) FROM pg_database, unnest(datacl) AS item WHERE datname = %s"
SKUS = "SELECT coalesce(string_agg(sku, ' ' ORDER BY sku), '') FROM app.emag_products_v2"
# Restores, and is killed after the statement on databases with the number that it is given.
RESTORE_AND_DIE = """
import os, signal, sys
from pathlib import Path
import psycopg
from magflow_pipeline.backups.restore import restore_backup
from magflow_pipeline.settings import load_settings

left = int(sys.argv[2])
execute = psycopg.Cursor.execute

def counted(cursor, query, *rest, **named):
    global left
    done = execute(cursor, query, *rest, **named)
    text = query if isinstance(query, str) else query.as_string(cursor)
    if any(words in text for words in ("DATABASE", "ANALYZE")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return done

psycopg.Cursor.execute = counted
restore_backup(load_settings(), Path(sys.argv[1]), lambda _: True)
"""

# Restores without ending anybody during the swap, and waits for as long as it takes.
RESTORE_AND_WAIT = """
import sys
from pathlib import Path
from magflow_pipeline.backups import restore
from magflow_pipeline.settings import load_settings

begun = restore._swap
def swap(*arguments):
    restore._end_sessions = lambda *_: None
    return begun(*arguments)
restore._swap = swap
restore.restore_backup(load_settings(), Path(sys.argv[1]), lambda _: True, lambda text: print(text, flush=True))
"""


@pytest.fixture
def name(database_url: str, server: str) -> Iterator[str]:
    """The name of the test's database; what restores have kept of it is dropped at the end."""
    with psycopg.connect(database_url) as session:
        name = session.info.dbname
    yield name
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        for (each,) in session.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{name}_.*before_"]):
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(each)))


@pytest.fixture
def file(name: str, database: Database) -> Path:
    """A back-up of a database that holds the SKU `before`; the database then gets another one."""
    with database.connect() as session:
        insert(session, "emag_products_v2", **emag_product(emag_id=1, sku="before"))
        account(session, "seller@example.ro")
        done = taken()
        insert(session, "emag_products_v2", **emag_product(emag_id=2, sku="after"))
    return done.file


@pytest.fixture
def value(server: str) -> Callable[..., Any]:
    """The first value of a query on one of the server's databases."""

    def read(name: str, query: str, *parameters: Any) -> Any:
        with psycopg.connect(server.format(name)) as session:
            row = session.execute(query, parameters).fetchone()
            return row[0] if row else None

    return read


@pytest.fixture
def database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database for a superuser: who restores makes databases."""
    administered = of_superuser(database)
    monkeypatch.setenv("MAGFLOW_DATABASE_URL", administered.url)
    load_settings.cache_clear()
    return administered


def account(session: psycopg.Connection, user: str) -> None:
    values = {
        "account_type": "main",
        "marketplace": "marketplace-api.emag.ro/api-3",
        "username": user,
        "warehouse": "W",
    }
    insert(session, "emag_accounts", **values)


def restored(file: Path) -> Restored:
    done = restore_backup(load_settings(), file, lambda _: True)
    assert done is not None
    return done


@both_servers
def test_a_restore_puts_back_what_was_there_and_keeps_what_is_there(file, name, value, database):
    """Rows, schema, rights and the database's settings; sessions on the old one are ended."""
    schema = schema_of(database.url)
    with database.connect() as session:
        settle(session)  # a database of the tests is a copy, and a copy has no rights
        session.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO pg_monitor")
        rights = value(name, RIGHTS, name)
        done = restored(file)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert value(name, SKUS) == "before"
    kept, dagsters = done.kept
    assert kept.startswith(f"{name}_before_") and dagsters.startswith(f"{name}_dagster_before_")
    assert value(kept, SKUS) == "after before"
    assert schema_of(database.url) == schema
    assert value(name, "SHOW search_path") == "app, public"
    assert value(name, RIGHTS, name) == rights
    assert value(name, "SELECT count(*) FROM app.backups WHERE proven_at IS NOT NULL AND tables > 25") == 1
    assert value(name, "SELECT count(*) FROM pg_database WHERE datname LIKE 'magflow\\_restored%%'") == 0


@pytest.mark.slow
def test_a_restore_where_nothing_is_left_makes_the_databases(file, name, value, server):
    """A new machine."""
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        for each in (name, f"{name}_dagster"):
            session.execute(f"DROP DATABASE {each} WITH (FORCE)")
    assert restored(file).kept == []
    assert value(name, SKUS) == "before"
    assert value(f"{name}_dagster", "SELECT current_database()") == f"{name}_dagster"
    with psycopg.connect(of_role(server.format(name), PIPELINE)) as pipeline:
        assert pipeline.execute("DELETE FROM app.emag_products_v2").rowcount == 1
    with psycopg.connect(of_role(server.format(f"{name}_dagster"), PIPELINE)) as pipeline:
        pipeline.execute("CREATE TABLE public.made_by_dagster ()")


@pytest.mark.slow
def test_a_sync_that_ran_at_the_time_of_the_backup_is_closed(name, database, value, rows, session):
    insert(session, "emag_sync_logs", account_type="main")
    done = taken()
    assert restored(done.file).closed_syncs == 1
    assert value(name, "SELECT errors->0->>'error' FROM app.emag_sync_logs WHERE status = 'failed'") == (
        "The database was restored from a back-up that was taken while this sync ran."
    )


@pytest.mark.slow
def test_work_that_comes_back_again_and_again_does_not_stop_a_restore(file, name, value, database):
    """A daemon that connects every few milliseconds."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            with suppress(psycopg.Error), database.connect("magflow daemon") as session:
                session.execute("SELECT pg_sleep(0.01)")

    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    try:
        restored(file)
    finally:
        ended.set()
        for each in workers:
            each.join()
    assert value(name, SKUS) == "before"


def refused(file: Path, said: str, error: type[Exception] = ConfigurationError) -> None:
    with pytest.raises(error, match=said):
        restore_backup(load_settings(), file, lambda _: True)


@pytest.mark.slow
def test_what_does_not_belong_here_is_refused_by_name(file, name, value, session, monkeypatch):
    """Another seller's, a newer schema, a damaged one, a server's user who may make no database: nothing is changed."""
    session.execute("UPDATE emag_accounts SET username = 'somebody@example.ro'")
    others = (
        r"another seller's: its accounts are seller@example\.ro at marketplace-api.*those here are somebody@example"
    )
    refused(file, others)
    session.execute("UPDATE emag_accounts SET username = 'seller@example.ro'")
    with monkeypatch.context() as patch:
        patch.setattr(restore, "newest_revision", lambda: "0020")
        refused(file, r"has the schema \d{4}, and this version of MagFlow knows those up to 0020: update the program")
    broken = bytearray(file.read_bytes())
    broken[len(broken) // 2] ^= 1
    (file.parent / "broken.zip").write_bytes(broken)
    refused(file.parent / "broken.zip", r"broken\.zip is damaged")
    session.execute(f"CREATE ROLE {name} LOGIN")
    try:
        url = os.environ["MAGFLOW_DATABASE_URL"].replace("postgres@", f"{name}@")
        monkeypatch.setenv("MAGFLOW_DATABASE_URL", url)
        load_settings.cache_clear()
        refused(file, rf'makes new databases, and .{name}. may not.*ALTER ROLE "{name}" CREATEDB')
    finally:
        session.execute(f"DROP ROLE {name}")
    assert value(name, SKUS) == "after before"


@pytest.mark.slow
def test_whoever_says_no_changes_nothing(file, name, value):
    plans: list[str] = []
    with psycopg.connect(os.environ["MAGFLOW_DATABASE_URL"], application_name="an analyst"):
        assert restore_backup(load_settings(), file, lambda plan: bool(plans.append(plan))) is None
    assert "takes the place of" in plans[0] and "Ended first: an analyst" in plans[0]
    assert value(name, SKUS) == "after before"


@pytest.mark.slow
def test_a_restore_that_is_not_equal_to_its_file_changes_nothing(file, name, value, database):
    """The function of a generated column that gives another value in another database."""
    with database.connect() as session:
        session.execute("CREATE FUNCTION here() RETURNS text IMMUTABLE LANGUAGE sql RETURN current_database()::text")
        session.execute("CREATE TABLE odd (id int, place text GENERATED ALWAYS AS (app.here()) STORED)")
        session.execute("INSERT INTO odd (id) VALUES (1)")
        with pytest.raises(BackupError):
            taken(file.parent / "odd.zip")
    refused(
        file.parent / "odd.unproven.zip", r"^Nothing was changed: what was restored differs .* app\.odd", BackupError
    )
    assert value(name, SKUS) == "after before"
    assert value(name, "SELECT count(*) FROM pg_database WHERE datname ~ 'before|magflow_restored'") == 0


@pytest.mark.slow
def test_an_older_schema_is_brought_up_to_date(name, empty_database, value, database, tmp_path, monkeypatch):
    """The back-up from before an upgrade, with the program from after it."""
    older = migration._files()[:20]
    with monkeypatch.context() as patch:
        patch.setattr(migration, "_files", lambda: older)
        patch.setattr(migration, "_changed_views", lambda _: {})
        migration.migrate(empty_database)
    with drafting(tmp_path / "older.zip") as draft:
        backup._write(Database(empty_database, database.dagster_url), draft)
    restored(tmp_path / "older.zip")
    assert value(name, "SELECT max(version_num) FROM migrations.alembic_version") == migration.newest_revision()
    load_settings.cache_clear()
    open_database.__globals__["_open"].cache_clear()
    open_database(load_settings(), Use.READ)


@pytest.mark.slow
def test_rights_of_roles_that_are_not_there_are_kept(file, name, value, session, server):
    """That nobody may call a function with its owner's rights is a right too, and names the owner."""
    session.execute(f"CREATE ROLE analyst_{name}")
    session.execute(f"GRANT USAGE ON SCHEMA app TO analyst_{name}; GRANT SELECT ON low_stock TO analyst_{name}")
    done = taken()
    session.execute(f"DROP OWNED BY analyst_{name}")
    session.execute(f"DROP ROLE analyst_{name}")
    try:
        restored(done.file)
        assert value(name, "SELECT has_table_privilege(%s, 'app.low_stock', 'SELECT')", f"analyst_{name}") is True
        assert value(name, "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", f"analyst_{name}") is False
    finally:
        with psycopg.connect(server.format(name), autocommit=True) as mine:
            mine.execute(f"DROP OWNED BY analyst_{name}")
            mine.execute(f"DROP ROLE analyst_{name}")


@pytest.mark.slow
def test_killed_at_any_statement_it_leaves_the_old_or_the_new_and_run_again_it_finishes(file, name, value, server):
    """kill -9 after each statement on databases: those that make, fill, rename and drop them."""
    outcomes: list[str] = []
    for number in itertools.count(1):
        command = [sys.executable, "-c", RESTORE_AND_DIE, str(file), str(number)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        outcomes.append(value(name, SKUS))
        assert value(f"{name}_dagster", "SELECT 1") == 1
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        if outcomes[-1] == "before":  # it was done: the old ones are put back for the next number
            with psycopg.connect(server.format("postgres"), autocommit=True) as session:
                kept = "SELECT datname FROM pg_database WHERE datname ~ %s ORDER BY 1"
                for (each,) in session.execute(kept, [f"^{name}_.*before_"]).fetchall():
                    old = each.partition("_before_")[0]
                    session.execute(f"DROP DATABASE {old} WITH (FORCE)")
                    session.execute(f"ALTER DATABASE {each} RENAME TO {old}")
    renames = 4
    assert len(outcomes) > 2 + renames
    assert [outcome for outcome, _ in itertools.groupby(outcomes)] == ["after before", "before"]
    assert value(name, "SELECT count(*) FROM pg_database WHERE datname LIKE 'magflow\\_restored%%'") == 0


@pytest.mark.slow
def test_killed_while_a_rename_waits_it_leaves_the_old_ones_and_its_lock_goes_with_it(file, name, value, server):
    """Inside the swap, with the first database renamed and somebody still on the second."""
    command = [sys.executable, "-c", RESTORE_AND_WAIT, str(file)]
    waits = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE %s AND state = 'active'"
    ours = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND datname = %s"
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert any("comparing each table" in line for line in iter(process.stdout.readline, ""))
        with psycopg.connect(server.format(f"{name}_dagster"), application_name="stays"):
            while not value("postgres", waits, f'ALTER DATABASE "{name}_dagster" RENAME%'):
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            while value("postgres", ours, "postgres"):  # the server notices within seconds that nobody waits
                threading.Event().wait(0.1)
    assert value(name, SKUS) == "after before"
    assert value("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ %s", f"^{name}.*before_") == 0
    restored(file)
    assert value(name, SKUS) == "before"


@pytest.mark.slow
def test_the_command_backs_up_and_restores_an_embedded_database(shop: Shop):
    """As people do it, in a home of its own; while `magflow up` runs nothing is restored."""
    shop.home.mkdir(parents=True, exist_ok=True)
    try:
        start_fast(shop.home)
        done = shop.run("database", "backup")
        assert done.returncode == 0 and "Proven in" in done.stdout, done.stderr
        [file] = (shop.home / "backups").glob("magflow-*.zip")
        asked = shop.run("database", "restore", str(file))
        assert asked.returncode == 2 and "Nobody can be asked here: add --yes." in asked.stderr
        with (shop.home / "up.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            refused = shop.run("database", "restore", str(file), "--yes")
            assert refused.returncode == 2 and "Dagster is up already" in refused.stderr
        again = shop.run("database", "restore", str(file), "--yes")
        assert again.returncode == 0, again.stderr
        assert "Kept from before: magflow_before_" in again.stdout and "DROP DATABASE" in again.stdout
    finally:
        shop.run("database", "stop")
