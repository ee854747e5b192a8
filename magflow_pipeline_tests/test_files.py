"""A file is whole or not there: whatever its writer dies of, and whatever was there before."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from magflow_pipeline.files import UNFINISHED, write_whole, writing

# Writes half a file, and is killed; without O_TMPFILE as on a file system or a system that lacks it.
WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from magflow_pipeline.files import writing
if sys.argv[2] == "named":
    del os.O_TMPFILE
with writing(Path(sys.argv[1])) as file:
    file.file.write(b"half")
    file.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
WAYS = pytest.mark.parametrize("way", ["nameless", "named"])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def way(request, monkeypatch):
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE")
    return request.param


BOTH_WAYS = pytest.mark.parametrize("way", ["nameless", "named"], indirect=True)


@BOTH_WAYS
def test_a_file_gets_its_name_at_the_end_in_place_of_an_earlier_one(way, tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("earlier")
    with writing(target) as file:
        file.file.write(b"later")
        file.file.flush()
        assert target.read_text() == "earlier"
        assert file.path.read_bytes() == b"later", "it can be read before it has its name"
    assert target.read_text() == "later"
    assert names_in(tmp_path) == ["report.csv"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@BOTH_WAYS
def test_after_an_error_the_earlier_file_is_there_and_nothing_else(way, tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("earlier")

    def fail() -> None:
        with writing(target) as file:
            file.file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "earlier"
    assert names_in(tmp_path) == ["report.csv"]


@WAYS
def test_what_a_killed_process_left_goes_with_the_next_one_and_what_a_living_one_writes_stays(way, tmp_path):
    """In a folder that `--output` names once, nothing came after it: a killed back-up left gigabytes there."""
    target = tmp_path / "first.zip"
    killed = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(target), way], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    assert way == "named" or not names_in(tmp_path)
    with writing(tmp_path / "second.zip") as second:
        second.file.write(b"whole")
        write_whole(tmp_path / "third.zip", b"other")
        assert {name for name in names_in(tmp_path) if not name.endswith(UNFINISHED)} == {"third.zip"}
    assert names_in(tmp_path) == ["second.zip", "third.zip"]
    assert (tmp_path / "second.zip").read_bytes() == b"whole"


def test_what_is_called_like_an_unfinished_file_and_is_none_stops_nobody(tmp_path):
    """A pipe would be waited for, for ever; a link would lead elsewhere."""
    os.mkfifo(tmp_path / f".pipe{UNFINISHED}")
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / f".link{UNFINISHED}").symlink_to(tmp_path / "theirs")
    (tmp_path / f".folder{UNFINISHED}").mkdir()
    write_whole(tmp_path / "report.csv", b"whole")
    assert (tmp_path / "report.csv").read_bytes() == b"whole"
    assert (tmp_path / "theirs").read_text() == "theirs"


@BOTH_WAYS
def test_a_file_keeps_its_mode_a_link_stays_one_and_a_new_file_obeys_the_umask(way, tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("earlier")
    target.chmod(0o640)
    (tmp_path / "newest.csv").symlink_to(target)
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "newest.csv", b"later")
        write_whole(tmp_path / "new.csv", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "newest.csv").is_symlink() and target.read_bytes() == b"later"
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("report.csv", "new.csv")] == [0o640, 0o640]


def test_a_file_with_several_names_keeps_them_and_a_pipe_gets_the_bytes(tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("earlier")
    (tmp_path / "same.csv").hardlink_to(target)
    write_whole(target, b"later")
    assert (tmp_path / "same.csv").read_bytes() == b"later"
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"whole")
    reader.join()
    assert got == [b"whole"]


@pytest.mark.parametrize("name", ["nowhere/report.csv", "folder", "x" * 300])
def test_what_cannot_be_written_is_an_error_of_the_system_and_leaves_nothing(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"No such file|Is a directory|File name too long"):
        write_whole(tmp_path / name, b"whole")
    assert names_in(tmp_path) == ["folder"]


def test_the_longest_name_has_room(tmp_path):
    """The unfinished file had the target's name and more."""
    write_whole(tmp_path / ("x" * 255), b"whole")
    assert names_in(tmp_path) == ["x" * 255]
