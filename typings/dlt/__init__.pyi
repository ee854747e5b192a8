"""The part of dlt 1.31 that benchmarks/dlt_load.py uses."""

from collections.abc import Iterator
from typing import Any

from dlt import destinations as destinations

class Pipeline:
    def run(self, data: object) -> object: ...

def pipeline(pipeline_name: str, *, pipelines_dir: str, destination: object, dataset_name: str) -> Pipeline: ...
def resource(
    data: Iterator[list[dict[str, Any]]], *, name: str, primary_key: str, write_disposition: dict[str, str]
) -> object: ...
