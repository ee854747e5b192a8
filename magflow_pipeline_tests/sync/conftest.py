"""Looks into the tables while a sync runs."""

import asyncio
from collections.abc import Callable
from typing import Any


async def until(look: Callable[[], Any], seconds: float = 5) -> Any:
    """What `look` gives, once that is not nothing; a running sync goes on between two looks."""
    async with asyncio.timeout(seconds):
        while not (found := look()):  # noqa: ASYNC110  # another session writes what is looked for
            await asyncio.sleep(0.02)
        return found
