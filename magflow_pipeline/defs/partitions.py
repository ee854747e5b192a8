"""The accounts as partitions: known from code, a handful."""

import dagster as dg

from magflow_pipeline.settings import load_settings

accounts = dg.StaticPartitionsDefinition(list(load_settings().accounts))

# One account per run: a backfill of both is two runs, and each takes its own lock.
one_account_per_run = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
