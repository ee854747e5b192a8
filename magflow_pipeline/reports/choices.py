"""Options of the report. Imports nothing heavy: the command's help loads this module."""

from enum import StrEnum


class Format(StrEnum):
    """Output formats of the report."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class Language(StrEnum):
    """Languages of the report on the terminal."""

    EN = "en"
    RO = "ro"


class Excel(StrEnum):
    """Which country's Excel a CSV is for."""

    RO = "ro"
