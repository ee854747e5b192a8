"""The accounts as static partitions: a handful, known when definitions load."""

import dagster as dg

from magflow_pipeline.defs.load_time import SETTINGS

# Partitioned assets have no backfill policy. Without one, a backfill is a run per account with its partition tag, which
# the queue needs; with multi_run(1), a run has a range of one partition instead, and no partition key.
accounts = dg.StaticPartitionsDefinition(list(SETTINGS.accounts))


def synced_account(context: dg.AssetExecutionContext) -> str | None:
    """The account that the run has just read: a table of all accounts that another run has built since stays.

    None for any other run, one of chosen assets too, which builds: somebody asked for it.
    """
    is_sync = context.run.job_name == "sync_account" and not context.run.asset_selection
    return context.partition_key if is_sync else None


def account_of(context: dg.AssetExecutionContext) -> str:
    """The account of the run.

    Raises:
        dagster.Failure: no account was chosen; the run is not retried.
    """
    if not context.has_partition_key:
        names = ", ".join(accounts.get_partition_keys())
        raise dg.Failure(f"Choose an account: this run has no partition. There are: {names}.", allow_retries=False)
    return context.partition_key
