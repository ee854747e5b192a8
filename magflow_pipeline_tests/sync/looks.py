"""Looks at what a sync asked for, what it did and what its log says, also while it runs."""

import asyncio
from collections.abc import Callable
from typing import Any

from magflow_pipeline.catalogue.scan import ScanResult
from magflow_pipeline.simulator.running import Simulator

SEEN_AGAIN = {"last_sync_id", "last_synced_at"}


def asked(simulator: Simulator, name: str) -> list[Any]:
    """The values of one filter over all reads of offers, in their order."""
    bodies = [request["body"] for request in simulator.requests() if request["route"] == "read"]
    return [body[name] for body in bodies if name in body]


def content(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what says when they were seen."""
    return [{key: value for key, value in row.items() if key not in SEEN_AGAIN} for row in rows]


def counts(result: ScanResult) -> tuple[int, ...]:
    """Fetched, created, updated, unchanged, rejected, duplicate."""
    counted = result.counts
    return (counted.fetched, counted.created, counted.updated, counted.unchanged, counted.rejected, counted.duplicate)


def errors(log: dict[str, Any]) -> str:
    """What a sync noted, a line each."""
    return "\n".join(error["error"] for error in log["errors"])


async def until(look: Callable[[], Any], seconds: float = 5) -> Any:
    """What `look` gives, once that is not nothing; a running sync goes on between two looks."""
    async with asyncio.timeout(seconds):
        while not (found := look()):  # noqa: ASYNC110  # another session writes what is looked for
            await asyncio.sleep(0.02)
        return found
