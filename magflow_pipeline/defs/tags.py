"""The tags of runs and assets, for filters in the UI and for automation."""

ACCOUNT_TAG = "magflow/account"
MODE_TAG = "magflow/mode"
MODE_BY_SIZE = "by size"  # until the sync has counted the offers
TRIGGERED_BY_TAG = "magflow/triggered_by"
LANE_TAG = "magflow/lane"  # the queue runs one run per lane at a time
SELLER_TAG = "magflow/seller"  # where sellers share an instance: the queue limits the runs of each
PARTITION_TAG = "dagster/partition"  # Dagster's own: the account of a run

READ_BY_TAG = "magflow/read_by"  # whom an asset is for
