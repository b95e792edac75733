-- What the upkeep remembers between two runs. erased: rows were deleted since the file was last
-- written anew.
CREATE TABLE upkeep (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
