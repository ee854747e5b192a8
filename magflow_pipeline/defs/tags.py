"""The tags of runs and assets: what the UI is filtered by, and what automation asks of a run."""

ACCOUNT_TAG = "magflow/account"
MODE_TAG = "magflow/mode"
MODE_BY_SIZE = "by size"  # until the sync has counted the offers
TRIGGERED_BY_TAG = "magflow/triggered_by"
LANE_TAG = "magflow/lane"  # the queue starts one run of each at a time
PARTITION_TAG = "dagster/partition"  # Dagster's own: the account of a run

READ_BY_TAG = "magflow/read_by"  # whom an asset is for
