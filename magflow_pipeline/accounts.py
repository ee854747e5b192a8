"""The seller's eMAG accounts: credentials, marketplace and its country, kind of stock, warehouse.

In a demo home every account is one of the simulator's; real credentials are refused there, so that
demo rows never mix with real ones.
"""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, SecretStr, ValidationError, ValidationInfo, field_validator

from magflow_pipeline.settings import (
    ConfigurationError,
    Settings,
    SettingsOfEnvironment,
    is_secret,
    variable_prefix,
    with_seller,
)
from magflow_pipeline.text import storable
from magflow_pipeline.wrong_values import explain

Kind = Literal["main", "fbe"]
Country = Literal["RO", "BG", "HU"]
HOSTS: dict[Country, str] = {
    "RO": "marketplace-api.emag.ro",
    "BG": "marketplace-api.emag.bg",
    "HU": "marketplace-api.emag.hu",
}
ROMANIA = f"https://{HOSTS['RO']}/api-3"
SIMULATOR = "simulator"
SIMULATOR_PASSWORD = SecretStr("demo")
# No user info, no query, no fragment, no blank; a label of a host name has at most 63 characters.
ADDRESS = re.compile(
    r"https?://(?:[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:/[a-z0-9._~/%+-]*)?",
    re.IGNORECASE,
)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Account:
    """One set of credentials on one marketplace, and the stock it publishes.

    `marketplace` is where the rows of the account come from, without secrets: host and path, or `simulator`.
    `country` is where it sells: VAT, where no order has told it yet, and from where stock can be moved to.
    `kind` is `main` (the seller ships) or `fbe` (eMAG ships). Accounts that name one `warehouse` publish the
    same physical stock.
    """

    name: str
    username: str
    password: SecretStr
    base_url: str
    marketplace: str
    kind: Kind
    warehouse: str
    country: Country = "RO"

    @property
    def limit_name(self) -> str:
        """The key of the rate limit, which belongs to the marketplace's user: accounts with one user share it."""
        host = (urlsplit(self.base_url).hostname or "").rstrip(".")
        return hashlib.sha256(f"{host} {self.username.casefold()}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Stock:
    """The stock of an account that `EMAG_ACCOUNTS` names, and the country where it is sold."""

    name: str
    kind: Kind
    warehouse: str
    country: Country


class _StockVariables(SettingsOfEnvironment):
    model_config = ConfigDict(str_strip_whitespace=True)

    kind: Kind | None = None
    warehouse: str = ""
    country: Country | None = None

    @field_validator("country", mode="before")
    @classmethod
    def _upper_case(cls, country: object) -> object:
        return (country.strip().upper() or None) if isinstance(country, str) else country

    def of(self, name: str) -> Stock:
        """Kind and warehouse of the account `name`, by default derived from the name; its country, by its host."""
        return Stock(
            name,
            self.kind or ("fbe" if name.rpartition("-")[2] == "fbe" else "main"),
            self.warehouse or default_warehouse(name),
            self.country or country_of(_read(_AddressVariables, name).base_url) or "RO",
        )


class _AddressVariables(SettingsOfEnvironment):
    model_config = _StockVariables.model_config

    base_url: str = ""


class _AccountVariables(_StockVariables):
    model_config = ConfigDict(str_strip_whitespace=False)  # a blank may be part of a password

    username: str = ""
    password: SecretStr = SecretStr("")
    base_url: str = ""

    @property
    def address(self) -> str:
        """Where the marketplace is: by default that of the country, which by default is Romania."""
        return self.base_url or f"https://{HOSTS[self.country or 'RO']}/api-3"

    @field_validator("username", "password")
    @classmethod
    def _is_one_line(cls, value: str | SecretStr) -> str | SecretStr:
        text = value if isinstance(value, str) else value.get_secret_value()
        if text != text.strip() or CONTROLS.search(text) or storable(text) != text:
            raise ValueError("it begins or ends with a blank, or holds a line break or another character of no use")
        if isinstance(value, str) and ":" in text:
            raise ValueError("a user name holds no colon: the password has a variable of its own")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, base_url: str, values: ValidationInfo) -> str:
        base_url = base_url.strip()
        if not base_url:
            return base_url
        if not ADDRESS.fullmatch(base_url) or urlsplit(base_url).port == 0:
            raise ValueError(
                f"give the whole address, with https:// and without credentials, ? or #, such as {ROMANIA}"
            )
        if base_url.lower().startswith("http:") and not _may_be_plain(base_url, values.data.get("password")):
            raise ValueError(
                "plain http shows the password to everybody on the way: use https://. Only this machine may be asked "
                "with http://, and a simulator in a neighbouring container, whose password is no secret"
            )
        if None not in (country := values.data.get("country"), host := country_of(base_url)) and country != host:
            raise ValueError(f"the address is that of {host}, and the account's country is {country}")
        return base_url.rstrip("/")


_Variables = TypeVar("_Variables", bound=SettingsOfEnvironment)
ACCOUNT_FIELDS = tuple(
    variable
    for name, field in _AccountVariables.model_fields.items()
    for variable in (name, *([f"{name}_file"] if is_secret(field) else []))
)
"""What follows EMAG_ACCOUNT_ in names of variables, in small letters."""


def asks_the_marketplace(settings: Settings) -> bool:
    """Whether any account is read from another machine than this one."""
    for name in settings.accounts:
        try:
            if not is_this_machine(_variables(name).address):
                return True
        except ConfigurationError:  # its own runs and `check` name the variable
            continue
    return False


def country_of(address: str) -> Country | None:
    """The country of one of eMAG's own hosts; None of any other, such as a proxy's."""
    try:
        host = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:  # no address: the account's own runs say so
        return None
    return next((country for country, known in HOSTS.items() if host == known), None)


def is_this_machine(address: str) -> bool:
    """Whether an address leads to the machine that asks."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".") == "localhost"


def _may_be_plain(address: str, password: SecretStr | None) -> bool:
    host = urlsplit(address).hostname or ""
    is_neighbour = "." not in host and ":" not in host  # a service of the same compose file
    return is_this_machine(address) or (is_neighbour and password == SIMULATOR_PASSWORD)


def load_accounts(settings: Settings, names: tuple[str, ...] = ()) -> list[Account]:
    """The configured accounts, or those of `names` (any case).

    Raises:
        ConfigurationError: an unknown name, a missing or wrong variable, or credentials in a demo home.
    """
    return [_load(settings, name) for name in known_names(settings, names)]


def load_those_with_credentials(settings: Settings, names: Sequence[str]) -> tuple[list[Account], dict[str, str]]:
    """The accounts that can be read, and why not for each other one, by name: one account never stops another.

    Raises:
        ConfigurationError: none can be read.
    """
    ready: list[Account] = []
    missing: dict[str, str] = {}
    for name in names:
        try:
            ready.append(_load(settings, name))
        except ConfigurationError as error:
            missing[name] = str(error)
    if not ready:
        raise ConfigurationError("\n".join(dict.fromkeys(missing.values())))
    return ready, missing


def known_names(settings: Settings, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`names` in lower case, with the seller and without repeats, or all configured names when there are none.

    Raises:
        ConfigurationError: a name that `EMAG_ACCOUNTS` does not hold.
    """
    chosen = tuple(dict.fromkeys(with_seller(settings.seller, name.lower()) for name in names))
    for name in chosen:
        if name not in settings.accounts:
            raise ConfigurationError(
                f"Account {name!r} is not configured. EMAG_ACCOUNTS holds: {', '.join(settings.accounts)}."
            )
    return chosen or settings.accounts


def configured_stock(settings: Settings) -> dict[str, Stock | None]:
    """The stock of every configured account, in the order of `EMAG_ACCOUNTS`, also of one without credentials.

    None where a variable is invalid: the account's own runs and `check` name it.
    """
    configured: dict[str, Stock | None] = {}
    for name in settings.accounts:
        try:
            configured[name] = _read(_StockVariables, name).of(name)
        except ConfigurationError:
            configured[name] = None
    return configured


def default_warehouse(name: str) -> str:
    """The code of an account's warehouse where no variable names one."""
    return f"EMAG-{name.upper()}"


def has_credentials(settings: Settings) -> bool:
    """Whether any account has a user or a password in the environment or `.env`."""
    variables = [_variables(name) for name in settings.accounts]
    return any(each.username or each.password.get_secret_value() for each in variables)


def _load(settings: Settings, name: str) -> Account:
    variables = _variables(name)
    stock = variables.of(name)
    if settings.is_demo:
        return _simulated(settings, stock)
    missing = [
        f"{variable_prefix(name)}{field}"
        for field, value in (
            ("USERNAME", variables.username),
            ("PASSWORD", variables.password.get_secret_value()),
        )
        if not value
    ]
    if missing:
        raise ConfigurationError(
            f"Account {name!r} has no {' and no '.join(missing)}. Set them in .env (see .env.example) "
            "or in the environment. To look around without credentials: magflow demo."
        )
    address = urlsplit(variables.address)
    return Account(
        name=name,
        username=variables.username,
        password=variables.password,
        base_url=variables.address,
        marketplace=f"{address.netloc}{address.path}",
        kind=stock.kind,
        warehouse=stock.warehouse,
        country=stock.country,
    )


def _simulated(settings: Settings, stock: Stock) -> Account:
    if has_credentials(settings):
        raise ConfigurationError(
            f"{settings.home} is a demo home and credentials are set: demo rows and real rows must not mix. "
            "Empty it with `magflow demo --reset`, or set MAGFLOW_HOME to another folder."
        )
    if settings.simulator_url is None:
        raise ConfigurationError(
            f"{settings.home} is a demo home, and its simulator is not running. "
            "Start it with `magflow up`, or use `magflow sync`, which starts it for one run."
        )
    return Account(
        name=stock.name,
        username=stock.name,
        password=SIMULATOR_PASSWORD,
        base_url=settings.simulator_url,
        marketplace=SIMULATOR,
        kind=stock.kind,
        warehouse=stock.warehouse,
        country=stock.country,
    )


def _variables(name: str) -> _AccountVariables:
    return _read(_AccountVariables, name)


def _read(variables: type[_Variables], name: str) -> _Variables:
    prefix = variable_prefix(name)
    try:
        return variables(prefix)
    except ValidationError as error:  # without the values: the password is among them
        raise ConfigurationError(explain(error, variables, prefix, longest=0)) from None
