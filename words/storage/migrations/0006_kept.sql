-- What a gateway keeps for an identity as it came: lists and settings of its own clients.
CREATE TABLE kept (
    participant INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (participant, name)
) WITHOUT ROWID;
