-- Empties the current page before the next one is copied in.
TRUNCATE incoming_offers;
