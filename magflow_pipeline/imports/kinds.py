"""What each kind of file may hold: its columns, the words that head them, how a cell is read, and where it goes.

One description per kind; files.py finds the columns and loading.py stores the rows by it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from magflow_pipeline.imports import values

MOST_LEVEL = 1_000_000_000
TAKEN_AWAY = frozenset({"none", "nimic", "fara", "无", "noprice", "farapret", "无价格", "没有价格"})
"""A cell that says one of these takes away what is stored; an empty one leaves it."""


@dataclass(frozen=True)
class Column:
    """A column of a file, and of the table it goes to.

    Attributes:
        name: Of the table's column, or of what it becomes.
        words: What may head it, parted by commas: alone or with a unit. Case, accents, spaces and punctuation do not
            count.
        read: Gets the cell, the unit in the heading and today, and raises UnusableError.
        units: Unit to what it means.
        can_be_taken_away: Whether a cell may say that what is stored goes.
    """

    name: str
    words: str
    read: Callable[[Any, str, date], Any]
    units: Mapping[str, Any] = field(default_factory=dict[str, Any])
    can_be_taken_away: bool = False


@dataclass(frozen=True)
class Target:
    """A table that rows of an import go to.

    Attributes:
        table: Its name.
        may_be_empty: Those of them whose cells may be empty.
        keys: The columns that say which row it is.
        columns: The others.
        source: The temporary table that has them.
        signed: The column for who changed the row, if it has one.
    """

    table: str
    keys: Sequence[str]
    columns: Sequence[str]
    source: str = "incoming"
    signed: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: As the verb names it.
        columns: Those that it may have.
        needed: Those that its header must have.
        keys: The columns that say which row it is: of two rows with one key, see `join`.
        targets: Where its rows go.
        resolves: Whether sql/imports/resolve_NAME.sql prepares the rows for the targets.
        keeps_good_rows: Bad rows are left out; else one bad row stops the whole file.
        adds_up: The quantities of rows with one key are added up; else such rows must say the same.
        makes_suppliers: A supplier that nobody knows is entered; else his rows are refused.
        needs_products: A SKU that no product has is refused; else it is told.
        refuses_formulas: A formula is refused, as what it says may be of another day; else its result counts.
        check: Completes the values of a row, by column, and raises UnusableError where they contradict each other.
        checked: Columns without which `check` has nothing to say.
        stored_as: What is counted, where a row becomes several entries of tables.
    """

    name: str
    columns: Sequence[Column]
    needed: Sequence[str]
    keys: Sequence[str]
    targets: Sequence[Target]
    resolves: bool = False
    may_be_empty: Sequence[str] = ()
    keeps_good_rows: bool = False
    adds_up: bool = False
    makes_suppliers: bool = False
    needs_products: bool = False
    refuses_formulas: bool = False
    check: Callable[[dict[str, Any]], None] = lambda _row: None
    checked: Sequence[str] = ()
    stored_as: str = ""

    def has(self, name: str) -> bool:
        """Whether a column of this name may be there."""
        return any(column.name == name for column in self.columns)


def _text(what: str) -> Callable[[Any, str, date], Any]:
    return lambda cell, _unit, _today: values.read_text(cell, what)


def _whole(what: str, least: int = 0, most: int = MOST_LEVEL) -> Callable[[Any, str, date], Any]:
    return lambda cell, _unit, _today: values.read_pieces(cell, what, least, most)


def _money(what: str, least: str = "0") -> Callable[[Any, str, date], Any]:
    return lambda cell, unit, _today: values.read_money(cell, what, unit, least=Decimal(least))


def _yes(what: str) -> Callable[[Any, str, date], Any]:
    return lambda cell, _unit, _today: values.read_yes(cell, what)


def _past_day(cell: Any, _unit: str, today: date) -> date:
    return values.read_day(cell, today)


def _any_day(cell: Any, _unit: str, _today: date) -> date:
    return values.read_day(cell, values.ANY_DAY)


def _day_to_come(cell: Any, _unit: str, today: date) -> date:
    day = values.read_day(cell, values.ANY_DAY)
    if day < today:
        raise values.UnusableError(f"{day} is over, so that nothing would count any more")
    return day


def _ron(what: str) -> Callable[[Any, str, date], Any]:
    def read(cell: Any, unit: str, _today: date) -> Decimal:
        money, currency = values.read_money(cell, what, unit)
        if currency not in {None, "RON"}:
            raise values.UnusableError(f"the {what} is in {currency}, and must be in RON")
        return money

    return read


def _check_sale(row: dict[str, Any]) -> None:
    if not row.get("channel"):
        raise values.UnusableError("the channel is empty (or name it: --channel)")
    row["channel"] = row["channel"].casefold()
    if row["channel"] == MARKETPLACE:
        raise values.UnusableError("what eMAG sold is read from eMAG itself, and would count twice")


def _in_one_currency(row: dict[str, Any], amounts: Iterable[str]) -> None:
    """Take the currency of amounts from their cells or headings, and leave the numbers."""
    said = {"currency": row["currency"]} if row.get("currency") else {}
    for name in amounts:
        if row.get(name) is not None:
            row[name], currency = row[name]
            said |= {name: currency} if currency else {}
    if len(set(said.values())) > 1:
        told = ", ".join(f"{name.replace('_', ' ')} {currency}" for name, currency in said.items())
        raise values.UnusableError(f"it names several currencies: {told}")
    row.update(dict.fromkeys(["currency"], next(iter(said.values()))) if said else {})


def _check_terms(row: dict[str, Any]) -> None:
    _in_one_currency(row, AMOUNTS)


def _check_sheet(row: dict[str, Any]) -> None:
    _in_one_currency(row, ["price"])
    row["currency"] = row.get("currency") or "CNY"
    if row["currency"] != "CNY":
        row["minimum_quantity"] = row.get("minimum_quantity") or 1
    elif row.get("minimum_quantity") == 1:
        row["minimum_quantity"] = None  # that is what the price list says anyway


def _check_receipt(row: dict[str, Any]) -> None:
    days = (row["received_on"] - row["ordered_on"]).days
    if days < 0:
        raise values.UnusableError(
            f"it was received on {row['received_on']}, before it was ordered on {row['ordered_on']}"
        )
    if days > 1000:
        raise values.UnusableError(f"it was received {days} days after it was ordered: at most 1000 are believed")


def _check_closure(row: dict[str, Any]) -> None:
    days = (row["ends_on"] - row["starts_on"]).days
    if days < 0:
        raise values.UnusableError(f"it ends on {row['ends_on']}, before it begins on {row['starts_on']}")
    if days > 366:
        raise values.UnusableError(f"it lasts {days + 1} days: at most 367 are believed")


def check_levels(row: dict[str, Any]) -> None:
    """Levels that are set together must not contradict each other."""
    told = [(name, row.get(f"manual_{name}")) for name in ("minimum_stock", "reorder_point", "maximum_stock")]
    said = [(name.replace("_", " "), level) for name, level in told if level is not None]
    wrong = [
        f"the {lower} {low} is above the {upper} {high}" for (lower, low), (upper, high) in pairwise(said) if low > high
    ]
    if wrong:
        raise values.UnusableError(", and ".join(wrong))


AMOUNTS = ("minimum_order_value", "freight_per_kg", "freight_per_m3", "freight_per_order")
MARKETPLACE = "emag"
"""Not a channel: what eMAG sold is read from eMAG, and would count twice."""
SKU = Column(
    "sku",
    ("sku, cod, cod produs, cod articol, cod intern, part number, product code, 货号, 商品编码, 产品编码, 编码, 型号"),
    lambda cell, _unit, _today: values.read_sku(cell),
)
ACCOUNT = Column("account_type", "account, account type, cont, 账户, 账号", _text("account"))
SUPPLIER = Column(
    "supplier_name",
    ("supplier, supplier name, vendor, furnizor, nume furnizor, denumire furnizor, 供应商, 供应商名称, 厂家, 店铺"),
    _text("supplier"),
)
URL = Column(
    "url",
    "url, link, supplier url, product url, adresa, pagina, 链接, 网址, 商品链接, 产品链接",
    lambda cell, _unit, _today: values.read_url(cell),
    can_be_taken_away=True,
)
SHIPPING = Column(
    "shipping",
    ("shipping, ship by, way of shipping, transport, mod transport, mod de transport, livrare, 运输方式, 物流"),
    lambda cell, _unit, _today: values.read_shipping(cell),
)
CURRENCY = Column(
    "currency", "currency, moneda, valuta, 币种, 货币", lambda cell, _unit, _today: values.read_currency(cell)
)
DAY_WORDS = "day, date, data, zi, ziua, 日期"
QUANTITY_WORDS = "quantity, qty, pieces, cantitate, cant, bucati, buc, 数量"
MINIMUM_QUANTITY_WORDS = (
    "minimum quantity, min quantity, min qty, moq, minimum order quantity, from quantity, cantitate minima, "
    "cant minima, cant min, comanda minima, de la cantitatea, 起订量, 最小起订量, 起批量"
)


def _quantity(words: str) -> Column:
    read = _whole("quantity", most=values.MOST_PIECES)
    return Column("quantity", f"{QUANTITY_WORDS}, {words}", read, values.PIECES)


SALES = Kind(
    "sales",
    (
        SKU,
        Column("day", f"{DAY_WORDS}, order date, data comenzii, data vanzarii, 下单日期, 销售日期", _past_day),
        _quantity("units, sold, vandut, 销量"),
        Column("channel", "channel, shop, source, canal, magazin, sursa, 渠道, 平台", _text("channel")),
        ACCOUNT,
    ),
    needed=("sku", "day", "quantity"),
    keys=("account_type", "channel", "sku", "day"),
    targets=[Target("sales_elsewhere", ("account_type", "channel", "sku", "day"), ["quantity"])],
    keeps_good_rows=True,
    adds_up=True,
    check=_check_sale,
    checked=["channel"],
)
STOCK = Kind(
    "stock",
    (
        SKU,
        Column("day", f"{DAY_WORDS}, counted on, data inventarului, numarat la, 盘点日期", _past_day),
        _quantity("stock, counted, stoc, faptic, 库存"),
        ACCOUNT,
    ),
    needed=("sku", "day", "quantity"),
    keys=("account_type", "sku", "day"),
    targets=[Target("stock_counts", ("account_type", "sku", "day"), ["quantity"])],
    keeps_good_rows=True,
)
SUPPLIERS = Kind(
    "suppliers",
    (
        Column("supplier_name", f"{SUPPLIER.words}, name, nume, denumire, 名称", SUPPLIER.read),
        Column("is_preferred", "preferred, preferat, 首选, 优先", _yes("preferred")),
        Column("is_active", "active, activ, in use, 启用, 有效", _yes("active")),
    ),
    needed=("supplier_name",),
    keys=("supplier_name",),
    targets=[Target("suppliers", ["id"], ("name", "is_preferred", "is_active", "is_from_list"), "incoming_suppliers")],
    resolves=True,
    makes_suppliers=True,
)
TERMS = Kind(
    "terms",
    (
        SUPPLIER,
        SKU,
        SHIPPING,
        Column(CURRENCY.name, CURRENCY.words, CURRENCY.read, can_be_taken_away=True),
        Column(
            "lead_time_days",
            ("lead time, delivery time, termen, termen livrare, termen de livrare, timp livrare, 交期, 交货期, 货期"),
            lambda cell, unit, _today: values.read_days(cell, "lead time", unit),
            values.DAYS,
            can_be_taken_away=True,
        ),
        Column(
            "lead_time_spread_days",
            "lead time spread, spread, abatere termen, abatere, variatie termen, 交期波动, 交期偏差",
            lambda cell, unit, _today: values.read_days(cell, "spread of the lead time", unit),
            values.DAYS,
            can_be_taken_away=True,
        ),
        Column(
            "minimum_order_quantity", MINIMUM_QUANTITY_WORDS, _whole("MOQ", 1), values.PIECES, can_be_taken_away=True
        ),
        Column(
            "pack_size",
            (
                "pack size, pack, multiple, marime pachet, pachet, multiplu, bucati pe pachet, bax, bucati pe bax, "
                "装箱数, 包装数, 每包数量"
            ),
            _whole("pack size", 1),
            values.PIECES,
            can_be_taken_away=True,
        ),
        *(
            Column(name, words, _money(what), values.CURRENCIES, can_be_taken_away=True)
            for name, what, words in (
                (
                    "minimum_order_value",
                    "minimum order value",
                    "minimum order value, mov, valoare minima, valoare minima comanda, 最低订单金额, 起订金额",
                ),
                (
                    "freight_per_kg",
                    "freight per kg",
                    "freight per kg, freight kg, transport pe kg, transport kg, 每公斤运费, 运费公斤, 运费kg",
                ),
                (
                    "freight_per_m3",
                    "freight per m³",
                    (
                        "freight per m3, freight per cbm, freight m3, transport pe m3, transport pe mc, "
                        "transport m3, 每立方运费, 运费立方, 运费cbm"
                    ),
                ),
                (
                    "freight_per_order",
                    "freight per order",
                    "freight per order, freight order, transport pe comanda, 每单运费, 运费每单",
                ),
            )
        ),
    ),
    needed=("supplier_name",),
    keys=("supplier_name", "sku", "shipping"),
    targets=[
        Target(
            "supplier_terms",
            ("supplier_id", "sku", "shipping"),
            (
                "currency",
                "lead_time_days",
                "lead_time_spread_days",
                "minimum_order_quantity",
                "pack_size",
                "minimum_order_value",
                "freight_per_kg",
                "freight_per_m3",
                "freight_per_order",
            ),
        )
    ],
    check=_check_terms,
)
SHEETS = Kind(
    "sheets",
    (
        SKU,
        SUPPLIER,
        Column(
            "price",
            (
                "price, unit price, cost, pret, pret unitar, pret achizitie, pret furnizor, 价格, 单价, "
                "采购价, 进价, 批发价"
            ),
            _money("price", "0.0001"),
            values.CURRENCIES,
            can_be_taken_away=True,
        ),
        CURRENCY,
        Column("minimum_quantity", MINIMUM_QUANTITY_WORDS, _whole("minimum quantity", 1), values.PIECES),
        URL,
        Column(
            "article_name",
            "article name, article, supplier article, suppliers article, articol, articol furnizor, "
            "articolul furnizorului, 名称, 品名, 商品名称",
            lambda cell, _unit, _today: values.read_text(cell, "article name", values.LONGEST_NOTE),
            can_be_taken_away=True,
        ),
        Column(
            "specification",
            "specification, variant, specificatie, varianta, 规格, 规格名, 规格型号",
            lambda cell, _unit, _today: values.read_text(cell, "specification", values.LONGEST_NOTE),
            can_be_taken_away=True,
        ),
        Column(
            "asked_on",
            f"{DAY_WORDS}, price date, valid from, asked on, data pret, data ofertei, valabil din, 报价日期",
            _past_day,
        ),
        Column("is_active", "active, activ, in use, 启用, 有效", _yes("active")),
    ),
    needed=("sku", "supplier_name", "price"),
    may_be_empty=["price"],
    keys=("sku", "supplier_name", "minimum_quantity"),
    targets=[
        Target(
            "product_supplier_sheets",
            ("sku", "supplier_name"),
            ("price_cny", "supplier_url", "is_active", "updated_at", "article_name", "specification"),
            "incoming_sheets",
        ),
        Target(
            "supplier_price_breaks",
            ("supplier_id", "sku", "minimum_quantity"),
            ("unit_price", "currency", "asked_on"),
            "incoming_breaks",
        ),
    ],
    resolves=True,
    makes_suppliers=True,
    check=_check_sheet,
    stored_as="prices of the list and price breaks",
)
MATCHES = Kind(
    "matches",
    (
        SKU,
        SUPPLIER,
        Column(URL.name, URL.words, URL.read),
        Column("is_confirmed", "confirmed, confirmat, verificat, verified, 已确认, 确认", _yes("confirmed")),
    ),
    needed=("sku", "supplier_name"),
    keys=("sku", "supplier_name"),
    targets=[
        Target(
            "supplier_products",
            ["id"],
            (
                "supplier_id",
                "local_product_id",
                "supplier_product_url",
                "manual_confirmed",
                "confirmed_by",
                "confirmed_at",
            ),
            "incoming_matches",
        )
    ],
    resolves=True,
    needs_products=True,
)
RECEIPTS = Kind(
    "receipts",
    (
        SKU,
        SUPPLIER,
        SHIPPING,
        Column(
            "ordered_on",
            "ordered on, order date, ordered, data comenzii, comandat la, comandat, 下单日期, 订货日期",
            _past_day,
        ),
        Column(
            "received_on",
            (
                "received on, receipt date, received, data receptiei, data primirii, primit la, receptionat, "
                "到货日期, 收货日期, 入库日期"
            ),
            _past_day,
        ),
        Column("quantity", QUANTITY_WORDS, _whole("quantity", 1), values.PIECES),
        Column(
            "reference",
            (
                "reference, order number, delivery note, document, numar document, nir, aviz, factura, "
                "numar comanda, 订单号, 单号"
            ),
            _text("reference"),
        ),
    ),
    needed=("sku", "supplier_name", "ordered_on", "received_on", "quantity"),
    keys=("supplier_name", "sku", "shipping", "ordered_on", "received_on", "reference"),
    targets=[
        Target(
            "supplier_receipts",
            ("supplier_id", "sku", "shipping", "ordered_on", "received_on", "reference"),
            ["quantity"],
        )
    ],
    adds_up=True,
    check=_check_receipt,
    checked=("ordered_on", "received_on"),
)
COSTS = Kind(
    "costs",
    (
        SKU,
        Column(
            "weight_kg",
            "weight, gross weight, greutate, greutate bruta, masa, 重量, 毛重",
            lambda cell, unit, _today: values.read_measure(cell, "weight", unit, values.KILOGRAMS),
            values.KILOGRAMS,
            can_be_taken_away=True,
        ),
        Column(
            "volume_m3",
            "volume, volum, 体积",
            lambda cell, unit, _today: values.read_measure(cell, "volume", unit, values.CUBIC_METRES),
            values.CUBIC_METRES,
            can_be_taken_away=True,
        ),
        Column(
            "duty_rate",
            "duty, duty rate, customs duty, taxa vamala, taxe vamale, vama, 关税, 税率, 关税税率",
            lambda cell, unit, _today: values.read_part(cell, "duty", unit, 10),
            {"%": 1},
            can_be_taken_away=True,
        ),
        Column(
            "carton_size",
            (
                "carton, carton size, carton quantity, pieces per carton, bucati pe carton, bucati pe cutie, "
                "bax, 箱规, 每箱数量"
            ),
            _whole("carton size", 1),
            values.PIECES,
            can_be_taken_away=True,
        ),
    ),
    needed=("sku",),
    keys=("sku",),
    targets=[Target("product_costs", ["sku"], ("weight_kg", "volume_m3", "duty_rate", "carton_size"))],
)
FEES = Kind(
    "fees",
    (
        ACCOUNT,
        Column("category", "category, categorie, 类目, 分类", _text("category")),
        Column(
            "commission_rate",
            "commission, commission rate, comision, 佣金, 佣金率",
            lambda cell, unit, _today: values.read_part(cell, "commission", unit, 1),
            {"%": 1},
            can_be_taken_away=True,
        ),
        Column(
            "fulfilment_fee_ron",
            (
                "fulfilment fee, fulfillment fee, fulfilment, fbe fee, taxa fbe, taxa fulfilment, tarif fbe, "
                "cost fbe, 配送费, 仓储配送费"
            ),
            _ron("fulfilment fee"),
            values.CURRENCIES,
            can_be_taken_away=True,
        ),
    ),
    needed=["commission_rate"],
    may_be_empty=["commission_rate"],
    keys=("account_type", "category"),
    targets=[Target("marketplace_fees", ("account_type", "category"), ("commission_rate", "fulfilment_fee_ron"))],
)
CLOSURES = Kind(
    "closures",
    (
        SUPPLIER,
        Column(
            "starts_on",
            "from, start, starts on, first day, de la, inceput, din, 开始日期, 开始",
            _any_day,
        ),
        Column("ends_on", "to, until, end, ends on, last day, pana la, sfarsit, 结束日期, 结束", _any_day),
        Column(
            "name",
            "name, holiday, reason, nume, denumire, sarbatoare, motiv, 名称, 节日",
            _text("name"),
        ),
    ),
    needed=("starts_on", "ends_on"),
    keys=("supplier_name", "starts_on", "ends_on"),
    targets=[Target("supplier_closures", ("supplier_id", "starts_on", "ends_on"), ["name"])],
    check=_check_closure,
    checked=("starts_on", "ends_on"),
)
ORDER_STATUSES = {
    **dict.fromkeys(("draft", "ciorna", "чернова", "tervezet", "piszkozat", "草稿"), "draft"),
    **dict.fromkeys(("sent", "trimis", "trimisa", "изпратена", "elkuldve", "已发送", "已下单"), "sent"),
    **dict.fromkeys(("confirmed", "confirmat", "confirmata", "потвърдена", "megerositve", "已确认"), "confirmed"),
    **dict.fromkeys(
        ("partially received", "receptionat partial", "receptionata partial", "partial receptionata"),
        "partially_received",
    ),
    **dict.fromkeys(("received", "receptionat", "receptionata", "получена", "megerkezett", "已收货"), "received"),
    **dict.fromkeys(("cancelled", "canceled", "anulat", "anulata", "отказана", "torolve", "已取消"), "cancelled"),
}
"""What a cell may say of an order, to its status."""
_STATUSES = {values.plain(word): status for word, status in ORDER_STATUSES.items()}


def _order_status(cell: Any, _unit: str, _today: date) -> str:
    word = values.plain(values.read_text(cell, "order status"))
    if word not in _STATUSES:
        raise values.UnusableError(f"the order status '{word}' is none of draft, sent, confirmed, cancelled")
    return _STATUSES[word]


def _draft_number(cell: Any, _unit: str, _today: date) -> str:
    written = values.read_text(cell, "draft number")
    number = values.plain(written).upper().removeprefix("D").lstrip("0")
    if not (number.isascii() and number.isdecimal()):
        raise values.UnusableError(f"the draft number '{written[:40]}' is none such as D101")
    return f"D{number}"


def _as_written(cell: Any, _unit: str, _today: date) -> str:
    if not re.fullmatch(r"\d*\|[\d-]*\|[0-9a-f]*", text := str(cell)):
        raise values.UnusableError(f"'{text[:60]}' is not what magflow wrote here: empty the cell")
    return text


PURCHASE_ORDERS = Kind(
    "purchase-orders",
    (
        Column(
            "draft_number",
            (
                "draft number, draft, draft no, draft nr, ciorna, numar ciorna, nr ciorna, numarul ciornei, чернова, "
                "номер на чернова, tervezet, tervezet szama, 草稿, 草稿号"
            ),
            _draft_number,
        ),
        # Compared with those of the order: what looks rounded, such as 1E5, is one that a line has, or is refused.
        Column("sku", SKU.words, lambda cell, _unit, _today: values.read_text(cell, "SKU", values.LONGEST_NOTE)),
        Column(
            "quantity",
            "quantity, qty, order quantity, cantitate, cant, cantitate comandata, количество, mennyiseg, 数量",
            _whole("quantity", most=values.MOST_PIECES),
            values.PIECES,
        ),
        Column(
            "expected_on",
            (
                "expected on, expected, eta, arrives on, arrival, asteptata la, asteptat la, soseste la, data sosirii, "
                "sosire, очаквана на, пристига на, varhato, varhato erkezes, 预计到货, 预计到货日期"
            ),
            _any_day,
            can_be_taken_away=True,
        ),
        Column(
            "note",
            "note, notes, remark, remarks, comment, nota, note interne, observatii, бележка, megjegyzes, 备注",
            lambda cell, _unit, _today: values.read_text(cell, "note", values.LONGEST_NOTE),
            can_be_taken_away=True,
        ),
        Column(
            "snoozed_until",
            (
                "snoozed until, snooze until, snooze, not before, put off until, nu inainte de, amanat pana la, "
                "amanata pana la, amanat, не преди, отложено до, elhalasztva eddig, nem elobb mint, 推迟到, 推迟至"
            ),
            _any_day,
            can_be_taken_away=True,
        ),
        Column(
            "refused_because",
            (
                "refused because, refused, refusal, refuzat pentru ca, refuzata pentru ca, refuzat, motiv refuz, "
                "отказано защото, elutasitva mert, 拒绝原因"
            ),
            lambda cell, _unit, _today: values.read_text(cell, "reason of the refusal", values.LONGEST_NOTE),
            can_be_taken_away=True,
        ),
        Column(
            "order_status",
            "order status, status of the order, stare comanda, starea comenzii, статус на поръчката, "
            "rendeles allapota, 订单状态",
            _order_status,
        ),
        Column(
            "as_written",
            "as written, cum a fost scris, както е записано, ahogy irtuk",
            _as_written,
        ),
        Column(
            "sent_on",
            "sent on, sent, day of sending, trimisa la, trimis la, trimis, trimisa, data trimiterii, изпратена на, "
            "elkuldve, 发送日期, 下单日期",
            lambda cell, _unit, today: values.read_day_or_yes(cell, today),
        ),
    ),
    needed=["draft_number"],
    keys=("draft_number", "sku"),
    targets=(),
    refuses_formulas=True,
)
LEVELS = ("manual_minimum_stock", "manual_reorder_point", "manual_maximum_stock", "manual_reorder_quantity")
POLICY = Kind(
    "policy",
    (
        ACCOUNT,
        SKU,
        *(
            Column(name, words, _whole(what), values.PIECES, can_be_taken_away=True)
            for name, what, words in (
                ("manual_minimum_stock", "minimum", "minimum, min, minimum stock, minim, stoc minim, 最低库存"),
                (
                    "manual_reorder_point",
                    "reorder point",
                    "reorder point, rop, punct de comanda, punct comanda, prag comanda, 再订货点, 订货点",
                ),
                ("manual_maximum_stock", "maximum", "maximum, max, maximum stock, maxim, stoc maxim, 最高库存"),
                (
                    "manual_reorder_quantity",
                    "quantity",
                    "quantity, reorder quantity, order quantity, cantitate, cantitate comanda, 订货量, 订货数量",
                ),
            )
        ),
        Column("order_anyway", "order anyway, comanda oricum, 仍然订购", _yes("order anyway")),
        Column(
            "most_cover_days",
            "most cover days, most cover, cover, acoperire maxima, zile acoperire, 最大覆盖天数",
            _whole("most cover", 1, 3650),
            dict.fromkeys(("", "day", "days", "zi", "zile", "天"), 1),
            can_be_taken_away=True,
        ),
        Column(
            "least_margin",
            "least margin, minimum margin, marja minima, adaos minim, 最低毛利率, 最低利润率",
            lambda cell, unit, _today: values.read_part(cell, "least margin", unit, 1),
            {"%": 1},
            can_be_taken_away=True,
        ),
        Column("reason", "reason, note, motiv, observatii, 原因, 备注", _text("reason"), can_be_taken_away=True),
        Column(
            "valid_until",
            "valid until, until, valabil pana, valabil pana la, pana la, 有效期至",
            _day_to_come,
            can_be_taken_away=True,
        ),
    ),
    needed=("sku",),
    keys=("account_type", "sku"),
    targets=[
        Target(
            "inventory_items",
            ["id"],
            (*LEVELS, "manual_reason", "manual_valid_until"),
            "incoming_levels",
            signed="manual_set_by",
        ),
        Target(
            "item_policies",
            ("account_type", "sku"),
            ("order_anyway", "most_cover_days", "least_margin", "reason", "valid_until"),
            "incoming_policies",
            signed="set_by",
        ),
    ],
    resolves=True,
    needs_products=True,
    check=check_levels,
    stored_as="levels and exceptions, by account",
)
KINDS = {
    kind.name: kind
    for kind in (
        SALES,
        STOCK,
        SUPPLIERS,
        TERMS,
        SHEETS,
        MATCHES,
        RECEIPTS,
        COSTS,
        FEES,
        CLOSURES,
        PURCHASE_ORDERS,
        POLICY,
    )
}
