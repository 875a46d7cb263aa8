-- Schema 3: what the tills counted, and loyalty cards by week.
CREATE TABLE IF NOT EXISTS sale (
    site VARCHAR NOT NULL, hour_at TIMESTAMPTZ NOT NULL, transactions INTEGER, sales DOUBLE, returns INTEGER,
    labour_hours DOUBLE, planned_hours DOUBLE, source VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp
);
CREATE TABLE IF NOT EXISTS card_week (
    site VARCHAR NOT NULL, week DATE NOT NULL, cards INTEGER, again INTEGER, source VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp
);
