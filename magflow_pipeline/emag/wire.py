"""The frame of every answer of the marketplace, as pydantic models: JSON, the envelope, the count.

Not here: rows; each resource has a module of its own (`offers.py`).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Annotated, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magflow_pipeline.emag.errors import MalformedError
from magflow_pipeline.emag.values import TOO_DEEP, Json, Unreadable, read_list, read_literal
from magflow_pipeline.text import printable

MOST_NESTED = 64  # levels in an answer; its rows begin at 3, and the parser fails at some hundreds
LOOKED_AT, SHOWN = 2000, 80  # bytes read and characters quoted of a malformed answer
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


class Envelope(BaseModel):
    """The frame of every answer. `results` is a list on reads and an object on counts."""

    model_config = ConfigDict(extra="ignore")

    is_error: bool = Field(alias="isError", strict=True)
    messages: Annotated[list[Json], BeforeValidator(read_list)] = []
    results: Json = None

    def text(self) -> str:
        """The messages as one line."""
        return "; ".join(_message(each) for each in self.messages)


class Count(BaseModel):
    """The answer of a count: all numbers may be strings (emag-api.md: trap 7)."""

    items: int = Field(alias="noOfItems", ge=0)


def parse_envelope(body: bytes) -> Envelope:
    """The frame of an answer.

    Raises:
        MalformedError: not JSON, not an object, or without a boolean `isError`; never taken for an empty success.
    """
    value = parse_json(body)
    try:
        return Envelope.model_validate(value)
    except ValidationError:
        raise MalformedError("the answer has no usable isError") from None


def parse_json(body: bytes) -> Json:
    """Parse JSON; a bad value loses only itself.

    Fractions are Decimal, numbers that fit no column `Unreadable`. Invalid UTF-8 is replaced by U+FFFD, values nested
    too deep by a text that says so; control characters in texts are kept.

    Raises:
        MalformedError: it is not JSON.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        try:
            return _loads(text)
        except RecursionError:
            return _loads("".join(_shallow(text)))
    except (ValueError, RecursionError):
        raise MalformedError("the answer is not JSON") from None


def start_of(body: bytes, hide: Callable[[str], str]) -> str:
    """The start of a malformed answer, for messages; credentials are hidden before it is cut."""
    return repr(printable(hide(body[:LOOKED_AT].decode("utf-8", "replace")))[:SHOWN])


def _loads(text: str) -> Json:
    return json.loads(text, strict=False, parse_float=read_literal, parse_int=read_literal, parse_constant=Unreadable)


def _shallow(text: str) -> Iterator[str]:
    """The JSON text in parts, values deeper than `MOST_NESTED` replaced."""
    depth = kept = 0
    for token in _NESTING.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MOST_NESTED + 1:
                yield text[kept : token.start()]
                yield json.dumps(TOO_DEEP)
        elif token[0] in "]}":
            if depth == MOST_NESTED + 1:
                kept = token.end()
            depth -= 1
    if depth <= MOST_NESTED:
        yield text[kept:]


def _message(message: Json) -> str:
    if isinstance(message, dict):
        parts = cast("dict[str, Json]", message)
        return str(parts.get("message") or parts.get("text") or parts)
    return str(message)
