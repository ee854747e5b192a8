"""Syncs that begin ahead of their runs: the marketplace is asked while Dagster loads.

The runner of `magflow sync` begins one for each of the first runs, in a process of its own. The run, in another one,
waits for it where it would have read itself. Both are children of the runner: it ends a sync whose run is gone, however
that ended, and a sync whose run has not begun ends with the runner.
"""

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline.text import noted
from magflow_pipeline.troubles import trouble_of

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
LINE, LIMIT, RESULT, ERROR = "line", "limit", "result", "error"
BYTES_AT_ONCE = 65_536
SECONDS_TO_END = 30.0
SECONDS_TO_DRAIN = 1.0  # for a run that may be gone
INTERRUPTED = "The sync was interrupted before its end. Start again to finish it."
ENDED = "The process that read the marketplace was ended from outside. Start again to finish it."


class Read(Protocol[Result_co]):
    """A sync that lacks only whom it tells its lines, and its time limit in seconds when that is extended."""

    def __call__(
        self, *, tell: Callable[[str], None], tell_limit: Callable[[float], None]
    ) -> Coroutine[Any, Any, Result_co]:
        """Do it."""
        ...


@dataclass(frozen=True)
class _Begun:
    process: "ForkProcess"
    receiver: "Connection[Any, tuple[str, Any]]"


_begun: dict[str, _Begun] = {}  # by run; processes that are forked from this one have it too


def begin(run_id: str, read: Read[Any]) -> None:
    """Begin the sync of a run that is not there yet, in a fork of this process, which must have no threads."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_work, args=(read, sender))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until the child obeys it itself
    try:
        process.start()
        sender.close()  # so that `receiver` ends with the process
        _begun[run_id] = _Begun(process, receiver)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end(run_id: str) -> None:
    """Interrupt the sync of a run that has ended, unless it has ended too; in the process that began it."""
    if (begun := _begun.pop(run_id, None)) is not None:
        begun.receiver.close()  # nobody hears what it still sends
        begun.process.terminate()
        begun.process.join(SECONDS_TO_END)
        begun.process.kill()  # one that hangs would keep the next accounts waiting; the next sync closes its log
        begun.process.join()


def end_all() -> None:
    """Interrupt every sync that was begun and has not ended; in the process that began them."""
    for run_id in list(_begun):
        end(run_id)


def result_of(
    run_id: str, read: Read[Result], tell: Callable[[str], None], tell_limit: Callable[[float], None]
) -> Result:
    """The result of a run's sync: of the one that was begun ahead, or of `read`, which then begins here.

    Raises:
        SyncFailedError: as `read` raises it, or because the sync's process was killed.
    """
    if (begun := _begun.get(run_id)) is None:
        return asyncio.run(read(tell=tell, tell_limit=tell_limit))
    assert begun.process.pid is not None
    handlers = {LINE: tell, LIMIT: tell_limit, ERROR: _raise}
    try:
        while (message := _next(begun.receiver))[0] != RESULT:
            handlers[message[0]](message[1])
        return message[1]
    except BaseException:  # such as Dagster's interrupt: the sync closes its log before the run ends
        with suppress(ProcessLookupError):
            os.kill(begun.process.pid, signal.SIGTERM)
        while os.read(begun.receiver.fileno(), BYTES_AT_ONCE):  # no messages: it may have come in the middle of one
            pass
        raise


def _next(receiver: "Connection[Any, tuple[str, Any]]") -> tuple[str, Any]:
    try:
        return receiver.recv()
    except (EOFError, OSError):  # at the end of a message, or in the middle of one
        raise SyncFailedError(ENDED) from None


def _raise(error: Exception) -> None:
    raise error


def _work(read: Read[Any], sender: "Connection[tuple[str, Any], Any]") -> None:
    gc.freeze()
    gc.enable()  # the runner loads without it; a long sync makes garbage
    outbox = SimpleQueue[tuple[str, Any] | None]()
    # A run that does not listen holds up no page.
    passing_on = Thread(target=_pass_on, args=(outbox, sender), daemon=True)
    passing_on.start()
    patience: float | None = None
    try:
        outbox.put((RESULT, asyncio.run(_until_interrupted(read, outbox))))
    except asyncio.CancelledError:
        outbox.put((ERROR, SyncFailedError(INTERRUPTED)))
        patience = SECONDS_TO_DRAIN
    except Exception as error:  # noqa: BLE001  # the run raises it
        if trouble_of(error) is None and not isinstance(error, SyncFailedError):  # a fault: where it is
            outbox.put((LINE, "".join(traceback.format_exception(error))))
        outbox.put((ERROR, _fit_to_send(error)))
    outbox.put(None)
    passing_on.join(patience)


async def _until_interrupted(read: Read[Result], outbox: "SimpleQueue[tuple[str, Any] | None]") -> Result:
    """The result, unless SIGTERM or the runner's end cancels the sync, which then closes its log; once, so it can."""
    reading = asyncio.create_task(
        read(tell=lambda line: outbox.put((LINE, line)), tell_limit=lambda seconds: outbox.put((LIMIT, seconds)))
    )
    loop, runner = asyncio.get_running_loop(), multiprocessing.parent_process()
    assert runner is not None

    def interrupt() -> None:
        loop.remove_reader(runner.sentinel)
        if not reading.cancelling():
            reading.cancel()

    loop.add_signal_handler(signal.SIGTERM, interrupt)
    loop.add_reader(runner.sentinel, interrupt)  # it ends when the runner and all that began after this one are gone
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])  # `begin` blocked it
    return await reading


def _pass_on(outbox: "SimpleQueue[tuple[str, Any] | None]", sender: "Connection[tuple[str, Any], Any]") -> None:
    with suppress(OSError):  # the run is gone
        while (message := outbox.get()) is not None:
            sender.send(message)


def _fit_to_send(error: Exception) -> Exception:
    try:
        return pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception:  # noqa: BLE001  # whatever an error's class does there
        return SyncFailedError(f"{type(error).__name__}: {noted(error)}")
