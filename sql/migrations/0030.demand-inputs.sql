-- depends: 0029.demand
-- The report follows what is expected to be sold.

CALL app.watch_inputs('low_stock_report', 'demand');
