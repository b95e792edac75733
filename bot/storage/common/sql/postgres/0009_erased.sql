-- The ids of messages whose conversation was deleted on request, as keyed hashes, so that a second
-- delivery is recognised. at: when the message was received; record: the answer to a second delivery.
CREATE TABLE erased (
    hash   text PRIMARY KEY,
    at     bigint NOT NULL,
    record text NOT NULL
);
CREATE INDEX erased_at ON erased (at);
