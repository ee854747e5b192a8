"""Redacts credentials in foreign text: an error page that echoes a request must not put them into a log.

Belongs here: what is a secret, and in which encodings it may come back. Not here: which texts are redacted.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote
from urllib.request import getproxies

from magflow_pipeline.text import without_secrets

_PART = 8  # consecutive characters of a secret that are hidden, whatever their case and the white space between
# A truncated or wrapped header may hold too little of a secret for a comparison.
_HEADER = re.compile(r"(authorization[\"':=\s]*(?:(?:basic|bearer)\s+)?)[^\s\"'<>]+", re.IGNORECASE)


def hider(username: str, password: str) -> Callable[[str], str]:
    """A function that hides the credentials of the account and of the environment's proxies in a text."""
    once = {spelling for secret in _secrets(username, password) for spelling in _spellings(secret)}
    secrets = {spelling for secret in once for spelling in _spellings(secret)}  # HTML or a URL inside JSON
    codes = {code for secret in _secrets(username, password) for code in _codes(secret)}
    parts = {part for each in secrets | codes for part in _parts(_compact(each))}

    def hide(text: str) -> str:
        return _without(_HEADER.sub(r"\1***", without_secrets(text, secrets)), parts)

    return hide


def _without(text: str, parts: set[str]) -> str:
    """`text` with all `parts` hidden: secrets that were truncated, wrapped, or changed in case."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    kept: list[str] = []
    end = 0  # of what is hidden so far
    for start, part in enumerate(_parts(_compact(text))):
        if part not in parts:
            continue
        first, last = places[start], places[start + _PART - 1]
        if first >= end:
            kept += (text[end:first], "***")
        end = last + 1
    return "".join((*kept, text[end:]))


def _compact(text: str) -> str:
    return "".join(character.lower()[0] for character in text if not character.isspace())


def _parts(text: str) -> Iterable[str]:
    return (text[start : start + _PART] for start in range(len(text) - _PART + 1))


def _secrets(username: str, password: str) -> Iterable[str]:
    credentials = [(username, password)]
    for proxy in getproxies().values():
        who, at, _ = proxy.rpartition("@")
        if at:
            name, _, key = who.rpartition("//")[2].partition(":")
            credentials += [(name, key), (unquote(name), unquote(key))]
    for name, key in credentials:
        if not key:
            continue
        yield key
        for text in (f"{name}:{key}".encode("utf-8", "replace"), key.encode("utf-8", "replace")):
            packed = base64.b64encode(text).decode()
            yield from (packed, packed.rstrip("="), base64.urlsafe_b64encode(text).decode())
        yield base64.b64encode(f"{name}:{key}".encode("latin-1", "replace")).decode()  # older gateways


def _spellings(secret: str) -> Iterable[str]:
    """The secret, and as URLs, HTML, JSON and Python escape it."""
    in_json = json.dumps(secret)[1:-1]
    in_urls = (quote(secret), quote(secret, safe=""), quote_plus(secret))
    in_html = html.escape(secret)
    return (
        *(secret, repr(secret)[1:-1]),
        *(in_json, in_json.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1]),
        *(in_html, html.escape(secret, quote=False), in_html.replace("&#x27;", "&#039;")),
        *(each for url in in_urls for each in (url, re.sub("%..", lambda code: code[0].lower(), url))),
    )


def _codes(secret: str) -> Iterable[str]:
    """The secret in full encodings: all characters escaped, hexadecimal, base64 of a text that contains it."""
    raw = secret.encode("utf-8", "replace")
    yield from (raw.hex(), "".join(f"%{byte:02x}" for byte in raw))
    for form in ("&#{};", "&#x{:x};", "\\u{:04x}"):
        yield "".join(each if each.isascii() and each.isalnum() else form.format(ord(each)) for each in secret)
    for before in range(3):  # its offset in a base64 group of three bytes
        yield base64.b64encode(bytes(before) + raw).decode()[-(-before * 4 // 3) :].rstrip("=")[:-1]
