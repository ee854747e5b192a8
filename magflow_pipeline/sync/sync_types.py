"""The types of syncs: what is read of an account. Locks, logs, status and run queue are per type and account."""

CATALOGUE = "products"  # the catalogue with its offers
ORDERS = "orders"
TYPES = (CATALOGUE, ORDERS)
LANES = {CATALOGUE: "catalogue"}  # a type's name in the tag of a run, where it differs


def lane_of(sync_type: str, account: str) -> str:
    """The lane of a type and account: runs of one lane are serialised, different lanes run in parallel.

    >>> lane_of(CATALOGUE, "main"), lane_of(ORDERS, "main")
    ('main:catalogue', 'main:orders')
    """
    return f"{account}:{LANES.get(sync_type, sync_type)}"
