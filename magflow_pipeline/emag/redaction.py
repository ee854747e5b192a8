"""Credentials in foreign text: an error page that echoes our request must not put them into a log.

What is a secret, and the spellings in which it may come back. Not here: who is asked to hide it.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote
from urllib.request import getproxies

from magflow_pipeline.text import without_secrets

# A header that was cut or wrapped holds a part of the secret, which no comparison finds.
_HEADER = re.compile(r"(authorization[\"':=\s]*(?:(?:basic|bearer)\s+)?)[^\s\"'<>]+", re.IGNORECASE)


def hider(username: str, password: str) -> Callable[[str], str]:
    """What hides the credentials of an account, and those of the environment's proxies, in a text."""
    once = {spelling for secret in _secrets(username, password) for spelling in _spellings(secret)}
    secrets = {spelling for secret in once for spelling in _spellings(secret)}  # HTML or a URL inside JSON

    def hide(text: str) -> str:
        return _HEADER.sub(r"\1***", without_secrets(text, secrets))

    return hide


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


def _spellings(secret: str) -> Iterable[str]:
    """As it is, and as URLs, HTML, JSON and Python write it."""
    in_json = json.dumps(secret)[1:-1]
    in_urls = (quote(secret), quote(secret, safe=""), quote_plus(secret))
    in_html = html.escape(secret)
    return (
        *(secret, repr(secret)[1:-1]),
        *(in_json, in_json.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1]),
        *(in_html, html.escape(secret, quote=False), in_html.replace("&#x27;", "&#039;")),
        *(each for url in in_urls for each in (url, re.sub("%..", lambda code: code[0].lower(), url))),
    )
