-- What the tills counted, one row a site and local hour, and how many loyalty cards were seen, one row a site and week
-- (its Monday). Numbers of the shop, none of a person. NULL is not told, never 0. Run after schema.sql.
-- No primary key: `add` in sales.py keeps (site, hour_at) apart with one set-based statement.
CREATE TABLE IF NOT EXISTS sale (
    site VARCHAR NOT NULL, hour_at TIMESTAMPTZ NOT NULL, transactions INTEGER, sales DOUBLE, returns INTEGER,
    labour_hours DOUBLE, planned_hours DOUBLE, source VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp
);
CREATE TABLE IF NOT EXISTS card_week (
    site VARCHAR NOT NULL, week DATE NOT NULL, cards INTEGER, again INTEGER, source VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp
);
