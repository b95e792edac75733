-- Times are milliseconds since 1970 in UTC. conv is channel:user, the key of every frequently used
-- table, and part of every primary key there, so that the tables can be partitioned by it.
CREATE TABLE session (
    conv    text PRIMARY KEY,
    data    text NOT NULL,
    version text NOT NULL,
    updated bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX session_updated ON session (updated);

-- The processed messages, each with the record of its turn.
CREATE TABLE inbox (
    conv       text NOT NULL,
    message_id text NOT NULL,
    seen       bigint NOT NULL,
    record     text,
    PRIMARY KEY (conv, message_id)
);
CREATE INDEX inbox_seen ON inbox (seen);

-- lent: the end of the lease; until then no other sender may take the reply.
CREATE TABLE outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    conv     text NOT NULL,
    channel  text NOT NULL,
    reply    text NOT NULL,
    due      bigint NOT NULL,
    lent     bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (conv, id)
);
CREATE INDEX outbox_id ON outbox (id);

-- One vote per support and conversation. When the session expires, conv becomes NULL.
CREATE TABLE feedback (
    conv    text,
    support text NOT NULL,
    useful  boolean NOT NULL,
    at      bigint NOT NULL,
    UNIQUE (conv, support)
);

CREATE TABLE unanswered (
    conv text NOT NULL,
    text text NOT NULL,
    at   bigint NOT NULL
);
CREATE INDEX unanswered_conv ON unanswered (conv);

-- What a channel stores of a conversation, for example the next page of a long answer.
CREATE TABLE note (
    conv text PRIMARY KEY,
    text text NOT NULL
);
