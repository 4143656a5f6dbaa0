R"sql(
-- Version 4 of the store: an order by profile type is found again by the call that made it (ES2+ DownloadOrder), so that
-- a repeated call gets the same profile, whatever was lost meanwhile.
ALTER TABLE esim ADD COLUMN order_call TEXT;
CREATE INDEX esim_order_call ON esim (order_call) WHERE order_call IS NOT NULL;
)sql"
