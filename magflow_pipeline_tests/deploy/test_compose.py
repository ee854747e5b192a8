"""docker-compose.yml: what the file promises."""

import re
from pathlib import Path

import pytest
import yaml

from magflow_pipeline.settings import PROJECT_ROOT, load_settings
from magflow_pipeline_tests.deploy.compose import (
    COMPOSE_FILE,
    DOCKERFILE,
    MissingVariableError,
    image_copies,
    instructions,
    load_compose,
    read_env_file,
    seconds,
    substitute,
)

PASSWORD = "p@ss:w/rd%"
COMPOSE = load_compose({"POSTGRES_PASSWORD": PASSWORD})
SERVICES = COMPOSE["services"]
LASTING = sorted(SERVICES.keys() - {"migrate"})
OURS = sorted(SERVICES.keys() - {"postgres"})


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("a ${X} b", {"X": "1"}, "a 1 b"),
        ("$X$$X", {"X": "1"}, "1$X"),
        ("${X}", {}, ""),
        ("${X:-other}", {"X": ""}, "other"),
        ("${X-other}", {"X": ""}, ""),
        ("${X-other}", {}, "other"),
        ("127.0.0.1:${PORT:-3000}:3000", {"PORT": "3001"}, "127.0.0.1:3001:3000"),
        ("${X:?say it}", {"X": "$Y"}, "$Y"),
    ],
)
def test_variables_are_put_in_as_compose_does(text, variables, expected):
    assert substitute(text, variables) == expected


@pytest.mark.parametrize("variables", [{}, {"POSTGRES_PASSWORD": ""}])
def test_nothing_starts_without_a_password(variables):
    with pytest.raises(MissingVariableError, match=r"POSTGRES_PASSWORD .* in \.env"):
        load_compose(variables)


def test_there_is_no_password_in_the_files_but_the_simulators():
    texts = [COMPOSE_FILE.read_text(), DOCKERFILE.read_text()]
    assert not re.search(r"PASSWORD(: |=)(?!\$\{POSTGRES_PASSWORD:\?)", "\n".join(texts))
    demo = read_env_file(PROJECT_ROOT / "deploy" / "simulator.env")
    assert {value for name, value in demo.items() if "PASSWORD" in name} == {"demo"}


def test_the_password_reaches_libpq_as_it_is_and_stands_in_no_address():
    for name in ("migrate", "code", "webserver", "daemon"):
        environment = SERVICES[name]["environment"]
        assert environment["PGPASSWORD"] == PASSWORD
        assert environment["MAGFLOW_DATABASE_URL"] == "postgresql://magflow@postgres:5432/magflow"
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"] == PASSWORD


def test_the_services_are_the_shop_and_the_simulator_is_asked_for_by_its_profile():
    assert set(SERVICES) == {"postgres", "migrate", "code", "webserver", "daemon", "simulator"}
    assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["simulator"]
    assert SERVICES["simulator"]["profiles"] == ["simulator"]


def test_ports_are_published_on_loopback_only():
    published = {name: SERVICES[name]["ports"] for name in SERVICES if "ports" in SERVICES[name]}
    assert published == {"webserver": ["127.0.0.1:3000:3000"], "simulator": ["127.0.0.1:8300:8300"]}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_started_again_and_has_a_health_check(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check.keys() == {"test", "interval", "timeout", "retries", "start_period"}


def test_the_migration_runs_once_and_the_code_waits_for_it():
    assert SERVICES["migrate"]["restart"] == "no"
    assert "magflow database migrate" in SERVICES["migrate"]["command"][-1]
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["code"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    for name in ("webserver", "daemon"):
        assert SERVICES[name]["depends_on"]["code"]["condition"] == "service_healthy"


def test_the_code_is_given_more_time_to_stop_than_the_longest_run_takes():
    from magflow_pipeline.defs.jobs import max_runtime_seconds

    monitoring = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())["run_monitoring"]
    longest = max(max_runtime_seconds(load_settings().sync_timeout_seconds), monitoring["max_runtime_seconds"])
    ending = monitoring["poll_interval_seconds"] + monitoring["cancel_timeout_seconds"]
    assert seconds(SERVICES["code"]["stop_grace_period"]) > longest + ending
    assert seconds("1h30m") == 5400


def test_what_has_to_outlive_a_container_is_on_a_volume():
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"]) == {"postgres", "home"}
    # From 18 on the image keeps its cluster below this folder, and refuses a volume one level deeper.
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_credentials_of_the_marketplace_reach_the_code_only():
    assert [name for name in SERVICES if "env_file" in SERVICES[name]] == ["code"]
    assert SERVICES["code"]["env_file"] == ".env"
    simulated = load_compose({**read_env_file(PROJECT_ROOT / "deploy" / "simulator.env"), "POSTGRES_PASSWORD": "x"})
    assert simulated["services"]["code"]["env_file"] == "deploy/simulator.env"


def test_all_run_one_image_of_the_same_lock_and_not_as_root():
    for name in OURS:
        assert SERVICES[name]["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}
        assert "image" not in SERVICES[name]  # compose would look for it in a registry first
        assert "user" not in SERVICES[name]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    steps = list(instructions())
    assert steps[-1][0] == "USER" and int(steps[-1][1]) > 0
    assert [rest for word, rest in steps if word == "FROM"] == ["python:3.13-slim"]
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes --requirement requirements.lock" in installs[0]
    assert "--no-deps --editable ." in installs[1]
    assert "://" not in DOCKERFILE.read_text()


def test_the_context_holds_what_the_image_copies_and_nothing_else():
    ignored = [line for line in (PROJECT_ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert ignored[0] == "*"
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert allowed == {source for source, _ in image_copies()}
    assert all((PROJECT_ROOT / source).exists() for source in allowed)


def test_the_location_has_one_name_everywhere():
    """Under another name, Dagster would forget which schedules and sensors are on."""
    (container,) = _locations(PROJECT_ROOT / "deploy" / "workspace.yaml")
    (local,) = _locations(PROJECT_ROOT / "workspace.yaml")
    assert container["grpc_server"]["location_name"] == local["python_module"]["location_name"]
    command = SERVICES["code"]["command"]
    assert command[command.index("--module-name") + 1] == local["python_module"]["module_name"]
    assert str(container["grpc_server"]["port"]) == command[command.index("--port") + 1]
    assert container["grpc_server"]["host"] in SERVICES


def _locations(file: Path) -> list[dict[str, dict[str, str]]]:
    return yaml.safe_load(file.read_text())["load_from"]
