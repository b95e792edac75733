-- The entries of the inbox. kind: unknown, out_of_scope, unpicked or unhelpful; subject: a topic or a
-- support; reason: what was said with a vote; day: the date in the city. Texts have no personal
-- data since this version; what is older is scrubbed when it is read, and expires.
ALTER TABLE unanswered ADD COLUMN kind TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE unanswered ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE unanswered ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE unanswered ADD COLUMN day TEXT NOT NULL DEFAULT '';
UPDATE unanswered SET day = strftime('%Y-%m-%d', at / 1000, 'unixepoch');
CREATE INDEX unanswered_at ON unanswered (at);

-- How many entries were deleted by age: no text, no conversation.
CREATE TABLE unanswered_count (
    day     TEXT NOT NULL,
    channel TEXT NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (day, channel, kind, subject)
);

-- Questions that the inbox does not show, as keyed hashes of their text.
CREATE TABLE unanswered_ignored (
    hash TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
);
