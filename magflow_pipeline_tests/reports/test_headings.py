"""Headings of documents: whole in English and Romanian, so that no document shows a column's technical name."""

import pytest

from magflow_pipeline.database.dictionary import describe
from magflow_pipeline.reports.choices import View
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
