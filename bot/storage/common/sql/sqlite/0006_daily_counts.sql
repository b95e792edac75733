-- What the statistics of the admin page show. day: YYYY-MM-DD in the city. It holds nothing of a
-- person.
CREATE TABLE daily_count (
    day     TEXT NOT NULL,
    channel TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (day, channel, kind, key)
);
