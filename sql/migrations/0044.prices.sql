-- depends: 0041.report-of-plan
-- The least margin of an item, where it is not the shop's (MAGFLOW_LEAST_MARGIN).

ALTER TABLE app.item_policies
ADD COLUMN least_margin numeric(6, 4) CHECK (least_margin >= 0 AND least_margin < 1);
COMMENT ON COLUMN app.item_policies.least_margin IS
'Part of the price without VAT that has to be left after commission, fulfilment fee and landed cost: 0.1 is 10 %;'
' null: MAGFLOW_LEAST_MARGIN';
COMMENT ON COLUMN app.observations.name IS
'daemon_beat, disk_free_bytes, disk_total_bytes, alert_channel, supplier_conflicts, rate_old, or least_margin:'
' MAGFLOW_LEAST_MARGIN as the newest build knew it';
