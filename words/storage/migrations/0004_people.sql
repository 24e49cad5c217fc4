-- Of every identity that said or chose something of itself. facts: see words/chat/person.py.
CREATE TABLE people (
    participant INTEGER PRIMARY KEY,
    facts       BLOB NOT NULL
);

-- Contacts are names, in circles (groups of contacts); both in the order of their places.
CREATE TABLE circles (
    participant INTEGER NOT NULL,
    circle      TEXT NOT NULL,
    place       INTEGER NOT NULL,
    PRIMARY KEY (participant, circle)
) WITHOUT ROWID;

CREATE TABLE contacts (
    participant INTEGER NOT NULL,
    circle      TEXT NOT NULL,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    alias       TEXT NOT NULL,
    note        TEXT NOT NULL,
    place       INTEGER NOT NULL,
    PRIMARY KEY (participant, circle, key)
) WITHOUT ROWID;

CREATE INDEX contacts_by_key ON contacts (key);

-- Names that are permitted, denied, ignored: list is one of these three words.
CREATE TABLE listed (
    participant INTEGER NOT NULL,
    list        TEXT NOT NULL,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (participant, list, key)
) WITHOUT ROWID;

CREATE INDEX listed_by_key ON listed (key);

-- How far somebody has read a conversation: the last event's sequence number and time.
CREATE TABLE marks (
    participant  INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    sequence     INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    PRIMARY KEY (participant, conversation)
) WITHOUT ROWID;

CREATE INDEX marks_by_conversation ON marks (conversation);

-- Invitations that wait for an identity. epoch: the group's, which they open; 0 opens nothing.
CREATE TABLE invitations (
    participant  INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    inviter      TEXT NOT NULL,
    time         INTEGER NOT NULL,
    PRIMARY KEY (participant, conversation)
) WITHOUT ROWID;

-- People whose data is being deleted, slice by slice: see words/chat/removal.py.
CREATE TABLE removals (
    participant INTEGER PRIMARY KEY,
    key         TEXT NOT NULL,
    started     INTEGER NOT NULL,
    conversation INTEGER NOT NULL DEFAULT 0,
    class       INTEGER NOT NULL DEFAULT 0,
    sequence    INTEGER NOT NULL DEFAULT 0
);

-- The minute (of Unix time) of a direct conversation's last message: what changed since is found
-- quickly, at the cost of one write a minute.
CREATE TABLE talked (
    conversation INTEGER PRIMARY KEY,
    minute       INTEGER NOT NULL
);

-- Groups that an identity has registered. skeleton: how the name looks (words/lookalikes.py).
CREATE TABLE registered (
    conversation INTEGER PRIMARY KEY,
    founder      INTEGER NOT NULL,
    skeleton     TEXT NOT NULL
);

CREATE INDEX registered_by_founder ON registered (founder);
CREATE INDEX registered_by_skeleton ON registered (skeleton);

ALTER TABLE identities ADD COLUMN skeleton TEXT NOT NULL DEFAULT '';
CREATE INDEX identities_by_skeleton ON identities (skeleton);
