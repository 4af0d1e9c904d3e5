import logging
import random
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import PoolError

from ..core import retry
from ..db import is_database_trouble, own_cursor
from ..exceptions import NeedsReauthorization, RetryableVendorError, SecretError

_logger = logging.getLogger(__name__)

BATCH = 100
# A worker that dies three times with the same event in its hands dies of that event.
MAX_UNFINISHED = 3
# Seconds for events that go one by one; then the other connections have their turn.
TIME_SLICE = 20
# So many failures in a row that are the connection's and not the event's end the turn.
TROUBLE_LIMIT = 3
TROUBLE_PAUSE = 60  # seconds
CONNECTION_TROUBLE = (RetryableVendorError, NeedsReauthorization, SecretError)
# The same patience as Odoo has for a request that met another transaction.
DATABASE_TRIES = 5

# What passes through is `is_database_trouble`: it says nothing about the event. IntegrityError,
# DataError and ProgrammingError are not among it on purpose: they say that what was made of *this*
# event does not fit, and must not keep the others from being worked on.
BUSY = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)

# Classes of failure that no further try can cure. "unexpected" dies too, but after some tries.
DEAD_AT_ONCE = (retry.REJECTED, retry.MALFORMED)

LOCK_NAMESPACE = 0x78620001  # "xb", first use: one drain per connection


class XbInbox(models.Model):
    """The work on the inbox: from events to what they mean.

    One drain per connection at a time, so that events of one account are not overtaken by later
    ones. Each step is a short transaction of its own:

    1. *take*: count the try. Committed first, so that an event which kills the worker is known.
    2. *process*: the whole batch and its "done" in one transaction. If that fails, each event by
       itself, so that one bad event never stops its neighbours.
    3. *verdict*: after the rollback of 2, what to do with the event that failed, and why.

    Only 2 waits for the disk: after a power cut, 1 and 3 would just be made again.
    """

    _inherit = "xb.inbox"

    @api.model
    def _job_drain(self, connection):
        """Work off one batch of a connection's due events.

        :param connection: one ``xb.connection``
        :return: what was done, for the job's list
        :rtype: str
        """
        with self._drain_lock(connection) as is_ours:
            if not is_ours:
                # Whoever drains looks again after having released the lock.
                return "another worker is at it"
            taken = self._take_events(connection)
            # An event that was tried before goes alone: it may be what made the batch fail.
            fresh = [event_id for event_id, attempts in taken if attempts == 0]
            worn = [event_id for event_id, attempts in taken if attempts > 0]
            done, failed = self._process_batch(connection, fresh)
            if worn:
                worn_done, worn_failed = self._process_singly(connection, worn, again=True)
                done, failed = done + worn_done, failed + worn_failed
        self._wake_for_rest(connection, self._get_next_due(connection), idle=not taken)
        return f"{done} processed, {failed} failed"

    # === ONE DRAIN PER CONNECTION === #

    @contextmanager
    def _drain_lock(self, connection):
        """Hold the connection's drain lock, if it is free.

        The lock lives in a transaction of its own, so it ends with the worker however that ends:
        a killed worker's events are free at once, without waiting for a lease to run out.
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_NAMESPACE, connection.id))
            yield cr.fetchone()[0]

    def _get_next_due(self, connection):
        """Give the time at which the connection's next event comes due, None when there is none."""
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                SELECT min(next_try) FROM xb_inbox
                 WHERE connection_id = %s AND state IN ('pending', 'retry')
                """,
                [connection.id],
            )
            return cr.fetchone()[0]

    # === TAKE === #

    def _take_events(self, connection):
        """Choose the due events and count the try of the fresh ones.

        :return: list of (id, tries before this one), in the order of arrival
        """
        now = fields.Datetime.now()
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                SELECT id, attempts FROM xb_inbox
                 WHERE connection_id = %s AND state IN ('pending', 'retry') AND next_try <= %s
                 ORDER BY id LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                [connection.id, now, BATCH],
            )
            taken = cr.fetchall()
            cr.execute(
                """
                UPDATE xb_inbox SET attempts = 1, unfinished = 1
                 WHERE id = ANY(%s) AND attempts = 0
                """,
                [[event_id for event_id, _attempts in taken]],
            )
        return taken

    def _take_again(self, event_id):
        """Count another try of an event that was tried before.

        :return: whether to go on; not when somebody dismissed it, nor when it kills its workers
        :rtype: bool
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                UPDATE xb_inbox
                   SET attempts = attempts + 1, unfinished = unfinished + 1
                 WHERE id = %s AND state IN ('pending', 'retry')
                RETURNING unfinished
                """,
                [event_id],
            )
            row = cr.fetchone()
            if row and row[0] > MAX_UNFINISHED:
                reason = self.env._(
                    "A worker stopped %(count)s times while it worked on this event. Ask the "
                    "administrator for the server's log before trying again.",
                    count=MAX_UNFINISHED,
                )
                self._write_verdict(cr, event_id, "dead", reason, retry.UNEXPECTED)
                return False
            return bool(row)

    def _hand_back(self, event_ids, seconds=0):
        """Leave events that were taken but not tried to a later drain.

        :param list event_ids: the events
        :param int seconds: not before so many seconds
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                UPDATE xb_inbox SET unfinished = 0, next_try = GREATEST(next_try, %s)
                 WHERE id = ANY(%s) AND state IN ('pending', 'retry')
                """,
                [fields.Datetime.now() + timedelta(seconds=seconds), event_ids],
            )

    # === PROCESS === #

    def _process_batch(self, connection, event_ids):
        """Process events together, else one by one.

        :return: how many were processed, how many failed
        :rtype: tuple[int, int]
        """
        if len(event_ids) < 2:
            return self._process_singly(connection, event_ids)
        try:
            with self._handing_back(event_ids):
                self._process(connection, event_ids)
        except Exception as error:  # pylint: disable=broad-except
            if is_database_trouble(error):
                raise
            # Everything else was rolled back and concerns at least one event of the batch; which
            # one, and what to do about it, shows when each goes alone.
            _logger.info("Inbox of connection %s goes one by one: %r", connection.id, error)
            return self._process_singly(connection, event_ids)
        return len(event_ids), 0

    def _process_singly(self, connection, event_ids, again=False):
        """Process events one by one, until the time slice ends or the connection is in trouble.

        :param bool again: whether each has to be taken first, because it was tried before
        :return: how many were processed, how many failed
        :rtype: tuple[int, int]
        """
        done = failed = in_trouble = 0
        started = time.monotonic()
        for position, event_id in enumerate(event_ids):
            if in_trouble == TROUBLE_LIMIT or time.monotonic() - started > TIME_SLICE:
                # The others keep their try, and those that failed wait longer than they do: a few
                # bad events at the front cannot hold up a connection for good.
                pause = TROUBLE_PAUSE if in_trouble == TROUBLE_LIMIT else 0
                self._hand_back(event_ids[position:], pause)
                break
            if again and not self._take_again(event_id):
                continue
            with self._handing_back(event_ids[position:]):
                error = self._process_one(connection, event_id)
            done, failed = done + (error is None), failed + (error is not None)
            in_trouble = in_trouble + 1 if isinstance(error, CONNECTION_TROUBLE) else 0
        return done, failed

    def _process_one(self, connection, event_id):
        """Process one event and record the verdict when it fails.

        This is the one place of the suite that catches everything but database trouble: an event
        is somebody else's data, and whatever it does to our code (a ``KeyError`` as well as a
        refusal by a business rule), it must be kept with its reason, and the next one be processed.
        Nothing of a half-done transaction is left when we get here.

        :return: the error, None when there was none
        """
        try:
            self._process(connection, [event_id])
        except Exception as error:  # pylint: disable=broad-except
            if is_database_trouble(error):
                raise
            self._record_failure(connection, event_id, error)
            return error
        return None

    @contextmanager
    def _handing_back(self, event_ids):
        """Hand events back when the database is in trouble: that is not their fault."""
        try:
            yield
        except Exception as error:
            if is_database_trouble(error):
                # a database that is gone cannot be told; the first error is the one to report
                with suppress(psycopg2.Error, PoolError):
                    self._hand_back(event_ids)
            raise

    def _process(self, connection, event_ids):
        """Process events and mark them as done, in one transaction; again if it was a collision."""
        for tries_left in reversed(range(DATABASE_TRIES)):
            try:
                # REPEATABLE READ is what all of Odoo's business code is written for
                with own_cursor(self.env, isolation="REPEATABLE READ") as cr:
                    self._process_in(cr, connection, event_ids)
                    return
            except BUSY:
                if not tries_left:
                    raise
                time.sleep(random.uniform(0.05, 0.5))

    def _process_in(self, cr, connection, event_ids):
        """Process events with the given cursor; those dismissed or taken meanwhile are left out."""
        cr.execute(
            """
            SELECT id FROM xb_inbox
             WHERE id = ANY(%s) AND state IN ('pending', 'retry')
             ORDER BY id
               FOR UPDATE SKIP LOCKED
            """,
            [event_ids],
        )
        event_ids = [event_id for (event_id,) in cr.fetchall()]
        if not event_ids:
            return
        env = api.Environment(cr, SUPERUSER_ID, {})
        connection = env["xb.connection"].browse(connection.id)
        connection = connection.with_company(connection.company_id)
        connection._process_inbox(connection.env["xb.inbox"].browse(event_ids))
        env.flush_all()
        cr.execute(
            """
            UPDATE xb_inbox
               SET state = 'done', done_at = %s, next_try = NULL, unfinished = 0,
                   reason = NULL, error_class = NULL, traceback = NULL
             WHERE id = ANY(%s) AND state IN ('pending', 'retry')
            """,
            [fields.Datetime.now(), event_ids],
        )

    # === VERDICT === #

    def _record_failure(self, connection, event_id, error):
        """Decide about a failed event by the class of the error, after the rollback.

        :param connection: one ``xb.connection``
        :param int event_id: the event
        :param Exception error: what its processing raised
        """
        kind = retry.classify(error, permanent=(UserError,), transient=(LockError,))
        details = None
        if kind == retry.UNEXPECTED:
            details = self._describe_traceback(error)
            _logger.error("Inbox event %s failed unexpectedly", event_id, exc_info=error)
        elif kind in (retry.REAUTH, retry.LOCKED):
            connection._record_failure(error)
        with own_cursor(self.env, durable=False) as cr:
            cr.execute("SELECT attempts FROM xb_inbox WHERE id = %s FOR UPDATE", [event_id])
            row = cr.fetchone()
            if not row:
                return
            is_dead = kind in DEAD_AT_ONCE or (
                kind == retry.UNEXPECTED and row[0] >= self._get_setting("exchange_max_attempts")
            )
            next_try = None if is_dead else self._get_next_try(row[0], error)
            state = "dead" if is_dead else "retry"
            reason = self._describe_error(error)
            self._write_verdict(cr, event_id, state, reason, kind, next_try, details)

    def _write_verdict(self, cr, event_id, state, reason, kind, next_try=None, details=None):
        cr.execute(
            """
            UPDATE xb_inbox
               SET state = %s, reason = %s, error_class = %s, next_try = %s, traceback = %s,
                   unfinished = 0, write_date = %s
             WHERE id = %s AND state IN ('pending', 'retry')
            """,
            [state, reason, kind, next_try, details, fields.Datetime.now(), event_id],
        )

    # === NET === #

    @api.model
    def _get_due_connections_query(self):
        """Override of ``xb.exchange.mixin``."""
        return """
            SELECT DISTINCT connection_id FROM xb_inbox
             WHERE state IN ('pending', 'retry') AND next_try <= %(now)s
        """
