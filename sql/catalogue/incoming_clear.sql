-- An empty page at hand, before the next one is copied in.
TRUNCATE incoming_offers;
