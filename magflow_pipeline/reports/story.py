"""`magflow demand SKU`: what one item sold and is expected to sell, account by account, and why.

Belongs here: what is told, in which words. Not here: how demand is learned (room `demand`), and bars (`bars.py`).
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import psycopg
from psycopg.rows import dict_row
from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.reports.bars import EIGHTHS, bars, days_of_a_bar, grouped
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.plots import Panel, panels_plot
from magflow_pipeline.reports.printing import in_words
from magflow_pipeline.reports.tables import BUYING_ORDER, Row, read_rows
from magflow_pipeline.reports.wording import day, money, number, rate
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.suppliers.costs import LEAD_TIME_DAYS
from magflow_pipeline.text import printable

MOST_NAMED = 5
MOST_PLOTTED, PLOTTED_WEEKS = 5, 26
NARROWEST = 20  # columns of a plot
ITEM = (
    *("name", "status", "available_quantity", "on_order_quantity", "price", "currency", "days_of_cover"),
    *("stock_out_date", "ron_at_risk_per_day", "margin_ron", "lead_time_days", "flags", "reason", "reason_ro"),
)

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "expected": "Expected: {expected} a day ± {error}, {method}; in {lead} days about {pieces} pieces",
        "unknown": "Expected: {method}",
        "nothing": "Expected: no demand was learned of it yet. Orders are read by: magflow orders",
        "sold": "Sold: {units} pieces, the first on {first}, the last on {last}",
        "means": "A day, over sellable days: {mean_30} (of the last 30), {mean_90} (90), {mean_180} (180)",
        "days": "Days: {sellable} sellable since the first sale; sales known from {since} to {until}",
        "class": "It {words}: a sale each {interval} days, squared variation {variation}",
        "seen": "Seen: {share} pieces sold per piece that stock fell",
        "spikes": "Spikes: {pieces} pieces above their caps taught nothing; the largest day had {largest}, the last"
        " cap was {cap}",
        "spike": "Spike of {day}: {units} pieces, the largest order {largest}",
        "uplift": "Campaigns: {uplift} times the demand of other days",
        "campaigns": "Campaigns in these days: {names}",
        "stock": "Stock: {available} available, {ordered} on order; lasts {cover} days, sold out on {day}",
        "stock_only": "Stock: {available} available, {ordered} on order; how long that lasts is not known",
        "at_risk": "Waiting with an order costs: {amount} a day, at {margin} a piece",
        "notes": "Note: {notes}",
        "sources": "Sales known: {sources}",
        "absent": "It is not in the report of this account.",
        "units": "Pieces sold, each bar {days}, most {most}",
        "stocks": "Stock at the end of each, most {most}",
        "of_days": "of a day|of {days} days",
        "none": "No sale and no stock of it is known in these {days} days.",
        "marks": "c: campaign   x: could not be sold   {dot}: not known",
    },
    Language.RO: {
        "expected": "Așteptat: {expected} pe zi ± {error}, {method}; în {lead} de zile circa {pieces} bucăți",
        "unknown": "Așteptat: {method}",
        "nothing": "Așteptat: cererea lui nu a fost încă învățată. Comenzile se citesc cu: magflow orders",
        "sold": "Vândut: {units} bucăți, prima oară la {first}, ultima oară la {last}",
        "means": "Pe zi, în zilele vandabile: {mean_30} (din ultimele 30), {mean_90} (90), {mean_180} (180)",
        "days": "Zile: {sellable} vandabile de la prima vânzare; vânzări cunoscute din {since} până la {until}",
        "class": "Articolul {words}: o vânzare la {interval} zile, variație pătratică {variation}",
        "seen": "Văzut: {share} bucăți vândute pentru o bucată cu care a scăzut stocul",
        "spikes": "Vârfuri: {pieces} bucăți peste limite nu contează; ziua cea mai mare a avut {largest}, ultima"
        " limită a fost {cap}",
        "spike": "Vârf la {day}: {units} bucăți, cea mai mare comandă {largest}",
        "uplift": "Campanii: de {uplift} ori cererea altor zile",
        "campaigns": "Campanii în aceste zile: {names}",
        "stock": "Stoc: {available} disponibile, {ordered} în comandă; ajunge {cover} zile, epuizat la {day}",
        "stock_only": "Stoc: {available} disponibile, {ordered} în comandă; nu se știe cât ajunge",
        "at_risk": "Amânarea comenzii costă: {amount} pe zi, la {margin} bucata",
        "notes": "Observație: {notes}",
        "sources": "Vânzări cunoscute: {sources}",
        "absent": "Nu este în raportul acestui cont.",
        "units": "Bucăți vândute, fiecare bară {days}, cel mult {most}",
        "stocks": "Stocul la sfârșitul fiecăreia, cel mult {most}",
        "of_days": "pentru o zi|pentru {days} zile",
        "none": "Nu se cunoaște nicio vânzare și niciun stoc în aceste {days} zile.",
        "marks": "c: campanie   x: nu s-a putut vinde   {dot}: necunoscut",
    },
}


def read_story(database: Database, accounts: Sequence[str], sku: str, days: int) -> list[Row]:
    """What is known of a SKU in each account that has it: its demand, its row of the report, its newest days.

    Raises:
        ConfigurationError: no account has or had it; the message names what is spelled nearly so.
    """
    only = {"account_type": accounts, "sku": [sku]}
    demands = {row["account_type"]: row for row in read_rows(database, "demand", only=only)}
    items = {row["account_type"]: row for row in read_rows(database, "low_stock_report", only=only)}
    offers = {row["account_type"] for row in read_rows(database, "emag_products_v2", only=only)}
    sources = {row["account_type"]: ["eMAG", *row["channels"]] for row in read_rows(database, "sales_sources")}
    stories: list[Row] = []
    with database.connect("magflow demand") as session:
        for account in accounts:
            if account not in offers and account not in demands:
                continue
            item = items.get(account)
            stories.append(
                {
                    "account_type": account,
                    "sku": sku,
                    "sales_known": sources.get(account),
                    "demand": demands.get(account),
                    "report": item and {name: item[name] for name in ITEM},
                    "days": _days(session, account, sku, days),
                }
            )
        if not stories:
            known = [each for (each,) in session.execute(statement("demand/skus"))]
            raise ConfigurationError(_no_such(sku, accounts, known))
    return stories


def plot_of_most_at_risk(database: Database) -> str | None:
    """What the items with the most RON at risk sold a week, and their stock, as an image in Markdown; None: no item."""
    most = read_rows(database, "low_stock_report", order_by=BUYING_ORDER, limit=MOST_PLOTTED)
    panels: list[Panel] = []
    with database.connect("magflow plot") as session:
        for item in most:
            if not item["ron_at_risk_per_day"]:
                break
            days = _days(session, item["account_type"], item["sku"], PLOTTED_WEEKS * 7)
            sold = grouped([each["units"] for each in days], 7, _sum)
            stock = grouped([each["stock"] for each in days], 7, _last)
            label = (
                f"{item['account_type']} {item['sku']}: {item['ron_at_risk_per_day']} RON a day at risk,"
                f" {item['days_of_cover']} days left. Sold a week, most {_most(sold)}; stock, most {_most(stock)}"
            )
            panels.append(
                Panel(label, *([None if each is None else float(each) for each in of] for of in (sold, stock)))
            )
    weeks = f"Sold a week (bars) and stock (line) of the last {PLOTTED_WEEKS} weeks"
    return panels_plot(weeks, panels) if panels else None


def show_story(console: Console, stories: Sequence[Row], language: Language, words: Mapping[str, str]) -> None:
    """Print the story of each account, with bars as wide as the terminal; `words` of the codes of demand."""
    for position, story in enumerate(stories):
        if position:
            console.print("")
        item = story["report"]
        title = [story["account_type"], story["sku"], *([item["name"]] if item and item["name"] else [])]
        console.print(printable(" · ".join(title)), style="bold")
        for sentence in sentences(story, language, words):
            console.print(printable(sentence))
        console.print("")
        for line in plot(story["days"], console.width, language, can_block=_can_block(console)):
            console.print(line)


def sentences(story: Row, language: Language, words: Mapping[str, str]) -> Iterable[str]:
    """What is said of an item in an account, one sentence a line."""
    texts = TEXTS[language]
    demand, item = cast("Row | None", story["demand"]), cast("Row | None", story["report"])
    if demand is None:
        yield texts["nothing"]
    else:
        lead = item["lead_time_days"] if item else None
        yield from _of_demand(demand, lead or Decimal(LEAD_TIME_DAYS), language, words)
        yield from _spikes(demand, story["days"], language)
    names = dict.fromkeys(each["campaigns"] for each in story["days"] if each["campaigns"])
    if names:
        yield texts["campaigns"].format(names="; ".join(names))
    if item is None:
        yield texts["absent"]
    else:
        yield from _of_stock(item, language)
    flags = item["flags"] if item else "; ".join(demand["flags"] if demand else ())
    if flags:
        yield texts["notes"].format(notes=in_words(flags, words))
    if story["sales_known"]:
        known = story["sales_known"]
        yield texts["sources"].format(sources=", ".join(known) if len(known) > 1 else in_words("emag_only", words))


def plot(days: Sequence[Row], width: int, language: Language, *, can_block: bool = True) -> list[str]:
    """Bars of what was sold and of the stock, no line wider than `width` or NARROWEST columns, if that is more."""
    texts = TEXTS[language]
    units, stocks = ([each[name] for each in days] for name in ("units", "stock"))
    if not any(each is not None for each in units + stocks):
        return [texts["none"].format(days=len(days))]
    step = days_of_a_bar(len(days), max(width, NARROWEST))
    one, several = texts["of_days"].split("|")
    shown = grouped(units, step, _sum)
    lines = [
        texts["units"].format(
            days=one if step == 1 else several.format(days=step), most=number(_most(shown), language)
        ),
        *bars(shown, can_block=can_block),
    ]
    marks = "".join(_mark([*days[max(0, end - step) : end]]) for end in _ends(len(days), step))
    if marks.strip():
        lines.append(marks.rstrip())
    if any(each is not None for each in stocks):
        held = grouped(stocks, step, _last)
        lines += [texts["stocks"].format(most=number(_most(held), language)), *bars(held, can_block=can_block)]
    first, last = (day(each["day"], language) for each in (days[0], days[-1]))
    gap = len(shown) - len(first) - len(last)
    lines.append(f"{first}{' ' * gap}{last}" if gap > 0 else f"{first} – {last}")
    lines.append(texts["marks"].format(dot="·" if can_block else "."))
    return lines


def _days(session: psycopg.Connection, account: str, sku: str, days: int) -> list[Row]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("demand/story"), {"account": account, "sku": sku, "days": days}).fetchall()


def _of_demand(demand: Row, lead: Decimal, language: Language, words: Mapping[str, str]) -> Iterable[str]:
    """What is expected, and what it was learned from."""
    texts = TEXTS[language]
    expected, method = demand["expected_daily_demand"], in_words(demand["demand_method"], words)
    if expected is None:
        yield texts["unknown"].format(method=method)
    else:
        yield texts["expected"].format(
            expected=rate(expected, language),
            error=number(demand["demand_error"], language, 2),
            method=method,
            lead=number(lead, language),
            pieces=number(expected * lead, language),
        )
        means = {name: number(demand[name], language, 2) for name in ("mean_30", "mean_90", "mean_180")}
        yield texts["means"].format(**means)
    if demand["first_sale"] is not None:
        yield texts["sold"].format(
            units=number(demand["units"], language),
            first=day(demand["first_sale"], language),
            last=day(demand["last_sale"], language),
        )
    yield texts["days"].format(
        sellable=number(demand["sellable_days"], language, 1),
        since=day(demand["known_from"], language),
        until=day(demand["known_to"], language),
    )
    if demand["demand_class"] is not None:
        yield texts["class"].format(
            words=in_words(demand["demand_class"], words),
            interval=number(demand["mean_interval"], language, 2),
            variation=number(demand["squared_variation"], language, 2),
        )
    if demand["demand_seen"] is not None:
        yield texts["seen"].format(share=number(demand["demand_seen"], language, 2))
    if demand["campaign_uplift"] is not None:
        yield texts["uplift"].format(uplift=number(demand["campaign_uplift"], language, 2))


def _spikes(demand: Row, days: Sequence[Row], language: Language) -> Iterable[str]:
    """What was capped, and the days above the cap that are shown."""
    texts, cap = TEXTS[language], demand["spike_cap"]
    if cap is None:
        return
    yield texts["spikes"].format(
        pieces=number(demand["capped_units"], language),
        largest=number(demand["largest_day"], language),
        cap=number(cap, language, 1),
    )
    for each in days:
        if each["units"] is not None and each["units"] > cap:
            yield texts["spike"].format(
                day=day(each["day"], language),
                units=number(each["units"], language),
                largest=number(each["largest_order"], language),
            )


def _of_stock(item: Row, language: Language) -> Iterable[str]:
    """How long the stock lasts, what its end costs, and what is ordered."""
    texts = TEXTS[language]
    yield texts["stock_only" if item["days_of_cover"] is None else "stock"].format(
        available=number(item["available_quantity"], language),
        ordered=number(item["on_order_quantity"], language),
        cover=number(item["days_of_cover"], language, 1),
        day=day(item["stock_out_date"], language),
    )
    if item["ron_at_risk_per_day"] is not None:
        yield texts["at_risk"].format(
            amount=money(item["ron_at_risk_per_day"], "RON", language),
            margin=money(item["margin_ron"], "RON", language),
        )
    yield item["reason" if language is Language.EN else "reason_ro"]


def _ends(days: int, step: int) -> list[int]:
    """Where the days of each bar end."""
    return list(range(days % step or step, days + 1, step))


def _mark(days: Sequence[Row]) -> str:
    if any(each["campaigns"] for each in days):
        return "c"
    shares = [each["sellable_share"] for each in days if each["sellable_share"] is not None]
    return "x" if shares and not any(shares) else " "


def _sum(part: Sequence[Any]) -> Any:
    return sum(part)


def _last(part: Sequence[Any]) -> Any:
    return part[-1]


def _most(values: Sequence[Any]) -> Any:
    return max((each for each in values if each is not None), default=0)


def _can_block(console: Console) -> bool:
    try:
        f"{EIGHTHS}·".encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _no_such(sku: str, accounts: Sequence[str], known: Sequence[str]) -> str:
    """That no account has the SKU, and what is spelled nearly so."""
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(sku.casefold(), folded, MOST_NAMED)
    near += [each for each in folded if sku.casefold() in each and each not in near][: MOST_NAMED - len(near)]
    told = (
        f"Nearly so: {', '.join(printable(folded[each]) for each in near)}." if near else "magflow report lists them."
    )
    return f"No SKU '{printable(sku)}' in {', '.join(accounts)}. {told}"
