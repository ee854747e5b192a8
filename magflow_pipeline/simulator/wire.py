"""One offer as the JSON that product_offer/read answers, in the two styles that were recorded.

Belongs here: keys, types and oddities of a row. Not here: which rows exist (catalogue.py) and what
a filter does to them (reading.py).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, cast

from magflow_pipeline.simulator.competition import plausible

STATUS_WORDS = {
    0: "Draft",
    1: "MKTP validation",
    3: "EAN validation pending",
    8: "Rejected documentation",
    9: "Approved documentation",
    10: "Blocked",
    11: "Update awaiting approval",
    12: "Update rejected",
}


@dataclass(frozen=True)
class Product:
    """The data of a product that both accounts share."""

    sku: str
    name: str
    brand: str
    category_id: int
    part_number_key: str
    price_ron: float
    eans: tuple[str, ...]
    family_id: int | None
    picture: int
    is_hero: bool


@dataclass(frozen=True)
class Listing:
    """One account's offer of a product."""

    seller_id: int
    status: int
    stock: int
    estimated: int
    is_draft: bool


def string_style(rng: random.Random, product: Product, listing: Listing) -> dict[str, Any]:
    """A row as recorded in 2024: prices are strings with four decimals, newer keys are absent."""
    price = product.price_ron
    row = _common(rng, product, listing)
    row |= {
        "sale_price": f"{price:.4f}",
        "min_sale_price": f"{price * 0.7:.4f}",
        "max_sale_price": f"{price * 1.6:.4f}",
        "recommended_price": _maybe(rng, 0.25, rng.choice((f"{price * 1.2:.4f}", "0.0000"))),
        "weight": "0",
        "stock": _stock(rng, listing.stock, numbered=0.08),
    }
    return _without_some(rng, row, product)


def number_style(rng: random.Random, product: Product, listing: Listing) -> dict[str, Any]:
    """A row as seen in 2026: prices are numbers, warehouses are numbered, and there are more keys."""
    price = round(product.price_ron * rng.uniform(0.97, 1.08), rng.choice((0, 1, 2, 2, 2, 4)))
    row = _common(rng, product, listing)
    if rng.random() < 0.03:
        # The document says list, the recordings say object: both occur here.
        row["offer_validation_status"] = [row["offer_validation_status"]]
    row |= {
        "sale_price": _plain(price),
        "currency_type": None,
        "min_sale_price": _plain(round(price * 0.7, 2)),
        "max_sale_price": _plain(round(price * 1.6, 2)),
        "recommended_price": _maybe(rng, 0.4, rng.choice((0, _plain(round(price * 1.2, 2))))),
        "weight": "0.000000",
        "start_date_other_currency": [],
        "offer_price_other_currency": None,
        "stock": _stock(rng, listing.stock, numbered=0.9),
        "genius_eligibility_type": rng.choice((1, 1, 2, 3)),
        "genius_computed": rng.choice((0, 1, 1, 2, 3)),
        "has_smart_deals_badge": rng.random() < 0.1,
        "manufacturer": rng.random() < 0.8,
        "eu_representative": rng.random() < 0.6,
        "safety_information": _maybe(rng, 0.2, "A nu se lăsa la îndemâna copiilor."),
    }
    if rng.random() < 0.05:
        del row["recommended_price"]
    return _without_some(rng, row, product)


def with_stock(row: Any, pieces: int) -> Any:
    """The row with so many pieces more (or fewer, but never below none); a row without a stock stays as it is."""
    offer = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    stock = offer.get("general_stock")
    if not isinstance(stock, int) or pieces == 0:
        return cast("object", row)
    left = max(0, stock + pieces)
    estimated = offer.get("estimated_stock")
    changed: dict[str, Any] = {"general_stock": left}
    if isinstance(estimated, int):
        changed["estimated_stock"] = max(0, left - max(0, stock - estimated))
    if "stock" in offer:
        kept = {"warehouse_id": 1} if "warehouse_id" in str(offer["stock"]) else {}
        changed["stock"] = [kept | {"value": left}]
    if "availability" in offer:
        changed["availability"] = [{"value": _availability(left)}]
    return offer | changed


def _availability(stock: int) -> int:
    return 5 if stock == 0 else 2 if stock < 4 else 3


def _common(rng: random.Random, product: Product, listing: Listing) -> dict[str, Any]:
    """The keys that both styles write alike, in the order of the recording."""
    owned = product.is_hero or rng.random() < 0.85
    has_texts = owned or rng.random() < 0.85  # eMAG hides the texts of products that others documented
    validation = _validation(rng, product, listing)
    best = round(product.price_ron * rng.choice((1, 1, 0.98, 0.93)), 3)
    return {
        "part_number_key": None if listing.is_draft else product.part_number_key,
        "brand_name": product.brand,
        "buy_button_rank": rng.choice((1, 1, 1, 2, 3, 5)) if listing.stock else None,
        "category_id": product.category_id,
        "id": listing.seller_id,
        "brand": product.brand if has_texts else None,
        "vendor_category_id": None,
        "name": product.name if has_texts else "",
        "part_number": product.sku,
        "sale_price": None,
        "currency": "RON",
        "description": _description(rng, product) if has_texts else "",
        "url": "",
        "warranty": rng.choice((0, 12, 24, 24)),
        "general_stock": listing.stock,
        "weight": None,
        "status": listing.status,
        "recommended_price": None,
        "images": _images(rng, product) if has_texts else [],
        "characteristics": _characteristics(rng, product) if has_texts else [],
        "attachments": [],
        "vat_id": 1,
        "family": _family(product),
        "start_date": [],
        "estimated_stock": listing.estimated,
        "reversible_vat_charging": False,
        "min_sale_price": None,
        "max_sale_price": None,
        "offer_details": {
            "id": rng.randint(98_000_000, 199_999_999),
            "warranty_type": 1,
            "supply_lead_time": rng.choice((7, 14, 14, 30)),
            "emag_club": rng.randint(0, 1),
        },
        "content_details": _maybe(rng, 0.9, {"source_language": "ro_RO"}),
        "offer_properties": [],
        "availability": [{"value": _availability(listing.stock)}],
        "stock": None,
        "handling_time": [{"value": rng.choice((0, 1, 1, 2))}],
        "barcode": [],
        "ean": list(product.eans),
        "commission": None,
        "validation_status": validation,
        "translation_validation_status": [dict(entry) for entry in validation],
        "offer_validation_status": _offer_validation(rng, product),
        "auto_translated": 0,
        "ownership": owned,
        "best_offer_sale_price": _plain(best),
        "best_offer_recommended_price": _plain(round(best * rng.choice((1, 0.99, 1.2)), 2)),
        "number_of_offers": rng.randint(1, 7) if listing.stock else rng.randint(0, 4),
        "genius_eligibility": rng.randint(0, 1),
        "recycleWarranties": 0,
        "rrp_guidelines": None,
    }


def _without_some(rng: random.Random, row: dict[str, Any], product: Product) -> dict[str, Any]:
    """Drop keys that live rows lack now and then."""
    if not product.is_hero:
        for key, share in (
            ("stock", 0.05),
            ("buy_button_rank", 0.03),
            ("translation_validation_status", 0.02),
        ):
            if rng.random() < share:
                del row[key]
    return plausible(row)


def _stock(rng: random.Random, stock: int, numbered: float) -> list[dict[str, int]]:
    if rng.random() >= numbered:
        return [{"value": stock}]
    if stock > 1 and rng.random() < 0.1:
        part = rng.randint(1, stock - 1)
        return [{"warehouse_id": 1, "value": part}, {"warehouse_id": 2, "value": stock - part}]
    return [{"warehouse_id": 1, "value": stock}]


def _validation(rng: random.Random, product: Product, listing: Listing) -> list[dict[str, Any]]:
    if listing.is_draft:
        return [_entry(0)]
    if product.is_hero:
        return [_entry(9)]
    values = rng.choices(((9,), (9, 3), (11,), (12,), (1,), (8,), (10,)), (900, 40, 25, 15, 8, 8, 4))[0]
    return [_entry(value, _errors(product) if value in {8, 12} else None) for value in values]


def _entry(value: int, errors: Any = None) -> dict[str, Any]:
    return {"value": value, "description": STATUS_WORDS[value], "errors": errors}


def _errors(product: Product) -> dict[str, Any]:
    message = {
        "en_GB": "The brand does not match the product.",
        "ro_RO": "Brandul nu corespunde produsului.",
    }
    problem: dict[str, Any] = {
        "code": "brand:incorrect-brand",
        "message": message,
        "section": "brand",
        "extra_info": [],
        "identifier": None,
    }
    return {
        "status": "error",
        "doc_id": product.picture,
        "category_id": product.category_id,
        "part_number_key": product.part_number_key,
        "errors": [problem],
        "warnings": [],
        "info": [{"errors": [problem]}],
    }


def _offer_validation(rng: random.Random, product: Product) -> dict[str, Any]:
    if not product.is_hero and rng.random() < 0.01:
        return {"value": 2, "description": "Invalid price", "errors": None}
    return {"value": 1, "description": "Saleable", "errors": None}


def _description(rng: random.Random, product: Product) -> str:
    picture = f'<img src="http://img.example.com/{product.picture}.jpg" alt="">'
    return (
        f"<p><strong>{product.name}</strong>, marca {product.brand}.</p>\r\n<p>&nbsp;</p>\r\n"
        f"<ul><li>Ambalaj &amp; factur&#259; incluse</li><li>Cod: {product.sku}</li></ul>"
        + (picture if rng.random() < 0.3 else "")
    )


def _images(rng: random.Random, product: Product) -> list[dict[str, Any]]:
    hosts = (
        "https://marketplace-static.emag.ro/resources/000/099",
        "https://img.example.com",
        "http://img.example.com/vechi",
    )
    return [
        {"url": f"{rng.choice(hosts)}/{product.picture + position}.jpg", "display_type": 0}
        for position in range(rng.randint(1, 3))
    ]


def _characteristics(rng: random.Random, product: Product) -> list[dict[str, Any]]:
    values = [
        (5401, rng.choice(("Alb", "Negru", "Argintiu", "Roșu"))),
        (5704, product.name.split(" ")[0]),
        (6372, "ABS"),
        (6372, "Oțel"),  # the same id twice is how several values are written
    ]
    rng.shuffle(values)
    return [{"id": number, "tag": None, "value": value} for number, value in values]


def _family(product: Product) -> dict[str, Any] | None:
    if product.family_id is None:
        return None
    return {"id": product.family_id, "name": product.name, "family_type_id": 95}


def _maybe(rng: random.Random, share: float, value: Any) -> Any:
    return value if rng.random() < share else None


def _plain(value: float) -> float | int:
    """A whole number loses its point, as PHP writes it."""
    return int(value) if value == int(value) else value
