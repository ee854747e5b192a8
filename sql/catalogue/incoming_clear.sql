-- Empties the pages that were written before others of the transaction are copied in.
TRUNCATE incoming_offers;
