"""The commands of docs/operations.md for containers: what they name exists, and back-up and restore do what they say.

No engine runs here: `docker compose` is read, and what it would run in a container is run as the container would.
"""

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from magflow_pipeline.cli.verbs import app
from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.database.rows import emag_product, insert
from magflow_pipeline_tests.deploy.compose import OPERATIONS, documented, load_compose, read_env_file
from magflow_pipeline_tests.deploy.containers import Shop

PASSWORD = "p@ss:w/rd%"
PASSWORDS = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_PIPELINE_PASSWORD": "an0ther:p@ss/w$rd"}
BACK_UP, UPGRADE = "## Back-up and restore in containers", "## Upgrade"
# Options of `docker compose`, and those of each of its commands, that the page may use; whether they take a value.
BEFORE = {"--profile": True, "--env-file": True}
OPTIONS = {
    "build": {}, "cp": {}, "ps": {}, "restart": {}, "stop": {},
    "exec": {"-T": False},
    "logs": {"--follow": False},
    "run": {"--rm": False, "--no-deps": False},
    "up": {"--detach": False, "--build": False},
}  # fmt: skip


def rest_after(words: list[str], options: dict[str, bool]) -> list[str]:
    """The words after known options and their values."""
    while words and words[0].startswith("-"):
        assert words[0] in options, words
        words = words[2 if options[words[0]] else 1 :]
    return words


def read(line: str) -> tuple[str, list[str]]:
    """The command of compose and its arguments, without options."""
    docker, compose, *words = shlex.split(line)
    assert (docker, compose) == ("docker", "compose"), line
    command, *words = rest_after(words, BEFORE)
    return command, rest_after(words, OPTIONS[command])


def commands_of_page() -> list[str]:
    """Every `docker compose` of the page, in blocks and in sentences, up to a pipe, a redirection or the end."""
    text = " ".join(OPERATIONS.read_text().split("\n"))
    found = re.findall(r"`(docker compose [^`]+)`", text)
    found += re.findall(r"docker compose [^\n]*", "\n".join(re.findall(r"(?m)^ {4}.*", OPERATIONS.read_text())))
    return [re.split(r" [|>] ", each)[0].strip() for each in found]


def test_every_command_of_the_page_names_services_and_verbs_that_exist():
    """A service that was renamed, a verb that is gone: nobody sees it before the night in which it is needed."""
    services = load_compose(PASSWORDS)["services"].keys()
    verbs = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    groups = {each.name for each in app.registered_groups}
    commands = commands_of_page()
    assert len(commands) > 25
    for line in commands:
        command, words = read(line)
        if command in ("exec", "run"):
            service, *inside = words
            assert service in services, line
            assert inside[0] in ("magflow", "psql"), line
            assert inside[0] == "psql" or inside[1] in verbs | groups | {"VERB"}, line
        elif command == "cp":
            [service] = {each.partition(":")[0] for each in words if ":" in each}
            assert service in services, line
        else:
            assert set(words) <= {*services, "SERVICE"}, line


@pytest.fixture
def shop() -> Iterator[Shop]:
    variables = read_env_file(PROJECT_ROOT / "deploy" / "simulator.env") | PASSWORDS
    folder = Path(tempfile.mkdtemp(prefix="magflow-", dir="/tmp"))  # short, because a socket's path is
    folder.chmod(0o755)
    shop = Shop(load_compose(variables), folder)
    try:
        yield shop
    finally:
        shop.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_back_up_and_restore_are_done_as_the_page_says(shop, tmp_path):
    """Line by line; also that of the upgrade, and the restore on a new machine of a file that another user owns."""
    back_up, fetch, stop, restore, start = documented(BACK_UP)
    shop.start("postgres")
    for name in ("migrate", "migrate-dagster"):
        shop.start(name)
        assert shop.containers[name].process.wait(120) == 0, shop.containers[name].tail()
    port = int(shop.ports["5432"])

    def connect() -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=port, user="magflow", dbname="magflow", password=PASSWORD, autocommit=True
        )

    def skus() -> list[str]:
        with connect() as session:
            return [sku for (sku,) in session.execute("SELECT sku FROM app.emag_products_v2 ORDER BY sku")]

    def add(number: int, sku: str) -> None:
        with connect() as session:
            session.execute("SET search_path TO app")
            insert(session, "emag_products_v2", **emag_product(emag_id=number, sku=sku))

    add(1, "before")
    assert back_up in documented(UPGRADE)
    command, (service, *inside) = read(back_up)
    done = shop.run(service, inside)
    assert (command, done.returncode) == ("exec", 0) and "Proven in" in done.stdout, done.stderr

    command, (source, target) = read(fetch)
    service, _, path = source.partition(":")
    assert (command, target) == ("cp", ".") and "home:/var/lib/magflow" in shop.services[service]["volumes"]
    shutil.copytree(shop.place(path), tmp_path / "backups")
    [file] = (tmp_path / "backups").iterdir()

    command, words = read(stop)
    connected = {name for name, each in shop.services.items() if "code" in each.get("depends_on", {})} | {"code"}
    assert (command, set(words)) == ("stop", connected), "whatever works on the database"

    add(2, "after")
    command, (service, *inside) = read(restore)
    assert re.fullmatch(r"magflow-\d{8}-\d{6}Z\.zip", Path(inside[-1]).name)
    assert (command, Path(inside[-1]).parent) == ("run", Path(path))
    done = shop.run(service, [*inside[:-1], f"{path}/{file.name}"], answer="y")
    assert done.returncode == 0 and "Kept from before: magflow_before_" in done.stdout, done.stdout + done.stderr
    assert skus() == ["before"]
    assert read(start) == ("up", [])

    # On a new machine the file comes by cp, with the numbers of its owner elsewhere.
    [arrival] = re.findall(r"docker compose cp FILE (code:\S+)`", OPERATIONS.read_text().replace("\n", " "))
    _, _, folder = arrival.partition(":")
    arrived = Path(shutil.copy(file, shop.place(folder)))
    add(3, "later")
    if shop.drops_rights:
        shutil.chown(arrived, "nobody")
        arrived.chmod(0o600)
        refused = shop.run(service, [*inside[:-1], f"{folder}{file.name}"], answer="y")
        assert refused.returncode == 2 and "is not readable" in refused.stderr, refused.stdout
    arrived.chmod(0o644)
    done = shop.run(service, [*inside[:-1], f"{folder}{file.name}"], answer="y")
    assert done.returncode == 0, done.stdout + done.stderr
    assert skus() == ["before"]
