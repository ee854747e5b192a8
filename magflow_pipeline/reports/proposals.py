"""What to move and what to buy, for people and programs: the view `proposed_actions`."""

from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.proposals import bought_within
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import printable


def proposed_actions(database: Database, supplier: str | None = None, budget: float | None = None) -> list[Row]:
    """The actions in their order; of one supplier, only what is bought from him.

    A budget of RON is spent anew, on the purchases shown; without one `budget_quantity` is as it was built.

    Raises:
        ConfigurationError: nothing is built yet, or nothing is bought from the supplier.
    """
    if not any(row["name"] == "reorder_proposals" for row in read_rows(database, "builds")):
        raise ConfigurationError("Nothing is proposed yet: run `magflow sync` first, or `magflow demo` to look around.")
    rows = read_rows(database, "proposed_actions")
    if supplier is not None:
        known = {_alike(name): name for row in rows if (name := row["supplier_name"])}
        if _alike(supplier) not in known:
            others = f" Suppliers of what is: {', '.join(sorted(known.values()))}." if known else ""
            raise ConfigurationError(printable(f"Nothing is to be bought from {supplier}.{others}"))
        rows = [row for row in rows if row["supplier_name"] == known[_alike(supplier)]]
    if budget is not None:
        shown = {row["sku"] for row in rows if row["action"] == "order"}
        purchases = [row for row in read_rows(database, "reorder_proposals") if row["sku"] in shown]
        bought = bought_within(purchases, budget)
        rows = [{**row, "budget_quantity": bought.get(row["sku"])} if row["action"] == "order" else row for row in rows]
    return rows


def _alike(name: str) -> str:
    return " ".join(name.split()).casefold()
