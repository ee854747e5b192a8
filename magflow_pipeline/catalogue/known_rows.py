"""Recognises rows whose bytes are those of the last reading, before they are parsed (rules.md: Storing)."""

import hashlib
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Sequence
from functools import cache
from pathlib import Path

from magflow_pipeline import text
from magflow_pipeline.catalogue import records, sellable
from magflow_pipeline.database.statements import statement
from magflow_pipeline.emag import offers, usual_offers, values, wire
from magflow_pipeline.emag.values import Json
from magflow_pipeline.emag.wire import SlicedRows

HASH_BYTES = 16
READERS = (records, sellable, offers, usual_offers, values, wire, text)


@cache
def reader_version(*statements: str) -> bytes:
    """A digest of the code and the statements that read a row: a hash made by another version says nothing."""
    digest = hashlib.blake2b(digest_size=hashlib.blake2b.MAX_KEY_SIZE)
    for module in READERS:
        digest.update(Path(str(module.__file__)).read_bytes())
    for name in statements:
        digest.update(statement(name).encode())
    return digest.digest()


def hashes_of(rows: Sequence[Json], version: bytes) -> list[bytes | None]:
    """The hash of each row as it was sent; None for all rows of an answer that only the tolerant parser can read."""
    if not isinstance(rows, SlicedRows):
        return [None] * len(rows)
    return [hashlib.blake2b(each, digest_size=HASH_BYTES, key=version).digest() for each in rows.slices]


def recognisable(
    identities: Iterable[Hashable], hashes: Iterable[bytes | None], seen: Container[Hashable]
) -> dict[int, bytes]:
    """The hashes by offer id of rows that may be known.

    Not those of ids that come twice on the page or came before in the sync: which of their rows counts depends on
    what they say.
    """
    identities = list(identities)
    times = Counter(identities)
    return {
        identity: raw_hash
        for identity, raw_hash in zip(identities, hashes, strict=True)
        if isinstance(identity, int) and raw_hash is not None and times[identity] == 1 and identity not in seen
    }
