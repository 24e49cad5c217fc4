"""The file and its one writer: SQLite, hand-written SQL, numbered migrations."""
