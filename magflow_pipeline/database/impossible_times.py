"""Times that Python cannot represent, read as None: one row with `infinity` must not fail the whole query.

PostgreSQL has infinity and the years up to 294276, Python the years 1 to 9999; psycopg raises at such a value.
"""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

KINDS = ("date", "timestamp", "timestamptz")


def read_impossible_times_as_none() -> None:
    """Register the loaders for every session that this process opens from now on."""
    for kind in KINDS:
        oid = psycopg.adapters.types[kind].oid
        usual = psycopg.adapters.get_loader(oid, Format.TEXT)
        if usual is not None and not issubclass(usual, _Tolerant):
            psycopg.adapters.register_loader(oid, type(f"Tolerant{usual.__name__}", (_Tolerant,), {"usual": usual}))


class _Tolerant(Loader):
    usual: type[Any]

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        self._load = self.usual(oid, context).load

    def load(self, data: Buffer) -> Any:
        try:
            value = self._load(data)
        except psycopg.DataError:
            return None
        # The first and the last year too: a time there may overflow when it is converted to another zone.
        return None if isinstance(value, datetime) and not 1 < value.year < 9999 else value
