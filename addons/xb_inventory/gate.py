"""The way to the gate: one call, durable when it returns, on connections kept for nothing else.

Why not Odoo's own cursors: borrowing one from Odoo's pool resets the session, and with it the plans
that PostgreSQL keeps for the gate's functions. Planning them anew costs seven times what deciding a
claim does (1.3 against 0.18 ms of CPU, measured).
"""

import os
import threading
import time
from contextlib import contextmanager

import psycopg2

import odoo.modules.module
from odoo.sql_db import Cursor, connection_info_for

from odoo.addons.xb_base.db import is_database_trouble

from .const import LOCK_SHELVES, ONE_WHO_RESERVES
from .core.gathering import Gathering

# Connections of one process and database; callers beyond that wait for one.
CONNECTIONS_MAX = 16
# Connections nobody has used for so long are closed.
IDLE_SECONDS = 300

# Claims of one process that go together, and how many such batches are under way at a time: more
# than one, so that a batch that waits for a product's lock does not hold up everybody else.
CLAIMS_TOGETHER = 32
CLAIM_BATCHES = 2

# An empty message in PostgreSQL's log, flushed: with it, all that was written before.
_TO_DISK = "SELECT pg_logical_emit_message(TRUE, 'xb_stock', '')"

_CLAIM_TYPES = (
    *("text[]",) * 3, *("int[]",) * 3, "boolean[]", *("int[]",) * 4, *("numeric[]",) * 2,
)  # fmt: skip
_CLAIM_QUERY = f"SELECT * FROM xb_stock_claim_many({', '.join(f'%s::{k}' for k in _CLAIM_TYPES)})"
_CLAIM_PREPARE = (
    f"PREPARE xb_stock_claim_many ({', '.join(_CLAIM_TYPES)}) AS SELECT * FROM xb_stock_claim_many("
    + ", ".join(f"${place}" for place, _type in enumerate(_CLAIM_TYPES, 1))
    + ")"
)
_CLAIM_EXECUTE = _CLAIM_QUERY.replace("SELECT * FROM", "EXECUTE")

_pools = {}
_pools_lock = threading.Lock()


@contextmanager
def shelves_held(env, find):
    """Be alone at the shelves of products: nobody who confirms orders reserves of them meanwhile.

    The first one is waited for, so that its turn comes however crowded it is; of the others, those
    that are free. One process at a time does this, so that no two of them write the same transfer.
    The locks belong to a connection of its own, and so they are there before the snapshot of
    whatever transaction begins inside; a process that dies lets go of them.

    :param env: any environment of the database
    :param str find: a query for ids of ``product.product``, most urgent first
    :return: a context manager that gives the ids of the products whose shelves are held
    :raise psycopg2.errors.LockNotAvailable: somebody else stays there for too long
    """
    if _is_in_test_mode(env):  # the test's transaction holds the shelves itself, and is alone
        env.cr.execute(find)
        yield [row[0] for row in env.cr.fetchall()]
        return
    with get_pool(env.cr.dbname).lend() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT xb_stock_hold_shelf(%s)", [ONE_WHO_RESERVES])
        cursor.execute(find)
        wanted = [row[0] for row in cursor.fetchall()]
        held = wanted[:1]
        for product_id in held:
            cursor.execute("SELECT xb_stock_hold_shelf(%s)", [product_id])
        cursor.execute(
            "SELECT product FROM unnest(%s::int[]) product WHERE pg_try_advisory_lock(%s, product)",
            [wanted[1:], LOCK_SHELVES],
        )
        held += [row[0] for row in cursor.fetchall()]
        yield held
        cursor.execute(
            "SELECT pg_advisory_unlock(%s, product) FROM unnest(%s) product",
            [LOCK_SHELVES, [*held, ONE_WHO_RESERVES]],
        )


def claim(env, arguments):
    """Decide a claim, as :func:`ask_gate` does; claims that arrive while others are being decided
    go together. The statement is prepared: reading and planning it takes about a fifth of what a
    claim costs.

    :param arguments: key, digest, nonce, company id, shop id or None, user id, list of product ids,
        of warehouse ids, of quantities, of what is withheld, whether in part, seconds to live
    :return: rows of ``xb_stock_decide``
    """
    if not is_passed_by(env):
        return get_pool(env.cr.dbname).claims.call(arguments)
    rows = ask_gate(env, _CLAIM_QUERY, _to_arrays([arguments]))
    return [row[1:] for row in rows]


def _to_arrays(claims):
    """Return the parameters of ``xb_stock_claim_many``: an array per value of a claim, and where
    in the arrays of lines each claim's own end."""
    heads, lines, ends = [], ([], [], [], []), []
    for arguments in claims:
        heads.append((*arguments[:6], *arguments[10:]))
        for gathered, values in zip(lines, arguments[6:10], strict=True):
            gathered.extend(values)
        ends.append(len(lines[0]))
    return [*map(list, zip(*heads, strict=True)), ends, *lines]


def ask_gate(env, query, params, *, durable=True):
    """Call a function of the gate and make what it wrote durable.

    The function's transaction is committed without waiting for the disk, so that the locks of hot
    products are held for no longer than the decision takes; then the disk is waited for, together
    with everybody who waits at that moment.

    Runs at READ COMMITTED, PostgreSQL's default. Safe to send again: where the connection turns out
    to be dead (PostgreSQL was restarted), the call is repeated once on a fresh one. In tests, and
    while a module is installed, it is part of the transaction that there is.

    :param env: any environment of the database
    :param str query: the call, idempotent; its first column is empty where nothing was written
    :param params: its parameters
    :param bool durable: False for what a crash may take back, because it is found again
    :return: all rows
    """
    if odoo.modules.module.current_test:
        return _ask_in_test(env, query, params)
    if not env.registry.ready:
        return _ask_while_installing(env, query, params)
    return get_pool(env.cr.dbname).ask(query, params, durable)


def is_passed_by(env):
    """Whether what is asked of the gate is part of the transaction that there is: in tests, and
    while a module is installed."""
    return bool(odoo.modules.module.current_test) or not env.registry.ready


class _Disk:
    """Waiting for the disk, once for all threads of a process that wait at that moment."""

    def __init__(self):
        self._turn = threading.Condition()
        self._asked = self._done = 0
        self._is_led = False

    def wait(self, flush):
        """Return when all that was written before the call is on disk.

        :param flush: function that waits for the disk; the first who asks runs it for those who
            come until it starts
        """
        with self._turn:
            self._asked += 1
            mine = self._asked
            while self._is_led and self._done < mine:
                self._turn.wait()
            if self._done >= mine:
                return
            self._is_led, upto = True, self._asked
        try:
            flush()
        except BaseException:
            upto = 0
            raise
        finally:
            with self._turn:
                self._is_led, self._done = False, max(self._done, upto)
                self._turn.notify_all()


class _Connection(psycopg2.extensions.connection):
    """A connection that knows what it has prepared."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.prepared = set()


class _Pool:
    """Autocommit connections to one database."""

    def __init__(self, database):
        self._info = connection_info_for(database)[1]
        self._places = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._idle = []  # (connection, time of last use), the youngest last
        self._lock = threading.Lock()
        self._disk = _Disk()
        self.claims = Gathering(self._claim, self._keep_claims, CLAIM_BATCHES, CLAIMS_TOGETHER)

    def _claim(self, claims):
        """Decide claims; gives the rows of each."""
        params = _to_arrays(claims)
        answers = [[] for _ in claims]
        for number, *row in self.ask(_CLAIM_EXECUTE, params, durable=False, prepare=_CLAIM_PREPARE):
            answers[number - 1].append(row)
        return answers

    def _keep_claims(self, answers):
        """Have claims on disk before they are told of."""
        if any(rows and rows[0][0] for rows in answers):
            self._disk.wait(lambda: self.ask(_TO_DISK, (), durable=False))

    def ask(self, query, params, durable=True, prepare=None):
        """Run a query, and wait for the disk where its first row says that it wrote.

        :param str prepare: the statement that prepares the query, run once on each connection
        """
        with self._places:
            connection, is_used = self._take()
            try:
                rows = self._run(connection, query, params, durable, prepare)
            except psycopg2.Error as error:
                if not (is_used and is_database_trouble(error)):
                    raise
                connection = self.connect()
                rows = self._run(connection, query, params, durable, prepare)
            self._give_back(connection)
            return rows

    @contextmanager
    def lend(self):
        """A connection for as long as the block lasts; closed where that ends badly."""
        with self._places:
            connection, _is_used = self._take()
            if not _is_alive(connection):
                connection = self.connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    def _run(self, connection, query, params, durable, prepare):
        try:
            with connection.cursor() as cursor:
                if prepare and prepare not in connection.prepared:
                    cursor.execute(prepare)
                    connection.prepared.add(prepare)
                cursor.execute(query, params)
                rows = cursor.fetchall()
                if durable and rows and rows[0][0]:
                    self._disk.wait(lambda: cursor.execute(_TO_DISK))
                return rows
        except BaseException:
            connection.close()
            raise

    def _take(self):
        """Return a connection and whether it was used before."""
        with self._lock:
            if self._idle:
                return self._idle.pop()[0], True
        return self.connect(), False

    def connect(self):
        """A new connection, kept by whoever asks."""
        connection = psycopg2.connect(connection_factory=_Connection, **self._info)
        connection.autocommit = True
        return connection

    def _give_back(self, connection):
        now = time.monotonic()
        with self._lock:
            self._idle.append((connection, now))
            while now - self._idle[0][1] > IDLE_SECONDS:
                self._idle.pop(0)[0].close()


def get_pool(database):
    """The connections of this process to a database."""
    # by process, too: connections do not survive a fork
    key = os.getpid(), database
    if key not in _pools:
        with _pools_lock:
            _pools.setdefault(key, _Pool(database))
    return _pools[key]


def _is_alive(connection):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def _is_in_test_mode(env):
    """Whether all cursors of the registry are one transaction of a test."""
    if not odoo.modules.module.current_test:
        return False
    with env.registry.cursor() as cr:
        return not isinstance(cr, Cursor)


def _ask_while_installing(env, query, params):
    """Ask within the transaction that installs a module: it has locked the tables to which it added
    columns, so that another connection would wait for it in vain; nobody else is at work; and what
    its demo data has made is seen in it alone."""
    env.flush_all()
    env.cr.execute(query, params)
    return env.cr.fetchall()


def _ask_in_test(env, query, params):
    with env.registry.cursor() as cr:
        if isinstance(cr, Cursor):
            cr.connection.autocommit = True
        cr.execute(query, params)
        return cr.fetchall()
