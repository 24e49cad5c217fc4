-- People of other networks who were ever here: their numbers stay theirs. native: how the network
-- tells them apart.
CREATE TABLE foreign_people (
    id      INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    native  TEXT NOT NULL,
    UNIQUE (network, native)
);

-- Bridges that were added while the hub ran. settings: JSON, as a table of [[bridges]] has them.
CREATE TABLE bridges (
    name     TEXT PRIMARY KEY,
    settings TEXT NOT NULL
) WITHOUT ROWID;

-- Which room of which bridge is linked with which group.
CREATE TABLE links (
    bridge     TEXT NOT NULL,
    room       TEXT NOT NULL,
    group_name TEXT NOT NULL,
    PRIMARY KEY (bridge, room)
) WITHOUT ROWID;

-- What bridges and bots keep for themselves, each under a name of its own: see words/chat/ledger.py.
CREATE TABLE places (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;

-- What our messages are called elsewhere, and what became of them there. way: in, out or expired.
CREATE TABLE relayed (
    owner      TEXT NOT NULL,
    message    INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    way        TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    note       TEXT NOT NULL,
    PRIMARY KEY (message, owner, part)
) WITHOUT ROWID;

CREATE INDEX relayed_by_foreign_id ON relayed (owner, foreign_id) WHERE foreign_id <> '';
