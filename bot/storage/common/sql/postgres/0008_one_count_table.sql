-- The counts of deleted entries of the inbox stand in daily_count: kind is the kind of the entry
-- (unknown, out_of_scope, unpicked or unhelpful), key its subject.
INSERT INTO daily_count (day, channel, kind, key, entries)
SELECT day, channel, kind, subject, entries FROM unanswered_count
ON CONFLICT (day, channel, kind, key) DO UPDATE SET entries = daily_count.entries + excluded.entries;
DROP TABLE unanswered_count;
