-- What people wrote about a site, one row a version; the highest version counts. Nothing is ever changed in place but
-- the name in "by", which goes after a time. body is JSON, checked against its kind before it comes here. Run after
-- schema.sql.
CREATE TABLE IF NOT EXISTS document (
    site VARCHAR NOT NULL, kind VARCHAR NOT NULL, id VARCHAR NOT NULL, version INTEGER NOT NULL,
    "at" TIMESTAMPTZ NOT NULL, "by" VARCHAR, body VARCHAR NOT NULL
);
