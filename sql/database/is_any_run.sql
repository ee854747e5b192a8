-- Whether any run has one of some statuses. Of Dagster's database. Parameters: statuses.
SELECT exists(SELECT FROM runs WHERE status = any(%(statuses)s))
