"""The types of syncs: what is read of an account. Locks, logs, status and run queue go by type and account."""

CATALOGUE = "products"  # the catalogue with its offers
LANES = {CATALOGUE: "catalogue"}  # how a type is called in the tag of a run, where that is not its name


def lane_of(sync_type: str, account: str) -> str:
    """Where runs of a type and account follow one another; those of different lanes do not wait for each other.

    >>> lane_of(CATALOGUE, "main"), lane_of("orders", "main")
    ('main:catalogue', 'main:orders')
    """
    return f"{account}:{LANES.get(sync_type, sync_type)}"
