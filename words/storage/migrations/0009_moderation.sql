-- The hub's own filter (words/chat/rules.py): groups have theirs among their facts.
CREATE TABLE filters (
    rule    TEXT PRIMARY KEY,
    who     TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;

-- What filters did: conversation 0 is every direct one. id: see words/journal/ids.py.
CREATE TABLE filtered (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    participant  INTEGER NOT NULL,
    who          TEXT NOT NULL,
    account      TEXT NOT NULL,
    action       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    text         TEXT NOT NULL
);

CREATE INDEX filtered_by_conversation ON filtered (conversation, id);
CREATE INDEX filtered_by_participant ON filtered (participant);

-- Networks from which guests may not come in, but who has logged in may.
ALTER TABLE bans ADD COLUMN guests INTEGER NOT NULL DEFAULT 0;

-- Names of removed identities that are to be struck from the lists of others, by and by. list: a
-- circle of contacts ("circle"), or as in listed.
CREATE TABLE struck (
    participant INTEGER NOT NULL,
    list        TEXT NOT NULL,
    circle      TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (participant, list, circle, name)
) WITHOUT ROWID;
