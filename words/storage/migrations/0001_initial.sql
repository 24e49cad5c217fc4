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

-- Random bytes that only this hub knows and that outlive it: see words/passport/register.py.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

INSERT INTO secrets VALUES ('false-salt', randomblob(32));

-- rights: words with blanks between; verifier: see words/passport/scram.py; created: milliseconds.
CREATE TABLE identities (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    key       TEXT NOT NULL UNIQUE,
    verifier  BLOB NOT NULL,
    rights    TEXT NOT NULL DEFAULT '',
    created   INTEGER NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0
);

-- Passwords for programs, with the login name "name/label". scopes: as rights.
CREATE TABLE app_passwords (
    identity INTEGER NOT NULL,
    key      TEXT NOT NULL,
    label    TEXT NOT NULL,
    verifier BLOB NOT NULL,
    scopes   TEXT NOT NULL DEFAULT '',
    created  INTEGER NOT NULL,
    PRIMARY KEY (identity, key)
) WITHOUT ROWID;

-- Client certificates that prove an identity: SHA-256 of the DER form.
CREATE TABLE certificates (
    fingerprint BLOB PRIMARY KEY,
    identity    INTEGER NOT NULL,
    created     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX certificates_by_identity ON certificates (identity);

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
