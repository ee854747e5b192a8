"""What each role may do, by trying everything: what a catalogue lists, so that a new table or function is tried too."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline.database import connection, embedded
from magflow_pipeline.database.connection import Use, find_place, open_database
from magflow_pipeline.database.owners import ANALYST, ERP, OWNER, PIPELINE
from magflow_pipeline.database.roles import said_of_user
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.dumps.make import VERSIONS
from magflow_pipeline_tests.database.test_upgrades import load
from magflow_pipeline_tests.servers import of_role, of_superuser

HIDDEN = {"app.emag_accounts", "app.raw_emag_product_bodies"}  # who logs in at the marketplace; its answers
WHOLE = None
# What docs/data.md lets other programs write. Of a table that a trigger, a sync or a draft fills too: these columns.
WRITTEN_BY_ERP: dict[str, tuple[str, str | None]] = {
    "suppliers": ("INSERT UPDATE DELETE", "name is_preferred is_active"),
    "supplier_products": (
        "INSERT UPDATE DELETE",
        "supplier_id local_product_id supplier_product_url manual_confirmed confirmed_by confirmed_at is_active",
    ),
    "product_supplier_sheets": (
        "INSERT UPDATE DELETE",
        "sku supplier_name supplier_id price_cny supplier_url is_active article_name specification",
    ),
    "supplier_terms": ("INSERT UPDATE DELETE", WHOLE),
    "supplier_price_breaks": ("INSERT UPDATE DELETE", WHOLE),
    "supplier_receipts": ("INSERT UPDATE DELETE", WHOLE),
    "supplier_closures": ("INSERT UPDATE DELETE", WHOLE),
    "product_costs": ("INSERT UPDATE DELETE", WHOLE),
    "marketplace_fees": ("INSERT UPDATE DELETE", WHOLE),
    "inventory_items": (
        "UPDATE",
        "manual_reserved manual_minimum_stock manual_reorder_point manual_maximum_stock manual_reorder_quantity"
        " manual_set_by manual_reason manual_valid_until",
    ),
    "item_policies": ("INSERT UPDATE DELETE", WHOLE),
    "purchase_orders": ("INSERT UPDATE", "supplier_id status currency ordered_at expected_on shipping note"),
    "purchase_order_items": (
        "INSERT UPDATE",
        "purchase_order_id product_id warehouse_id quantity received_quantity unit_price expected_on note",
    ),
    "stock_transfers": ("INSERT UPDATE DELETE", WHOLE),
    "sales_elsewhere": ("INSERT UPDATE DELETE", WHOLE),
    "stock_counts": ("INSERT UPDATE DELETE", WHOLE),
    "campaign_days": ("INSERT UPDATE DELETE", WHOLE),
    "products": ("UPDATE", "name brand"),
}
CALLED_BY_PIPELINE = {
    *("analyze_grown", "begin_build", "begin_import", "note_build", "write_difference", "write_import", "make_table"),
}
COLUMNS = """
SELECT namespace.nspname, relation.relname, relation.relkind::text, array_agg(attribute.attname::text)
FROM pg_class AS relation
INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
INNER JOIN pg_attribute AS attribute ON relation.oid = attribute.attrelid
WHERE
    namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
    AND relation.relkind IN ('r', 'v', 'm', 'p')
    AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
GROUP BY 1, 2, 3
"""
# A trigger is called by nobody; what neither writes nor has its owner's rights can do no more than its caller.
ROUTINES = """
SELECT
    proname,
    format(
        CASE prokind WHEN 'p' THEN 'CALL %s(%s)' ELSE 'SELECT %s(%s)' END,
        oid::regproc,
        (
            SELECT string_agg(
                CASE WHEN provariadic <> 0 AND place = pronargs THEN 'VARIADIC ' ELSE '' END
                || 'NULL::' || argument::regtype::text, ', ' ORDER BY place
            ) FROM unnest(proargtypes) WITH ORDINALITY AS given (argument, place)
        )
    )
FROM pg_proc
WHERE
    pronamespace::regnamespace::text IN ('app', 'limits', 'migrations', 'public')
    AND prorettype <> 'trigger'::regtype AND (prosecdef OR provolatile = 'v')
"""
OWNERS = """
SELECT DISTINCT owner::regrole::text FROM (
    SELECT relowner AS owner, relnamespace AS schema FROM pg_class
    UNION ALL SELECT proowner, pronamespace FROM pg_proc
    UNION ALL SELECT typowner, typnamespace FROM pg_type
    UNION ALL SELECT nspowner, oid FROM pg_namespace
    UNION ALL SELECT datdba, 'app'::regnamespace FROM pg_database WHERE datname = current_database()
) AS things WHERE schema::regnamespace::text IN ('app', 'limits', 'migrations')
"""
# Before the rights, the parser refuses to write into views that have no trigger for it, and columns that are made.
REFUSED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.ObjectNotInPrerequisiteState,
    psycopg.errors.GeneratedAlways,
    psycopg.errors.WrongObjectType,  # TRUNCATE of a view
)
NOBODYS = [
    "CREATE TABLE app.mine (id integer)",
    "CREATE TABLE limits.mine (id integer)",
    "CREATE TABLE public.mine (id integer)",
    "CREATE VIEW app.mine AS SELECT 1",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION app.mine() RETURNS integer LANGUAGE sql RETURN 1",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "CREATE EXTENSION plpython3u",
    "ALTER ROLE magflow_pipeline SUPERUSER",
    "ALTER ROLE magflow_erp CONNECTION LIMIT -1",
    "ALTER ROLE magflow_analyst SUPERUSER",
    "SET ROLE postgres",
    "SET ROLE magflow_owner",
    "SET ROLE pg_write_all_data",
    "SET SESSION AUTHORIZATION postgres",
    "SET session_replication_role = replica",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "CREATE TEMPORARY TABLE pg_temp.mine (line text); COPY pg_temp.mine FROM PROGRAM 'true'",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'mine')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT pg_read_file('postmaster.pid')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SELECT passwd FROM pg_shadow",
    "SELECT rolpassword FROM pg_authid",
    "ALTER TABLE app.products OWNER TO CURRENT_USER",
    "ALTER DATABASE {database} OWNER TO CURRENT_USER",
    "DROP DATABASE {database}",
]


@pytest.fixture
def come_in(database_url: str) -> Iterator[Callable[[str], psycopg.Connection]]:
    """Sessions of roles, each of which may write as far as its settings say: its rights are what is tested."""
    with psycopg.connect(database_url, autocommit=True) as superuser:
        assert superuser.execute("SELECT app.admit_roles()").fetchone() == ([],)  # a copy has no rights on the database
    opened: list[psycopg.Connection] = []

    def open_session(role: str) -> psycopg.Connection:
        session = psycopg.connect(of_role(database_url, role), autocommit=True)
        session.execute("SET default_transaction_read_only = off")
        session.execute("SET search_path = ''")
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        session.close()


def may(session: psycopg.Connection, statement: str) -> bool:
    """Whether a statement is not refused for the rights of its role; it leaves nothing behind."""
    try:
        with session.transaction(force_rollback=True):
            session.execute(statement.encode())
    except REFUSED:
        return False
    except psycopg.Error:
        return True
    return True


def tried(session: psycopg.Connection) -> set[tuple[str, str, str]]:
    """Schema with table or view, right, and column of all that a role can do to one."""
    found: set[tuple[str, str, str]] = set()
    trigger = "pg_catalog.tsvector_update_trigger()"
    for schema, name, kind, columns in session.execute(COLUMNS).fetchall():
        table = f'{schema}."{name}"'
        whole = {
            "SELECT": f"SELECT * FROM {table} WHERE FALSE",
            "DELETE": f"DELETE FROM {table} WHERE FALSE",
            "TRUNCATE": f"TRUNCATE {table} CASCADE",
            "DROP": f"DROP {'VIEW' if kind == 'v' else 'TABLE'} {table} CASCADE",
            "RENAME": f"ALTER TABLE {table} RENAME TO mine",
            "INDEX": f"CREATE INDEX ON {table} ((1))",
            "COMMENT": f"COMMENT ON {'VIEW' if kind == 'v' else 'TABLE'} {table} IS 'mine'",
            "TRIGGER": f"CREATE TRIGGER mine AFTER UPDATE ON {table} EXECUTE FUNCTION {trigger}",
        }
        found |= {(f"{schema}.{name}", right, "") for right, statement in whole.items() if may(session, statement)}
        for column in columns:
            insert = f'INSERT INTO {table} ("{column}") SELECT NULL WHERE FALSE'
            each = {"UPDATE": f'UPDATE {table} SET "{column}" = NULL WHERE FALSE', "INSERT": insert}
            found |= {(f"{schema}.{name}", right, column) for right, text in each.items() if may(session, text)}
    return found


def written(found: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    return {each for each in found if each[1] != "SELECT"}


def read(found: set[tuple[str, str, str]]) -> set[str]:
    return {name for name, right, _ in found if right == "SELECT"}


@both_servers
def test_the_erp_writes_what_the_page_lets_it_write_and_nothing_else(come_in, database_url):
    erp = come_in(ERP)
    found = tried(erp)
    relations = {f"{schema}.{name}": (kind, columns) for schema, name, kind, columns in erp.execute(COLUMNS).fetchall()}
    expected: set[tuple[str, str, str]] = set()
    for table, (rights, given) in WRITTEN_BY_ERP.items():
        _, columns = relations[f"app.{table}"]
        for right in rights.split():
            chosen = [""] if right == "DELETE" else columns if given is WHOLE else given.split()
            expected |= {(f"app.{table}", right, column) for column in chosen}
    assert written(found) == expected
    assert read(found) == {name for name in relations if name.startswith("app.")} - HIDDEN | {
        *("migrations.alembic_version", "migrations.view_files", "migrations._yoyo_migration"),
    }


@both_servers
def test_the_analyst_writes_nothing(come_in):
    found = tried(come_in(ANALYST))
    assert written(found) == set()
    assert not read(found) & HIDDEN


@both_servers
def test_the_pipeline_reads_and_writes_rows_and_changes_no_table(come_in):
    pipeline = come_in(PIPELINE)
    found = tried(pipeline)
    relations = {f"{schema}.{name}": kind for schema, name, kind, _ in pipeline.execute(COLUMNS).fetchall()}
    assert {right for _, right, _ in found} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert read(found) == set(relations)
    assert {name for name, right, _ in found if right == "DELETE"} >= {
        name for name, kind in relations.items() if kind == "r" and name.startswith("app.")
    }
    assert not {name for name, _, _ in written(found) if not name.startswith(("app.", "limits."))}


@both_servers
@pytest.mark.parametrize("role", [ANALYST, ERP, PIPELINE])
def test_no_function_does_more_for_a_role_than_it_is_there_for(come_in, role):
    session = come_in(role)
    called = {name for name, call in session.execute(ROUTINES).fetchall() if may(session, call)}
    assert called == (CALLED_BY_PIPELINE if role == PIPELINE else set())


@both_servers
@pytest.mark.parametrize("role", [ANALYST, ERP, PIPELINE])
def test_no_role_makes_anything_gains_a_right_or_touches_the_server(come_in, database_url, role):
    session = come_in(role)
    name = sql.Identifier(session.info.dbname).as_string(session)
    done: list[str] = []
    for statement in NOBODYS:
        try:
            session.execute(statement.replace("{database}", name).encode())
            done.append(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
            pass
        except psycopg.Error as error:
            done.append(f"{statement}: {type(error).__name__}")
    assert done == []
    session.execute("GRANT SELECT ON app.products TO PUBLIC")  # a warning: nothing is granted
    assert session.execute("SELECT has_table_privilege('public', 'app.products', 'SELECT')").fetchone() == (False,)


@both_servers
@pytest.mark.parametrize("role", [ANALYST, ERP])
def test_neither_analyst_nor_erp_takes_a_lock_that_a_sync_waits_for(come_in, role):
    """With the lock of an account in such a session every sync of it waited, and failed."""
    lock = "SELECT {}(hashtextextended('magflow: sync main', 0))"
    names = ("pg_advisory_lock", "pg_try_advisory_lock_shared", "pg_advisory_xact_lock", "pg_try_advisory_xact_lock")
    for name in names:
        assert not may(come_in(role), lock.format(name)), name
    assert may(come_in(PIPELINE), lock.format("pg_advisory_xact_lock"))


def test_a_lock_that_the_erp_was_given_by_an_earlier_version_is_taken_back(database_url, come_in):
    """The triggers of what it writes take one still, with the rights of the owner."""
    with psycopg.connect(database_url, autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO magflow_erp")
        assert superuser.execute("SELECT app.admit_roles()").fetchone() == ([],)
    erp = come_in(ERP)
    assert not may(erp, "SELECT pg_advisory_lock(1)")
    erp.execute("INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny) VALUES ('A', 'new one', 1)")
    assert erp.execute("SELECT count(*) FROM app.suppliers WHERE name = 'new one'").fetchone() == (1,)


def test_only_the_pipeline_makes_temporary_tables(come_in):
    statement = "CREATE TEMPORARY TABLE mine (id integer)"
    assert [role for role in (ANALYST, ERP, PIPELINE) if may(come_in(role), statement)] == [PIPELINE]


@both_servers
def test_nobody_but_the_pipeline_reads_what_dagster_keeps(database, server):
    with psycopg.connect(database.dagster_url, autocommit=True) as pipeline:
        pipeline.execute("CREATE TABLE runs (id integer)")
    for role in (ANALYST, ERP):
        with psycopg.connect(of_role(database.dagster_url, role)) as session:
            assert not may(session, "SELECT * FROM public.runs")


@both_servers
@pytest.mark.parametrize("user", ["superuser", "owner"])
def test_a_migration_shuts_dagsters_database_to_all_but_those_who_have_something_there(
    database, database_url, server, user
):
    """Every role came in, and could fill the disk with temporary tables and large objects."""
    name = sql.Identifier("reader_of_runs")
    with psycopg.connect(of_role(database.dagster_url, "postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE TABLE public.runs (id integer); ALTER TABLE public.runs OWNER TO magflow_pipeline")
        superuser.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        superuser.execute(sql.SQL("GRANT SELECT ON public.runs TO {}").format(name))
        try:
            find_place(
                Settings(MAGFLOW_DATABASE_URL=of_role(database_url, "postgres" if user == "superuser" else PIPELINE))
            ).give_to_pipeline(superuser.info.dbname)
            for role in (PIPELINE, "reader_of_runs"):
                with psycopg.connect(of_role(database.dagster_url, role)) as session:
                    assert may(session, "SELECT FROM public.runs")
            for role in (ANALYST, ERP):
                with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                    psycopg.connect(of_role(database.dagster_url, role))
        finally:
            superuser.execute(sql.SQL("DROP OWNED BY {}").format(name))
            superuser.execute(sql.SQL("DROP ROLE {}").format(name))


@both_servers
def test_the_owner_owns_everything_and_nobody_comes_in_as_the_owner(database, session, database_url):
    # The database itself was copied by a superuser.
    assert session.execute(OWNERS.replace("SELECT datdba, 'app'::regnamespace", "SELECT 0, 0")).fetchall() == [(OWNER,)]
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(of_role(database_url, OWNER))
    assert said_of_user(database) is None
    assert said_of_user(of_superuser(database)) == (
        "MagFlow works in the database as 'postgres', a superuser of the server. It works with less: as "
        "magflow_pipeline (docs/operations.md, Roles)."
    )


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose server every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_an_embedded_database_from_before_the_roles_is_handed_over_by_the_next_migration(home):
    """All that earlier versions made belongs to the superuser, as whom they worked."""
    address = f"postgresql://postgres@/{{}}?host={embedded.start(home)}"
    rules = "TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    with psycopg.connect(address.format("postgres"), autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE magflow {rules}")
        superuser.execute(f"CREATE DATABASE magflow_dagster {rules}")
    with psycopg.connect(address.format("magflow_dagster"), autocommit=True) as superuser:
        superuser.execute("CREATE TABLE runs (id serial, note text)")
    load(address.format("magflow"), VERSIONS[0])
    with psycopg.connect(address.format("magflow"), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE dashboards LOGIN")
        superuser.execute("GRANT USAGE ON SCHEMA app TO dashboards")
        superuser.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO dashboards")
    settings = Settings(MAGFLOW_HOME=str(home))
    for use in (Use.READ, Use.WRITE):
        connection._open.cache_clear()
        with pytest.raises(ConfigurationError, match="older than this version"):
            open_database(settings, use)
    for use in (Use.MIGRATE, Use.WRITE):
        connection._open.cache_clear()
        database = open_database(settings, use)
        with database.connect() as session:
            assert session.execute("SELECT current_user").fetchone() == (PIPELINE,)
            assert session.execute(OWNERS).fetchall() == [(OWNER,)]
        with psycopg.connect(database.dagster_url, autocommit=True) as session:
            session.execute("INSERT INTO runs (note) VALUES ('of the pipeline'); ALTER TABLE runs ADD COLUMN more text")
            session.execute("ALTER TABLE runs DROP COLUMN more")
    with psycopg.connect(address.format("magflow").replace("postgres@", "dashboards@")) as session:
        session.execute("SELECT FROM app.reorder_proposals")  # which that version did not have
