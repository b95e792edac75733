-- at: when the message was received whose reply the note belongs to. A note whose conversation is
-- gone gets 0, so the next expiry deletes it.
ALTER TABLE note ADD COLUMN at bigint NOT NULL DEFAULT 0;
UPDATE note SET at = coalesce((SELECT updated FROM session WHERE session.conv = note.conv), 0);
CREATE INDEX note_at ON note (at);
