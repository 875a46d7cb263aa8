-- Alerts, each from its opening on; closed_at is NULL while it is open. value is the one that opened it. told: how far
-- the webhook knows of it (quiet: opened in quiet hours, due, open, closed). Run after schema.sql.
CREATE TABLE IF NOT EXISTS alert (
    site VARCHAR NOT NULL, id VARCHAR NOT NULL, rule VARCHAR NOT NULL, place VARCHAR, severity VARCHAR NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL, closed_at TIMESTAMPTZ, "value" DOUBLE, "limit" DOUBLE, unit VARCHAR NOT NULL,
    acknowledged_at TIMESTAMPTZ, acknowledged_by VARCHAR, told VARCHAR NOT NULL
);
