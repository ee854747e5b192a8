-- Counts what a first sync filled, before the next build reads it.
SELECT
    app.analyze_grown(
        'app.emag_product_contents',
        'app.emag_offer_contents',
        'app.emag_offers_seen',
        'app.products',
        'app.inventory_items'
    )
