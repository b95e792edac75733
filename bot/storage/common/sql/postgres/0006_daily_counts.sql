-- What the statistics of the admin page show. day: YYYY-MM-DD in the city. It holds nothing of a
-- person.
CREATE TABLE daily_count (
    day     text NOT NULL,
    channel text NOT NULL,
    kind    text NOT NULL,
    key     text NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (day, channel, kind, key)
);
