-- The knowledge that went live, for all processes. at: milliseconds since 1970 (UTC). files: a ZIP
-- file; NULL once it is no longer among the kept ones, because the digest stays known.
CREATE TABLE knowledge_version (
    number  bigint PRIMARY KEY,
    version text   NOT NULL,
    digest  text   NOT NULL,
    origin  text   NOT NULL,
    at      bigint NOT NULL,
    who     text   NOT NULL,
    why     text   NOT NULL,
    files   bytea
);
CREATE INDEX knowledge_version_digest ON knowledge_version (digest);
