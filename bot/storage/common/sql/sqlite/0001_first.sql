-- Times are milliseconds since 1970 in UTC. conv is channel:user, the key of every frequently used
-- table.
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (0);

CREATE TABLE session (
    conv    TEXT PRIMARY KEY,
    data    TEXT NOT NULL,
    version TEXT NOT NULL,
    updated INTEGER NOT NULL
);
CREATE INDEX session_updated ON session (updated);

-- The processed messages, each with the record of its turn.
CREATE TABLE inbox (
    conv       TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seen       INTEGER NOT NULL,
    record     TEXT,
    PRIMARY KEY (conv, message_id)
);
CREATE INDEX inbox_seen ON inbox (seen);

CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    conv     TEXT NOT NULL,
    channel  TEXT NOT NULL,
    reply    TEXT NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_conv ON outbox (conv, id);

-- One vote per support and conversation. When the session expires, conv becomes NULL.
CREATE TABLE feedback (
    id      INTEGER PRIMARY KEY,
    conv    TEXT,
    support TEXT NOT NULL,
    useful  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    UNIQUE (conv, support)
);

CREATE TABLE unanswered (
    id   INTEGER PRIMARY KEY,
    conv TEXT NOT NULL,
    text TEXT NOT NULL,
    at   INTEGER NOT NULL
);
CREATE INDEX unanswered_conv ON unanswered (conv);

-- What a channel stores of a conversation, for example the next page of a long answer.
CREATE TABLE note (
    conv TEXT PRIMARY KEY,
    text TEXT NOT NULL
);
