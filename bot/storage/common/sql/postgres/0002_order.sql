-- turn: the place of a message among all that were carried out, taken while its session is locked.
-- What was there before has 0 and keeps its order by time: nothing is rewritten, so it takes no time.
CREATE SEQUENCE inbox_turn;
ALTER TABLE inbox ADD COLUMN turn bigint NOT NULL DEFAULT 0;
