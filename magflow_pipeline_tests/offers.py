"""Offers as the marketplace sends them, for tests: what a test is about is what it names."""

from typing import Any


def offer(offer_id: int, **fields: Any) -> dict[str, Any]:
    """An active, approved, priced offer with 50 pieces; `fields` replace its keys."""
    stock = fields.pop("stock_value", 50)
    return {
        "id": offer_id,
        "part_number": f"SKU{offer_id}",
        "part_number_key": f"D{offer_id:06d}BM",
        "name": f"Produs numărul {offer_id}",
        "brand": "Nordwell",
        "category_id": 2799,
        "description": "<p>Descriere</p>",
        "url": "",
        "sale_price": "84.0336",
        "min_sale_price": "60.0000",
        "max_sale_price": "120.0000",
        "recommended_price": None,
        "currency": "RON",
        "vat_id": 1,
        "warranty": 24,
        "general_stock": stock,
        "estimated_stock": stock,
        "stock": [{"value": stock}],
        "handling_time": [{"value": 1}],
        "status": 1,
        "images": [],
        "characteristics": [{"id": 5401, "tag": None, "value": "Alb"}],
        "ean": ["0594123456788"],
        "family": None,
        "ownership": True,
        "validation_status": [{"value": 9, "description": "Approved documentation", "errors": None}],
        "translation_validation_status": [{"value": 9, "description": "Approved documentation", "errors": None}],
        "offer_validation_status": {"value": 1, "description": "Saleable", "errors": None},
        "auto_translated": 0,
        "buy_button_rank": 1,
        "best_offer_sale_price": 79.9,
        "best_offer_recommended_price": 99,
        "number_of_offers": 3,
        **fields,
    }


def offers(count: int, start: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """`count` offers with ids from `start`."""
    return [offer(number, **fields) for number in range(start, start + count)]
