"""Stock status, and the sentence that says why something is ordered or not: pure functions (rules.md: Status).

The report computes it in SQL (`stock_levels.sql`, `stock_decision.sql`, `stock_sentences.sql` in `sql/views/`). These
functions explain the rules and are the oracle of its test; whatever shows the report uses the statuses and their names.
Quantities are pieces. The levels do not depend on the stock that is compared with them, and never contradict each
other. How many pieces are bought is not decided here: the plan has it (`reorder_proposals`, `reorder_shares`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from magflow_pipeline.catalogue.sellable import Note
from magflow_pipeline.purchasing.statuses import ROMANIAN, RUNNING_OUT, Status


@dataclass(frozen=True)
class Levels:
    """The levels that a stock is compared with; the defaults are the policy of rules.md: Levels.

    0, 0, 0 keeps nothing in stock.
    """

    minimum: int = 10
    reorder_point: int = 20
    maximum: int = 100


@dataclass(frozen=True)
class ManualLevels:
    """Levels set by hand; None: the usual one applies."""

    minimum: int | None = None
    reorder_point: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Plan:
    """What was planned for an item: the columns of its row in the report, None where nothing is known.

    `missing` are the pieces up to the maximum before transfers and rounding, None: a person has to decide. `share` is
    what the account gets of a purchase of `purchase` pieces, which all accounts need `purchase_raw` of.
    """

    level_source: str = "default"
    level_problem: str | None = None
    demand: Decimal | None = None
    lead_time_days: Decimal = Decimal(45)
    lead_time_spread_days: Decimal = Decimal(10)
    lead_time_source: str = "default"
    closed_days: int = 0
    chance_allowed: Decimal | None = None
    on_order: int = 0
    in_transfer: int = 0
    sent_away: int = 0
    overdue: int = 0
    missing: int | None = None
    transfer: int = 0
    transfer_from: str | None = None
    share: int | None = None
    blocked: str | None = None
    purchase_raw: int | None = None
    purchase: int | None = None
    purchase_flags: str | None = None
    moq: int | None = None
    pack: int | None = None
    supplier: str | None = None
    cost: Decimal | None = None
    cost_problem: str | None = None
    cheapest: str | None = None
    cheapest_cost: Decimal | None = None
    order_by: date | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Item:
    """What else decides: whose pieces they are, how sure the stock is, and what a person wants.

    Args:
        quantity_set: Pieces a person decided to order when the stock is low; 0 means none.
        ordered_by: The account that orders for this stock, where two accounts publish the same pieces.
        is_at_least: The stock is a lower bound: eMAG only reported that it is not low.
        is_unread: eMAG sent no number as stock: 0 is in its place, and nothing is ordered because of it.
        not_sellable: Why no customer can buy it now.
    """

    quantity_set: int | None = None
    ordered_by: str | None = None
    is_at_least: bool = False
    is_unread: bool = False
    not_sellable: Note | None = None


@dataclass(frozen=True)
class Decision:
    """The status, the pieces to order (None: decide yourself), what decided that, and a sentence in two languages."""

    status: Status
    reason_code: str
    reorder_quantity: int | None
    reason: str
    reason_ro: str


@dataclass(frozen=True)
class Words:
    """A language: its statuses, and the words of codes of plan and cost, which the database keeps (`plan_texts`)."""

    language: str
    decimal_mark: str
    codes: Mapping[str, str] = field(default_factory=dict[str, str])

    def number(self, value: Decimal) -> str:
        """Without zeros at the end."""
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", self.decimal_mark)

    def money(self, value: Decimal) -> str:
        """With two places."""
        return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", self.decimal_mark)

    def of(self, codes: str) -> str:
        """The words of codes joined by "; "; of "no_rate HUF" those of no_rate, with HUF for {}."""
        return "; ".join(map(self._word, codes.split("; ")))

    def _word(self, code: str) -> str:
        first, blank, rest = code.partition(" ")
        if code in self.codes:
            return self.codes[code]
        return self.codes[first].replace("{}", rest) if blank and first in self.codes else code


ENGLISH, IN_ROMANIAN = Words("en", "."), Words("ro", ",")


def stock_status(available: int, levels: Levels) -> Status:
    """The first status whose condition holds."""
    if available <= 0:
        return Status.OUT_OF_STOCK
    if available <= levels.minimum:
        return Status.CRITICAL
    if available <= levels.reorder_point:
        return Status.LOW_STOCK
    if available >= levels.maximum:
        return Status.OVERSTOCK
    return Status.IN_STOCK


def effective_levels(manual: ManualLevels, usual: Levels | None = None) -> tuple[Levels, list[Note]]:
    """The levels that apply, and a note for each one changed so that minimum <= reorder point < maximum.

    Levels set by hand win over the usual ones: those of demand, or the default policy. A usual level that contradicts
    one moves: the maximum to its usual distance above the reorder point, the reorder point to its usual share of a
    maximum set by hand, the minimum to its usual share of the reorder point. Of two levels set by hand the one that
    orders more wins: a minimum raises the reorder point, a reorder point the maximum. A maximum of 0 on its own keeps
    nothing in stock.

    Args:
        manual: What people set.
        usual: What stands where nobody set a level; the default policy when none are given.
    """
    usual = usual or Levels()
    minimum, point, maximum = manual.minimum, manual.reorder_point, manual.maximum
    if point is None:
        point = usual.reorder_point
        if minimum is not None and minimum > point:
            point = minimum + usual.reorder_point - usual.minimum
        if maximum is not None and maximum <= point:
            point = max(minimum or 0, maximum * usual.reorder_point // max(usual.maximum, 1))
    else:
        point = max(minimum or 0, point)
    if minimum is None:
        minimum = usual.minimum if point >= usual.minimum else point * usual.minimum // max(usual.reorder_point, 1)
    if maximum is None:
        gap = max(usual.maximum - usual.reorder_point, 1)
        maximum = usual.maximum if point < usual.maximum or (point, usual.maximum) == (0, 0) else point + gap
    elif maximum <= point and (maximum, point) != (0, 0):
        maximum = point + 1
    levels = Levels(minimum, point, maximum)
    return levels, _moved(manual, usual, levels)


def _moved(manual: ManualLevels, kept: Levels, levels: Levels) -> list[Note]:
    """A note for each level that differs from the one set by hand, or else from the usual one; none without any."""
    if manual == ManualLevels():
        return []
    notes: list[Note] = []
    for name, name_ro, by_hand, usual, used in (
        ("minimum", "minim", manual.minimum, kept.minimum, levels.minimum),
        ("reorder point", "prag de comandă", manual.reorder_point, kept.reorder_point, levels.reorder_point),
        ("maximum", "maxim", manual.maximum, kept.maximum, levels.maximum),
    ):
        if by_hand is None and used != usual:
            notes.append(
                Note(
                    f"The usual {name} {usual} contradicts what was set by hand: {used} is used.",
                    f"Valoarea obișnuită {name_ro} {usual} contrazice ce s-a stabilit manual: se folosește {used}.",
                )
            )
        elif by_hand is not None and used != by_hand:
            notes.append(
                Note(
                    f"The {name} {by_hand} set by hand contradicts another level set by hand: {used} is used.",
                    f"Valoarea {name_ro} {by_hand} stabilită manual contrazice alt nivel stabilit manual: "
                    f"se folosește {used}.",
                )
            )
    return notes


def decide(
    available: int,
    levels: Levels | None = None,
    plan: Plan | None = None,
    item: Item | None = None,
    words: tuple[Words, Words] = (ENGLISH, IN_ROMANIAN),
) -> Decision:
    """The status of one item, which reason its quantity has, and the sentences.

    Args:
        available: Pieces that can be promised; negative when oversold.
        levels: The levels to compare with; the default policy when none are given.
        plan: What was planned for it.
        item: What else decides.
        words: The words of codes, in English and in Romanian.
    """
    levels, plan, item = levels or Levels(), plan or Plan(), item or Item()
    status = stock_status(available, levels)
    position = available - plan.sent_away + plan.on_order + plan.in_transfer
    code = _reason_code(status, position > levels.reorder_point, plan, item)
    quantity = None if code == "decide_yourself" else plan.share or 0
    least, least_ro = ("At least ", "Cel puțin ") if item.is_at_least else ("", "")
    bound, bound_ro = _bound(status, levels)
    said = f"{least}{available} available {bound}: {status.value.replace('_', ' ')}."
    said_ro = f"{least_ro}{available} disponibile {bound_ro}: {ROMANIAN[status]}."
    # A cheaper supplier may be worth it.
    is_too_dear = plan.level_source != "manual" and plan.level_problem == "not_worth_keeping"
    notes = [
        _of_levels(plan, words),
        *_of_quantity(code, quantity, available - plan.sent_away, levels, plan, item, words),
        *(_of_purchase(quantity, plan, words) if quantity else _of_cheapest(plan, words) if is_too_dear else ()),
    ]
    if plan.overdue:
        notes.append(Note(f"{plan.overdue} on order are overdue.", f"{plan.overdue} din cele comandate au întârziat."))
    return Decision(
        status=status,
        reason_code=code,
        reorder_quantity=quantity,
        reason=" ".join([said, *(note.en for note in notes)]),
        reason_ro=" ".join([said_ro, *(note.ro for note in notes)]),
    )


def _reason_code(status: Status, is_enough: bool, plan: Plan, item: Item) -> str:
    """What decided the quantity: the first that holds. `is_enough`: with what comes it is above the reorder point."""
    missing = plan.missing
    problem = plan.level_problem if plan.level_source != "manual" else None
    # A share of a purchase comes first: a person may order what cannot be sold now, and shares add up to the purchase.
    if plan.share:
        return "set_by_hand" if item.quantity_set else "to_order"
    reasons = [
        ("nothing_to_order", status not in RUNNING_OUT),
        ("not_sellable", item.not_sellable is not None),
        ("stock_unread", item.is_unread and item.quantity_set is None),
        ("ordered_elsewhere", item.ordered_by is not None),
        ("set_by_hand", item.quantity_set == 0),
        ("decide_yourself", missing is None),
        ("price_unknown", (problem, missing) == ("no_price", 0)),
        ("never_sold", (problem, missing) == ("never_sold", 0)),
        ("not_worth_keeping", (problem, missing) == ("not_worth_keeping", 0)),
        ("not_proposed", bool(plan.blocked)),
        ("transferred", missing is not None and 0 < missing <= plan.transfer),
        ("lasts_too_long", bool(missing) and plan.purchase == 0),
        ("to_order", bool(missing)),
        ("on_its_way", is_enough),
    ]
    return next((code for code, holds in reasons if holds), "nothing_to_order")


_LEAD_TIMES = {
    "receipts": Note("learned from receipts", "din recepțiile de până acum"),
    "terms": Note("by the supplier's terms", "din condițiile furnizorului"),
    "default": Note("assumed, nobody entered it", "presupus, nu l-a introdus nimeni"),
}
_PROBLEMS = {
    None: Note("those from demand are not computed yet", "cele după cerere nu sunt calculate încă"),
    "not_enough_data": Note("there is not enough data of its sales yet", "încă nu sunt destule date despre vânzări"),
    "never_sold": Note("it never sold", "nu s-a vândut niciodată"),
    "no_price": Note("its price in RON is not known", "prețul în RON nu se cunoaște"),
}


def _of_levels(plan: Plan, words: tuple[Words, Words]) -> Note:
    """Where the levels are from."""
    if plan.level_source == "manual":
        return Note("Levels set by hand.", "Niveluri stabilite manual.")
    if plan.level_problem == "not_worth_keeping":
        return Note(
            "For what it sells and earns, it is not worth keeping in stock.",
            "La cât se vinde și cât aduce, nu merită ținut pe stoc.",
        )
    if plan.level_source == "default" or plan.level_problem is not None:
        why = _PROBLEMS[plan.level_problem]
        return Note(f"Levels are defaults: {why.en}.", f"Nivelurile sunt cele implicite: {why.ro}.")
    lead = _LEAD_TIMES[plan.lead_time_source]
    chance = ((plan.chance_allowed or Decimal(0)) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    en, ro = (
        [each.number(value) for value in (plan.demand or Decimal(0), plan.lead_time_days, plan.lead_time_spread_days)]
        + [each.number(chance)]
        for each in words
    )
    closed = (
        Note(
            f" An order of the next review comes {plan.closed_days} days later, because its supplier is closed.",
            f" O comandă de la următoarea verificare sosește cu {plan.closed_days} zile mai târziu, fiindcă furnizorul"
            " este închis.",
        )
        if plan.closed_days
        else Note("", "")
    )
    return Note(
        f"Levels from demand: {en[0]} a day, {en[1]} ± {en[2]} days until an order is there ({lead.en}),"
        f" {en[3]} % chance taken that a piece more would have sold.{closed.en}",
        f"Niveluri după cerere: {ro[0]} pe zi, {ro[1]} ± {ro[2]} zile până sosește o comandă ({lead.ro}),"
        f" șansă asumată de {ro[3]} % ca o bucată în plus să se fi vândut.{closed.ro}",
    )


def _of_quantity(
    code: str,
    quantity: int | None,
    available: int,
    levels: Levels,
    plan: Plan,
    item: Item,
    words: tuple[Words, Words],
) -> list[Note]:
    """What is missing, what is moved first, and what is ordered."""
    notes: list[Note] = []
    comes, comes_ro = (
        f"on order {plan.on_order} - in transfer {plan.in_transfer}",
        f"în comandă {plan.on_order} - în transfer {plan.in_transfer}",
    )
    if plan.missing and code in ("to_order", "transferred", "lasts_too_long"):
        notes.append(
            Note(
                f"{plan.missing} missing = maximum {levels.maximum} - available {available} - {comes}.",
                f"Lipsesc {plan.missing} = maxim {levels.maximum} - disponibil {available} - {comes_ro}.",
            )
        )
    if plan.sent_away:
        notes.append(
            Note(
                f"{plan.sent_away} of what is in stock have already left for another account.",
                f"{plan.sent_away} din stoc au plecat deja spre alt cont.",
            )
        )
    if plan.transfer:
        notes.append(
            Note(
                f"First move {plan.transfer} here from {plan.transfer_from}.",
                f"Mai întâi mutați aici {plan.transfer} din {plan.transfer_from}.",
            )
        )
    position = available + plan.on_order + plan.in_transfer
    sold = item.not_sellable or Note("", "")
    texts = {
        "nothing_to_order": Note("Nothing to order.", "Nimic de comandat."),
        "to_order": Note(f"Order {quantity} from {plan.supplier}.", f"De comandat {quantity} de la {plan.supplier}.")
        if plan.supplier is not None
        else Note(
            f"Order {quantity}; no supplier is known.", f"De comandat {quantity}; nu se cunoaște niciun furnizor."
        ),
        "set_by_hand": Note(f"Order {quantity}, as set by hand.", f"De comandat {quantity}, stabilit manual."),
        "on_its_way": Note(
            f"Order 0: available {available} + on order {plan.on_order} + in transfer {plan.in_transfer} = {position},"
            f" above the reorder point {levels.reorder_point}.",
            f"De comandat 0: disponibil {available} + în comandă {plan.on_order} + în transfer {plan.in_transfer} ="
            f" {position}, peste pragul de comandă {levels.reorder_point}.",
        ),
        "lasts_too_long": Note(
            f"Order 0: even the least quantity {plan.moq} of {plan.supplier or ''} would last too long.",
            f"De comandat 0: chiar și cantitatea minimă {plan.moq} de la {plan.supplier or ''} ar ajunge prea mult"
            " timp.",
        ),
        "transferred": Note("Nothing is left to order.", "Nu mai rămâne nimic de comandat."),
        "never_sold": Note(
            "Order 0: what never sold is not ordered on its own.",
            "De comandat 0: ce nu s-a vândut niciodată nu se comandă de la sine.",
        ),
        "not_worth_keeping": Note(
            "Order 0: what is not worth keeping is not ordered on its own.",
            "De comandat 0: ce nu merită ținut pe stoc nu se comandă de la sine.",
        ),
        "price_unknown": Note(
            "Order 0: without a price in RON it is not ordered on its own.",
            "De comandat 0: fără preț în RON nu se comandă de la sine.",
        ),
        "decide_yourself": Note("Decide yourself how many to order.", "Hotărâți dumneavoastră câte se comandă."),
        "not_proposed": Note(
            f"Order 0: {words[0].of(plan.blocked or '')}.", f"De comandat 0: {words[1].of(plan.blocked or '')}."
        ),
        "ordered_elsewhere": Note(
            f"Order 0: the same pieces are ordered with account {item.ordered_by}.",
            f"De comandat 0: aceleași bucăți se comandă cu contul {item.ordered_by}.",
        ),
        "stock_unread": Note(
            "Order 0: what eMAG sent for its stock is no number, count it.",
            "De comandat 0: eMAG nu a trimis un număr ca stoc, numărați-l.",
        ),
        "not_sellable": Note(
            f"Order 0: it cannot be sold: {sold.en}.", f"De comandat 0: nu se poate vinde: {sold.ro}."
        ),
    }
    return [*notes, texts[code]]


def _of_cheapest(plan: Plan, words: tuple[Words, Words]) -> Iterator[Note]:
    """Who would be cheaper."""
    if (
        plan.cost is not None
        and plan.cheapest_cost is not None
        and plan.cheapest_cost < plan.cost
        and plan.cheapest is not None
        and plan.supplier is not None
        and plan.cheapest != plan.supplier
    ):
        cheapest, cost = ([each.money(value) for each in words] for value in (plan.cheapest_cost, plan.cost))
        yield Note(
            f"{plan.cheapest} would be cheaper: {cheapest[0]} RON a piece in the warehouse instead of {cost[0]} RON.",
            f"{plan.cheapest} ar fi mai ieftin: {cheapest[1]} RON bucata ajunsă în depozit, în loc de {cost[1]} RON.",
        )


def _of_purchase(quantity: int, plan: Plan, words: tuple[Words, Words]) -> list[Note]:
    """How a purchase became as large as it is, what it costs, and by when it is in time."""
    notes: list[Note] = []
    if plan.purchase is not None and (plan.purchase != quantity or plan.purchase != plan.purchase_raw):
        lack, lack_ro = (
            f"All accounts together lack {plan.purchase_raw}:",
            f"Tuturor conturilor le lipsesc {plan.purchase_raw}:",
        )
        flags = plan.purchase_flags or ""
        if "capped_to_cover" in flags:
            why = f"packs of {plan.pack} and the supplier's least quantity {plan.moq} would last too long,"
            why_ro = f"cu pachete de {plan.pack} și cantitatea minimă {plan.moq} ar ajunge prea mult timp,"
        elif "filled_to_minimum_order_value" in flags:
            why = "so that the order reaches the supplier's least value,"
            why_ro = "ca să se atingă valoarea minimă la furnizor,"
        else:
            why = f"with the supplier's least quantity {plan.moq} and packs of {plan.pack},"
            why_ro = f"cu cantitatea minimă {plan.moq} și pachete de {plan.pack}"
        if plan.purchase == plan.purchase_raw and "capped_to_cover" not in flags and "filled_to" not in flags:
            notes.append(
                Note(
                    f"They are part of {plan.purchase} for all accounts.",
                    f"Fac parte din {plan.purchase} pentru toate conturile.",
                )
            )
        else:
            notes.append(
                Note(
                    f"{lack} {why} {plan.purchase} are bought.",
                    f"{lack_ro} {why_ro} se cumpără {plan.purchase}.",
                )
            )
    if plan.cost_problem is not None:
        notes.append(
            Note(
                f"Cost incomplete: {words[0].of(plan.cost_problem)}.",
                f"Cost incomplet: {words[1].of(plan.cost_problem)}.",
            )
        )
    notes.extend(_of_cheapest(plan, words))
    if plan.order_by is not None and plan.is_late:
        notes.append(
            Note(
                f"It is late since {plan.order_by}, the last day to order in time: order today.",
                f"Este târziu din {plan.order_by:%d.%m.%Y}, ultima zi pentru o comandă la timp: comandați astăzi.",
            )
        )
    elif plan.order_by is not None:
        notes.append(
            Note(
                f"Last day to order in time: {plan.order_by}.",
                f"Ultima zi pentru o comandă la timp: {plan.order_by:%d.%m.%Y}.",
            )
        )
    return notes


def _bound(status: Status, levels: Levels) -> tuple[str, str]:
    """The comparison that decided, in English and Romanian."""
    match status:
        case Status.OUT_OF_STOCK:
            return "<= 0", "<= 0"
        case Status.CRITICAL:
            return f"<= minimum {levels.minimum}", f"<= minim {levels.minimum}"
        case Status.LOW_STOCK:
            return f"<= reorder point {levels.reorder_point}", f"<= prag de comandă {levels.reorder_point}"
        case Status.OVERSTOCK:
            return f">= maximum {levels.maximum}", f">= maxim {levels.maximum}"
        case Status.IN_STOCK:
            return f"> reorder point {levels.reorder_point}", f"> prag de comandă {levels.reorder_point}"
