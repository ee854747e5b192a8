"""What people may choose of a report. Light: the command's help needs it."""

from enum import StrEnum


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class Language(StrEnum):
    """Languages of what people read."""

    EN = "en"
    RO = "ro"


class Excel(StrEnum):
    """Which country's Excel a CSV is for."""

    RO = "ro"
