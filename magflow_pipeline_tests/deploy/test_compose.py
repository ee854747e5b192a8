"""docker-compose.yml: what the file promises."""

import re
import shutil
import subprocess
import tomllib
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

PASSWORDS = {"POSTGRES_PASSWORD": "p@ss:w/rd%", "POSTGRES_PIPELINE_PASSWORD": "an0ther:p@ss/w$rd"}
COMPOSE = load_compose(PASSWORDS)
SERVICES = COMPOSE["services"]
LASTING = sorted(SERVICES.keys() - {"migrate", "migrate-dagster"})
OURS = sorted(SERVICES.keys() - {"postgres", "prometheus", "grafana"})
MONITORING = ["metrics", "prometheus", "grafana"]


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


@pytest.mark.parametrize("missing", sorted(PASSWORDS))
def test_nothing_starts_without_a_password(missing):
    others = {name: value for name, value in PASSWORDS.items() if name != missing}
    for variables in (others, {**others, missing: ""}):
        with pytest.raises(MissingVariableError, match=missing):
            load_compose(variables)


def test_there_is_no_password_in_the_files_but_the_simulators():
    texts = [COMPOSE_FILE.read_text(), DOCKERFILE.read_text()]
    from_env = r"\$\{(POSTGRES_READER_PASSWORD:-\}|GRAFANA_PASSWORD:-\})"
    assert not re.search(rf"PASSWORD(: |=)(?!{from_env}|\"\"\n)", "\n".join(texts))
    demo = read_env_file(PROJECT_ROOT / "deploy" / "simulator.env")
    assert {value for name, value in demo.items() if "PASSWORD" in name} == {"demo"}


def test_passwords_of_postgresql_are_files_and_each_is_only_where_it_is_needed():
    superusers, pipelines = "postgres_password", "pipeline_password"
    assert COMPOSE["secrets"].keys() == {superusers, pipelines}
    mounted = {name: set(each.get("secrets", [])) for name, each in SERVICES.items() if "secrets" in each}
    working = ("migrate-dagster", "code", "webserver", "daemon", "metrics")
    assert mounted == {
        "postgres": {superusers},
        "migrate": {superusers, pipelines},
        **{name: {pipelines} for name in working},
    }
    for name in working:
        environment = SERVICES[name]["environment"]
        assert environment["MAGFLOW_DATABASE_URL"] == "postgresql://magflow_pipeline@postgres:5432/magflow"
        assert environment["MAGFLOW_DATABASE_PASSWORD_FILE"] == f"/run/secrets/{pipelines}"
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == f"/run/secrets/{superusers}"
    held = {value for each in SERVICES.values() for value in each.get("environment", {}).values()}
    assert not held & set(PASSWORDS.values())


def test_the_accounts_file_brings_the_code_no_password_of_others():
    """By default it is .env, which has those that compose itself reads."""
    in_env = {*re.findall(r"\$\{(\w*PASSWORD)", COMPOSE_FILE.read_text()), *PASSWORDS}
    assert {name: SERVICES["code"]["environment"].get(name) for name in in_env} == dict.fromkeys(in_env, "")


def test_the_services_are_the_shop_and_others_are_asked_for_by_their_profile():
    assert set(SERVICES) == {
        "postgres",
        "migrate",
        "migrate-dagster",
        "code",
        "webserver",
        "daemon",
        "simulator",
        *MONITORING,
    }
    profiles = {name: SERVICES[name]["profiles"] for name in SERVICES if "profiles" in SERVICES[name]}
    assert profiles == {"simulator": ["simulator"], **{name: ["monitoring"] for name in MONITORING}}


def test_ports_are_published_on_loopback_only():
    published = {name: SERVICES[name]["ports"] for name in SERVICES if "ports" in SERVICES[name]}
    ports = {"webserver": "3000:3000", "simulator": "8300:8300", "prometheus": "9090:9090", "grafana": "3002:3000"}
    assert published == {name: [f"127.0.0.1:{pair}"] for name, pair in ports.items()}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_started_again_and_has_a_health_check(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check.keys() == {"test", "interval", "timeout", "retries", "start_period"}


def test_the_migration_runs_once_and_the_code_waits_for_it():
    assert SERVICES["migrate"]["restart"] == SERVICES["migrate-dagster"]["restart"] == "no"
    assert "magflow database migrate" in SERVICES["migrate"]["command"][-1]
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["migrate-dagster"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["code"]["depends_on"]["migrate-dagster"]["condition"] == "service_completed_successfully"
    for name in ("webserver", "daemon"):
        assert SERVICES[name]["depends_on"]["code"]["condition"] == "service_healthy"


def test_the_code_is_given_more_time_to_stop_than_the_longest_run_takes():
    from magflow_pipeline.defs.jobs import max_runtime_seconds

    monitoring = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())["run_monitoring"]
    settings = load_settings()
    longest = max(max_runtime_seconds(settings, settings.sync_timeout_seconds), monitoring["max_runtime_seconds"])
    ending = monitoring["poll_interval_seconds"] + monitoring["cancel_timeout_seconds"]
    assert seconds(SERVICES["code"]["stop_grace_period"]) > longest + ending
    assert seconds("1h30m") == 5400


def test_what_has_to_outlive_a_container_is_on_a_volume():
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    mounted = {mount.split(":")[0] for mount in mounts if not mount.startswith("./")}
    assert mounted == set(COMPOSE["volumes"]) == {"postgres", "home", "prometheus", "grafana"}
    assert all(mount.endswith(":ro") for mount in mounts if mount.startswith("./"))
    # From 18 on the image keeps its cluster below this folder, and refuses a volume one level deeper.
    assert re.fullmatch(r"postgres:18@sha256:[0-9a-f]{64}", SERVICES["postgres"]["image"])
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_images_of_others_are_named_by_digest_and_take_no_rights():
    for name in ("prometheus", "grafana"):
        assert re.fullmatch(r"[a-z]+/[a-z]+:v?[0-9.]+@sha256:[0-9a-f]{64}", SERVICES[name]["image"])
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_credentials_of_the_marketplace_reach_the_code_only():
    assert [name for name in SERVICES if "env_file" in SERVICES[name]] == ["code"]
    assert SERVICES["code"]["env_file"] == ".env"
    simulated = load_compose({**read_env_file(PROJECT_ROOT / "deploy" / "simulator.env"), **PASSWORDS})
    assert simulated["services"]["code"]["env_file"] == "deploy/simulator.env"


def test_all_run_one_image_of_the_same_lock_and_not_as_root():
    for name in OURS:
        assert SERVICES[name]["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}
        assert "image" not in SERVICES[name]  # compose would look for it in a registry first
        assert "user" not in SERVICES[name]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    steps = list(instructions())
    assert steps[-1][0] == "USER" and int(steps[-1][1]) > 0
    [image] = [rest for word, rest in steps if word == "FROM"]
    assert re.fullmatch(r"python:3\.13-slim@sha256:[0-9a-f]{64}", image)
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes --requirement requirements-kubernetes.lock" in installs[0]
    assert "--require-hashes --requirement requirements-build.lock" in installs[1]
    assert "--no-deps --no-build-isolation --editable ." in installs[1]
    assert "://" not in DOCKERFILE.read_text()


def test_whatever_is_installed_has_a_hash_and_no_lock_names_an_index():
    """uv and the build backend came as the index had them that day."""
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "pip install" in line]
    assert len(installs) == 6
    for line in installs:
        assert "--require-hashes" in line or "--no-deps --no-build-isolation --editable ." in line
    backend = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    locked = (PROJECT_ROOT / "requirements-build.lock").read_text()
    for name in ("uv", *(re.split(r"\W", requirement)[0] for requirement in backend)):
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", locked, re.MULTILINE)
    for lock in PROJECT_ROOT.glob("requirements*.lock"):
        assert not re.search(r"://|--(extra-)?index-url|--find-links", lock.read_text())


def test_make_clean_keeps_the_data_and_says_so(tmp_path):
    """It deleted the offers, matches and levels of a seller."""
    shutil.copyfile(PROJECT_ROOT / "Makefile", tmp_path / "Makefile")
    for file in (".magflow/postgres/PG_VERSION", ".env", ".venv/pyvenv.cfg", ".ruff_cache/x"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("kept?")
    done = subprocess.run(["make", "-C", str(tmp_path), "clean"], check=True, capture_output=True, text=True)
    assert "Data is kept in .magflow" in done.stdout
    assert sorted(each.name for each in tmp_path.iterdir()) == [".env", ".magflow", "Makefile"]
    assert (tmp_path / ".magflow" / "postgres" / "PG_VERSION").exists()


@pytest.mark.parametrize("name", ["$(touch hacked)", "`touch hacked`", 'a"b', "100%", "a:b", "a\\b"])
def test_a_folder_in_which_nothing_would_work_is_told_before_anything_is_made(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    shutil.copyfile(PROJECT_ROOT / "Makefile", folder / "Makefile")
    for lock in PROJECT_ROOT.glob("requirements*.lock"):
        shutil.copyfile(lock, folder / lock.name)
    shutil.copyfile(PROJECT_ROOT / "pyproject.toml", folder / "pyproject.toml")
    done = subprocess.run(["make", "setup"], check=False, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 2 and done.stderr.startswith("Move the project: "), done.stderr
    assert not (folder / ".venv").exists() and not list(tmp_path.rglob("hacked"))


def test_the_context_holds_what_the_image_copies_and_nothing_else():
    ignored = [line for line in (PROJECT_ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert ignored[0] == "*"
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert allowed == {source for source, _ in image_copies()}
    assert all((PROJECT_ROOT / source).exists() for source in allowed)


def test_the_image_holds_the_documents_that_the_wheel_holds():
    """Definitions link to them: without one, the code server does not load."""
    wheel = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "only-include"
    ]
    assert {source for source in wheel if source.startswith("docs/")} == {
        source for source, _ in image_copies() if source.startswith("docs/")
    }


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
