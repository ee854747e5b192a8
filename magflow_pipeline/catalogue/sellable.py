"""Whether a customer can buy an offer, and why not, in words: pure functions (emag-api.md: Validation).

A sync uses them to decide whether an offer is visible. The report gives its reasons in SQL
(`sql/views/not_sellable_codes.sql`), and they are the oracle of its test.

Only codes that are known to forbid the sale forbid it: a missing or a future code does not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Note:
    """A sentence for people, or a part of one, in English and Romanian."""

    en: str
    ro: str


ACTIVE = 1
STATUS = {
    0: Note("the offer is inactive", "oferta este inactivă"),
    2: Note("the offer is at its end of life", "oferta este scoasă definitiv din vânzare"),
}
DOCUMENTATION = {
    0: Note("its documentation is a draft", "documentația este o ciornă"),
    1: Note("eMAG is validating its documentation", "documentația este în validare la eMAG"),
    2: Note("its brand waits for eMAG's validation", "marca așteaptă validarea eMAG"),
    4: Note("its new documentation waits for eMAG's validation", "documentația nouă așteaptă validarea eMAG"),
    5: Note("eMAG rejected its brand", "eMAG a respins marca"),
    6: Note("eMAG rejected its EAN", "eMAG a respins codul EAN"),
    8: Note("eMAG rejected its documentation", "eMAG a respins documentația"),
    10: Note("eMAG blocked it", "eMAG a blocat produsul"),
}
TRANSLATION = {
    **DOCUMENTATION,
    13: Note("its translation waits for a saleable offer", "traducerea așteaptă o ofertă vandabilă"),
    14: Note("its translation failed", "traducerea a eșuat"),
    15: Note("its translation is in progress", "traducerea este în lucru"),
    16: Note("its translation waits", "traducerea este în așteptare"),
}
OFFER = {
    2: Note("its price is invalid and waits for eMAG's check", "prețul nu este valid și așteaptă verificarea eMAG"),
}
NO_PRICE = Note("it has no price", "nu are preț")
HIDDEN = Note("eMAG does not show it", "eMAG nu o afișează")


def why_not_sellable(
    *,
    status: int,
    price: Decimal | None,
    documentation: Collection[int] = (),
    offer_validation: Collection[int] = (),
    translation: Collection[int] = (),
    is_auto_translated: bool = False,
    is_hidden: bool = False,
) -> Note | None:
    """Every reason why no customer can buy the offer, or None when one can, stock aside.

    Args:
        status: 0 inactive, 1 active, 2 end of life.
        price: None when there is none.
        documentation: Codes of validation_status: each has to allow the sale.
        offer_validation: Codes of offer_validation_status.
        translation: Codes of translation_validation_status: they count for an offer that eMAG translated.
        is_auto_translated: Whether eMAG translated it.
        is_hidden: An earlier reading found it hidden, whatever the other values say.
    """
    reasons = [] if status == ACTIVE else [STATUS.get(status, STATUS[0])]
    if price is None:
        reasons.append(NO_PRICE)
    reasons += _forbidden("validation", documentation, DOCUMENTATION)
    reasons += _forbidden("offer validation", offer_validation, OFFER)
    if is_auto_translated or (is_hidden and not reasons):
        reasons += _forbidden("translation validation", translation, TRANSLATION)
    if is_hidden and not reasons:
        reasons.append(HIDDEN)
    if not reasons:
        return None
    return Note("; ".join(reason.en for reason in reasons), "; ".join(reason.ro for reason in reasons))


def _forbidden(name: str, codes: Collection[int], words: dict[int, Note]) -> list[Note]:
    """The words for each code that forbids the sale, with its number, for questions to eMAG."""
    if words.keys().isdisjoint(codes):  # as those of most offers
        return []
    found = [(code, words[code]) for code in sorted(set(codes)) if code in words]
    return [Note(f"{note.en} ({name} {code})", f"{note.ro} ({name} {code})") for code, note in found]
