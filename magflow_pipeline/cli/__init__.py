"""The `magflow` command: every verb a thin call of a function that Dagster or a test also calls."""

import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

    from magflow_pipeline.orchestrator import Runner

INTERRUPTED = 130
# For garbage; by default 700. A short verb makes 100,000 with its modules, which are none: each look took 0.02 s.
OBJECTS_BETWEEN_LOOKS = 200_000


def main() -> None:
    """Run the command; an error is a sentence and an exit code (2: the user can correct it), never a traceback."""
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    sys.unraisablehook = _interrupt_again
    try:
        # Imported here, so that Ctrl-C while they load is handled below.
        from magflow_pipeline.cli.streams import protect_streams

        protect_streams()
        with _runner_of(sys.argv[1:]) as loading:
            from magflow_pipeline.cli.lookup import load_app

            app = load_app(sys.argv[1:])
            _leave(app(standalone_mode=False, obj=loading) or 0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  # the last place where it can be reported
        # While a class is made, Python 3.11 gives Ctrl-C as a RuntimeError (from __set_name__).
        sys.exit(INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else _tell(error))
    finally:
        gc.freeze()  # else Python looks through all modules for garbage before it ends: a fifth of a short verb


def _interrupt_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Repeat a Ctrl-C that came in a destructor or while compiled code called Python: there, Python ignores it.

    Other errors that nobody can catch change nothing, such as that of a half workbook on a full disk: no traceback.
    """
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        # A moment later: at once, it would be raised in here, and ignored once more.
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
    elif isinstance(ignored.exc_value, Exception):
        with suppress(Exception):  # the interpreter may be ending
            _write_details(ignored.exc_value)


def _interrupt(_number: int, _frame: object) -> None:
    signal.raise_signal(signal.SIGINT)


def _runner_of(arguments: Sequence[str]) -> "AbstractContextManager[Runner | None]":
    """The runner, if the verb needs one: it loads on one core, while this process loads the verb on another."""
    if arguments[:1] not in (["sync"], ["orders"]) or "--help" in arguments:
        return nullcontext()
    from magflow_pipeline.orchestrator import loading_runner

    return loading_runner()


def _leave(code: int) -> NoReturn:
    """Exit; lost output turns success into failure, for every verb and its help."""
    from magflow_pipeline.cli.base import tell_lost_output

    if tell_lost_output() and not code:
        from magflow_pipeline.troubles import FAILED

        code = FAILED
    sys.exit(code)


def _tell(error: Exception) -> int:
    """Print what went wrong; returns the exit code."""
    import typer

    from magflow_pipeline.cli.base import make_console, wrong_usage
    from magflow_pipeline.text import noted
    from magflow_pipeline.troubles import FAILED, MENDABLE, Trouble, trouble_of

    if isinstance(error, typer.Abort):  # at a question: Ctrl-C, or nobody who could answer
        if isinstance(error.__context__, KeyboardInterrupt):
            return INTERRUPTED
        told = Trouble("The question was not answered", advice="Answer it at a terminal.")
    elif isinstance(error, typer.TyperException):
        told = Trouble(wrong_usage(error), exit_code=MENDABLE)
    else:
        told = trouble_of(error)
    sentence = told.sentence if told else f"This is a fault of magflow: {type(error).__name__}: {noted(error)}. "
    if not told:
        sentence += f"What was stored stays. The details are in {_write_details(error)}."
    make_console(stderr=True).print(f"Error: {sentence}", style="red")
    return told.exit_code if told else FAILED


def _write_details(error: Exception) -> "Path":
    """Write the traceback of a fault to a log in the home, else to the temporary folder; returns the file."""
    import tempfile
    import traceback
    from datetime import UTC, datetime
    from pathlib import Path

    from magflow_pipeline.settings import ConfigurationError, load_settings

    details = (
        f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv[1:])}\n{''.join(traceback.format_exception(error))}\n"
    )
    try:
        file = load_settings().home / "logs" / "faults.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(details)
    except (ConfigurationError, OSError):
        with tempfile.NamedTemporaryFile("w", prefix="magflow-fault-", delete=False, errors="backslashreplace") as log:
            log.write(details)
        return Path(log.name)
    return file
