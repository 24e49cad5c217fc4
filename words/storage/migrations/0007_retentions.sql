-- How long a group's messages are kept where it isn't as history.retention says: in milliseconds,
-- 0 is for ever.
CREATE TABLE retentions (
    conversation INTEGER PRIMARY KEY,
    kept         INTEGER NOT NULL
);
