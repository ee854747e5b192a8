"""The frame of every answer of the marketplace, as pydantic models: JSON, the envelope, the count.

Not here: rows; each resource has a module of its own (`offers.py`).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, cast, overload

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magflow_pipeline.emag.errors import MalformedError
from magflow_pipeline.emag.values import (
    MAX_BIGINT,
    MAX_DIGITS,
    TOO_DEEP,
    Json,
    Unreadable,
    read_id,
    read_list,
    read_literal,
)
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


class _Frame(msgspec.Struct):
    is_error: bool = msgspec.field(name="isError")
    results: list[msgspec.Raw]


class _Key(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"")


_FRAME, _KEY = msgspec.json.Decoder(_Frame), msgspec.json.Decoder(_Key)
_ROW = msgspec.json.Decoder(float_hook=read_literal)
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * (MAX_DIGITS + 1)


@dataclass(frozen=True, eq=False)
class SlicedRows(Sequence[Json]):
    """Rows as slices of an answer's bytes. Each is parsed when it is looked at: most rows say nothing new."""

    slices: Sequence[msgspec.Raw]

    @overload
    def __getitem__(self, index: int) -> Json: ...

    @overload
    def __getitem__(self, index: slice) -> "SlicedRows": ...

    def __getitem__(self, index: int | slice) -> Json:
        """The row as `parse_json` reads it."""
        if isinstance(index, slice):
            return SlicedRows(self.slices[index])
        return _parse_slice(bytes(self.slices[index]))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.slices)

    @cached_property
    def ids(self) -> list[int | None]:
        """The usable id of each row, None where it has none, without parsing the rest of it."""
        return [_id_in(each) for each in self.slices]


def slice_envelope(body: bytes) -> Envelope | None:
    """The frame of a success whose results are a list, its rows not parsed; None where `parse_envelope` must judge.

    msgspec refuses everything that is not strictly JSON, rows included, so no slice turns out not to be JSON later.
    """
    try:
        frame = _FRAME.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if frame.is_error:
        return None
    return Envelope.model_construct(isError=False, results=SlicedRows(frame.results))


def _parse_slice(row: bytes) -> Json:
    """A row as `parse_json` reads it; by msgspec, but for very long numbers and what is not strictly JSON."""
    if _LONG_NUMBER not in row.translate(_DIGITS):
        try:
            return _ROW.decode(row)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    return _parse(row.decode("utf-8", "replace"), depth=2)


def _id_in(row: msgspec.Raw) -> int | None:
    try:
        literal = bytes(_KEY.decode(row).id)
    except (msgspec.MsgspecError, RecursionError):
        return None  # no object
    if literal.isdigit() and len(literal) < len(str(MAX_BIGINT)):
        return int(literal) or None
    return read_id(parse_json(literal)) if literal else None


def parse_json(body: bytes) -> Json:
    """Parse JSON; a bad value loses only itself.

    Fractions are Decimal, numbers that fit no column `Unreadable`. Invalid UTF-8 is replaced by U+FFFD, values nested
    too deep by a text that says so; control characters in texts are kept.

    Raises:
        MalformedError: it is not JSON.
    """
    return _parse(body.decode(json.detect_encoding(body), "replace"))


def _parse(text: str, depth: int = 0) -> Json:
    """Parse a JSON text that lies `depth` levels deep in its answer."""
    try:
        try:
            return _loads(text)
        except RecursionError:
            return _loads("".join(_shallow(text, depth)))
    except (ValueError, RecursionError):
        raise MalformedError("the answer is not JSON") from None


def start_of(body: bytes, hide: Callable[[str], str]) -> str:
    """The start of a malformed answer, for messages; credentials are hidden before it is cut."""
    return repr(printable(hide(body[:LOOKED_AT].decode("utf-8", "replace")))[:SHOWN])


def _loads(text: str) -> Json:
    return json.loads(text, strict=False, parse_float=read_literal, parse_int=read_literal, parse_constant=Unreadable)


def _shallow(text: str, depth: int) -> Iterator[str]:
    """The JSON text in parts, values deeper than `MOST_NESTED` replaced."""
    kept = 0
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
