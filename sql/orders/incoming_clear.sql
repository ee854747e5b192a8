-- Empties the current page of orders before the next one is copied in.
TRUNCATE incoming_orders, incoming_order_lines;
