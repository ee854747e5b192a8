"""Options of what is shown. Imports nothing heavy: the command's help loads this module."""

from enum import StrEnum


class Format(StrEnum):
    """Output formats of the report."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class Language(StrEnum):
    """Languages of the report on the terminal, and of the digest."""

    EN = "en"
    RO = "ro"


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
