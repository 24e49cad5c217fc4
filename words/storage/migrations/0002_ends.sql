-- Where a conversation's log ended when retention last deleted of it: numbers aren't used again.
CREATE TABLE ends (
    conversation INTEGER PRIMARY KEY,
    sequence     INTEGER NOT NULL,
    time         INTEGER NOT NULL
);
