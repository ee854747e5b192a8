"""How `magflow up` counts what ends, when it starts it again, and which logs it keeps: without starting a shop."""

import io
import os
import sys
import time

import pytest
from rich.console import Console

from magflow_pipeline.shop import up
from magflow_pipeline.shop.up import LOGS_KEPT, Part, Restarts, keep_earlier, keep_small, make_say


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(time, "monotonic", lambda: Clock.now)
    return Clock


def test_a_day_of_failures_is_a_start_a_minute_and_a_dozen_lines(clock):
    restarts, said, starts = Restarts(), [], 0
    end = clock.now + 24 * 3600
    while clock.now < end:
        if restarts.may_start():
            restarts.note_start()
            starts += 1
            clock.now += 1
            restarts.note_death()
            restarts.tell(said.append, "It ended")
        clock.now += 0.5
    assert 1300 < starts < 1440
    assert len(said) == 11
    assert said[0] == "It ended; it is started again."
    assert said[3].startswith("It ended again, 8 times since ") and said[3].endswith("; next start in 60 s.")


def test_what_has_worked_for_a_while_is_started_again_at_once(clock):
    restarts = Restarts()
    for _ in range(8):
        restarts.note_start()
        restarts.note_death()
    assert restarts.pause == up.LONGEST_PAUSE_SECONDS
    restarts.note_start()
    assert restarts.is_over() == 0
    clock.now += up.STABLE_SECONDS
    assert restarts.is_over() == 8
    assert restarts.is_over() == 0
    restarts.note_death()
    assert (restarts.times, restarts.pause, restarts.has_worked) == (1, 1.0, True)


def test_a_part_that_has_listened_has_worked_however_often_it_is_killed_later(tmp_path):
    """Five kills of the UI in its first minutes ended `magflow up`, as if its set-up were wrong."""
    listening = "import socket, time; server = socket.create_server(('127.0.0.1', 0)); time.sleep(60)"
    for program, works in (("import time; time.sleep(60)", False), (listening, True)):
        part = Part("part", [sys.executable, "-c", program], os.environ, tmp_path, tmp_path / "part.log")
        part.start()
        assert part.process is not None
        try:
            for _ in range(100):
                part.note_whether_it_works()
                if part.restarts.has_worked:
                    break
                time.sleep(0.02)
        finally:
            part.process.kill()
            part.process.wait()
        assert part.restarts.has_worked == works


def test_the_logs_of_earlier_times_are_kept_and_their_number_is_bounded(tmp_path):
    """What a part said before the crash was deleted by the start after it."""
    log = tmp_path / "dagster-code.log"
    keep_earlier(log)
    for number in range(10):
        log.write_text(f"{number}")
        keep_earlier(log)
    assert not log.exists()
    kept = [tmp_path / f"dagster-code.{number}.log" for number in range(1, LOGS_KEPT + 1)]
    assert sorted(tmp_path.iterdir()) == kept
    assert [file.read_text() for file in kept] == ["9", "8", "7", "6", "5"]


def test_the_log_of_a_part_that_lives_for_months_is_bounded(tmp_path, monkeypatch):
    """It was looked at when the part was started alone: a disk that is full for a night filled it with errors."""
    monkeypatch.setattr(up, "LARGEST_LOG", 1000)
    log = tmp_path / "dagster-daemon.log"
    with log.open("ab", buffering=0) as held:  # as the part holds it
        for number in range(40):
            held.write(b"%d\n" % number * 100)
            keep_small(log)
            assert log.stat().st_size <= 1000
    kept = [log, *(tmp_path / f"dagster-daemon.{number}.log" for number in range(1, LOGS_KEPT + 1))]
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    newest_first = [line for file in kept for line in reversed(file.read_text().splitlines())]
    assert newest_first == sorted(newest_first, key=int, reverse=True)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), BrokenPipeError()])
def test_a_display_that_is_full_or_gone_does_not_end_the_shop(error):
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise error

    make_say(Console(file=Full()))("Dagster UI: ...")


def test_a_line_has_its_time_and_is_not_broken():
    file = io.StringIO()
    make_say(Console(file=file, width=20))("[bold] " + "word " * 50)
    assert file.getvalue().count("\n") == 1
    assert file.getvalue()[:15].replace(":", "").split()[0].isdecimal() and "[bold]" in file.getvalue()
