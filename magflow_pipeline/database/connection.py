"""The seller's database: opened, fit to work with, and sessions on it.

One database serves one seller; Dagster's tables live in a second one beside it, so that an analyst never
meets them. Belongs here: opening, sessions, engines. Not here: what is read or written.
"""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database import address as addresses
from magflow_pipeline.database.blockers import naming_blockers
from magflow_pipeline.database.impossible_times import read_impossible_times_as_none
from magflow_pipeline.database.migration import SchemaState, migrate, state_of_schema
from magflow_pipeline.database.owners import PIPELINE, hand_over, is_superuser, shut
from magflow_pipeline.database.pool import kept_session
from magflow_pipeline.database.running import find_running
from magflow_pipeline.database.sessions import CONNECT_SECONDS, DAGSTER, SESSION, options, parameters
from magflow_pipeline.settings import ConfigurationError, Settings, forget_libpq_variables

if TYPE_CHECKING:
    import sqlalchemy

OLDEST_VERSION = 150000
UNICODE_RULES = " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
BUILTIN_LOCALES_VERSION = 170000
OWN_SERVER = "Check that the server runs and MAGFLOW_DATABASE_URL is right; unset it to use the embedded database."
POOLER = (
    "{} does not take the settings of a session: it seems to be a connection pooler (pgbouncer and the like), "
    "where the locks of a sync do not hold either. Let MAGFLOW_DATABASE_URL name the server itself, usually port 5432."
)
READERS_PATIENCE_SECONDS, PATIENCE_SECONDS = 10.0, 120.0  # while another process migrates
read_impossible_times_as_none()


class Use(Enum):
    """The purpose for which a database is opened."""

    READ = "read"
    """Changes nothing: a standby and a role that may only read will do."""
    WRITE = "write"
    """Sets up an empty database; leaves an older schema alone."""
    MIGRATE = "migrate"
    """Brings the schema up to date."""


@dataclass(frozen=True)
class Database:
    """Addresses, as libpq URLs that `psql` takes too. They may hold a password: never log them."""

    url: str = field(repr=False)
    dagster_url: str = field(repr=False)

    @contextmanager
    def connect(self, application_name: str = "magflow") -> Generator[psycopg.Connection]:
        """A session in UTC that sees `app`, in autocommit; `session.transaction()` groups statements.

        It comes from the sessions that the process keeps and goes back to them, without the locks and settings it took
        meanwhile.

        Raises:
            LockedError: a statement waited too long for somebody's lock; the message says whose.
        """
        session_parameters = parameters(self.url, application_name)
        with kept_session(self.url, **session_parameters) as session, naming_blockers(session, self.url):
            yield session

    @asynccontextmanager
    async def connect_async(self, application_name: str) -> AsyncGenerator[psycopg.AsyncConnection]:
        """The same for a coroutine."""
        session = await psycopg.AsyncConnection.connect(
            self.url, autocommit=True, **parameters(self.url, application_name)
        )
        async with session:
            with naming_blockers(session, self.url):
                yield session

    def engine(self) -> "sqlalchemy.Engine":
        """The process's SQLAlchemy engine for this database, for frames of pandas; what MagFlow asks goes without."""
        from magflow_pipeline.database.engines import engine_of  # loads SQLAlchemy

        return engine_of(
            addresses.with_driver(self.url, "psycopg"), prepare_threshold=None, **parameters(self.url, "magflow")
        )

    @property
    def dagster_storage_url(self) -> str:
        """The address of Dagster's database for its storage, which works with psycopg 2."""
        asked_for = str(conninfo_to_dict(self.dagster_url).get("options") or "")
        said = f"client_encoding=UTF8&connect_timeout={CONNECT_SECONDS}&options={quote(options(DAGSTER, asked_for))}"
        url, _, query = self.dagster_url.partition("?")
        kept = [
            part for part in query.split("&") if part and part.partition("=")[0] not in ("options", "connect_timeout")
        ]
        return addresses.with_driver(f"{url}?{'&'.join([*kept, said])}", "psycopg2")


def open_database(settings: Settings, use: Use = Use.WRITE) -> Database:
    """The database, ready for its use: started when it is the embedded one, and fit to work with.

    An empty database is set up by whoever writes, and an empty embedded one by whoever comes first; an older schema is
    changed by those alone who say so.

    Raises:
        ConfigurationError: it cannot be reached, does not fit, or lacks a right; the message says what to do.
    """
    return _open(_configured(settings), settings.home, use, settings.database_port)


def find_place(settings: Settings) -> "Place":
    """Where the database is or would be, with its server started; the database itself is neither made nor looked at.

    Raises:
        ConfigurationError: MAGFLOW_DATABASE_URL is no address, or the embedded server does not start.
    """
    return _find_place(_configured(settings), settings.home, settings.database_port)


def _configured(settings: Settings) -> str | None:
    """MAGFLOW_DATABASE_URL, with the password that stands beside it."""
    url, password = settings.database_url, settings.database_password
    if password is None or url is None:
        if password is not None:
            raise ConfigurationError(
                "MAGFLOW_DATABASE_PASSWORD is that of a server of your own, and MAGFLOW_DATABASE_URL names none."
            )
        return url.get_secret_value() if url else None
    address = addresses.parse(url.get_secret_value())
    if address.get("password"):
        raise ConfigurationError("MAGFLOW_DATABASE_URL and MAGFLOW_DATABASE_PASSWORD hold a password each: keep one.")
    return addresses.url({**address, "password": password.get_secret_value()})


def _find_place(configured: str | None, home: Path, port: int | None) -> "Place":
    forget_libpq_variables(all_of_them=configured is None)
    if configured is None:
        folder = find_running(home, port)
        if folder is None:
            from magflow_pipeline.database import embedded  # the wheel's modules, for those who start its server

            folder = embedded.start(home, port=port)
        # Complete, because libpq takes what an address leaves out from elsewhere.
        address = {"user": "postgres", "host": str(folder), "port": "5432", "dbname": "magflow"}
        return Place(address, f"the embedded database in {home}", is_embedded=True)
    address = addresses.parse(configured)
    return Place(
        address, f"{address.get('host', 'the local server')}, database {address['dbname']!r}", is_embedded=False
    )


@cache
def _open(configured: str | None, home: Path, use: Use, port: int | None) -> Database:
    place = _find_place(configured, home, port)
    # The embedded server's superuser makes its databases and changes the schema; nothing else is done as that user.
    opening = place if place.is_embedded and (use is Use.MIGRATE or not place.working.answers()) else place.working
    if opening.is_embedded and opening is place:
        place.create_missing(place.name)
    with opening.session(place.name) as session:
        place = place.without_transaction_timeout(session)
        database = Database(place.working.url(), place.working.url(place.dagsters_name))
        opening.check_fit(session)
        state = state_of_schema(session, seconds=READERS_PATIENCE_SECONDS if use is Use.READ else PATIENCE_SECONDS)
        if use is not Use.READ or (state is SchemaState.EMPTY and place.is_embedded):
            opening.check_writable(session)
            if state is SchemaState.EMPTY or (state is SchemaState.OLDER and use is Use.MIGRATE):
                migrate(place.url())
                state = SchemaState.CURRENT
        opening.check_schema(state)
    if use is not Use.READ:
        place.create_missing(place.dagsters_name)
    if use is Use.MIGRATE:
        place.give_to_pipeline(place.dagsters_name)
    return database


@dataclass(frozen=True)
class Place:
    """A database that is being opened or restored, and how it is named to people."""

    address: Mapping[str, str]
    where: str
    is_embedded: bool

    @property
    def name(self) -> str:
        """The name of the seller's database."""
        return self.address["dbname"]

    @property
    def dagsters_name(self) -> str:
        """The name of Dagster's database."""
        return f"{self.name}_dagster"

    def url(self, name: str | None = None) -> str:
        """The address of the seller's database, or of another one on the server. It may hold a password."""
        return addresses.url({**self.address, "dbname": name} if name else self.address)

    def without_transaction_timeout(self, session: psycopg.Connection) -> "Place":
        """The place whose sessions, as this one, end no transaction by the clock, whatever a role's settings say.

        It is no setting of `SESSION`: servers before version 17 refuse a session that names it.
        """
        if session.execute("SELECT current_setting('transaction_timeout', true)").fetchone() in ((None,), ("0",)):
            return self
        session.execute("SET transaction_timeout = 0")
        asked_for = self.address.get("options", "")
        return replace(self, address={**self.address, "options": f"{asked_for} -c transaction_timeout=0".strip()})

    @property
    def working(self) -> "Place":
        """The place as the pipeline enters it: as the user that the seller names, on the embedded server as itself."""
        return replace(self, address={**self.address, "user": PIPELINE}) if self.is_embedded else self

    def answers(self) -> bool:
        """Whether the user of the place comes into the seller's database."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=CONNECT_SECONDS):
            return True
        return False

    def give_to_pipeline(self, name: str) -> None:
        """Make Dagster's database the pipeline's, if a superuser asks: Dagster makes its tables itself.

        Other roles of the server have nothing to do there, and do not come in.
        """
        with self.session(name) as session, session.transaction():
            if is_superuser(session):
                hand_over(session, PIPELINE, ("public",))
            shut(session)

    @contextmanager
    def session(self, name: str) -> Generator[psycopg.Connection]:
        """A session on one of the databases of the place; what people can mend is a sentence."""
        url = self.url(name)
        is_reached = False
        try:
            with (
                psycopg.connect(url, autocommit=True, **parameters(url, "magflow migrate")) as session,
                naming_blockers(session, url),
            ):
                is_reached = True
                yield session
        except psycopg.errors.InsufficientPrivilege as error:
            raise ConfigurationError(
                f"The user {self.address.get('user')!r} may not set up {self.where}: {self._said(error)}. "
                "Make it the owner of the database."
            ) from None
        except psycopg.OperationalError as error:
            if error.sqlstate is not None:  # of a statement: the session was there
                raise
            if not is_reached:
                self._refuse_what_takes_no_settings(url)
            raise ConfigurationError(
                f"Cannot reach {self.where}: {self._said(error)}." + f" {OWN_SERVER}" * (not self.is_embedded)
            ) from None

    def check_fit(self, session: psycopg.Connection) -> None:
        """Refuse what no session can make right."""
        if session.info.server_version < OLDEST_VERSION:
            raise ConfigurationError(
                f"The server is PostgreSQL {session.info.server_version // 10000}; MagFlow needs 15 or newer."
            )
        # Not by their values: a role or a database may have some of them, and not the others.
        taken = "SELECT count(*) FROM pg_settings WHERE lower(name) = ANY(%s) AND source IN ('client', 'session')"
        if session.execute(taken, [[name.lower() for name in SESSION]]).fetchone() != (len(SESSION),):
            raise ConfigurationError(POOLER.format(self.where))
        encoding = session.info.parameter_status("server_encoding")
        problem = f"is encoded in {encoding}, and names need UTF8" if encoding != "UTF8" else None
        if problem is None and session.execute("SELECT lower('ȘȚĂ')").fetchone() != ("șță",):
            problem = "has a locale that knows ASCII letters alone (C), so that equal names would be two"
        if problem is not None:
            rules = UNICODE_RULES if session.info.server_version >= BUILTIN_LOCALES_VERSION else " LOCALE 'C.UTF-8'"
            raise ConfigurationError(
                f"{self.where} {problem}. Make another one, and name it in MAGFLOW_DATABASE_URL: "
                f"CREATE DATABASE magflow TEMPLATE template0 ENCODING 'UTF8'{rules};"
            )

        # Whom a schema does not let in sees no table of it: as if the version were another one.
        entered = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'app'"
        if session.execute(entered).fetchone() == (False,):
            raise ConfigurationError(
                f"The user {session.info.user!r} may not use the tables of {self.where}: an administrator grants it "
                "magflow_pipeline to work, or magflow_analyst to read (docs/operations.md: Roles)."
            )

    def check_writable(self, session: psycopg.Connection) -> None:
        """Refuse a standby, and a database that somebody has frozen."""
        row = session.execute("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')").fetchone()
        if row is not None and row != (False, "off"):
            why = "a standby" if row[0] else "frozen by default_transaction_read_only"
            raise ConfigurationError(
                f"{self.where} is read-only ({why}): report, status, history and conflicts work on it, and what writes "
                "does not."
            )

    def check_schema(self, state: SchemaState) -> None:
        """Refuse a schema that this version does not work with."""
        if state is SchemaState.EMPTY:
            raise ConfigurationError(f"There is nothing in {self.where} yet: run `magflow sync` first.")
        if state is SchemaState.FOREIGN:
            raise ConfigurationError(
                f"{self.where} holds tables of an earlier MagFlow. What would become of them, without changing "
                "anything: `magflow database adopt`."
            )
        if state is SchemaState.OLDER:
            raise ConfigurationError(
                f"The schema of {self.where} is older than this version of MagFlow. As its owner: "
                "`magflow database migrate` (`magflow up` and `magflow demo` do it too)."
            )
        if state is SchemaState.NEWER:
            raise ConfigurationError(
                f"The schema of {self.where} is newer than this version of MagFlow: update the program (git pull)."
            )

    def create_missing(self, name: str) -> None:
        """Make one of the databases, if it is not there.

        The embedded server is built without ICU: its databases take PostgreSQL's own Unicode rules, so that case
        folding is right for Romanian whatever the locale of the machine.
        """
        if name != self.name and self.is_embedded:
            with self.working.session(self.name) as session:
                if _is_there(session, name):
                    return
        with self.session("postgres" if self.is_embedded else self.address["dbname"]) as session:
            if _is_there(session, name):
                return
            rules = f" TEMPLATE template0{UNICODE_RULES}" if self.is_embedded else ""
            rules += f" OWNER {PIPELINE}" if self.is_embedded and name != self.name else ""
            try:
                session.execute(sql.SQL(f"CREATE DATABASE {{}}{rules}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process was faster
            except psycopg.errors.InsufficientPrivilege:
                user = self.address.get("user")
                raise ConfigurationError(
                    f"Dagster keeps its runs in a database of its own, {name!r}, and {user!r} may not "
                    f"create it. As an administrator: CREATE DATABASE {name} OWNER {user};"
                ) from None

    def _refuse_what_takes_no_settings(self, url: str) -> None:
        """Where a plain session is possible, it is the settings that were refused."""
        try:
            with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as session:
                version = session.info.server_version
        except psycopg.OperationalError:
            return
        if version < OLDEST_VERSION:
            raise ConfigurationError(f"The server is PostgreSQL {version // 10000}; MagFlow needs 15 or newer.")
        raise ConfigurationError(POOLER.format(self.where))

    def _said(self, error: psycopg.Error) -> str:
        return addresses.said_by(error, self.address).rstrip(".")


def _is_there(session: psycopg.Connection, name: str) -> bool:
    return session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
