import json
import logging
import random
import time
from collections import namedtuple
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import PoolError

from ..core import retry
from ..core.redact import redact
from ..db import is_database_trouble, own_cursor
from ..exceptions import RetryableVendorError, SecretError, VendorError
from .xb_outbox_gate import FAILURES_TO_CLOSE

_logger = logging.getLogger(__name__)

# Seconds after which a job ends and lets other connections have their turn.
TIME_SLICE = 20
STORE_TRIES = 5

# What was handed to one worker. ``sends`` is the fencing token: a worker whose lease ran out and
# whose row was leased again finds another number and leaves the row alone.
Lease = namedtuple("Lease", "id kind key value version idempotency_key attempts sends")
# What came of it. ``kind`` is None when it was confirmed.
Outcome = namedtuple("Outcome", "answer error kind")

# Failures that are the connection's or nobody's: they do not count as tries of the row.
NOT_THE_ROW = (retry.RATE_LIMITED, retry.REAUTH, retry.LOCKED)
# Failures that look the same to everything we send through the connection.
MAYBE_THE_CONNECTION = (retry.RETRYABLE, retry.MALFORMED, retry.LOCKED)
# Failures that are given up after some tries; the other ones wait as long as it takes.
LIMITED_TRIES = (retry.MALFORMED, retry.UNEXPECTED)


# A probe is whatever has failed least, however long that row would have waited itself: a row that
# never works must not be the one that tells whether the connection does.
LEASE = """
    UPDATE xb_outbox
       SET state = 'sending', attempts = attempts + 1, sends = sends + 1,
           next_try = %(lease_end)s
     WHERE id = (
         SELECT id FROM xb_outbox
          WHERE connection_id = %(connection_id)s
            AND (state IN ('pending', 'sending', 'retry') AND next_try <= %(now)s
                 OR state = 'retry' AND %(probe)s)
          ORDER BY CASE WHEN %(probe)s THEN attempts ELSE 0 END, next_try, id
          LIMIT 1
            FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, key, value, version, idempotency_key, attempts, sends
"""


class XbOutbox(models.Model):
    """The sending. Each row goes through three steps, and may be cut off between any two:

    1. *lease*, committed: the row is ours until ``next_try``; a worker that dies loses it then.
    2. *send*, outside of any transaction of ours: nothing to roll back, nothing to hold locked.
    3. *store*, committed: the outcome, for the version that was sent. If the row has changed
       meanwhile it is pending again.

    Cut off after 2, the row is sent again with the same idempotency key. That is also why neither
    commit has to wait for the disk: only the push has to survive a power cut.
    """

    _inherit = "xb.outbox"

    @api.model
    def _job_send(self, connection):
        """Send a connection's due rows, one after the other, for a while.

        Several workers may do that at once for one connection; each row has one of them.

        :param connection: one ``xb.connection``
        :return: what was done, for the job's list
        :rtype: str
        """
        counts = {"confirmed": 0, "refused": 0, "waiting": 0}
        started = time.monotonic()
        adapter = lease = None
        healthy = False
        while time.monotonic() - started < TIME_SLICE:
            lease = self._lease_next(connection)
            if not lease:
                break
            if adapter is None:
                adapter, outcome = self._prepare_adapter(connection)
            if adapter is not None:
                outcome = self._send(adapter, lease)
            counts[self._store(connection, lease, outcome)] += 1
            # success is worth a note once per job, failure always
            if not (healthy and outcome.kind is None):
                self._record_health(connection, outcome)
            healthy = outcome.kind is None
        self._wake_for_rest(connection, self._get_next_due(connection), idle=not lease)
        return ", ".join(f"{count} {name}" for name, count in counts.items())

    def _get_next_due(self, connection):
        """Give the time at which the connection's next row can go out.

        :return: naive UTC; None when nothing is left, or when a person has to act first
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                SELECT CASE WHEN max(gate.failures) >= %s
                            THEN COALESCE(max(gate.paused_until), min(box.next_try))
                            ELSE GREATEST(min(box.next_try), max(gate.paused_until)) END
                  FROM xb_outbox box
                  JOIN xb_connection connection ON connection.id = box.connection_id
                  LEFT JOIN xb_connection_health health ON health.connection_id = connection.id
                  LEFT JOIN xb_outbox_gate gate ON gate.connection_id = connection.id
                 WHERE box.connection_id = %s AND box.state IN ('pending', 'sending', 'retry')
                   AND connection.active AND health.needs_reauth IS NOT TRUE
                """,
                [FAILURES_TO_CLOSE, connection.id],
            )
            return cr.fetchone()[0]

    # === STEP 1: LEASE === #

    def _lease_next(self, connection):
        """Take the next due row, if the connection's gate lets it through.

        One at a time: what a dying worker holds has to wait for the end of the lease, and a lease
        must not run out while its row stands in a queue behind others.

        :return: a ``Lease``, None when there is nothing to do now
        """
        # longer than a send can take: else a slow vendor would be sent the row twice at a time
        seconds = max(
            self._get_setting("outbox_lease_seconds"),
            2 * (connection.connect_timeout + connection.read_timeout),
        )
        now = fields.Datetime.now()
        with own_cursor(self.env, durable=False) as cr:
            entered = self.env["xb.outbox.gate"]._enter(cr, connection.id, seconds)
            if not entered:
                return None
            cr.execute(
                LEASE,
                {
                    "connection_id": connection.id,
                    "now": now,
                    "lease_end": now + timedelta(seconds=seconds),
                    "probe": entered == "probe",
                },
            )
            row = cr.fetchone()
            if not row:
                # No lease, so no probe: whoever comes next may try at once.
                cr.rollback()
                return None
        return Lease(*row)

    # === STEP 2: SEND === #

    def _prepare_adapter(self, connection):
        """Give the connection's adapter, or the outcome that follows from not having one.

        :return: (adapter, None) or (None, ``Outcome``)
        """
        try:
            return connection._get_adapter(), None
        except SecretError as error:
            return None, Outcome(None, error, retry.LOCKED)
        except VendorError as error:
            # A plug-in that is missing or refuses its settings: not an answer to the row.
            return None, Outcome(None, RetryableVendorError(str(error)), retry.RETRYABLE)

    def _send(self, adapter, lease):
        """Hand one row to the vendor. There is no record in here, and no transaction of ours.

        :rtype: Outcome
        """
        try:
            answer = adapter.send(lease.kind, lease.key, lease.value, lease.idempotency_key)
            # what cannot be stored would be sent again and again
            answer = json.loads(json.dumps(redact(answer or {}), default=str))
        except (psycopg2.Error, PoolError):
            raise  # the limiter's: the row stays leased and comes back with the same key
        except Exception as error:  # pylint: disable=broad-except
            return Outcome(None, error, retry.classify(error))
        return Outcome(answer, None, None)

    # === STEP 3: STORE === #

    def _store(self, connection, lease, outcome):
        """Store an outcome; again if the row was just being changed.

        :return: ``"confirmed"``, ``"refused"`` or ``"waiting"``
        :rtype: str
        """
        if outcome.kind == retry.UNEXPECTED:
            _logger.error("Outbox row %s failed unexpectedly", lease.id, exc_info=outcome.error)
        for tries_left in reversed(range(STORE_TRIES)):
            try:
                with own_cursor(self.env, durable=False) as cr:
                    return self._store_in(cr, connection, lease, outcome)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not tries_left:
                    raise
                time.sleep(random.uniform(0.05, 0.5))

    def _store_in(self, cr, connection, lease, outcome):
        env = api.Environment(cr, SUPERUSER_ID, {"allowed_company_ids": connection.company_id.ids})
        row = env["xb.outbox"].browse(lease.id)
        # whoever pushes a new value right now is waited for: then that one is newest
        cr.execute("SELECT version, sends FROM xb_outbox WHERE id = %s FOR UPDATE", [lease.id])
        version, sends = cr.fetchone() or (None, None)
        self._tell_gate(env["xb.outbox.gate"], cr, connection.id, outcome)
        if sends != lease.sends:
            _logger.info("Outbox row %s was leased again before its outcome came", lease.id)
            return "waiting"
        vals = self._prepare_outcome_vals(lease, outcome)
        state = vals["state"]
        if version != lease.version:
            # Newest wins: what was learned about the old value is kept, what it led to is not.
            vals.update(
                state="pending",
                attempts=0,
                next_try=fields.Datetime.now(),
                reason=False,
                error_class=False,
                traceback=False,
            )
        row.write(vals)
        env.flush_all()
        if version == lease.version:
            self._call_hook(row, state)
        return state if state != "retry" else "waiting"

    def _tell_gate(self, gate, cr, connection_id, outcome):
        if outcome.kind == retry.RATE_LIMITED:
            gate._leave_limited(cr, connection_id, outcome.error)
        elif outcome.kind in MAYBE_THE_CONNECTION:
            gate._leave_failed(cr, connection_id)
        elif outcome.kind in (None, retry.REJECTED):
            gate._leave_answered(cr, connection_id)

    def _prepare_outcome_vals(self, lease, outcome):
        """Give what an outcome means for the row that was leased.

        :rtype: dict
        """
        now = fields.Datetime.now()
        if outcome.kind is None:
            return {
                "state": "confirmed",
                "confirmed_value": lease.value,
                "confirmed_version": lease.version,
                "confirmed_at": now,
                "answer": outcome.answer,
                "attempts": 0,
                "next_try": False,
                "reason": False,
                "error_class": False,
                "traceback": False,
            }
        vals = {
            "reason": self._describe_error(outcome.error),
            "error_class": outcome.kind,
            "traceback": False,
        }
        if outcome.kind == retry.UNEXPECTED:
            vals["traceback"] = self._describe_traceback(outcome.error)
        most = self._get_setting("exchange_max_attempts")
        if outcome.kind == retry.REJECTED or (
            outcome.kind in LIMITED_TRIES and lease.attempts >= most
        ):
            return {**vals, "state": "refused", "next_try": False}
        if outcome.kind in NOT_THE_ROW:
            # the gate, or the connection's state, keeps it back; the row itself is ready
            return {**vals, "state": "retry", "attempts": lease.attempts - 1, "next_try": now}
        next_try = self._get_next_try(lease.attempts, outcome.error)
        return {**vals, "state": "retry", "next_try": next_try}

    def _call_hook(self, row, state):
        """Tell whoever is interested; their mistakes must not undo what the vendor has done."""
        hooks = {"confirmed": row._on_confirmed, "refused": row._on_refused, "retry": row._on_retry}
        try:
            with row.env.cr.savepoint():
                hooks[state]()
        except Exception as error:  # pylint: disable=broad-except
            if is_database_trouble(error):
                raise  # busy: the whole step is repeated, hook included
            _logger.exception("Outbox row %s is stored, but what follows from it failed", row.id)
            row.env.clear()
            row.write(
                {
                    "reason": row.env._(
                        "Stored as “%(state)s”, but the record it is about could not be updated: "
                        "%(error)s",
                        state=state,
                        error=self._describe_error(error),
                    ),
                    "traceback": self._describe_traceback(error),
                }
            )

    def _record_health(self, connection, outcome):
        """Tell the connection how it does; it notes success now and then, failures always."""
        if outcome.kind is None:
            connection._record_success()
        elif outcome.kind != retry.UNEXPECTED:
            connection._record_failure(outcome.error)

    # === NET === #

    @api.model
    def _get_due_connections_query(self):
        """Override of ``xb.exchange.mixin``: only where a row would really go out."""
        return f"""
            SELECT DISTINCT box.connection_id
              FROM xb_outbox box
              JOIN xb_connection connection ON connection.id = box.connection_id
              LEFT JOIN xb_connection_health health ON health.connection_id = connection.id
              LEFT JOIN xb_outbox_gate gate ON gate.connection_id = connection.id
             WHERE box.state IN ('pending', 'sending', 'retry')
               AND (box.next_try <= %(now)s OR gate.failures >= {FAILURES_TO_CLOSE})
               AND connection.active AND health.needs_reauth IS NOT TRUE
               AND (gate.paused_until IS NULL OR gate.paused_until <= %(now)s)
        """
