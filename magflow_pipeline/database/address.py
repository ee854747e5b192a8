"""Addresses of databases: parsed from MAGFLOW_DATABASE_URL, written as a URL that every client accepts.

An address may hold a password, so errors never quote it: where a character of the password was not escaped, any part
of the address may belong to it.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted, without_secrets

EXAMPLE = "postgresql://user:password@host:5432/magflow"
ESCAPES = "in user and password, write @ as %40, / as %2F, : as %3A, # as %23, ? as %3F, % as %25, a space as %20"
SECRETS = ("password", "sslpassword", "oauth_client_secret")


def parse(configured: str) -> dict[str, str]:
    """The parts of MAGFLOW_DATABASE_URL, by libpq's names.

    Raises:
        ConfigurationError: it is no address, names no database, or a character of it was not escaped.
    """
    try:
        parts = conninfo_to_dict(re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", configured.strip()))
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            f"MAGFLOW_DATABASE_URL is not an address of PostgreSQL; write {EXAMPLE} ({ESCAPES})."
        ) from None
    address = {key: str(value) for key, value in parts.items() if value is not None}
    if _is_torn(configured, address):
        raise ConfigurationError(f"MAGFLOW_DATABASE_URL cannot be taken apart: {ESCAPES}; {EXAMPLE}.")
    if not address.get("dbname"):
        raise ConfigurationError(f"MAGFLOW_DATABASE_URL names no database: {EXAMPLE}.")
    return address


def url(address: Mapping[str, str]) -> str:
    """The parts as a URL that libpq, psycopg and SQLAlchemy read alike."""
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


def with_driver(url: str, driver: str) -> str:
    """The URL with SQLAlchemy's name of the driver."""
    return f"postgresql+{driver}:" + url.removeprefix(urlsplit(url).scheme + ":")


def said_by(error: psycopg.Error, address: Mapping[str, str]) -> str:
    """The first line of an error of libpq or the server, without the secrets of the address."""
    lines = str(error).strip().splitlines()
    secrets = [address[name] for name in SECRETS if address.get(name)]
    return noted(without_secrets(lines[0] if lines else type(error).__name__, [*secrets, *map(quote, secrets)]))


def _is_torn(configured: str, address: Mapping[str, str]) -> bool:
    """Whether the address was split in the wrong place: an @ or a / in a password was not escaped."""
    place, _, _ = re.sub(r"^[^:]*://([^@/]*@)?", "", configured.strip()).partition("?")
    return (
        ("://" in configured and "@" in place)
        or "@" in address.get("host", "").removeprefix("@")  # one that begins with @ is an abstract socket
        or re.fullmatch(r"\d*(,\d*)*", address.get("port", "")) is None
    )
