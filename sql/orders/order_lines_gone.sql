-- Deletes the lines that a changed order no longer has; incoming_lines.sql has added those of rows that are not whole.
DELETE FROM app.emag_order_lines AS line
USING incoming_orders AS page
WHERE
    page.change = 'updated'
    AND line.account_type = page.account_type
    AND line.order_id = page.order_id
    AND NOT EXISTS (
        SELECT FROM incoming_order_lines AS sent
        WHERE sent.order_id = line.order_id AND sent.line_id = line.line_id
    );
