import logging
import traceback
from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import PoolError

from ..core import retry
from ..db import own_cursor

_logger = logging.getLogger(__name__)

REASON_LENGTH = 2000  # characters of a failure's text worth keeping
TRACEBACK_LENGTH = 20000

SETTINGS = {
    # ir.config_parameter (with the prefix "xb_base."): default
    "inbox_max_bytes": 1024 * 1024,
    "inbox_refusals_per_minute": 600,
    "inbox_retention_days": 90,
    "exchange_max_attempts": 5,
    "exchange_retry_cap_seconds": 15 * 60,
    "outbox_lease_seconds": 60,
    "outbox_probe_seconds": 60,
}


class XbExchangeMixin(models.AbstractModel):
    """What the inbox and the outbox have in common: one message exchanged with a connection.

    The machinery of both works with short cursors of its own (see :mod:`odoo.addons.xb_base.db`):
    what a failing job has learned must survive the rollback that queue_job makes. That is why most
    of it is SQL, and why nobody has write access: people act through ``action_retry`` and the
    dismiss wizard only.
    """

    _name = "xb.exchange.mixin"
    _description = "Message exchanged with a connection"

    # Name of the job method that works off the messages of one connection.
    _exchange_job = None
    _exchange_priority = 10  # of the job; queue_job's own where it is not said
    # States in which a person may ask for another try, or give up.
    _retryable_states = ()
    _dismissable_states = ()

    connection_id = fields.Many2one(
        "xb.connection", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    attempts = fields.Integer(readonly=True, help="Tries since the message arrived or changed.")
    next_try = fields.Datetime(
        readonly=True, help="Not tried before this time. Empty when there is nothing left to do."
    )
    reason = fields.Text(readonly=True, help="Why it is not done yet, or was given up.")
    error_class = fields.Selection(
        selection=[
            (retry.RATE_LIMITED, "Too Many Requests"),
            (retry.RETRYABLE, "Outage"),
            (retry.REAUTH, "Credentials Refused"),
            (retry.LOCKED, "Secrets Locked"),
            (retry.REJECTED, "Refused"),
            (retry.MALFORMED, "Unreadable Answer"),
            (retry.UNEXPECTED, "Unexpected Error"),
        ],
        string="Kind of Failure",
        readonly=True,
        help="Decides whether the message is tried again, and when.",
    )

    # === SETTINGS === #

    @api.model
    def _get_setting(self, name):
        """Give a system parameter ``xb_base.<name>`` as a positive number, else its default.

        A typing error in a parameter must not stop the exchange, so nonsense counts as not set.

        :param str name: a key of ``SETTINGS``
        :rtype: int
        """
        default = SETTINGS[name]
        # as superuser: the door reads a limit before it knows who is knocking
        parameters = self.env["ir.config_parameter"].with_user(SUPERUSER_ID)
        try:
            value = int(parameters.get_param(f"xb_base.{name}") or default)
        except ValueError:
            _logger.error("The system parameter xb_base.%s is not a whole number", name)
            return default
        return value if value > 0 else default

    # === ACTIONS === #

    def action_retry(self):
        """Try the selected messages again at once, as if they had never failed.

        :return: a notification that says how many
        :raise UserError: none of the selected ones waits for a try
        """
        self._check_may_act()
        chosen_sudo = self.sudo().filtered(lambda row: row.state in self._retryable_states)
        # a worker may just have one of them in its hands: leave that one to it
        chosen_sudo = chosen_sudo.try_lock_for_update()
        if not chosen_sudo:
            raise UserError(self.env._("None of the selected messages can be tried again now."))
        chosen_sudo._reset_for_retry()
        chosen_sudo._wake_after_commit()
        return self._notify_person(
            self.env._("%(count)s message(s) will be tried again now.", count=len(chosen_sudo))
        )

    def action_open_dismiss(self):
        """Open the wizard that asks for the reason to give the selected messages up."""
        self._check_may_act()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dismiss"),
            "res_model": "xb.exchange.dismiss",
            "view_mode": "form",
            "target": "new",
            "context": {"active_model": self._name, "active_ids": self.ids},
        }

    def _dismiss(self, reason):
        """Give messages up, for a reason that stays visible on them.

        :param str reason: in the person's words
        :return: the records that were dismissed (sudo); a worker may hold some of the others
        """
        self._check_may_act()
        chosen_sudo = self.sudo().filtered(lambda row: row.state in self._dismissable_states)
        chosen_sudo = chosen_sudo.try_lock_for_update()
        text = self.env._(
            "Dismissed by %(user)s: %(reason)s", user=self.env.user.name, reason=reason
        )
        chosen_sudo.write({"state": "dismissed", "next_try": False, "reason": text})
        return chosen_sudo

    def _check_may_act(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_groups(
            "xb_base.group_clerk,xb_base.group_warehouse,xb_base.group_finance,"
            "xb_base.group_buyer,xb_base.group_integrator"
        ):
            raise AccessError(self.env._("Only people who work with the shops may do this."))

    def _reset_for_retry(self):
        """Make messages due now, as if they had never failed. Hook: the doors add their own."""
        self.write(
            {
                "state": "pending",
                "attempts": 0,
                "next_try": fields.Datetime.now(),
                "reason": False,
                "error_class": False,
            }
        )

    def _notify_person(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === WAKING THE WORKERS === #

    def _wake_after_commit(self):
        """Have the messages' connections worked on once this transaction is committed.

        The message is the durable fact, the job only a wake-up call. A call made *inside* the
        transaction could be answered before the message is visible (identity keys keep a second
        call from being made), so it is made right after it. Should the process die in between,
        the cron finds the message within a minute.
        """
        postcommit = self.env.cr.postcommit
        waiting = postcommit.data.setdefault(f"{self._name}.wake", set())
        if not waiting:
            postcommit.add(lambda: self._wake_waiting(waiting))
        waiting.update(self.connection_id.ids)

    def _wake_waiting(self, connection_ids):
        with self._after_commit():
            self._wake(sorted(connection_ids))

    @contextmanager
    def _after_commit(self):
        """Keep database trouble from telling the caller, whose work is committed, it had failed."""
        try:
            yield
        except (psycopg2.Error, PoolError):
            _logger.warning("Could not enqueue %s; the cron will", self._name, exc_info=True)

    @api.model
    def _wake(self, connection_ids, seconds=0):
        """Enqueue a job per connection, unless one is already waiting to start.

        Runs in its own cursor and sees the newest state: a job that is still to start will also
        see what was committed before this call.

        :param list connection_ids: ids of ``xb.connection``
        :param float seconds: start in so many seconds; what is more than a moment has an identity
            of its own, else a call for "in a minute" would swallow one for "now"
        """
        # lost in a power cut, the call is made again by the cron
        with own_cursor(self.env, durable=False) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for connection in env["xb.connection"].browse(connection_ids):
                key = f"{self._name}:{connection.id}:{'later' if seconds > 1 else 'now'}"
                # with_delay looks too, but only after building the job, which costs ten times more
                cr.execute(
                    """
                    SELECT 1 FROM queue_job
                     WHERE identity_key = %s
                       AND state IN ('pending', 'enqueued', 'wait_dependencies')
                     LIMIT 1
                    """,
                    [key],
                )
                if not cr.rowcount:
                    delayed = env[self._name].with_delay(
                        identity_key=key,
                        eta=timedelta(seconds=seconds) if seconds else None,
                        priority=self._exchange_priority,
                        description=f"{self._description}: connection {connection.id}",
                    )
                    getattr(delayed, self._exchange_job)(connection)

    @api.model
    def _wake_due(self, connection_ids=None):
        """Enqueue a job for every connection with something due.

        :param connection_ids: only for these connections; None for all, which the crons use
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(self._get_due_connections_query(), {"now": fields.Datetime.now()})
            due = {connection_id for (connection_id,) in cr.fetchall()}
        self._wake(sorted(due if connection_ids is None else due.intersection(connection_ids)))

    @api.model
    def _wake_for_rest(self, connection, due, idle):
        """Enqueue the job that goes on where this one ends.

        :param connection: one ``xb.connection``
        :param due: when the first message that is left comes due, None when none is left
        :param bool idle: this job found nothing to do; if something is due all the same, somebody
            holds it locked, and asking again at once would only burn time
        """
        if not due:
            return
        seconds = (due - fields.Datetime.now()).total_seconds()
        if seconds < 60:  # what comes later is found by the cron
            self._wake(connection.ids, max(seconds, 1 if idle else 0))

    @api.model
    def _get_due_connections_query(self):
        """Give the SQL that selects ids of connections with work due at ``%(now)s``."""
        raise NotImplementedError

    # === FAILURES === #

    @api.model
    def _get_next_try(self, attempts, error=None):
        """Give the time of the next try.

        :param int attempts: failures so far
        :param error: the failure; what the vendor asked for goes before our own back-off
        :rtype: datetime.datetime
        """
        cap = self._get_setting("exchange_retry_cap_seconds")
        seconds = retry.wait_seconds(error, attempts, cap=cap)
        return fields.Datetime.now() + timedelta(seconds=seconds)

    @api.model
    def _describe_error(self, error):
        """Give a failure's text for people, short enough to keep.

        :rtype: str
        """
        text = str(error).strip() or type(error).__name__
        return text.replace("\0", "")[:REASON_LENGTH]

    @api.model
    def _describe_traceback(self, error):
        """Give a failure's traceback for whoever repairs the code; its end is what matters.

        :rtype: str
        """
        text = "".join(traceback.format_exception(error))
        return text.replace("\0", "")[-TRACEBACK_LENGTH:]
