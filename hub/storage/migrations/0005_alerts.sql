-- Schema 5: alerts.
CREATE TABLE IF NOT EXISTS alert (
    site VARCHAR NOT NULL, id VARCHAR NOT NULL, rule VARCHAR NOT NULL, place VARCHAR, severity VARCHAR NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL, closed_at TIMESTAMPTZ, "value" DOUBLE, "limit" DOUBLE, unit VARCHAR NOT NULL,
    acknowledged_at TIMESTAMPTZ, acknowledged_by VARCHAR, told VARCHAR NOT NULL
);
