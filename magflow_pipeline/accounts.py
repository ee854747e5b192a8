"""The seller's eMAG accounts: credentials, marketplace, kind of stock, warehouse.

In a demo home every account is one of the simulator's; real credentials are refused there, so that
demo rows never mix with real ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from magflow_pipeline.settings import ENV_ENCODING, ENV_FILE, ConfigurationError, Settings, explain

Kind = Literal["main", "fbe"]
ROMANIA = "https://marketplace-api.emag.ro/api-3"
SIMULATOR = "simulator"
SIMULATOR_PASSWORD = SecretStr("demo")


@dataclass(frozen=True)
class Account:
    """One set of credentials on one marketplace, and the stock it publishes.

    `marketplace` is where the rows of the account come from, without secrets: host and path, or `simulator`.
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


class _AccountVariables(BaseSettings):
    model_config = SettingsConfigDict(env_file=ENV_FILE, env_file_encoding=ENV_ENCODING, extra="ignore")

    username: str = ""
    password: SecretStr = SecretStr("")
    base_url: str = ROMANIA
    kind: Kind | None = None
    warehouse: str = ""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, base_url: str) -> str:
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.username or address.port == 0:
            raise ValueError(f"give the whole address, with https:// and without credentials, such as {ROMANIA}")
        return base_url.rstrip("/")


def load_accounts(settings: Settings, names: tuple[str, ...] = ()) -> list[Account]:
    """The configured accounts, or those of `names` (any case).

    Raises:
        ConfigurationError: an unknown name, a missing or wrong variable, or credentials in a demo home.
    """
    return [_load(settings, name) for name in known_names(settings, names)]


def load_those_with_credentials(settings: Settings, names: Sequence[str]) -> tuple[list[Account], dict[str, str]]:
    """The accounts that can be read, and for each other one why not: one account never stops the other.

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
    """`names` in lower case and without repeats, or all configured names when there are none.

    Raises:
        ConfigurationError: a name that `EMAG_ACCOUNTS` does not hold.
    """
    chosen = tuple(dict.fromkeys(name.lower() for name in names))
    for name in chosen:
        if name not in settings.accounts:
            raise ConfigurationError(
                f"Account {name!r} is not configured. EMAG_ACCOUNTS holds: {', '.join(settings.accounts)}."
            )
    return chosen or settings.accounts


def has_credentials(settings: Settings) -> bool:
    """Whether any account has a user or a password in the environment or `.env`."""
    variables = [_variables(name) for name in settings.accounts]
    return any(each.username or each.password.get_secret_value() for each in variables)


def _load(settings: Settings, name: str) -> Account:
    variables = _variables(name)
    kind: Kind = variables.kind or ("fbe" if name == "fbe" else "main")
    warehouse = variables.warehouse or f"EMAG-{name.upper()}"
    if settings.is_demo:
        return _simulated(settings, name, kind, warehouse)
    missing = [
        f"EMAG_{name.upper()}_{field}"
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
    address = urlsplit(variables.base_url)
    return Account(
        name=name,
        username=variables.username,
        password=variables.password,
        base_url=variables.base_url,
        marketplace=f"{address.netloc}{address.path}",
        kind=kind,
        warehouse=warehouse,
    )


def _simulated(settings: Settings, name: str, kind: Kind, warehouse: str) -> Account:
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
        name=name,
        username=name,
        password=SIMULATOR_PASSWORD,
        base_url=settings.simulator_url,
        marketplace=SIMULATOR,
        kind=kind,
        warehouse=warehouse,
    )


def _variables(name: str) -> _AccountVariables:
    prefix = f"EMAG_{name.upper()}_"
    try:
        return _AccountVariables(_env_prefix=prefix)  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise ConfigurationError(explain(error, prefix)) from None
