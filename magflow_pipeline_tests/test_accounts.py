"""Accounts: whose they are, which are refused, and what the messages say."""

import pytest

from magflow_pipeline.accounts import (
    ROMANIA,
    SIMULATOR,
    Stock,
    configured_stock,
    has_credentials,
    known_names,
    load_accounts,
    load_those_with_credentials,
)
from magflow_pipeline.settings import ConfigurationError, Settings, load_settings


@pytest.fixture
def settings(monkeypatch, tmp_path) -> Settings:
    return load_settings()


@pytest.fixture
def credentials(monkeypatch):
    for name in ("MAIN", "FBE"):
        monkeypatch.setenv(f"EMAG_{name}_USERNAME", f"{name.lower()}@example.ro")
        monkeypatch.setenv(f"EMAG_{name}_PASSWORD", "geheim")


@pytest.fixture
def demo_home(settings):
    settings.home.mkdir()
    settings.demo_mark.touch()


def test_an_account_has_romania_and_its_own_warehouse_by_default(settings, credentials):
    main, fbe = load_accounts(settings)
    assert (main.name, main.kind, main.warehouse) == ("main", "main", "EMAG-MAIN")
    assert (fbe.name, fbe.kind, fbe.warehouse) == ("fbe", "fbe", "EMAG-FBE")
    assert main.base_url == fbe.base_url == ROMANIA
    assert main.marketplace == "marketplace-api.emag.ro/api-3"
    assert (main.username, main.password.get_secret_value()) == ("main@example.ro", "geheim")


def test_an_account_is_what_its_variables_say(monkeypatch):
    for name, value in {
        "EMAG_ACCOUNTS": "hu",
        "EMAG_HU_USERNAME": "u",
        "EMAG_HU_PASSWORD": "p",
        "EMAG_HU_BASE_URL": "https://marketplace-api.emag.hu/api-3/",
        "EMAG_HU_KIND": "fbe",
        "EMAG_HU_WAREHOUSE": "EMAG-FBE",
    }.items():
        monkeypatch.setenv(name, value)
    [account] = load_accounts(load_settings())
    assert (account.base_url, account.kind, account.warehouse) == (
        "https://marketplace-api.emag.hu/api-3",
        "fbe",
        "EMAG-FBE",
    )
    assert account.marketplace == "marketplace-api.emag.hu/api-3"


def test_an_account_of_a_seller_has_the_variables_of_its_whole_name(monkeypatch):
    """`main` of another seller, in an environment that both share by mistake, is none of this one's."""
    for name, value in {
        "MAGFLOW_SELLER": "acme-ro",
        "EMAG_MAIN_USERNAME": "of-another",
        "EMAG_MAIN_PASSWORD": "of-another",
        **{f"EMAG_ACME_RO_{each}_USERNAME": each for each in ("MAIN", "FBE")},
        **{f"EMAG_ACME_RO_{each}_PASSWORD": "p" for each in ("MAIN", "FBE")},
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    main, fbe = load_accounts(settings)
    assert (main.name, main.username, main.kind, main.warehouse) == (
        "acme-ro-main",
        "MAIN",
        "main",
        "EMAG-ACME-RO-MAIN",
    )
    assert (fbe.name, fbe.username, fbe.kind) == ("acme-ro-fbe", "FBE", "fbe")
    assert known_names(settings, ("main", "acme-ro-MAIN")) == ("acme-ro-main",)


def test_main_in_capitals_is_main(settings, credentials):
    """MAIN and main were two accounts once."""
    assert known_names(settings, ("MAIN", "main", "Fbe")) == ("main", "fbe")
    assert [account.name for account in load_accounts(settings, ("MAIN",))] == ["main"]


def test_no_name_means_all_accounts(settings):
    assert known_names(settings) == ("main", "fbe")


def test_an_unknown_account_is_answered_with_those_that_are_configured(settings):
    with pytest.raises(ConfigurationError, match=r"'both' is not configured\. EMAG_ACCOUNTS holds: main, fbe\."):
        known_names(settings, ("main", "both"))


def test_missing_credentials_name_both_variables(settings):
    """They were reported as a successful sync of nothing."""
    with pytest.raises(ConfigurationError, match="EMAG_MAIN_USERNAME and no EMAG_MAIN_PASSWORD"):
        load_accounts(settings)


def test_the_missing_half_of_the_credentials_is_named_alone(settings, monkeypatch):
    monkeypatch.setenv("EMAG_MAIN_USERNAME", "geheim-user")
    with pytest.raises(ConfigurationError) as problem:
        load_accounts(settings, ("main",))
    assert "EMAG_MAIN_PASSWORD" in str(problem.value)
    assert "EMAG_MAIN_USERNAME" not in str(problem.value) and "geheim" not in str(problem.value)


def test_an_account_without_credentials_does_not_stop_the_other(settings, monkeypatch):
    monkeypatch.setenv("EMAG_FBE_USERNAME", "u")
    monkeypatch.setenv("EMAG_FBE_PASSWORD", "geheim")
    ready, missing = load_those_with_credentials(settings, ("main", "fbe"))
    assert [account.name for account in ready] == ["fbe"]
    assert list(missing) == ["main"] and "EMAG_MAIN_PASSWORD" in missing["main"]


def test_no_account_with_credentials_is_an_error_that_names_them_all(settings):
    with pytest.raises(ConfigurationError) as problem:
        load_those_with_credentials(settings, ("main", "fbe"))
    assert "EMAG_MAIN_USERNAME" in str(problem.value) and "EMAG_FBE_PASSWORD" in str(problem.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EMAG_MAIN_BASE_URL", "geheim"),
        ("EMAG_MAIN_BASE_URL", "ftp://geheim"),
        ("EMAG_MAIN_BASE_URL", "https://user:geheim@marketplace-api.emag.ro/api-3"),
        ("EMAG_MAIN_BASE_URL", "http://[geheim"),
        ("EMAG_MAIN_BASE_URL", "https://:geheim@marketplace-api.emag.ro/api-3"),
        ("EMAG_MAIN_BASE_URL", "https://geheim@marketplace-api.emag.ro/api-3"),
        ("EMAG_MAIN_BASE_URL", "https://geheim%40x@marketplace-api.emag.ro"),
        ("EMAG_MAIN_BASE_URL", "https://@marketplace-api.emag.ro/geheim"),
        ("EMAG_MAIN_BASE_URL", "https:/u:geheim@marketplace-api.emag.ro"),
        ("EMAG_MAIN_BASE_URL", "https:///u:geheim@marketplace-api.emag.ro"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro\\@geheim"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro/api-3?key=geheim"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro/api-3#geheim"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro/api-3?"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro/\ngeheim"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace api.emag.ro"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro:99999"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.emag.ro:0"),
        ("EMAG_MAIN_BASE_URL", "https://marketplace-api.em\N{CYRILLIC SMALL LETTER A}g.ro/api-3"),
        ("EMAG_MAIN_BASE_URL", f"https://{'x' * 64}.ro/api-3"),
        ("EMAG_MAIN_USERNAME", "user:geheim"),
        ("EMAG_MAIN_USERNAME", "geheim\n"),
        ("EMAG_MAIN_PASSWORD", "geheim\n"),
        ("EMAG_MAIN_PASSWORD", " geheim"),
        ("EMAG_MAIN_PASSWORD", "geheim\nEMAG_FBE_PASSWORD=x"),
        ("EMAG_MAIN_PASSWORD", "geheim\udcff"),
        ("EMAG_MAIN_KIND", "geheim"),
    ],
)
def test_a_wrong_value_is_named_by_its_variable_and_not_told(settings, credentials, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"^{variable}(:| holds) ") as problem:
        load_accounts(settings)
    assert "geheim" not in str(problem.value)


PLAIN = [
    "http://marketplace-api.emag.ro/api-3",
    "HTTP://marketplace-api.emag.ro/api-3",
    "http://10.0.0.7:8300/api-3",
    "http://localhost.evil.example/api-3",
    "http://127.0.0.1.evil.example/api-3",
    "http://[2001:db8::1]/api-3",
    "http://simulator:8300/api-3",
]


@pytest.mark.parametrize("address", PLAIN)
def test_plain_http_is_for_this_machine_only(settings, credentials, monkeypatch, address):
    """Whoever is on the way reads the password of every request."""
    monkeypatch.setenv("EMAG_MAIN_BASE_URL", address)
    with pytest.raises(ConfigurationError, match=r"^EMAG_MAIN_BASE_URL: plain http shows the password"):
        load_accounts(settings)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8300/api-3", "http://127.8.8.8/", "http://localhost:1", "http://[::1]:8300/api-3"]
)
def test_this_machine_may_be_asked_with_plain_http(settings, credentials, monkeypatch, address):
    monkeypatch.setenv("EMAG_MAIN_BASE_URL", address)
    assert load_accounts(settings)[0].base_url == address.rstrip("/")


def test_a_simulator_in_a_neighbouring_container_has_no_secret_to_show(settings, credentials, monkeypatch):
    """`deploy/simulator.env` names it by the name of its service."""
    monkeypatch.setenv("EMAG_MAIN_BASE_URL", "http://simulator:8300/api-3")
    monkeypatch.setenv("EMAG_MAIN_PASSWORD", "demo")
    assert load_accounts(settings)[0].base_url == "http://simulator:8300/api-3"


def test_a_password_may_hold_anything_that_can_be_typed(settings, credentials, monkeypatch):
    monkeypatch.setenv("EMAG_MAIN_PASSWORD", "a b:ș/@#?%")
    assert load_accounts(settings)[0].password.get_secret_value() == "a b:ș/@#?%"


def test_a_speed_limit_belongs_to_the_user_of_a_marketplace(settings, credentials, monkeypatch):
    """Two accounts with one user sent 6 requests in a second."""
    main, fbe = load_accounts(settings)
    assert main.limit_name != fbe.limit_name
    monkeypatch.setenv("EMAG_FBE_USERNAME", "Main@example.ro")
    monkeypatch.setenv("EMAG_FBE_BASE_URL", "https://MARKETPLACE-api.emag.ro:443/api-3/")
    assert load_accounts(settings)[1].limit_name == main.limit_name
    monkeypatch.setenv("EMAG_FBE_BASE_URL", "https://marketplace-api.emag.bg/api-3")
    assert load_accounts(settings)[1].limit_name != main.limit_name


def test_one_half_of_the_credentials_counts_as_credentials(settings, monkeypatch):
    assert not has_credentials(settings)
    monkeypatch.setenv("EMAG_FBE_PASSWORD", "geheim")
    assert has_credentials(settings)


def test_a_demo_home_serves_the_simulator(settings, demo_home, monkeypatch):
    monkeypatch.setenv("MAGFLOW_SIMULATOR_URL", "http://127.0.0.1:1")
    load_settings.cache_clear()
    main, fbe = load_accounts(load_settings())
    assert (main.marketplace, main.base_url, main.kind) == (SIMULATOR, "http://127.0.0.1:1", "main")
    assert (fbe.username, fbe.kind, fbe.warehouse) == ("fbe", "fbe", "EMAG-FBE")


def test_a_demo_home_refuses_credentials(settings, demo_home, credentials):
    """Demo rows and real rows must not mix."""
    with pytest.raises(ConfigurationError, match="is a demo home and credentials are set") as problem:
        load_accounts(settings)
    assert "geheim" not in str(problem.value)


def test_a_demo_home_without_a_simulator_says_how_to_start_it(settings, demo_home):
    with pytest.raises(ConfigurationError, match="simulator is not running"):
        load_accounts(settings)


def test_a_password_is_never_shown(settings, credentials):
    accounts = load_accounts(settings)
    assert "geheim" not in f"{accounts} {accounts[0]} {accounts[0]!r}"


def test_an_account_is_configured_without_credentials_and_with_a_wrong_variable(monkeypatch):
    """A password that is missing for a day must not take the account's stock out of the report."""
    for name, value in {"EMAG_ACCOUNTS": "fbe,hu,main", "EMAG_HU_KIND": "no", "EMAG_MAIN_WAREHOUSE": " SHELF "}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EMAG_FBE_BASE_URL", "no address")
    assert configured_stock(load_settings()) == {
        "fbe": Stock("fbe", "fbe", "EMAG-FBE", "RO"),
        "hu": None,
        "main": Stock("main", "main", "SHELF", "RO"),
    }


@pytest.mark.parametrize(
    ("variables", "country", "address"),
    [
        ({}, "RO", "https://marketplace-api.emag.ro/api-3"),
        ({"COUNTRY": "hu "}, "HU", "https://marketplace-api.emag.hu/api-3"),
        ({"BASE_URL": "https://Marketplace-API.emag.bg/api-3/"}, "BG", "https://Marketplace-API.emag.bg/api-3"),
        ({"COUNTRY": "BG", "BASE_URL": "https://proxy.example.com/hu"}, "BG", "https://proxy.example.com/hu"),
    ],
)
def test_the_country_names_the_host_and_the_host_the_country(monkeypatch, variables, country, address):
    given = {"EMAG_ACCOUNTS": "shop", "EMAG_SHOP_USERNAME": "u", "EMAG_SHOP_PASSWORD": "p"}
    for name, value in (given | {f"EMAG_SHOP_{name}": value for name, value in variables.items()}).items():
        monkeypatch.setenv(name, value)
    [account] = load_accounts(load_settings())
    assert (account.country, account.base_url) == (country, address)
    stock = configured_stock(load_settings())["shop"]
    assert stock is not None and stock.country == country


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"COUNTRY": "PL"}, "EMAG_SHOP_COUNTRY"),
        ({"COUNTRY": "HU", "BASE_URL": "https://marketplace-api.emag.bg/api-3"}, "is that of BG.* country is HU"),
    ],
)
def test_a_country_that_cannot_be_is_named(monkeypatch, variables, said):
    given = {"EMAG_ACCOUNTS": "shop", "EMAG_SHOP_USERNAME": "u", "EMAG_SHOP_PASSWORD": "p"}
    for name, value in (given | {f"EMAG_SHOP_{name}": value for name, value in variables.items()}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said):
        load_accounts(load_settings())
