"""How long dlt takes for the same offers, new and again. `make bench` runs it, in an environment of its own.

Arguments: a PostgreSQL URL, a file with an answer of the marketplace on each line, `flat` or `nested`.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt  # pyright: ignore[reportMissingModuleSource]  # in .venv/bench

SCALARS = (
    *("id", "part_number", "part_number_key", "name", "brand", "category_id", "sale_price", "min_sale_price"),
    *("max_sale_price", "recommended_price", "currency", "vat_id", "warranty", "general_stock", "status"),
    *("estimated_stock", "buy_button_rank", "best_offer_sale_price", "number_of_offers", "url", "ownership"),
)


def main() -> None:
    """Print the seconds of a first load and of a repeat, as JSON."""
    url, file, shape = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "offers",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(credentials=_credentials(url)),
            dataset_name=f"dlt_{shape}",
        )
        seconds: dict[str, float] = {}
        for what in ("new", "unchanged"):
            began = time.monotonic()
            pipeline.run(
                dlt.resource(
                    _offers(Path(file), shape),
                    name="offers",
                    primary_key="id",
                    write_disposition={
                        "disposition": "merge",
                        "strategy": "upsert" if shape == "flat" else "delete-insert",
                    },
                )
            )
            seconds[what] = time.monotonic() - began
    sys.stdout.write(json.dumps(seconds) + "\n")


def _credentials(url: str) -> dict[str, Any]:
    """The embedded server listens on a socket in a folder; dlt wants a password, which nobody asks for there."""
    address = urlsplit(url)
    folder = parse_qs(address.query)["host"][0]
    return {
        "host": quote(folder, safe=""),
        "username": address.username,
        "password": "none",
        "database": address.path[1:],
    }


def _offers(file: Path, shape: str) -> Iterator[list[dict[str, Any]]]:
    with file.open() as lines:
        for line in lines:
            offers = json.loads(line)["results"]
            yield offers if shape == "nested" else [_flat(offer) for offer in offers]


def _flat(offer: dict[str, Any]) -> dict[str, Any]:
    """Scalars as they are, as text where the marketplace has two spellings for one value."""
    return {name: None if (value := offer.get(name)) is None else str(value) for name in SCALARS} | {"id": offer["id"]}


if __name__ == "__main__":
    main()
