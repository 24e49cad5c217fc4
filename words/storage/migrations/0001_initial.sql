-- Numbers of which no two may ever be the same: see words/journal/ids.py.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

-- The journal's hot end: one row a turn, its events one MessagePack array, in order.
CREATE TABLE tail (
    batch  INTEGER PRIMARY KEY,
    events BLOB NOT NULL
);

-- Where the tail is moved to in slices. class: 0 talk, 1 what else happened (words/events.py).
CREATE TABLE history (
    conversation INTEGER NOT NULL,
    class        INTEGER NOT NULL,
    sequence     INTEGER NOT NULL,
    id           INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    event        BLOB NOT NULL,
    PRIMARY KEY (conversation, class, sequence)
) WITHOUT ROWID;

CREATE TABLE identities (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    key      TEXT NOT NULL UNIQUE,
    verifier BLOB NOT NULL,
    rights   TEXT NOT NULL DEFAULT '',
    created  INTEGER NOT NULL
);

-- Groups that are kept or that had members when last written. facts: see words/chat/group.py.
CREATE TABLE groups (
    id    INTEGER PRIMARY KEY,
    key   TEXT NOT NULL UNIQUE,
    name  TEXT NOT NULL,
    facts BLOB NOT NULL
);

CREATE TABLE members (
    conversation INTEGER NOT NULL,
    participant  INTEGER NOT NULL,
    durable      INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    roles        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (conversation, participant)
) WITHOUT ROWID;

CREATE INDEX durable_members ON members (participant, conversation) WHERE durable;

CREATE TABLE directs (
    low  INTEGER NOT NULL,
    high INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (low, high)
) WITHOUT ROWID;

CREATE INDEX directs_by_high ON directs (high);

CREATE TABLE tokens (
    participant INTEGER NOT NULL,
    token       TEXT NOT NULL,
    time        INTEGER NOT NULL,
    event       BLOB NOT NULL,
    PRIMARY KEY (participant, token)
) WITHOUT ROWID;

CREATE INDEX tokens_by_time ON tokens (time);
