-- Times are milliseconds since 1970 in UTC. conv is channel:user, the key of every hot table, and
-- part of every primary key there, so that the tables can be spread by it.
CREATE TABLE session (
    conv    text PRIMARY KEY,
    data    text NOT NULL,
    version text NOT NULL,
    updated bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX session_updated ON session (updated);

-- What has been processed, with what it was answered.
CREATE TABLE inbox (
    conv       text NOT NULL,
    message_id text NOT NULL,
    seen       bigint NOT NULL,
    record     text,
    PRIMARY KEY (conv, message_id)
);
CREATE INDEX inbox_seen ON inbox (seen);

-- lent: until then a sender has it, and no other may take it.
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

-- One vote a support and conversation; once the talk has expired, nobody's (conv is NULL).
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

-- What a channel has to remember of a conversation: which page of a long answer is owed, say.
CREATE TABLE note (
    conv text PRIMARY KEY,
    text text NOT NULL
);
