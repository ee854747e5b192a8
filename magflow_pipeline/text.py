"""Escaping of foreign text, which comes from eMAG, an ERP, a database or the operating system.

One function per medium, and all of them here, so that none is forgotten. Foreign text that goes into a log, an error
or an event passes `noted` first. Not here: parsing.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_NOTE = 300  # characters of a foreign text in a log or an error

# Terminals execute control characters; format characters reorder their neighbours, or are invisible.
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# An underscore within a word is one in Markdown too.
_MARKDOWN = re.compile(r"([\\`*{}\[\]()<>#!|~&]|(?<![^\W_])_|_(?![^\W_]))")
_LINK = re.compile(r"(?i)(:(?=//)|@(?=\w)|www(?=\.))")  # text that Markdown in a browser turns into a link by itself
_BLOCK = re.compile(r"^([-+=:]|\d+(?=[.)]))")  # the start of a list, a heading, a table's rule
_JOINER = "\u2060"  # has no width, and breaks a link
# At the start of a cell, or where another separator would start one, also after invisible characters.
_FORMULA = re.compile(
    r"(?:^|(?<=[;\t]))(?=[\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]*"
    r"[=+\-@＝＋－＠﹢﹣﹦﹫])|^(?=[\t\r])"
)
# Marks, embeddings, overrides and isolates of direction: a text is shown in another order than it has. Letters of
# Hebrew and Arabic need none of them; joiners (U+200C, U+200D), which belong to words, do not reorder.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r" *[+-]?[0-9]+([.,][0-9]+)? *")
_PLAIN = str.maketrans({"…": "...", "─": "-", "–": "-", "✓": "x", "·": "-"})


def storable(text: str) -> str:
    """`text` without NUL characters and lone surrogates, which PostgreSQL refuses."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def visible(text: str) -> str:
    r"""`text` with its lines and blanks unchanged; control and invisible characters become escapes.

    >>> visible("a\x1b[2Jb\n  c")
    'a\\x1b[2Jb\n  c'
    """
    # A page is millions of characters, of which hardly one needs an escape.
    return text if text.isprintable() else "".join(map(_shown, text))


def printable(text: str) -> str:
    r"""The same on one line.

    >>> printable("a\x1b[2Jb\n c")
    'a\\x1b[2Jb c'
    """
    return visible(" ".join(text.split()))


def noted(text: object, most: int = LONGEST_NOTE) -> str:
    """Any foreign text as a note: printable, and cut with its length where it is longer than `most` characters."""
    line = printable(str(text))
    return line if len(line) <= most else f"{line[:most]}… ({len(line)} characters)"


def unlinked(text: str) -> str:
    """`text` of which no program makes a link by itself, as mail programs and browsers do.

    >>> "http://" in unlinked("http://evil.example")
    False
    """
    return _LINK.sub(rf"\1{_JOINER}", text)


def in_markdown(text: str) -> str:
    r"""`text` escaped for Markdown, so that it makes no link, image, tag or column.

    >>> in_markdown("![x](y)|")
    '\\!\\[x\\]\\(y\\)\\|'
    """
    escaped = unlinked(_MARKDOWN.sub(r"\\\1", printable(text)))
    return _BLOCK.sub(lambda found: found[0] + _JOINER if found[0].isdigit() else f"\\{found[0]}", escaped)


def in_spreadsheet(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula, however it splits the line; a number stays one.

    `app.in_spreadsheet` is the same in SQL.

    >>> in_spreadsheet("=1+1"), in_spreadsheet("-3"), in_spreadsheet("a;=1")
    ("'=1+1", '-3', "a;'=1")
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


def in_reading_order(text: str) -> str:
    r"""`text` without the characters that only change the direction in which people see it.

    >>> in_reading_order("abc \u202edef")
    'abc def'
    """
    return text if text.isascii() else _DIRECTIONS.sub("", text)


def encodable(text: str, encoding: str) -> str:
    r"""`text` in the characters of an encoding: letters lose their marks, the rest becomes escapes.

    >>> encodable("Șurub… 科", "ascii")
    'Surub... \\u79d1'
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_nearest(character, encoding) for character in text)
    return text


def times(count: int) -> str:
    """How often, in words.

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return "once" if count == 1 else f"{count} times"


def counted(count: int, noun: str) -> str:
    """How many, in words.

    >>> counted(1, "row"), counted(0, "row")
    ('1 row', '0 rows')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` replaced; short ones too, but not empty ones."""
    for secret in sorted({each for each in secrets if each}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _shown(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _NOT_SHOWN:
        return character
    return ascii(character)[1:-1]


def _nearest(character: str, encoding: str) -> str:
    letter = unicodedata.normalize("NFKD", character)[0]
    for each in (character, character.translate(_PLAIN), letter):
        try:
            each.encode(encoding)
        except UnicodeEncodeError:
            continue
        return each
    return character.encode("ascii", "backslashreplace").decode()
