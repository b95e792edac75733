-- The entries of the inbox. kind: unknown, out_of_scope, unpicked or unhelpful; subject: a topic or a
-- support; reason: what was said with a vote; day: the date in the city. Texts have no personal
-- data since this version; what is older is scrubbed when it is read, and expires.
ALTER TABLE unanswered ADD COLUMN kind text NOT NULL DEFAULT 'unknown';
ALTER TABLE unanswered ADD COLUMN subject text NOT NULL DEFAULT '';
ALTER TABLE unanswered ADD COLUMN reason text NOT NULL DEFAULT '';
ALTER TABLE unanswered ADD COLUMN day text NOT NULL DEFAULT '';
UPDATE unanswered SET day = to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD');
CREATE INDEX unanswered_at ON unanswered (at);

-- How many entries were deleted by age: no text, no conversation.
CREATE TABLE unanswered_count (
    day     text NOT NULL,
    channel text NOT NULL,
    kind    text NOT NULL,
    subject text NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (day, channel, kind, subject)
);

-- Questions that the inbox does not show, as keyed hashes of their text.
CREATE TABLE unanswered_ignored (
    hash text PRIMARY KEY,
    at   bigint NOT NULL
);
