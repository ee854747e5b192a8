"""The accounts as partitions: known from code, a handful."""

import dagster as dg

from magflow_pipeline.defs.load_time import SETTINGS

# Assets of them have no backfill policy. Without one a backfill is a run per account that carries its partition tag, by
# which the queue knows it; with multi_run(1) a run carries a range of one partition instead, and no partition key.
accounts = dg.StaticPartitionsDefinition(list(SETTINGS.accounts))


def account_of(context: dg.AssetExecutionContext) -> str:
    """The account of the run.

    Raises:
        dagster.Failure: none was chosen; nothing is tried again.
    """
    if not context.has_partition_key:
        names = ", ".join(accounts.get_partition_keys())
        raise dg.Failure(f"Choose an account: this run has no partition. There are: {names}.", allow_retries=False)
    return context.partition_key
