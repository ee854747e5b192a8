"""Where the database is, and connections to it.

One database serves one seller; Dagster's tables live in a second one beside it, so that an analyst never
meets them. Belongs here: addresses, sessions, engines. Not here: what is read or written.
"""

import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.database.migration import migrate
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.troubles import reason_of

if TYPE_CHECKING:
    import sqlalchemy

OLDEST_VERSION = 150000
CONNECT_SECONDS = 10
SESSION = {
    "TimeZone": "UTC",
    "search_path": "app,public",
    # A backend whose client died ends its query, and with it the session's advisory lock.
    "client_connection_check_interval": "2s",
    "idle_in_transaction_session_timeout": "10min",
    "lock_timeout": "2min",  # somebody's forgotten transaction must not hold a run for ever
    # A client whose machine is gone must not hold the account's lock for hours: it is noticed within a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
SESSION_OPTIONS = " ".join(f"-c {name}={value}" for name, value in SESSION.items())


@dataclass(frozen=True)
class Database:
    """Addresses, as libpq URLs that `psql` takes too. They may hold a password: never log them."""

    url: str = field(repr=False)
    dagster_url: str = field(repr=False)

    @contextmanager
    def connect(self, application_name: str = "magflow") -> Generator[psycopg.Connection]:
        """A session in UTC that sees `app`, in autocommit; `session.transaction()` groups statements."""
        with psycopg.connect(
            self.url,
            autocommit=True,
            application_name=application_name,
            options=SESSION_OPTIONS,
            connect_timeout=CONNECT_SECONDS,
        ) as session:
            yield session

    @asynccontextmanager
    async def connect_async(self, application_name: str) -> AsyncGenerator[psycopg.AsyncConnection]:
        """The same for a coroutine."""
        session = await psycopg.AsyncConnection.connect(
            self.url,
            autocommit=True,
            application_name=application_name,
            options=SESSION_OPTIONS,
            connect_timeout=CONNECT_SECONDS,
        )
        async with session:
            yield session

    def engine(self) -> "sqlalchemy.Engine":
        """An engine for reading tables by name; it keeps no connection open between uses."""
        import sqlalchemy  # half a second that only the verbs that read so should pay
        from sqlalchemy.pool import NullPool

        return sqlalchemy.create_engine(
            _with_driver(self.url, "psycopg"), poolclass=NullPool, connect_args={"options": SESSION_OPTIONS}
        )

    @property
    def dagster_storage_url(self) -> str:
        """The address of Dagster's database for its storage, which works with psycopg 2."""
        return _with_driver(self.dagster_url, "psycopg2")


def open_database(settings: Settings) -> Database:
    """The database, ready to use: started when it is the embedded one, migrated, and Dagster's beside it.

    Raises:
        ConfigurationError: it cannot be reached, is too old, or lacks a right; the message says what to do.
    """
    configured = settings.database_url.get_secret_value() if settings.database_url else None
    return _open(configured, settings.home)


@cache
def _open(configured: str | None, home: Path) -> Database:
    if configured is None:
        from magflow_pipeline.database import embedded  # the wheel's modules, for those who use its server

        address: dict[str, str] = {"user": "postgres", "host": str(embedded.start(home)), "dbname": "magflow"}
        where = f"the embedded database in {home}"
    else:
        address = _parse(configured)
        where = f"{address.get('host', 'the local server')}, database {address.get('dbname', '')!r}"
    database = Database(_url(address), _url({**address, "dbname": f"{address['dbname']}_dagster"}))
    try:
        _create_missing(address, configured is None)
        with database.connect("magflow migrate") as session:
            migrate(database.url, session)
    except psycopg.OperationalError as error:
        if error.sqlstate is not None:  # it was reached, and said no
            raise ConfigurationError(reason_of(error)) from None
        raise ConfigurationError(
            f"Cannot reach {where}: {_first_line(error)}. "
            "Check that the server runs and MAGFLOW_DATABASE_URL is right; unset it to use the embedded database."
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"The user {address.get('user')!r} may not set up {where}: {_first_line(error)}. "
            "Make it the owner of the database."
        ) from None
    return database


def _create_missing(address: dict[str, str], embedded_server: bool) -> None:
    """Dagster's database beside a server's, and on the embedded server both.

    The embedded server is built without ICU: its databases take PostgreSQL's own Unicode rules, so that
    case folding is right for Romanian whatever the locale of the machine.
    """
    wanted = [f"{address['dbname']}_dagster"]
    if embedded_server:
        wanted.insert(0, address["dbname"])
    unicode_rules = " TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'" if embedded_server else ""
    maintenance = _url({**address, "dbname": "postgres"} if embedded_server else address)
    with psycopg.connect(
        maintenance, autocommit=True, application_name="magflow set-up", connect_timeout=CONNECT_SECONDS
    ) as session:
        if session.info.server_version < OLDEST_VERSION:
            raise ConfigurationError(
                f"The server is PostgreSQL {session.info.server_version // 10000}; MagFlow needs 15 or newer."
            )
        for name in wanted:
            if session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
                continue
            try:
                session.execute(sql.SQL("CREATE DATABASE {}" + unicode_rules).format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                continue  # another process was faster
            except psycopg.errors.InsufficientPrivilege:
                raise ConfigurationError(
                    f"Dagster keeps its runs in a database of its own, {name!r}, and {address.get('user')!r} may not "
                    f"create it. As an administrator: CREATE DATABASE {name} OWNER {address.get('user')};"
                ) from None


def _parse(configured: str) -> dict[str, str]:
    try:
        address = conninfo_to_dict(re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", configured))
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            "MAGFLOW_DATABASE_URL is not an address of PostgreSQL; write postgresql://user:password@host:5432/magflow"
        ) from None
    if not address.get("dbname"):
        raise ConfigurationError("MAGFLOW_DATABASE_URL names no database: postgresql://user:password@host:5432/magflow")
    return {key: str(value) for key, value in address.items() if value is not None}


def _url(address: dict[str, str]) -> str:
    rest = dict(address)
    user, password, port = rest.pop("user", ""), rest.pop("password", ""), rest.pop("port", "")
    name = rest.pop("dbname")
    host = "" if rest.get("host", "/").startswith("/") or "," in rest["host"] else rest.pop("host")
    host = f"[{host}]" if ":" in host else host  # an IPv6 address
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    if port and not host:
        rest["port"] = port
    place = f"{login}@" * bool(login) + host + f":{port}" * bool(port and host)
    return f"postgresql://{place}/{quote(name, safe='')}" + (f"?{urlencode(rest, quote_via=quote)}" if rest else "")


def _with_driver(url: str, driver: str) -> str:
    return f"postgresql+{driver}:" + url.removeprefix(urlsplit(url).scheme + ":")


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0]
