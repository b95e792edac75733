-- turn: the position of a message among all processed ones, taken while its session is locked.
-- Existing rows get 0 and are ordered by time; no row is rewritten, so the migration is fast.
CREATE SEQUENCE inbox_turn;
ALTER TABLE inbox ADD COLUMN turn bigint NOT NULL DEFAULT 0;
