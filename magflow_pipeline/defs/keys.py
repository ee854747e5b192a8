"""What is one seller's own in a Dagster instance that many share: the keys of its assets, the tag of its runs.

Asset keys, tags and the run queue belong to the whole instance, whichever code location uses them; jobs, schedules,
sensors and their cursors belong to the location. Without `MAGFLOW_SELLER` the instance is one seller's, and nothing is
marked.
"""

import dagster as dg

from magflow_pipeline.defs.load_time import SETTINGS
from magflow_pipeline.defs.tags import SELLER_TAG

PREFIX = [SETTINGS.seller] if SETTINGS.seller else []
OWN = {SELLER_TAG: SETTINGS.seller} if SETTINGS.seller else {}
"""The tags of this seller's runs; none where every run of the instance is this seller's."""


def key_of(table: str) -> dg.AssetKey:
    """The key of the asset of a table."""
    return dg.AssetKey([*PREFIX, table])


def keys_of(*tables: str) -> list[dg.AssetKey]:
    """The keys of the assets of several tables."""
    return [key_of(table) for table in tables]


def is_own(key: dg.AssetKey) -> bool:
    """Whether an asset of the instance is this seller's."""
    return list(key.path[:-1]) == PREFIX


def own_lane(name: str) -> str:
    """The lane of what this seller does once, whatever its accounts."""
    return ":".join([*PREFIX, name])
