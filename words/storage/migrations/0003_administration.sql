-- What administrators did: who, which verb, to whom or what, why. id: see words/journal/ids.py.
CREATE TABLE acts (
    id   INTEGER PRIMARY KEY,
    who  TEXT NOT NULL,
    verb TEXT NOT NULL,
    what TEXT NOT NULL,
    why  TEXT NOT NULL
);

-- Who may not come in. target: a mask or a network; created, expires: milliseconds, 0 is never.
CREATE TABLE bans (
    target  TEXT PRIMARY KEY,
    reason  TEXT NOT NULL,
    who     TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;

-- Codes that let somebody choose a new password, once. digest: SHA-256; expires: milliseconds.
CREATE TABLE resets (
    identity INTEGER PRIMARY KEY,
    digest   BLOB NOT NULL UNIQUE,
    expires  INTEGER NOT NULL
);

-- Search asks whose a direct conversation is.
CREATE UNIQUE INDEX directs_by_id ON directs (id);
