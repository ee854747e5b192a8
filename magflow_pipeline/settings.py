"""Every setting, typed, from the environment and `.env`.

Nothing else in the package reads the environment, except `emag/redaction.py`, which hides the proxies in it, and
`cli/streams.py`, which forgets impossible sizes of the terminal. Not here: the variables of an account (`accounts.py`).
"""

import errno
import io
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo

from magflow_pipeline.text import printable
from magflow_pipeline.times import QuietHours
from magflow_pipeline.wrong_values import MOST_ORDER_DAYS, ConfigurationError, explain

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "shipped"  # pyproject.toml packs it
# Where `.env` and a relative home lie: the repository, or the current folder for an installed wheel.
PROJECT_ROOT = Path.cwd() if _IN_WHEEL.exists() else _PACKAGE.parent
MAGFLOW = "magflow" if _IN_WHEEL.exists() else ".venv/bin/magflow"  # the command, as people type it


def shipped(name: str) -> Path:
    """A file or folder that the code reads, such as `sql`: inside an installed package, else in the repository."""
    return (_IN_WHEEL if _IN_WHEEL.exists() else _PACKAGE.parent) / name


SQL_FOLDER = shipped("sql")
ENV_FILE = Path(os.environ.get("MAGFLOW_ENV_FILE", PROJECT_ROOT / ".env")).absolute()  # tests ignore a developer's .env

ENV_ENCODING = "utf-8-sig"  # with or without a byte order mark
LONGEST_SECRET = 10_000  # bytes
LONGEST_SECONDS, LONGEST_DAYS = 7 * 24 * 3600, 36_500  # larger values overflow clocks and databases
MOST_COVER_DAYS = 3650  # days that stock may last: more is no limit

SELLER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_]*(-[a-z0-9_]+)*")

DIGESTS = ("daily", "weekly", "monthly")
INTERVALS = frozenset({5, 10, 15, 20, 30, *range(60, 24 * 60 + 1, 60)})  # minutes that divide an hour, or whole hours


# An allow-list of names: a list of secrets would miss the next one.
_EVERYBODYS = re.compile(r"PATH|LANG|LC_\w+|TZ|TMPDIR|(DY)?LD_LIBRARY_PATH")
_NEEDED = re.compile(
    rf"{_EVERYBODYS.pattern}|HOME|USER|LOGNAME|XDG_\w+|NO_PROXY|no_proxy|SSL_CERT_\w+|DO_NOT_TRACK"
    r"|DAGSTER_\w+|MAGFLOW_\w+|PG\w+|PYTHON\w+"
)
_NO_HOME = (
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENOENT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ELOOP,
)
_OF_DATABASE = {"MAGFLOW_DATABASE_URL", "MAGFLOW_DATABASE_PASSWORD"}
_CHANGES_SESSIONS = frozenset({"PGDATESTYLE", "PGTZ", "PGGEQO", "PGOPTIONS", "PGCLIENTENCODING"})


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _empty_is_unset(value: Any) -> Any:
    return None if value == "" else value


def _quiet_hours(value: Any) -> Any:
    return QuietHours.parse(value) if isinstance(value, str) and value else None if value == "" else value


def _not_empty(value: Any) -> Any:
    if value == "":  # as a path it is the project's folder, where a database would be created
        raise ValueError("it is empty: name a folder, or leave the variable out")
    return value


class SettingsOfEnvironment(BaseModel):
    """Settings of the environment and `.env`, whose secrets may be in files; variables that are given go before.

    By hand, because pydantic-settings loads for longer than the model of 50 settings is made.
    """

    model_config = ConfigDict(extra="ignore", validate_default=True)

    def __init__(self, _prefix: str = "", /, **values: Any) -> None:
        super().__init__(**(_given(type(self), _prefix) | values))


def _given(model: type[BaseModel], prefix: str) -> dict[str, str]:
    """What variables, or the files that they name, give for the fields of a model.

    Secrets from files, as Docker and Kubernetes mount them: NAME_FILE names the file that holds NAME.
    """
    variables = _variables()
    given: dict[str, str] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        variable = (field.alias or f"{prefix}{name}").upper()
        file = variables.get(f"{variable}_FILE") if is_secret(field) else None
        if file and variables.get(variable):
            raise ConfigurationError(f"{variable} and {variable}_FILE are both set: keep one of them.")
        if file:
            given[key] = _secret_in(PROJECT_ROOT / file, f"{variable}_FILE")
        elif variable in variables:
            given[key] = variables[variable]
    return given


def _variables() -> dict[str, str]:
    """The variables of `.env`, and of the environment, which go before them; settings are found in any case."""
    in_file: dict[str, str | None] = {}
    if ENV_FILE.is_file():
        from dotenv import dotenv_values

        in_file = dotenv_values(ENV_FILE, encoding=ENV_ENCODING)
    return {name.upper(): value for name, value in (*in_file.items(), *os.environ.items()) if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret, which may be in a file."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _secret_in(file: Path, variable: str) -> str:
    """The text of a file without the line break at its end.

    Errors name the variable only: what it names may be the secret itself, by mistake.
    """
    what = f"The file that {variable} names"
    try:
        if not file.is_file():
            file.stat()  # says why, if it is not there
            raise ConfigurationError(f"{what} is no file.")
        with file.open("rb") as opened:
            content = opened.read(LONGEST_SECRET + 1)
        text = content.decode(ENV_ENCODING)
    except (OSError, ValueError) as error:  # such as a name with a zero in it
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise ConfigurationError(f"{what} cannot be read: {why}.") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ConfigurationError(f"{what} is empty.")
    if len(content) > LONGEST_SECRET or not text.isprintable():
        raise ConfigurationError(f"{what} holds more than one line of text: it must hold the secret and nothing else.")
    return text


def with_seller(seller: str | None, account: str) -> str:
    """The name of a seller's account: no two sellers of a Dagster instance have one in common.

    >>> with_seller("acme-ro", "main"), with_seller("acme-ro", "acme-ro-main"), with_seller(None, "main")
    ('acme-ro-main', 'acme-ro-main', 'main')
    """
    return account if seller is None or account.startswith(f"{seller}-") else f"{seller}-{account}"


def variable_prefix(account: str) -> str:
    """How the names of an account's variables begin.

    >>> variable_prefix("acme-ro-main")
    'EMAG_ACME_RO_MAIN_'
    """
    return f"EMAG_{account.upper().replace('-', '_')}_"


class Settings(SettingsOfEnvironment):
    """The settings of one seller's pipeline. Durations are in seconds unless the name says otherwise."""

    model_config = ConfigDict(frozen=True)

    home: Annotated[Path, BeforeValidator(_not_empty)] = Field(default=Path(".magflow"), alias="MAGFLOW_HOME")
    database_url: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_DATABASE_URL"
    )
    database_password: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_DATABASE_PASSWORD"
    )  # of the user that the address names, where that has none: it needs no escapes
    database_port: Annotated[int | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_DATABASE_PORT", ge=1024, le=65535
    )  # where the embedded server listens on loopback too; a server of the seller's own has its own settings
    seller: Annotated[str | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_SELLER", max_length=40
    )  # one of several in one Dagster instance: before `accounts`, whose names begin with it
    kept_sessions: int = Field(default=2, alias="MAGFLOW_KEPT_SESSIONS", ge=0, le=10)
    accounts: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        default=("main", "fbe"), alias="EMAG_ACCOUNTS"
    )
    sync_interval_minutes: int = Field(
        default=30,
        alias="EMAG_SYNC_INTERVAL_MINUTES",
        description="5, 10, 15, 20, 30 or 60 minutes, or whole hours up to 24 in minutes (120, 180, ...)",
    )
    sync_mode: Annotated[Literal["full", "incremental"] | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="EMAG_SYNC_MODE"
    )
    stuck_after_minutes: int = Field(default=15, alias="EMAG_STUCK_AFTER_MINUTES", ge=5, le=60)
    sync_timeout_seconds: float = Field(default=600, alias="EMAG_SYNC_TIMEOUT_SECONDS", gt=0, le=LONGEST_SECONDS)
    read_timeout_seconds: float = Field(default=180, alias="EMAG_READ_TIMEOUT_SECONDS", gt=0, le=LONGEST_SECONDS)
    retry_attempts: int = Field(default=5, alias="EMAG_RETRY_ATTEMPTS", ge=1, le=20)
    retry_max_wait_seconds: float = Field(default=30, alias="EMAG_RETRY_MAX_WAIT_SECONDS", ge=0, le=LONGEST_SECONDS)
    requests_per_second: int = Field(default=3, alias="EMAG_REQUESTS_PER_SECOND", ge=1, le=1_000_000)
    requests_per_minute: int = Field(default=180, alias="EMAG_REQUESTS_PER_MINUTE", ge=1, le=1_000_000)
    items_per_page: int = Field(default=100, alias="EMAG_ITEMS_PER_PAGE", ge=1, le=100)
    reread_budget: int = Field(default=40, alias="EMAG_REREAD_BUDGET", ge=0, le=1_000_000)
    order_history_days: int = Field(default=400, alias="EMAG_ORDER_HISTORY_DAYS", ge=1, le=MOST_ORDER_DAYS)
    late_order_days: int = Field(default=30, alias="MAGFLOW_LATE_ORDER_DAYS", ge=0, le=LONGEST_DAYS)
    refused_days: int = Field(default=90, alias="MAGFLOW_REFUSED_DAYS", ge=1, le=LONGEST_DAYS)
    inbound_days: int = Field(default=7, alias="MAGFLOW_INBOUND_DAYS", ge=0, le=365)
    transfers_from_fbe: bool = Field(default=False, alias="MAGFLOW_TRANSFERS_FROM_FBE")
    lost_buy_box_days: int = Field(default=30, alias="MAGFLOW_LOST_BUY_BOX_DAYS", ge=1, le=LONGEST_DAYS)
    order_budget_ron: Annotated[float | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_ORDER_BUDGET_RON", ge=0, le=1_000_000_000
    )
    rates_url: Annotated[str | None, BeforeValidator(_empty_is_unset)] = Field(
        default="https://www.bnr.ro/nbrfxrates.xml", alias="MAGFLOW_RATES_URL"
    )  # None: rates are entered by hand
    rate_age_days: int = Field(default=7, alias="MAGFLOW_RATE_AGE_DAYS", ge=1, le=LONGEST_DAYS)
    price_age_days: int = Field(default=180, alias="MAGFLOW_PRICE_AGE_DAYS", ge=1, le=LONGEST_DAYS)
    log_retention_days: int = Field(default=30, alias="EMAG_LOG_RETENTION_DAYS", ge=1, le=LONGEST_DAYS)
    raw_retention_days: int = Field(default=7, alias="EMAG_RAW_RETENTION_DAYS", ge=1, le=LONGEST_DAYS)
    snapshot_retention_days: int = Field(default=1100, alias="EMAG_SNAPSHOT_RETENTION_DAYS", ge=400, le=LONGEST_DAYS)
    dagster_retention_days: int = Field(default=30, alias="MAGFLOW_DAGSTER_RETENTION_DAYS", ge=1, le=LONGEST_DAYS)
    backups_daily: int = Field(default=14, alias="MAGFLOW_BACKUPS_DAILY", ge=1, le=10_000)
    backups_weekly: int = Field(default=8, alias="MAGFLOW_BACKUPS_WEEKLY", ge=0, le=10_000)
    backup_folder: Annotated[Path | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_BACKUP_FOLDER"
    )
    report_folder: Annotated[Path | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_REPORT_FOLDER"
    )
    report_languages: Annotated[tuple[Literal["en", "ro", "bg", "hu"], ...], BeforeValidator(_split)] = Field(
        default=("en", "ro"), alias="MAGFLOW_REPORT_LANGUAGES"
    )
    ui_hosts: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        default=(), alias="MAGFLOW_UI_HOSTS"
    )  # names besides loopback's under which a proxy serves the UI
    alert_urls: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_ALERT_URLS"
    )  # alerts/channels.py reads them
    webhook_url: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_WEBHOOK_URL"
    )
    webhook_secret: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_WEBHOOK_SECRET"
    )
    heartbeat_url: Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_HEARTBEAT_URL"
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(_quiet_hours)] = Field(
        default=None, alias="MAGFLOW_QUIET_HOURS"
    )
    language: Literal["en", "ro"] = Field(default="en", alias="MAGFLOW_LANGUAGE")
    company: Annotated[str | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_COMPANY", max_length=200
    )  # the buyer, as suppliers read it
    alert_value_ron: float = Field(default=1000, alias="MAGFLOW_ALERT_VALUE_RON", ge=0, le=1_000_000_000)
    alert_buy_boxes: int = Field(default=5, alias="MAGFLOW_ALERT_BUY_BOXES", ge=1, le=1_000_000)
    alert_buy_box_percent: float = Field(default=10, alias="MAGFLOW_ALERT_BUY_BOX_PERCENT", ge=0, le=100)
    alert_buy_box_ron: float = Field(default=300, alias="MAGFLOW_ALERT_BUY_BOX_RON", ge=0, le=1_000_000_000)
    least_margin: float = Field(default=0.1, alias="MAGFLOW_LEAST_MARGIN", ge=0, le=0.99)
    capital_cost: float = Field(default=0.4, alias="MAGFLOW_CAPITAL_COST", gt=0, le=100)
    order_lines_a_week: Annotated[float | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_ORDER_LINES_A_WEEK", gt=0, le=1_000_000_000
    )
    most_cover_days: int = Field(default=365, alias="MAGFLOW_MOST_COVER_DAYS", ge=1, le=MOST_COVER_DAYS)
    alert_retention_days: int = Field(default=365, alias="MAGFLOW_ALERT_RETENTION_DAYS", ge=30, le=LONGEST_DAYS)
    digest: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(default=(), alias="MAGFLOW_DIGEST")
    dashboard_url: Annotated[str | None, BeforeValidator(_empty_is_unset)] = Field(
        default=None, alias="MAGFLOW_DASHBOARD_URL"
    )
    simulator_url: str | None = Field(
        default=None, alias="MAGFLOW_SIMULATOR_URL"
    )  # set by demo, sync and up for their children

    @property
    def demo_mark(self) -> Path:
        """The file that marks the home as the simulator's."""
        return self.home / "demo"

    @property
    def is_demo(self) -> bool:
        """Whether the home holds the simulator's rows."""
        return self.database_url is None and self.demo_mark.exists()

    @property
    def backups(self) -> Path:
        """The folder of the back-ups; in a named one, which sellers may share, each seller has a folder of its own."""
        return self._of_seller(self.backup_folder) or self.home / "backups"

    @property
    def reports(self) -> Path:
        """The folder of the documents that `report_files` writes; in a named one each seller has its own."""
        return self._of_seller(self.report_folder) or self.home / "reports"

    def _of_seller(self, folder: Path | None) -> Path | None:
        return folder / self.seller if folder and self.seller else folder

    @field_validator("home", "backup_folder", "report_folder")
    @classmethod
    def _anchored(cls, home: Path | None) -> Path | None:
        """A relative folder lies in PROJECT_ROOT, wherever the command was started."""
        try:
            return (PROJECT_ROOT / home.expanduser()).resolve() if home is not None else None
        except (RuntimeError, OSError):
            raise ValueError(
                f"{printable(str(home))} cannot be found: there is no such user, or a link leads in a circle"
            ) from None

    @field_validator("webhook_url", "heartbeat_url", "rates_url")
    @classmethod
    def _is_address(cls, url: SecretStr | str | None) -> SecretStr | str | None:
        text = url.get_secret_value() if isinstance(url, SecretStr) else url
        try:
            is_address = text is None or bool(re.match(r"https?://[^\s/]+\S*$", text, re.IGNORECASE) and urlsplit(text))
        except ValueError:  # such as half an IPv6 address
            is_address = False
        if not is_address:
            raise ValueError("it is no address that begins with https:// or http://")
        return url

    @field_validator("sync_interval_minutes")
    @classmethod
    def _divides_a_clock(cls, minutes: int) -> int:
        if minutes not in INTERVALS:
            raise ValueError("no clock shows it evenly")
        return minutes

    @field_validator("digest")
    @classmethod
    def _known_digests(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := {name.lower() for name in names} - set(DIGESTS):
            raise ValueError(
                f"{', '.join(sorted(map(repr, unknown)))} is no digest: name daily, weekly or monthly, or several, "
                "such as daily,weekly; or leave the variable out"
            )
        return tuple(name for name in DIGESTS if name in map(str.lower, names))

    @field_validator("dashboard_url")
    @classmethod
    def _is_a_page(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            is_page = (
                parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
            )
            holds_password = parts.username is not None or parts.password is not None
        except ValueError:
            is_page = holds_password = False
        if holds_password:
            raise ValueError(
                "the address holds a user or password, and everybody in the UI would see it: leave them out"
            )
        if not is_page:
            raise ValueError("it is no address of a page: write it whole, such as https://grafana.example/d/magflow")
        return url

    @field_validator("seller")
    @classmethod
    def _is_a_seller(cls, seller: str | None) -> str | None:
        if seller is not None and not SELLER.fullmatch(seller.lower()):
            raise ValueError(f"{seller!r} is not a seller's name: use letters, digits and -, such as acme-ro")
        return seller.lower() if seller else None

    @field_validator("accounts")
    @classmethod
    def _named_uniquely(cls, accounts: tuple[str, ...], values: ValidationInfo) -> tuple[str, ...]:
        names = tuple(name.lower() for name in accounts)
        if not names:
            raise ValueError("name at least one account, such as main,fbe, or leave the variable out")
        for name in names:
            if not ACCOUNT.fullmatch(name):
                raise ValueError(f"{name!r} is not an account name: use letters, digits, _ and -, such as main,fbe")
        names = tuple(with_seller(values.data.get("seller"), name) for name in names)
        if len({variable_prefix(name) for name in names}) != len(names):
            raise ValueError(f"an account is named twice: {', '.join(names)}")
        return names


@cache
def load_settings() -> Settings:
    """Read the settings once per process.

    Raises:
        ConfigurationError: a variable holds a value that is not allowed, or the file cannot be read.
    """
    _check_env_file(ENV_FILE)
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(explain(error, Settings)) from None


@contextmanager
def making_home(home: Path) -> Generator[None]:
    """Create the home if it is missing; turn errors of that, and of the block that writes in it, into a sentence.

    Raises:
        ConfigurationError: it is not a folder, or this user cannot write there.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno not in _NO_HOME:  # such as a full disk: the choice of the folder is not wrong
            raise
        is_file = home.exists() and not home.is_dir()
        why = "it is a file" if is_file else os.strerror(error.errno)
        raise ConfigurationError(
            f"MAGFLOW_HOME {printable(str(home))} cannot be used: {why}. Set it to a folder where this user can write."
        ) from None


def forget_libpq_variables(*, all_of_them: bool) -> None:
    """Remove libpq's variables from this process and its children, so that they do not change an address.

    All of them for the embedded server, whose address is complete. For a server of the seller's own only those that
    override settings of the session: the others (PGPASSWORD, PGSSLROOTCERT, PGSERVICE ...) may be part of how the
    seller names it.
    """
    for name in list(os.environ):
        if name in _CHANGES_SESSIONS or (all_of_them and re.fullmatch(r"PG[A-Z]+(_[A-Z]+)?", name)):
            del os.environ[name]


def _check_env_file(file: Path) -> None:
    """Check that the file is readable, in UTF-8, and each line a variable: else wrong values, or none, are read."""
    if os.path.lexists(file) and (file.is_dir() or file.is_fifo() or not file.exists()):
        raise ConfigurationError(f"{file} is not a file that can be read: put the settings there, or remove it.")
    try:
        content = file.read_bytes() if file.is_file() else b""
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from None
    try:
        has_zeros = "\0" in content.decode(ENV_ENCODING)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file} is not in UTF-8: see line {line}. Save it in that encoding.") from None
    if has_zeros:
        raise ConfigurationError(f"{file} is not in UTF-8, it seems to be in UTF-16. Save it in UTF-8.")
    if not content:
        return
    from dotenv.parser import parse_stream

    odd = next((each.original for each in parse_stream(io.StringIO(content.decode(ENV_ENCODING))) if each.error), None)
    if odd is not None:
        blank_lines = odd.string[: -len(odd.string.lstrip())].count("\n")
        raise ConfigurationError(
            f"{file}: line {odd.line + blank_lines} cannot be read. "
            "Write NAME='value' on a line of its own, with both quotes."
        )


def missing_env_file() -> Path | None:
    """The file that MAGFLOW_ENV_FILE names, if there is none."""
    return ENV_FILE if "MAGFLOW_ENV_FILE" in os.environ and not os.path.lexists(ENV_FILE) else None


def setting_names() -> set[str]:
    """The names of all variables that are settings, those that name files included."""
    named = [(field.alias, field) for field in Settings.model_fields.values() if field.alias]
    return {name for name, _ in named} | {f"{name}_FILE" for name, field in named if is_secret(field)}


def variable_names() -> set[str]:
    """The names of all variables of the environment and `.env`, in capitals: settings are found in any case."""
    return set(_variables())


def environment_of_child(**changed: str) -> dict[str, str]:
    """This process's environment for a child, with some variables changed.

    A child and its descendants import only installed modules, none of the current folder, which an empty part of
    PYTHONPATH would name.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSTARTUP")}
    if "MAGFLOW_ENV_FILE" in inherited or ENV_FILE.exists():
        inherited["MAGFLOW_ENV_FILE"] = str(ENV_FILE)  # a child works in another folder
    return {**inherited, "PYTHONSAFEPATH": "1", **changed}


def take_environment(variables: Mapping[str, str]) -> None:
    """Make `environment_of_child` of another process this one's: it was started before the other one had read it."""
    os.environ.clear()
    os.environ.update(variables)


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that uses the database, but asks no marketplace and tells nobody."""
    secret = {field.alias for field in Settings.model_fields.values() if is_secret(field)} - _OF_DATABASE
    left_out = {*secret, *(f"{name}_FILE" for name in secret)}
    return {
        name: value for name, value in environment.items() if _NEEDED.fullmatch(name) and name.upper() not in left_out
    }


def without_passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that people use: theirs, without the secrets of the settings."""
    secret = {field.alias for field in Settings.model_fields.values() if is_secret(field)}
    return {
        name: value
        for name, value in environment.items()
        if name.upper() not in secret and not re.fullmatch(r"EMAG_\w+_PASSWORD", name, re.IGNORECASE)
    }


def environment_of_server() -> dict[str, str]:
    """The environment of the embedded PostgreSQL: any of its superusers can read it, so it holds no secrets."""
    return {name: value for name, value in os.environ.items() if _EVERYBODYS.fullmatch(name)}


def environment_of_client() -> dict[str, str]:
    """The environment of PostgreSQL's programs: libpq's variables may be part of an address; no other secrets."""
    needed = re.compile(rf"{_EVERYBODYS.pattern}|HOME|PG\w+")
    return {name: value for name, value in os.environ.items() if needed.fullmatch(name)}
