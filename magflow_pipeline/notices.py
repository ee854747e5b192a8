"""Warnings about settings that are no errors: unknown variables, limits above the marketplace's.

Each is a sentence for people, and none quotes the value of an unknown variable: it may be a secret.
"""

import difflib
import re
from collections.abc import Sequence

from magflow_pipeline.settings import Settings, missing_env_file, setting_names, variable_names, variable_prefix
from magflow_pipeline.text import printable

PREFIXES = ("EMAG_", "MAGFLOW_")
# Read by the compose file, by tests, or by this process before there are settings.
OTHER_NAMES = (
    *("MAGFLOW_ENV_FILE", "MAGFLOW_UP_IN", "MAGFLOW_ACCOUNTS_FILE", "MAGFLOW_SCREENSHOTS"),
    *("MAGFLOW_PORT", "MAGFLOW_SIMULATOR_PORT", "MAGFLOW_GRAFANA_PORT", "MAGFLOW_PROMETHEUS_PORT"),
    "MAGFLOW_STOP_GRACE_PERIOD",
)
# Variables of the ERP's module, and what replaces them.
FORMER = {
    r"EMAG_ENABLE_SCHEDULED_SYNC": "schedules are on from the first start; switch one off under Automation in the UI",
    r"EMAG_\w+_MAX_PAGES": "a sync reads every page; for once, less is read by `magflow sync --max-pages`",
    r"EMAG_\w+_LOG_RETENTION": "use EMAG_LOG_RETENTION_DAYS, which is for all accounts",
}
EMAG_PER_SECOND, EMAG_PER_MINUTE = 3, 180  # emag-api.md: Limits, for product offers


def notices(settings: Settings) -> list[str]:
    """The warnings to show before anything else, one sentence each."""
    return _missing_file() + _unknown_variables(settings) + _limits(settings)


def _missing_file() -> list[str]:
    file = missing_env_file()
    return (
        [f"MAGFLOW_ENV_FILE names {printable(str(file))}: there is no such file, so nothing is read from it."]
        if file
        else []
    )


def _unknown_variables(settings: Settings) -> list[str]:
    known = setting_names() | set(OTHER_NAMES)
    others = [name for name in variable_names() - known if name.startswith(PREFIXES)]
    if not others:
        return []
    from magflow_pipeline.accounts import ACCOUNT_FIELDS

    known |= {f"{variable_prefix(account)}{field.upper()}" for account in settings.accounts for field in ACCOUNT_FIELDS}
    unknown = sorted(set(others) - known)
    return [f"{printable(name)} is set and has no effect{_advice(name, known, settings.accounts)}" for name in unknown]


def _advice(name: str, known: set[str], accounts: Sequence[str]) -> str:
    from magflow_pipeline.accounts import ACCOUNT_FIELDS

    for former, now in FORMER.items():
        if re.fullmatch(former, name):
            return f": {now}."
    of_account = re.fullmatch(rf"EMAG_(\w+)_({'|'.join(ACCOUNT_FIELDS).upper()})", name)
    names = [account.replace("-", "_") for account in accounts]
    if of_account and not difflib.get_close_matches(of_account[1].lower(), names, cutoff=0.7):
        return f": EMAG_ACCOUNTS has no account {of_account[1].lower()!r}."
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f". Did you mean {nearest[0]}?" if nearest else ": there is no such setting. The README lists them all."


def _limits(settings: Settings) -> list[str]:
    limits = (
        ("EMAG_REQUESTS_PER_SECOND", settings.requests_per_second, EMAG_PER_SECOND),
        ("EMAG_REQUESTS_PER_MINUTE", settings.requests_per_minute, EMAG_PER_MINUTE),
    )
    above = [each for each in limits if each[1] > each[2]]
    if not above or settings.is_demo:
        return []
    from magflow_pipeline.accounts import asks_the_marketplace

    if not asks_the_marketplace(settings):
        return []
    return [
        f"{name} is {value}, and eMAG allows {allowed}: it will answer 429, and may block the account."
        for name, value, allowed in above
    ]
