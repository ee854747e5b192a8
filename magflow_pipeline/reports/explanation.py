"""`magflow explain SKU`: how each number of a row of the report follows from the others, step by step.

It reads rows only, and computes nothing but what it prints: who checks it with a pocket calculator gets the same.
Belongs here: what is told, in which words. Not here: the rules themselves (`purchasing/`, `suppliers/costs.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.purchasing.cover import WAITED_DAYS
from magflow_pipeline.purchasing.policy import DAYS_A_YEAR, MOST_CHANCE, NOT_KEPT
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.printing import TEXTS as STATUSES
from magflow_pipeline.reports.printing import in_words
from magflow_pipeline.reports.tables import Row, read_rows
from magflow_pipeline.reports.wording import UNKNOWN, day, number
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import printable
from magflow_pipeline.times import BUCHAREST

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "title": "{account} {sku}: {status}",
        "demand": "Demand: {planned} a day ± {error}, variance of a day {variance} ({method})",
        "no_demand": "Demand: {method}",
        "own": "Of these {expected} are this account's; all of them sell the same stock",
        "lead": "Lead time: {lead} ± {spread} days ({source}); days from one look to the next: {review}",
        "closed": "Days by which an order comes later, because its supplier is closed: of today {today}, of the next"
        " look {next}, of in a week {week}",
        "level_cost": "Cost of a piece for the levels, of a usual order of {quantity} from {supplier}: (price {price}"
        " RON + freight {freight} RON) x (1 + duty {duty}) = {cost} RON",
        "earned": "Margin of a piece: price {price} {currency} x {rate} x (1 - commission {commission}) - fulfilment"
        " fee {fee} RON - cost {cost} RON = {margin} RON",
        "lot": "Lot {lot}: the root of 2 x cost of an order line {line_cost} x {planned} / {cost}, at most {planned} x"
        " {most_days} days, at least {least}",
        "chance": "Chance allowed that a piece more would sell: {capital} a year / 365 x cost {cost} RON x lot {lot} /"
        " ({margin_source} {margin} RON x {planned} a day) = {chance} %",
        "chance_most": "; no more than {most} % is taken",
        "chance_not_kept": "; from {least} % on a lot costs more, until it is sold, than it earns, and nothing is kept",
        "earns_nothing": "Nothing is kept in stock: {margin_source} {margin} RON x {planned} a day earn nothing",
        "chance_unknown": "Chance allowed that a piece more would sell: not computed ({problem})",
        "point_demand": "Reorder point {point}: the largest stock that the demand of {days} days takes whole, but not a"
        " lot of {lot} more, with more than that chance, or takes whole with more than 15 %; {mean} are expected in"
        " these days, {safety} are kept above them",
        "up_to_demand": "Order up to {maximum}: {point} + lot {lot}, rounded",
        "point_manual": "Levels set by hand: minimum {minimum}, reorder point {point}, order up to {maximum}",
        "point_default": "Default levels ({problem}): minimum {minimum}, reorder point {point}, order up to {maximum}",
        "position": "Position: available {available} - sent away {sent_away} + on order {on_order} + in transfer"
        " {in_transfer} = {position}, {sign} {point}",
        "ends": "Runs out on {ends}: {stock} pieces, {planned} less a day; arrivals: {arrivals}",
        "order_by": "Last day to order in time: {ends} - {lead} days - {closed} closed days = {order_by}",
        "need": "Need: {maximum} - {position} = {raw}",
        "need_set": "Need: {raw}, as set by hand",
        "need_none": "Need: 0",
        "need_unknown": "Need: decide yourself, what is known is not enough",
        "blocked": "Not proposed: {codes}",
        "snoozed": "{by} put {quantity} of draft {number} off on {day}: it is proposed again on {until}",
        "refused": "{by} refused {quantity} of draft {number} on {day}, because: {why}. Again on {until}",
        "draft": "On draft {number} to {supplier}, which is not sent yet: {quantity}",
        "transfer": "Transfer: {transfer} from {senders}, in cartons of {carton}; {left} are left to buy",
        "purchase": "Purchase from {supplier} ({rule}): all accounts lack {lacking}; at least {moq}: {after_moq}; in"
        " packs of {pack}: {after_pack}; to order {quantity}",
        "purchase_most": "; {most} are the most that last no longer than they may",
        "purchase_flags": "Notes: {flags}",
        "share": "Share of this account: {share}",
        "landed": "Landed cost of a piece: ({price} {currency} x {rate} + freight {freight} RON + {per_order} RON /"
        " {quantity}) x (1 + duty {duty}) = {cost} RON; {quantity} cost {total} RON",
        "cost_problem": "Landed cost: {problem}",
        "cheapest": "Cheapest by landed cost: {cheapest}, {cost} RON a piece; {difference} RON less in all",
        "waiting": "Waiting a week with an order: {pieces} pieces more are expected to be short x {margin_source}"
        " {margin} RON = {lost} RON, {a_day} RON a day",
        "result": "Order: {quantity}",
        "decide": "Order: decide yourself",
        "margin": "margin",
        "revenue": "price, because cost or fees are not known,",
        "receipts": "learned from receipts",
        "terms": "the supplier's terms",
        "default": "assumed, nobody entered it",
        "not_computed": "not computed yet",
        "not_enough_data": "not enough data of its sales yet",
        "never_sold": "never sold",
        "no_price": "its price in RON is not known",
        "not_worth_keeping": "not worth keeping in stock",
    },
    Language.RO: {
        "title": "{account} {sku}: {status}",
        "demand": "Cerere: {planned} pe zi ± {error}, varianța unei zile {variance} ({method})",
        "no_demand": "Cerere: {method}",
        "own": "Din care {expected} ale acestui cont; toate vând același stoc",
        "lead": "Termen de livrare: {lead} ± {spread} zile ({source}); zile de la o verificare la alta: {review}",
        "closed": "Zile cu care o comandă sosește mai târziu, fiindcă furnizorul este închis: de azi {today}, de la"
        " următoarea verificare {next}, peste o săptămână {week}",
        "level_cost": "Costul unei bucăți pentru niveluri, la o comandă obișnuită de {quantity} de la {supplier}: (preț"
        " {price} RON + transport {freight} RON) x (1 + taxe vamale {duty}) = {cost} RON",
        "earned": "Marja unei bucăți: preț {price} {currency} x {rate} x (1 - comision {commission}) - taxă de"
        " fulfilment {fee} RON - cost {cost} RON = {margin} RON",
        "lot": "Lot {lot}: rădăcina pătrată din 2 x costul unei linii de comandă {line_cost} x {planned} / {cost}, cel"
        " mult {planned} x {most_days} zile, cel puțin {least}",
        "chance": "Șansa acceptată ca o bucată în plus să se vândă: {capital} pe an / 365 x cost {cost} RON x lot {lot}"
        " / ({margin_source} {margin} RON x {planned} pe zi) = {chance} %",
        "chance_most": "; se acceptă cel mult {most} %",
        "chance_not_kept": "; de la {least} % un lot costă mai mult, până se vinde, decât aduce, și nu se ține nimic în"
        " stoc",
        "earns_nothing": "Nu se ține nimic în stoc: {margin_source} {margin} RON x {planned} pe zi nu aduc nimic",
        "chance_unknown": "Șansa acceptată ca o bucată în plus să se vândă: nu este calculată ({problem})",
        "point_demand": "Prag de comandă {point}: cel mai mare stoc pe care cererea pe {days} zile îl ia întreg, dar nu"
        " și un lot de {lot} în plus, cu o șansă mai mare, sau îl ia întreg cu peste 15 %; în aceste zile se așteaptă"
        " {mean}, peste care se țin {safety}",
        "up_to_demand": "Se comandă până la {maximum}: {point} + lot {lot}, rotunjit",
        "point_manual": "Niveluri stabilite manual: minim {minimum}, prag de comandă {point}, până la {maximum}",
        "point_default": "Niveluri implicite ({problem}): minim {minimum}, prag de comandă {point}, până la {maximum}",
        "position": "Poziție: disponibil {available} - plecat {sent_away} + în comandă {on_order} + în transfer"
        " {in_transfer} = {position}, {sign} {point}",
        "ends": "Se termină la {ends}: {stock} bucăți, cu {planned} mai puțin pe zi; sosiri: {arrivals}",
        "order_by": "Ultima zi de comandă la timp: {ends} - {lead} zile - {closed} zile închise = {order_by}",
        "need": "Necesar: {maximum} - {position} = {raw}",
        "need_set": "Necesar: {raw}, stabilit manual",
        "need_none": "Necesar: 0",
        "need_unknown": "Necesar: hotărâți dumneavoastră, nu se știe destul",
        "blocked": "Nu se propune: {codes}",
        "snoozed": "{by} a amânat {quantity} din ciorna {number} la {day}: se propune din nou la {until}",
        "refused": "{by} a refuzat {quantity} din ciorna {number} la {day}, pentru că: {why}. Se propune din nou la"
        " {until}",
        "draft": "Pe ciorna {number} către {supplier}, care nu este trimisă încă: {quantity}",
        "transfer": "Transfer: {transfer} din {senders}, în cutii de {carton}; rămân {left} de cumpărat",
        "purchase": "Achiziție de la {supplier} ({rule}): tuturor conturilor le lipsesc {lacking}; cel puțin {moq}:"
        " {after_moq}; în pachete de {pack}: {after_pack}; de comandat {quantity}",
        "purchase_most": "; {most} sunt cele mai multe care țin cel mult cât este admis",
        "purchase_flags": "Observații: {flags}",
        "share": "Partea acestui cont: {share}",
        "landed": "Costul unei bucăți ajunse în depozit: ({price} {currency} x {rate} + transport {freight} RON +"
        " {per_order} RON / {quantity}) x (1 + taxe vamale {duty}) = {cost} RON; {quantity} costă {total} RON",
        "cost_problem": "Costul unei bucăți ajunse în depozit: {problem}",
        "cheapest": "Cel mai ieftin ajuns în depozit: {cheapest}, {cost} RON bucata; cu {difference} RON mai puțin în"
        " total",
        "waiting": "O săptămână de amânare: se așteaptă să lipsească în plus {pieces} bucăți x {margin_source} {margin}"
        " RON = {lost} RON, {a_day} RON pe zi",
        "result": "De comandat: {quantity}",
        "decide": "De comandat: hotărâți dumneavoastră",
        "margin": "marjă",
        "revenue": "preț, fiindcă nu se cunosc costul sau comisioanele,",
        "receipts": "din recepțiile de până acum",
        "terms": "din condițiile furnizorului",
        "default": "presupus, nu l-a introdus nimeni",
        "not_computed": "încă nu este calculat",
        "not_enough_data": "încă nu sunt destule date despre vânzări",
        "never_sold": "nu s-a vândut niciodată",
        "no_price": "prețul în RON nu se cunoaște",
        "not_worth_keeping": "nu merită ținut pe stoc",
    },
}


def explain(
    database: Database,
    console: Console,
    accounts: Sequence[str],
    sku: str,
    language: Language,
    words: Mapping[str, str],
) -> None:
    """Print the arithmetic of each account's row of a SKU.

    Raises:
        ConfigurationError: no account has the SKU in the report.
    """
    rows = read_rows(
        database, "low_stock_report", only={"account_type": accounts, "sku": [sku]}, order_by=["account_type"]
    )
    if not rows:
        raise ConfigurationError(
            f"No SKU '{printable(sku)}' in the report of {', '.join(accounts)}: `magflow demand {printable(sku)}` says"
            " whether it is known."
        )
    purchases = read_rows(database, "reorder_proposals", only={"sku": [sku]})
    cartons = {row["carton_size"] for row in read_rows(database, "transfer_proposals", only={"sku": [sku]})}
    for place, row in enumerate(rows):
        if place:
            console.print()
        for line in explanation(row, purchases[0] if purchases else None, max(cartons, default=1), language, words):
            console.print(printable(line), soft_wrap=True)
    for line in _of_people(database, sku, language):
        console.print(printable(line), soft_wrap=True)


def _of_people(database: Database, sku: str, language: Language) -> Iterator[str]:
    """What people decided of its purchase: that it is put off, and that it is on a draft."""
    texts = TEXTS[language]
    for row in read_rows(database, "purchase_holds", only={"sku": [sku]}):
        yield texts[row["decision"]].format(
            by=row["decided_by"] or UNKNOWN,
            quantity=number(row["quantity"], language),
            number=row["draft_number"] or UNKNOWN,
            day=day(row["decided_at"].astimezone(BUCHAREST).date(), language),
            until=day(row["held_until"], language),
            why=row["refused_because"],
        )
    for row in read_rows(database, "draft_order_lines", only={"sku": [sku]}, order_by=["purchase_order_id"]):
        yield texts["draft"].format(
            number=row["draft_number"], supplier=row["supplier_name"], quantity=number(row["quantity"], language)
        )


def explanation(
    row: Row, purchase: Row | None, carton: int, language: Language, words: Mapping[str, str]
) -> Iterator[str]:
    """The lines for a row of the report, with the purchase of its SKU and its carton."""
    texts = TEXTS[language]

    def say(code: str, **parts: Any) -> str:
        return texts[code].format(**{name: _shown(value, language) for name, value in parts.items()})

    problem = texts[row["level_problem"] or "not_computed"]
    source = texts.get(row["margin_source"] or "", UNKNOWN)
    yield say("title", account=row["account_type"], sku=row["sku"], status=STATUSES[language][row["status"]])
    yield from _of_levels(row, say, texts, problem, source, words)
    yield from _of_stock(row, say, language)
    raw = row["reorder_quantity_raw"]
    if row["blocked"]:
        yield say("blocked", codes=in_words(row["blocked"], words))
    if row["transfer_quantity"]:
        yield say(
            "transfer",
            transfer=row["transfer_quantity"],
            senders=row["transfer_from"],
            carton=carton,
            left=max((raw or 0) - row["transfer_quantity"], 0),
        )
    if purchase is not None and row["reorder_quantity"]:
        yield from _of_purchase(row, purchase, say, words)
    yield from _of_cost(row, say, words)
    if row["ron_lost_by_waiting"] and row["margin_ron"]:
        yield say(
            "waiting",
            pieces=(row["ron_lost_by_waiting"] / row["margin_ron"]).quantize(Decimal("0.0001")),
            margin_source=source,
            margin=row["margin_ron"],
            lost=row["ron_lost_by_waiting"],
            a_day=(row["ron_lost_by_waiting"] / WAITED_DAYS).quantize(Decimal("0.01")),
        )
    yield (say("decide") if row["reorder_quantity"] is None else say("result", quantity=row["reorder_quantity"]))
    yield row["reason" if language is Language.EN else "reason_ro"]


def _of_stock(row: Row, say: Callable[..., str], language: Language) -> Iterator[str]:
    """Position, the last day to order, and what is lacking."""
    # Null in a row that an older version built.
    sent_away, in_transfer = row["sent_away_quantity"] or 0, row["in_transfer_quantity"] or 0
    position = row["available_quantity"] - sent_away + row["on_order_quantity"] + in_transfer
    yield say(
        "position",
        available=row["available_quantity"],
        sent_away=sent_away,
        on_order=row["on_order_quantity"],
        in_transfer=in_transfer,
        position=position,
        sign="<=" if position <= row["reorder_point"] else ">",
        point=row["reorder_point"],
    )
    yield from _of_days(row, say, language)
    raw = row["reorder_quantity_raw"]
    if raw is None:
        yield say("need_unknown")
    elif raw == row["reorder_quantity_set"] and row["available_quantity"] - sent_away <= row["reorder_point"]:
        yield say("need_set", raw=raw)
    elif raw == 0:
        yield say("need_none")
    elif raw == row["maximum_stock"] - position:
        yield say("need", maximum=row["maximum_stock"], position=position, raw=raw)
    else:
        yield say("need_set", raw=raw)


def _of_days(row: Row, say: Callable[..., str], language: Language) -> Iterator[str]:
    """When the stock ends, and the last day to order; nothing where no sale is expected."""
    if row["closed_days_order_by"] is None:  # so also in a row that an older version built
        return
    arrivals = [each.split(" ") for each in (row["arrivals"] or "").split("; ") if each]
    told = [f"{_when(when, language)} {number(int(pieces), language)}" for when, pieces in arrivals]
    yield say(
        "ends",
        ends=row["runs_out_on"],
        stock=max(row["available_quantity"] - row["sent_away_quantity"], 0),
        planned=row["planned_daily_demand"],
        arrivals="; ".join(told) or "0",
    )
    yield say(
        "order_by",
        ends=row["runs_out_on"],
        lead=row["lead_time_days"],
        closed=row["closed_days_order_by"],
        order_by=row["order_by_date"],
    )


def _of_levels(
    row: Row,
    say: Callable[..., str],
    texts: Mapping[str, str],
    problem: str,
    margin_source: str,
    words: Mapping[str, str],
) -> Iterator[str]:
    """Demand, lead time, chance allowed, and the levels that follow."""
    planned, method = row["planned_daily_demand"], in_words(row["demand_method"], words)
    if planned is None:
        yield say("no_demand", method=method)
    else:
        yield say("demand", planned=planned, error=row["demand_error"], variance=row["daily_variance"], method=method)
        if row["expected_daily_demand"] not in (None, planned):
            yield say("own", expected=row["expected_daily_demand"])
    review = row["review_days"] or Decimal(1)
    yield say(
        "lead",
        lead=row["lead_time_days"],
        spread=row["lead_time_spread_days"],
        source=texts.get(row["lead_time_source"] or "", UNKNOWN),
        review=review,
    )
    closed = [row[f"closed_days_{when}"] or 0 for when in ("today", "next_review", "in_a_week")]
    if any(closed):
        yield say("closed", **dict(zip(("today", "next", "week"), closed, strict=True)))
    if row["margin_source"] == "margin":
        yield from _of_margin(row, say)
    if row["lot"] is not None and row["line_cost"] is not None:
        yield say(
            "lot",
            lot=row["lot"],
            line_cost=row["line_cost"],
            planned=planned,
            cost=row["unit_cost_ron"],
            most_days=row["most_cover_days"],
            least=row["least_lot"],
        )
    if row["chance_allowed"] is None:
        yield say("chance_unknown", problem=problem)
    elif row["margin_ron"] * planned <= 0:
        yield say("earns_nothing", margin_source=margin_source, margin=row["margin_ron"], planned=planned)
    else:
        yield _chance(row, say, margin_source)
    levels = {"minimum": row["minimum_stock"], "point": row["reorder_point"], "maximum": row["maximum_stock"]}
    if row["level_source"] == "demand" and row["level_problem"] is None:
        days = row["lead_time_days"] + closed[1] + review
        mean = planned * days
        yield say(
            "point_demand", point=levels["point"], days=days, lot=row["lot"], mean=mean, safety=row["safety_stock"]
        )
        yield say("up_to_demand", lot=row["lot"], **levels)
    elif row["level_source"] == "manual":
        yield say("point_manual", **levels)
    else:
        yield say("point_default", problem=problem, **levels)


def _of_margin(row: Row, say: Callable[..., str]) -> Iterator[str]:
    """The cost that levels are of, and what a piece earns; null in a row that an older version built."""
    if row["level_freight_ron"] is not None:
        yield say(
            "level_cost",
            quantity=row["level_quantity"],
            supplier=row["level_supplier_name"],
            price=row["level_price_ron"],
            freight=row["level_freight_ron"],
            duty=row["duty_rate"] or 0,
            cost=row["unit_cost_ron"],
        )
    if row["commission_rate"] is not None:
        yield say(
            "earned",
            price=row["price"],
            currency=row["currency"],
            rate=row["price_rate"],
            commission=row["commission_rate"],
            fee=row["fulfilment_fee_ron"],
            cost=row["unit_cost_ron"],
            margin=row["margin_ron"],
        )


def _chance(row: Row, say: Callable[..., str], margin_source: str) -> str:
    """The chance allowed of a piece that earns something; where it is limited, what the row gives without the limit."""
    parts = [row[name] for name in ("capital_cost", "unit_cost_ron", "lot", "margin_ron", "planned_daily_demand")]
    capital, cost, lot, margin, planned = parts
    chance, limit = row["chance_allowed"], ""
    if chance >= Decimal(str(MOST_CHANCE)):
        chance = (capital / Decimal(DAYS_A_YEAR) * cost * lot / (margin * planned)).quantize(Decimal("1e-6"))
        if chance >= NOT_KEPT:
            limit = say("chance_not_kept", least=Decimal(NOT_KEPT) * 100)
        else:
            limit = say("chance_most", most=Decimal(str(MOST_CHANCE)) * 100)
    return (
        say(
            "chance",
            capital=capital,
            cost=cost,
            lot=lot,
            margin_source=margin_source,
            margin=margin,
            planned=planned,
            chance=chance * 100,
        )
        + limit
    )


def _of_purchase(row: Row, purchase: Row, say: Callable[..., str], words: Mapping[str, str]) -> Iterator[str]:
    """The purchase for all accounts, and this account's share."""
    most = purchase["most_quantity"]
    yield say(
        "purchase",
        supplier=purchase["supplier_name"],
        rule=in_words(purchase["supplier_rule"], words),
        lacking=purchase["raw_quantity"],
        moq=purchase["minimum_order_quantity"],
        after_moq=purchase["after_moq"],
        pack=purchase["pack_size"],
        after_pack=purchase["after_pack"],
        quantity=purchase["quantity"],
    ) + (say("purchase_most", most=most) if most is not None and most < purchase["after_pack"] else "")
    # Those of another account alone, such as that it is late, are no notes of this row.
    of_row = (row["flags"] or "").split("; ")
    if flags := "; ".join(flag for flag in (purchase["flags"] or "").split("; ") if flag in of_row and flag):
        yield say("purchase_flags", flags=in_words(flags, words))
    yield say("share", share=row["reorder_quantity"])


def _of_cost(row: Row, say: Callable[..., str], words: Mapping[str, str]) -> Iterator[str]:
    """What a piece costs in the warehouse, of what is bought or would be, and who is the cheapest."""
    cost, quantity = row["landed_unit_cost_ron"], row["landed_quantity"]
    if cost is None:
        yield say("cost_problem", problem=in_words(row["cost_problem"] or "no_supplier", words))
    elif quantity is not None:  # null in a row that an older version built
        yield say(
            "landed",
            price=row["unit_price"],
            currency=row["unit_currency"],
            rate=row["unit_rate"],
            freight=row["freight_per_piece_ron"],
            per_order=row["freight_per_order_ron"],
            quantity=quantity,
            duty=row["duty_rate"] or 0,
            cost=cost,
            total=(cost * quantity).quantize(Decimal("0.01")),
        )
    if row["difference_ron"]:
        yield say(
            "cheapest",
            cheapest=row["cheapest_supplier_name"],
            cost=row["cheapest_landed_unit_cost_ron"],
            difference=row["difference_ron"],
        )


def _when(text: str, language: Language) -> str:
    """A day of `arrivals`, or its mark where nobody knows the day."""
    return text if text == "?" else day(date.fromisoformat(text), language)


def _shown(value: Any, language: Language) -> str:
    """A number with all of its places, so that it can be computed with, but no zeros at its end."""
    if value is None:
        return UNKNOWN
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, int):
        return number(value, language)
    if isinstance(value, Decimal):
        return number(value, language, len(f"{value.normalize():f}".partition(".")[2]))
    return str(value)
