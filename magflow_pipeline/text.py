"""Foreign text, made fit for a medium: what eMAG, an ERP, a database or the operating system says.

One function per medium, and all of them here, so that none is forgotten. Foreign text that goes into a log, an error
or an event passes `noted` first. Not here: what a text means.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_NOTE = 300  # characters of a foreign text in a log or an error

# Bidirectional overrides and isolates reorder what stands beside them; the rest are shown as nothing at all.
_INVISIBLE = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")


def storable(text: str) -> str:
    """`text` without NUL characters and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def printable(text: str) -> str:
    r"""`text` on one line and without a character that a terminal obeys; those are shown as escapes.

    >>> printable("a\x1b[2Jb\n c")
    'a\\x1b[2Jb c'
    """
    line = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return "".join(_shown(character) for character in line)


def noted(text: object, most: int = LONGEST_NOTE) -> str:
    """Any foreign text as a note: printable, and cut with its length where it is longer than `most` characters."""
    line = printable(str(text))
    return line if len(line) <= most else f"{line[:most]}… ({len(line)} characters)"


def in_markdown(text: str) -> str:
    r"""`text` as Markdown shows it, without a link, an image or a column of its own.

    >>> in_markdown("![x](http://y)|")
    '\\!\\[x\\]\\(http://y\\)\\|'
    """
    return _MARKDOWN.sub(r"\\\1", printable(text))


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` replaced; short ones too, but not empty ones."""
    for secret in sorted({each for each in secrets if each}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs") or ord(character) in _INVISIBLE:
        return ascii(character)[1:-1]
    return character
