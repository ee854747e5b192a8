"""The accounts as partitions: known from code, a handful."""

import dagster as dg

from magflow_pipeline.settings import load_settings

accounts = dg.StaticPartitionsDefinition(list(load_settings().accounts))

# One account per run: a backfill of both is two runs, and each takes its own lock.
one_account_per_run = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def account_of(context: dg.AssetExecutionContext) -> str:
    """The account of the run.

    Raises:
        dagster.Failure: none was chosen; nothing is tried again.
    """
    if not context.has_partition_key:
        names = ", ".join(load_settings().accounts)
        raise dg.Failure(f"Choose an account: this run has no partition. There are: {names}.", allow_retries=False)
    return context.partition_key
