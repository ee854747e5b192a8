"""Options of what is shown. Imports nothing heavy: the command's help loads this module."""

from enum import StrEnum


class Format(StrEnum):
    """Output formats of the report."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    HTML = "html"


class View(StrEnum):
    """The tables and views of the schema `app` that `magflow report` shows and writes."""

    LOW_STOCK_REPORT = "low_stock_report"
    LOW_STOCK = "low_stock"
    DECIDE_YOURSELF = "decide_yourself"
    LOW_STOCK_BY_SUPPLIER = "low_stock_by_supplier"
    LOW_STOCK_BY_ACCOUNT = "low_stock_by_account"
    PROPOSED_ACTIONS = "proposed_actions"
    PURCHASES_BY_SUPPLIER = "purchases_by_supplier"
    OVERSTOCK = "overstock"
    SUPPLIER_CONFLICTS = "supplier_conflicts"
    DRAFT_ORDERS = "draft_orders"
    DRAFT_ORDER_LINES = "draft_order_lines"
    PRICE_POSITION = "price_position"


class Language(StrEnum):
    """Languages of the report on the terminal, and of the digest."""

    EN = "en"
    RO = "ro"


class SupplierLanguage(StrEnum):
    """Languages of the file that a supplier gets."""

    ZH = "zh"
    EN = "en"
    RO = "ro"


class DocumentLanguage(StrEnum):
    """Languages of documents; Bulgarian and Hungarian have headings, and English sentences."""

    EN = "en"
    RO = "ro"
    BG = "bg"
    HU = "hu"


class Excel(StrEnum):
    """Which country's Excel a CSV is for."""

    RO = "ro"


class Period(StrEnum):
    """The period of a digest."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class DigestFormat(StrEnum):
    """Output formats of the digest."""

    TEXT = "text"
    HTML = "html"


class StoryFormat(StrEnum):
    """Output formats of an item's demand."""

    TEXT = "text"
    JSON = "json"


class ProposalFormat(StrEnum):
    """Output formats of what to move and to buy."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class PriceFormat(StrEnum):
    """Output formats of the price position."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
