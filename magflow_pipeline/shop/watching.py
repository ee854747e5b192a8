"""How often Dagster's UI and daemon ask the code server whether it is still the same one.

Dagster asks each second, by a new connection each time, and has no setting for it: a quarter of what an idle
`magflow up` took of a processor. The answer matters after a restart of the code server only, whose ticks and runs are
sent to its address without it.
"""

from dagster._grpc import server_watcher  # Dagster has no public name for it

SECONDS_BETWEEN_QUESTIONS = 5


def watch_seldom() -> None:
    """Let the watches that this process starts ask every SECONDS_BETWEEN_QUESTIONS."""
    server_watcher.WATCH_INTERVAL = SECONDS_BETWEEN_QUESTIONS
