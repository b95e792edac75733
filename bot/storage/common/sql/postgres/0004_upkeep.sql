-- What the upkeep remembers between two runs.
CREATE TABLE upkeep (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
