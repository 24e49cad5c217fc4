-- What people and groups say of themselves. owner: the number of a participant or a group; epoch:
-- the group's, 0 for people (words/chat/metadata.py).
CREATE TABLE metadata (
    owner INTEGER NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
