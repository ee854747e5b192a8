"""Failures in Dagster that name their cause: by itself, Dagster only says that a step or a tick failed."""

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import dagster as dg

from magflow_pipeline.troubles import trouble_of

P = ParamSpec("P")
Result = TypeVar("Result")


class TickFailed(dg.DagsterError):  # the UI shows this name before the sentence
    """Why a sensor, a schedule, a resource or the storage failed. Dagster wraps every error that is not its own."""

    __module__ = "builtins"  # otherwise the UI would show the module's name before it


def told_plainly(step: Callable[P, Result]) -> Callable[P, Result]:
    """Let a step fail with a sentence for people where the cause is outside the program: database, disk, settings."""
    return _told(step, dg.Failure)


def tick_told_plainly(tick: Callable[P, Result]) -> Callable[P, Result]:
    """The same outside steps: for sensors, schedules, resources, the storage."""
    return _told(tick, TickFailed)


def _told(work: Callable[P, Result], failure: type[dg.Failure | TickFailed]) -> Callable[P, Result]:
    if inspect.isgeneratorfunction(work):

        @wraps(work)
        def run_each(*arguments: P.args, **named: P.kwargs) -> Any:
            with _failures(failure):
                yield from cast("Generator[Any]", work(*arguments, **named))

        return run_each

    @wraps(work)
    def run(*arguments: P.args, **named: P.kwargs) -> Result:
        with _failures(failure):
            return work(*arguments, **named)

    return run


@contextmanager
def _failures(failure: type[dg.Failure | TickFailed]) -> Generator[None]:
    try:
        yield
    except (dg.Failure, TickFailed):
        raise
    except Exception as error:
        told = trouble_of(error)
        if told is None:
            raise
        raise failure(told.sentence) from error
