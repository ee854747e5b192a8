"""Which names are one supplier's: the function `normalized_name`, on every version and in every locale."""

import unicodedata
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from magflow_pipeline.database.migration import migrate
from magflow_pipeline_tests.conftest import both_servers

WHITE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\xad\u200e\u200f\u202a\u202e\u2066\u2069"
UNSEEN += "\ufe0f\u034f\u1160\u3164\uffa0\U000e0020\x01\x7f"
SAME = [
    ("Straße", "STRASSE"),
    ("STRAẞE", "strasse"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),  # the last sigma
    ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ("ﬁne Tools", "FINE TOOLS"),
    ("ＴＺＴ－Ｔ", "tzt-t"),
    ("Ⅳ Co", "iv co"),
    ("K2 (Kelvin)", "\u212a2 (kelvin)"),
    ("İstanbul", "i\u0307stanbul"),
    ("Café", "CAFE\u0301"),
    ("Șuruburi Țiglă SRL", "şuruburi ţiglă srl"),
    ("ȘURUBURI ȚIGLĂ", "S\u0326uruburi t\u0327igla\u0306"),
    ("ş\u0323", "s\u0323\u0326"),
    ("ᾳ", "ΑΙ"),
    ("ǰ", "J\u030c"),
    ("ŉ", "ʼN"),
    ("Æsir Łódź Đorđe Þór Œuvre", "æsir łódź đorđe þór œuvre"),
    ("Москва ООО", "москва ооо"),
    ("Ꭰ ꭰ", "ꭰ Ꭰ"),
    ("𐐀", "𐐨"),
    ("T\u200bZ\u200dT", "TZT"),
    ("한국", unicodedata.normalize("NFD", "한국")),
]
OTHERS = [
    ("TZT", "TZT-T"),
    ("TZT", "T Z T"),
    ("IŞIK", "ışık"),  # the dotless i is a letter of its own, whatever the locale
    ("istanbul", "İstanbul"),
    ("Café", "Cafe"),
    ("TZT", "ТZТ"),  # Cyrillic letters that look alike
    ("Șa", "Sa"),
    ("ç", "c"),
]


@pytest.fixture
def plain(server, database_url) -> Iterator[psycopg.Connection]:
    """A database in the locale C, whose lower() knows no letter but ASCII."""
    name = sql.Identifier(f"{psycopg.conninfo.conninfo_to_dict(database_url)['dbname']}_c")
    with psycopg.connect(server.format("postgres"), autocommit=True) as administrator:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'").format(name)
        )
        url = server.format(name.as_string().strip('"'))
        migrate(url)
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("SET search_path TO app, public")
            yield session
        administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def normalized(session: psycopg.Connection, names: list[str]) -> list[str]:
    rows = session.execute("SELECT normalized_name(name) FROM unnest(%s::text[]) WITH ORDINALITY AS n (name)", [names])
    return [name for (name,) in rows.fetchall()]


def is_changed(letter: str) -> bool:
    """Whether any rule changes the letter: some 100,000 Chinese ones and the Korean syllables are as they are."""
    return (
        letter.casefold() != letter
        or unicodedata.normalize("NFKC", letter) != letter
        or bool(unicodedata.combining(letter))
    )


def expected(name: str) -> str:
    """The same with Python's Unicode tables."""
    seen = "".join(letter for letter in name if letter not in UNSEEN)
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded.replace("\u0326", "\u0327")).split())


@both_servers
def test_names_that_mean_one_supplier_are_equal(session):
    for one, other in SAME:
        assert len(set(normalized(session, [one, other]))) == 1, (one, other)


@both_servers
def test_names_of_two_suppliers_stay_two(session):
    for one, other in OTHERS:
        assert len(set(normalized(session, [one, other]))) == 2, (one, other)


@both_servers
def test_every_white_space_is_trimmed_and_what_has_no_width_is_not_there(session):
    """A list copied from a page spells its supplier with a no-break space behind, another one with a BOM before."""
    for blank in (*WHITE, "\r\n", " \xa0\t"):
        assert set(normalized(session, [f"{blank}TZT{blank}Co{blank}"])) == {"tzt co"}, ascii(blank)
    for unseen in UNSEEN:
        assert set(normalized(session, [f"{unseen}T{unseen}ZT {unseen} Co{unseen}"])) == {"tzt co"}, ascii(unseen)


@both_servers
def test_every_letter_is_folded_as_unicode_says_in_every_locale(session, plain):
    """lower('Ș') is wrong in a database of the locale C, and every version and locale knows other letters."""
    every = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code))[0] in "LMNPS"]
    letters = [each for each in every if each not in UNSEEN and is_changed(each)]
    assert len(letters) > 5000
    names = [f"x{letter}x" for letter in letters]
    known = [expected(name) for name in names]
    for each in (session, plain):
        found = normalized(each, names)
        assert [wrong for wrong in zip(names, found, known, strict=True) if wrong[1] != wrong[2]] == []


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co"])), max_size=50))
def test_any_name_is_compared_as_python_compares_it(names, names_session):
    found = normalized(names_session, names)
    assert found == normalized(names_session, found)  # once is enough
    by_rule = [expected(name) for name in names]
    for one, one_by_rule in zip(found, by_rule, strict=True):
        for other, other_by_rule in zip(found, by_rule, strict=True):
            assert one_by_rule != other_by_rule or one == other


@pytest.fixture(scope="module")
def names_session(servers) -> Iterator[psycopg.Connection]:
    """One database for all examples."""
    with psycopg.connect(servers("embedded").format("magflow_template"), autocommit=True) as session:
        session.execute("SET search_path TO app, public")
        yield session
