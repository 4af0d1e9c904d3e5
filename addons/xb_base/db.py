"""Short cursors of our own, beside the transaction that Odoo manages.

Odoo's transactions run at REPEATABLE READ and roll back as a whole. Three kinds of writing need
neither: what must survive that rollback (the reason of a failure, counters), what must be decided
on the newest state (the rate limiter, claims), and what must be durable before an answer is given
(the inbox).
"""

from contextlib import contextmanager

import psycopg2

from odoo.sql_db import Cursor, PoolError

# A cursor beside the caller's transaction can wait for a row which that very transaction has
# locked; no deadlock detector sees that, so it has to end by itself.
LOCK_TIMEOUT = "10s"

_SETTINGS = {
    (isolation, durable): f"SET TRANSACTION ISOLATION LEVEL {isolation}; "
    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"
    + ("" if durable else "; SET LOCAL synchronous_commit = off")
    for isolation in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
    for durable in (True, False)
}


@contextmanager
def own_cursor(env, *, isolation="READ COMMITTED", durable=True):
    """Open a separate cursor: commits at exit, rolls back on an exception, then closes.

    Keep what happens inside to a few statements. In tests that run in registry test mode the
    cursor is a savepoint in the test's transaction, and the isolation is that transaction's.

    :param env: any environment of the database
    :param str isolation: isolation level as PostgreSQL spells it, in capitals
    :param bool durable: False for figures whose last moments may be lost in a power cut (not in
        a crash of Odoo), which spares waiting for the disk
    :return: context manager that gives the cursor; not an environment, because caches of the
        caller's environment know nothing of what is written here
    :raise psycopg2.errors.LockNotAvailable: another transaction holds the row for too long
    """
    settings = _SETTINGS[isolation, durable]
    with env.registry.cursor() as cr:
        # Settings hold until the end of the transaction: the test's, if it were set in a test.
        if isinstance(cr, Cursor):
            cr.execute(settings)
        yield cr


def is_database_trouble(error):
    """Say whether the database was away or busy, which says nothing about the work itself.

    :param BaseException error: what was raised
    :rtype: bool
    """
    # Of a server that was killed, psycopg2 reports a DatabaseError that is none of the others;
    # the class of IntegrityError and its like is a child of it.
    return type(error) is psycopg2.DatabaseError or isinstance(
        error, (psycopg2.OperationalError, psycopg2.InterfaceError, PoolError)
    )
