"""Reading stock as it is now: the newest that is committed, not what was when a transaction began.

On the gate's connections, for the gate's reason: plans are kept. Single products, the question that
is asked most, have a few connections of their own: a prepared statement, no transaction around it,
and a server process that does nothing else, so that what it needs is warm.
"""

import threading
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache

from odoo.addons.xb_base.db import is_database_trouble

from .gate import get_pool, is_passed_by

# Connections of one process and database that read single products. Whoever finds all of them in
# use takes one of the gate's.
READERS_MAX = 4

# The usual product, without a mark and without an open claim, is answered by its levels: one row,
# seldom more, of four numbers each. Of the others the function says all five, in the same snapshot.
# Planned once and by index, whatever the tables hold at that moment, for the plan stays.
_PREPARE = """
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;
    PREPARE xb_stock_read_one (int, int[]) AS
    SELECT CASE
             WHEN EXISTS (SELECT 1 FROM xb_stock_touch touch WHERE touch.product_id = $1)
               OR EXISTS (SELECT 1 FROM xb_stock_claim_line line
                           WHERE line.product_id = $1 AND line.is_open)
             THEN (SELECT xb_stock_read_one($1, $2))
             ELSE concat_ws(' ', COALESCE(level.limited, FALSE)::int, COALESCE(level.on_hand, 0),
                            COALESCE(level.reserved, 0), COALESCE(level.waiting, 0))
           END
      FROM xb_stock_level level
     WHERE level.product_id = $1 AND (level.warehouse_id = ANY($2)) IS TRUE
"""


def read_one(env, product_id, warehouse_ids):
    """Read one product.

    :param env: any environment of the database
    :param int product_id: id of ``product.product``
    :param tuple warehouse_ids: figures are summed over them
    :return: ``(limited, on_hand, reserved, waiting, claimed)``, None where there is no such product
    """
    pool = get_pool(env.cr.dbname)
    # Integers, written out: merging parameters in would cost a tenth of the whole call.
    asked = f"xb_stock_read_one({product_id:d}, '{_to_array(warehouse_ids)}')"
    answers = _get_readers(pool).ask(f"EXECUTE {asked}")
    if not answers:  # no level: not tracked, or nothing of it was ever there; or all are reading
        answers = pool.ask(f"SELECT {asked}", (), durable=False)
    rows = [(answer or "").split() for (answer,) in answers]
    if len(rows[0]) != 4:
        return _to_figures(rows[0])
    [limited, *figures] = rows[0]
    if len(rows) > 1:  # added up as PostgreSQL does: 0.1 and 0.2 are 0.3
        figures = [sum(map(Decimal, column)) for column in zip(*rows, strict=True)][1:]
    return limited != "0", *map(float, figures), 0.0


def read_few(env, product_ids, warehouse_ids):
    """Read a few products.

    :return: rows of ``xb_stock_read_few``
    """
    return get_pool(env.cr.dbname).ask(
        "SELECT * FROM xb_stock_read_few(%s, %s)", [list(product_ids), list(warehouse_ids)],
        durable=False,
    )


@contextmanager
def snapshot(env):
    """A cursor whose statements all read the same state, the newest at the first of them.

    A reading of several statements needs it: a product that had no mark for the first must not get
    one before the second. In tests, and while a module is installed, it is the transaction that
    there is.

    :param env: any environment of the database
    :return: a context manager that gives a cursor; it cannot write
    """
    if is_passed_by(env):
        env.flush_all()
        yield env.cr
        return
    with get_pool(env.cr.dbname).lend() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor
        cursor.execute("COMMIT")


def _to_figures(numbers):
    if not numbers:
        return None
    limited, *figures = map(float, numbers)
    return bool(limited), *figures


@lru_cache(maxsize=1024)
def _to_array(ids):
    """Write a tuple of integers as PostgreSQL reads an array."""
    return "{" + ",".join([f"{one:d}" for one in ids]) + "}"


class _Readers:
    """Connections that read single products, each with its statement prepared."""

    def __init__(self, pool):
        self._pool = pool
        self._idle = []  # their cursors
        self._made = 0
        self._lock = threading.Lock()

    def ask(self, query):
        """Run a query; as short as can be.

        A connection is taken and put back without a lock, because what a list does is one step, and
        it keeps its cursor.

        :param str query: one statement, without parameters
        :return: all rows; none where all connections are in use
        """
        while True:
            try:
                cursor, is_used = self._idle.pop(), True
            except IndexError:
                cursor, is_used = self._make(), False
                if not cursor:
                    return ()
            try:
                cursor.execute(query)
                rows = cursor.fetchall()
            except BaseException as error:
                self._forget(cursor)
                if is_used and is_database_trouble(error):
                    continue  # PostgreSQL was restarted: the next one, in the end a fresh one
                raise
            self._idle.append(cursor)
            return rows

    def _make(self):
        """Return a cursor of a new connection, None where there are enough."""
        with self._lock:
            if self._made >= READERS_MAX:
                return None
            self._made += 1
        try:
            cursor = self._pool.connect().cursor()
            cursor.execute(_PREPARE)
        except BaseException:
            self._forget()
            raise
        return cursor

    def _forget(self, cursor=None):
        if cursor:
            cursor.connection.close()
        with self._lock:
            self._made -= 1


_readers = {}


def _get_readers(pool):
    if pool not in _readers:
        _readers.setdefault(pool, _Readers(pool))
    return _readers[pool]
