-- What a guest was called with whom an identity talks directly: it can be read when he is gone.
CREATE TABLE guests (
    conversation INTEGER PRIMARY KEY,
    key  TEXT NOT NULL,
    name TEXT NOT NULL
);
