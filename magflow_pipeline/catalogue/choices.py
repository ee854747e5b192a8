"""Choices of a sync. Imports nothing heavy: the command's help loads this module."""

from enum import StrEnum


class Mode(StrEnum):
    """How much of the catalogue is read."""

    FULL = "full"
    INCREMENTAL = "incremental"
    SELECTIVE = "selective"


class ConflictStrategy(StrEnum):
    """Which value wins when eMAG's and a person's differ."""

    EMAG_PRIORITY = "emag_priority"
