"""The accounts as static partitions: a handful, known when definitions load."""

import dagster as dg

from magflow_pipeline.defs.load_time import SETTINGS

# Partitioned assets have no backfill policy. Without one, a backfill is a run per account with its partition tag, which
# the queue needs; with multi_run(1), a run has a range of one partition instead, and no partition key.
accounts = dg.StaticPartitionsDefinition(list(SETTINGS.accounts))


def account_of(context: dg.AssetExecutionContext) -> str:
    """The account of the run.

    Raises:
        dagster.Failure: no account was chosen; the run is not retried.
    """
    if not context.has_partition_key:
        names = ", ".join(accounts.get_partition_keys())
        raise dg.Failure(f"Choose an account: this run has no partition. There are: {names}.", allow_retries=False)
    return context.partition_key
