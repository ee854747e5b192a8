"""A wrong setting or option as one sentence: its name, its value, and the rule for it.

The rule is read from the declared field: its type and bounds, or its description where these are not enough. Not here:
which settings there are. Imports nothing heavy: the command's help loads this module.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from magflow_pipeline.text import printable

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

MOST_ORDER_DAYS = 3650  # of history: the rule of a setting and of an option
LONGEST_OF_VARIABLE = 12  # characters: what is longer may be a password in the wrong place
LONGEST_OF_OPTION = 60  # every user of the machine can read a command line anyway
_UNIT = re.compile(r"_(minutes|seconds|days)$")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class ConfigurationError(Exception):
    """A setting or an argument is wrong; the message names it and says what is allowed."""


def explain(
    error: "ValidationError", model: "type[BaseModel]", prefix: str = "", longest: int = LONGEST_OF_VARIABLE
) -> str:
    """One line per wrong field of `model`; `prefix` begins the names of variables that fields are named without."""
    by_alias = {field.alias or name: (name, field) for name, field in model.model_fields.items()}
    lines: list[str] = []
    for problem in error.errors(include_url=False):
        said = problem["msg"].removeprefix("Value error, ").removesuffix(".")
        alias = str(problem["loc"][0]) if problem["loc"] else ""
        name = f"{prefix}{alias.upper()}" if prefix and alias else alias
        own_name, field = by_alias.get(alias, ("", None))
        if field is None:
            lines.append(f"{name}: there is no such option." if name else f"{said}.")
        elif problem["type"] == "value_error" and not field.description:  # a validator's own text, without the value
            lines.append(f"{name}: {said}.")
        else:
            low, high, above = (_bound(field.metadata, bound) for bound in ("ge", "le", "gt"))
            unit = _UNIT.search(own_name)
            rule = field.description or rule_of(field.annotation, low, high, above, unit[1] if unit else "")
            lines.append(wrong(name, problem["input"], rule, longest))
    return "\n".join(lines)


def wrong(name: str, value: object, rule: str, longest: int = LONGEST_OF_VARIABLE) -> str:
    """The sentence, without the value where it has more than `longest` characters.

    >>> wrong("EMAG_RETRY_ATTEMPTS", "many", rule_of(int, 1, 20))
    "EMAG_RETRY_ATTEMPTS is 'many'. It must be a whole number, from 1 to 20."
    """
    if value in ("", None):
        return f"{name} is empty. It must be {rule}; or leave it out."
    from pydantic import SecretStr

    text = printable(str(value))
    if _NUMBER.fullmatch(text) and len(text) <= 2 * longest:
        return f"{name} is {text}. It must be {rule}."
    if isinstance(value, SecretStr) or len(text) > longest:
        return f"{name} holds a text of {len(text)} characters. It must be {rule}."
    return f"{name} is {text!r}. It must be {rule}."


def rule_of(annotation: object, low: object = None, high: object = None, above: object = None, unit: str = "") -> str:
    """The rule in words: the type of a value, its unit and its bounds.

    >>> rule_of(float, above=0, high=60, unit="seconds"), rule_of(Literal["full", "incremental"] | None)
    ('a number of seconds, more than 0 and at most 60', 'full or incremental')
    """
    kind = _kind(annotation)
    of_unit = f" of {unit}" if unit else ""
    if low is not None and high is not None:
        bounds = f", from {low} to {high}"
    else:
        limits = [("at least", low), ("more than", above), ("at most", high)]
        bounds = ", ".join(f"{words} {limit}" for words, limit in limits if limit is not None)
        bounds = f", {bounds.replace(', ', ' and ')}" if bounds else ""
    return f"{kind}{of_unit}{bounds}"


def _kind(annotation: object) -> str:
    inner = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is Literal:
        return _one_of([str(each) for each in inner])
    if inner:  # a value or none, or several values
        return _kind(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _one_of([str(each.value) for each in annotation])
    kinds = {bool: "true or false", int: "a whole number", float: "a number", Decimal: "a number", Path: "a path"}
    kinds |= {datetime: "a day or time that the calendar has, such as 2026-11-25"}
    return kinds.get(annotation, "a text") if isinstance(annotation, type) else "a text"


def _one_of(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _bound(metadata: Sequence[Any], name: str) -> object:
    return next((getattr(each, name) for each in metadata if hasattr(each, name)), None)
