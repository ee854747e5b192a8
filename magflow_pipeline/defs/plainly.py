"""Failures in Dagster say their cause: what Dagster itself says is only that a step failed."""

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import dagster as dg

from magflow_pipeline.troubles import trouble_of

P = ParamSpec("P")
Result = TypeVar("Result")


def told_plainly(step: Callable[P, Result]) -> Callable[P, Result]:
    """Let a step fail with a sentence for people where the cause is outside the program: database, disk, settings."""
    if inspect.isgeneratorfunction(step):

        @wraps(step)
        def run_each(*arguments: P.args, **named: P.kwargs) -> Any:
            with _failures():
                yield from cast("Generator[Any]", step(*arguments, **named))

        return run_each

    @wraps(step)
    def run(*arguments: P.args, **named: P.kwargs) -> Result:
        with _failures():
            return step(*arguments, **named)

    return run


@contextmanager
def _failures() -> Generator[None]:
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        told = trouble_of(error)
        if told is None:
            raise
        raise dg.Failure(told.sentence) from error
