"""Looks at what a sync asked for and what its log says."""

from typing import Any

from magflow_pipeline.simulator.running import Simulator


def errors(log: dict[str, Any]) -> str:
    """What a sync noted, a line each."""
    return "\n".join(error["error"] for error in log["errors"])


def asked(simulator: Simulator, name: str) -> list[Any]:
    """The values of one filter over all reads of offers, in their order."""
    bodies = [request["body"] for request in simulator.requests() if request["route"] == "read"]
    return [body[name] for body in bodies if name in body]
