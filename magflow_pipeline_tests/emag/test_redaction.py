"""Credentials that come back in a foreign text, in spellings of which nobody thought."""

import base64
import unicodedata
from urllib.parse import quote

import pytest

from magflow_pipeline.emag.redaction import hider

USER, PASSWORD = "seller@shop.ro", "Zq7xV9kTr2+Wm/4é"
TOKEN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
HIDE = hider(USER, PASSWORD)
ECHOES = {
    "small letters": f"token {TOKEN.lower()}",
    "capitals": f"token {TOKEN.upper()}, {PASSWORD.upper()}",
    "wrapped": "\r\n ".join(TOKEN[start : start + 10] for start in range(0, len(TOKEN), 10)),
    "spaced": " ".join(PASSWORD),
    "cut": f"token {TOKEN[20:-4]}",
    "twice": base64.b64encode(TOKEN.encode()).decode(),
    "header twice": base64.b64encode(f"Authorization: Basic {TOKEN}".encode()).decode(),
    "latin": base64.b64encode(f"{USER}:{PASSWORD}".encode("latin-1")).decode(),
    "hex": f"{USER}:{PASSWORD}".encode().hex(),
    "percent": "".join(f"%{byte:02X}" for byte in PASSWORD.encode()),
    "half a URL": quote(PASSWORD, safe="")[:-9],
    "entities": PASSWORD.replace("+", "&#43;").replace("/", "&#47;").replace("é", "&#233;"),
    "decomposed": unicodedata.normalize("NFD", PASSWORD),
    "mojibake": PASSWORD.encode().decode("latin-1"),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_no_spelling_of_a_password_is_told(echo):
    """A 500 that echoed a wrapped, cut or twice packed Authorization header put it into log and terminal."""
    text = ECHOES[echo]
    told = "".join(HIDE(f"Oops: {text}! Again.").split()).lower()
    assert told.startswith("oops:") and told.endswith("again.") and "***" in told
    compact = "".join(text.split()).lower()
    secret = compact[len(USER.encode().hex()) :] if echo == "hex" else compact.removeprefix("token")
    rests = [told[start : start + 8] for start in range(len(told) - 7)]
    in_user = base64.b64encode(f"Authorization: Basic {USER}:".encode()).decode().lower()
    assert not [rest for rest in rests if rest in secret and rest not in in_user]


def test_other_text_is_left_as_it_is():
    text = f"Vendor {USER}\n  has no rights: HTTP 403, page 12 of https://marketplace.example/api-3  "
    assert HIDE(text) == text
    assert hider("main", "demo")("the demo of main\tis over") == "the *** of main\tis over"
