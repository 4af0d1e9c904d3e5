"""What the simulator remembers: one SQLite file in the state directory.

WAL journal, one short transaction per request: a ``kill -9`` at any moment leaves either the
whole effect of a request or none of it, as with a real vendor.
"""

import json
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

#: Part of the file's name: a simulator with other tables starts with a file of its own.
SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (
    vendor TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (vendor, name)
);
"""


class Store:
    """One connection shared by all request threads, one writer or reader at a time.

    A lock of our own in place of SQLite's: waiting threads queue up instead of polling, and a
    request never meets "database is locked".
    """

    def __init__(self, state_dir):
        """:param state_dir: directory for the file; made when missing."""
        directory = Path(state_dir)
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"simulator-{SCHEMA_VERSION}.sqlite3"
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=10
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self.create(SCHEMA)

    def create(self, script: str) -> None:
        """Run a vendor's ``CREATE TABLE IF NOT EXISTS`` script."""
        with self._lock:
            self._db.executescript(script)

    @contextmanager
    def transaction(self):
        """Give the connection inside a write transaction; roll back when the block raises."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, parameters=()) -> list[sqlite3.Row]:
        """Return all rows of a query, seen outside of any half-done request."""
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters=()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def get_setting(self, vendor: str, name: str, default=None):
        """Return a vendor's setting (any JSON value)."""
        row = self.row("SELECT value FROM setting WHERE vendor = ? AND name = ?", (vendor, name))
        return json.loads(row["value"]) if row else default

    def set_setting(self, vendor: str, name: str, value) -> None:
        """Remember a vendor's setting (any JSON value)."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO setting (vendor, name, value) VALUES (?, ?, ?)"
                " ON CONFLICT (vendor, name) DO UPDATE SET value = excluded.value",
                (vendor, name, json.dumps(value)),
            )

    def next_number(self, vendor: str, name: str, count: int = 1) -> int:
        """Reserve ``count`` consecutive numbers (from 1) and return the first of them."""
        with self.transaction() as db:
            row = db.execute(
                "INSERT INTO setting (vendor, name, value) VALUES (?, ?, ?) ON CONFLICT"
                " (vendor, name) DO UPDATE SET value = CAST(value AS INTEGER) + excluded.value"
                " RETURNING CAST(value AS INTEGER) AS last",
                (vendor, f"sequence:{name}", str(count)),
            ).fetchone()
        return row["last"] - count + 1

    def close(self) -> None:
        """Close the file after whatever is under way."""
        with self._lock:
            self._db.close()
