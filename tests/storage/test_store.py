"""The one writer: a turn's statements are one transaction, seen by the turn itself."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from words.storage.store import StorageBroken, Store, Unsettled

INSERT = "INSERT INTO directs VALUES (?, ?, ?)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "words.db", durability="process")
    yield store
    store.abandon()


def _seen(path: Path) -> list[tuple[int, int, int]]:
    """Return what another connection sees: only what is committed."""
    db = sqlite3.connect(path)
    try:
        return db.execute("SELECT * FROM directs ORDER BY low").fetchall()
    finally:
        db.close()


def test_a_turn_is_seen_by_itself_at_once_and_by_others_when_committed(store: Store) -> None:
    store.write(INSERT, 1, 2, 3)
    assert store.read("SELECT * FROM directs") == [(1, 2, 3)]
    store.write_many(INSERT, [(4, 5, 6), (7, 8, 9)])
    assert len(store.read("SELECT * FROM directs")) == 3
    assert _seen(store.path) == []
    store.commit()
    assert len(_seen(store.path)) == 3
    store.commit()


@pytest.mark.parametrize("read", [False, True])
def test_what_is_forgotten_is_not_written(store: Store, read: bool) -> None:
    store.write(INSERT, 1, 2, 3)
    mark = store.mark()
    store.write(INSERT, 4, 5, 6)
    if read:
        assert len(store.read("SELECT * FROM directs")) == 2
    store.forget(mark)
    assert store.read("SELECT * FROM directs") == [(1, 2, 3)]
    store.write(INSERT, 7, 8, 9)
    store.commit()
    assert _seen(store.path) == [(1, 2, 3), (7, 8, 9)]


def test_a_batch_that_meets_a_busy_file_is_kept_and_can_be_tried_again(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.write(INSERT, 1, 2, 3)
    for _ in range(2):
        with pytest.raises(Unsettled):
            store.commit()
    other.execute("ROLLBACK")
    other.close()
    store.commit()
    assert _seen(store.path) == [(1, 2, 3)]


def test_a_full_disk_is_waited_for(store: Store) -> None:
    ((pages,),) = store.read("PRAGMA page_count")
    store.read(f"PRAGMA max_page_count = {pages}")
    store.write("INSERT INTO tail VALUES (1, ?)", b"x" * 100_000)
    with pytest.raises(Unsettled):
        store.commit()
    store._db.execute("PRAGMA max_page_count = 1000000")  # the disk gets larger
    store.commit()
    assert store.read("SELECT length(events) FROM tail") == [(100_000,)]


def test_anything_else_breaks_the_storage(store: Store) -> None:
    store.write("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StorageBroken):
        store.commit()


def test_the_log_is_copied_and_begins_anew(store: Store) -> None:
    for number in range(50):
        store.write("INSERT INTO tail VALUES (?, ?)", number, b"x" * 5000)
        store.commit()
    full = store.log_size()
    assert full > 50 * 5000
    copier = threading.Thread(target=store.copier())
    copier.start()
    copier.join()
    assert store.log_size() == full  # all is copied, and nothing was written since
    assert store.copy_log()
    store.write("DELETE FROM tail WHERE batch = 1")
    store.commit()
    assert store.log_size() < full / 10


def test_without_file_descriptors_the_log_waits(store: Store) -> None:
    """Strangers can take them all: what keeps the log short waits, and nothing breaks."""
    store.write(INSERT, 1, 2, 3)
    store.commit()
    copy = store.copier()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(Unsettled):
            store.log_size()
        with pytest.raises(Unsettled):
            copy()
        store.write(INSERT, 4, 5, 6)
        store.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    copy()
    assert store.log_size() > 0
    assert _seen(store.path) == [(1, 2, 3), (4, 5, 6)]


def test_a_reader_keeps_the_log_from_beginning_anew(store: Store) -> None:
    store.write(INSERT, 1, 2, 3)
    store.commit()
    reader = sqlite3.connect(store.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM directs").fetchall()
    store.write(INSERT, 4, 5, 6)
    store.commit()
    assert not store.copy_log()
    reader.close()
    assert store.copy_log()


def test_closing_leaves_one_file_without_a_log(store: Store) -> None:
    store.write(INSERT, 1, 2, 3)
    store.close()
    store.abandon()
    assert _seen(store.path) == [(1, 2, 3)]
    assert not store.path.with_name("words.db-wal").exists()


def test_the_reserve_counts_as_used(store: Store) -> None:
    before = store.free_space()
    store.reserve = 10 * before
    assert store.free_space() < 0
