"""Headings of documents: whole in English and Romanian, so that no document shows a column's technical name."""

import re

import pytest

from magflow_pipeline.database.dictionary import describe
from magflow_pipeline.reports.choices import View
from magflow_pipeline.reports.selection import words_of_values
from magflow_pipeline.reports.wording import headings


def test_every_column_of_every_document_has_a_heading_in_english_and_romanian(database):
    """A new column came without one, and people read `ron_lost_before_arrival`."""
    texts = {language: headings_of_its_own(database, language) for language in ("en", "ro", "bg", "hu")}
    columns = {view: [column.name for column in describe(database, view)] for view in View}
    for language in ("en", "ro"):
        for view, names in columns.items():
            assert sorted(set(names) - set(texts[language])) == [], (view, language)
            shown = [texts[language][name] for name in names]
            assert len(set(shown)) == len(shown), (view, language)
    for language in ("bg", "hu"):
        assert sorted(set(columns[View.LOW_STOCK]) - set(texts[language])) == [], language


def headings_of_its_own(database, language: str) -> dict[str, str]:
    with database.connect() as session:
        return dict(
            session.execute(
                "SELECT column_name, heading FROM app.column_texts WHERE language = %s", [language]
            ).fetchall()
        )


def test_romanian_headings_are_spelled_with_their_letters(database):
    """Words without diacritics, or with the Turkish letters of old keyboards, are no Romanian."""
    texts = headings(database, "ro")
    assert (texts["name"], texts["supplier_price_cny"], texts["next_arrival"]) == (
        "Denumire",
        "Preț furnizor (CNY)",
        "Următoarea sosire",
    )
    letters = set("".join(texts.values()))
    assert letters >= set("ăâîșț")
    assert not letters & set("şţŞŢ")


@pytest.mark.parametrize(("language", "shown"), [("hu", "Elérhető"), ("de", "Available")])
def test_a_heading_that_a_language_lacks_is_english(database, language, shown):
    assert headings(database, language)["available_quantity"] == shown
    assert headings(database, language)["draft_number"] == "Draft"


def test_every_reason_code_has_words_in_english_and_romanian(database, session):
    """`lasts_too_long` stood in the Romanian workbook: the newest code had come without words."""
    (source,) = session.execute("SELECT prosrc FROM pg_proc WHERE proname = 'stock_decision'").fetchone()
    decided = source[source.index("stock (status)") :]
    codes = set(re.findall(r"THEN '(\w+)'", decided)) | set(re.findall(r"problem IN \('(\w+)', '(\w+)'\)", decided)[0])
    assert {"to_order", "lasts_too_long", "never_sold", "not_worth_keeping"} <= codes
    for language in ("en", "ro"):
        words = words_of_values(database, language)
        known = words["reason_code"].keys() | words[""].keys()
        assert codes - known == set(), language
