-- depends: 0041.report-of-plan
-- The least margin of an item, where it is not the shop's (MAGFLOW_LEAST_MARGIN).

ALTER TABLE app.item_policies
ADD COLUMN least_margin numeric(6, 4) CHECK (least_margin BETWEEN 0 AND 1);
COMMENT ON COLUMN app.item_policies.least_margin IS
'Part of the price without VAT that has to be left after commission, fulfilment fee and landed cost: 0.1 is 10 %;'
' null: MAGFLOW_LEAST_MARGIN';
COMMENT ON COLUMN app.observations.name IS
'daemon_beat, disk_free_bytes, disk_total_bytes, alert_channel, supplier_conflicts or rate_old; as of the newest build'
' of the report least_margin (MAGFLOW_LEAST_MARGIN) and, by account, buy_buttons_won, buy_buttons_lost,'
' buy_buttons_lost_today and buy_button_sales_lost';
COMMENT ON COLUMN app.observations.value IS
'The value: bytes of a disk; 1 of a beat, of a channel that is configured, and of a currency without a fresh rate;'
' conflicts as of the newest build; offers that have the buy button, that have not, and that lost it within a day; RON'
' that the one of these that sells most sells a day';
