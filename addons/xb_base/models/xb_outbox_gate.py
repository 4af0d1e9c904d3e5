from datetime import timedelta

from odoo import api, fields, models

from ..core.retry import backoff, wait_seconds

# One failure may be the row's own fault, two different ones in a row are the connection's.
FAILURES_TO_CLOSE = 2


class XbOutboxGate(models.Model):
    """Whether a connection takes what we send, in one row per connection that had trouble.

    Open: everything due is sent. Paused until a time: the vendor asked for it, nothing is sent.
    Failing: nothing is sent either, except for one *probe* whenever the pause is over. The first
    probe that comes through opens the gate and makes all that has failed due at once, so an outage
    heals within ``xb_base.outbox_probe_seconds`` of its end and is never hammered.

    All methods work with the caller's short cursor (READ COMMITTED): several workers share a gate.
    """

    _name = "xb.outbox.gate"
    _description = "Outbox Gate"
    _log_access = False
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "xb.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, readonly=True)
    failures = fields.Integer(
        string="Failures in a Row", readonly=True, help="Failed sends since the last good one."
    )
    paused_until = fields.Datetime(readonly=True, help="Nothing is sent before this time.")

    _connection_unique = models.Constraint("UNIQUE (connection_id)", "A connection has one gate.")

    @api.model
    def _enter(self, cr, connection_id, lease_seconds):
        """Ask whether something may be sent now. A closed gate lets one probe in per pause.

        :param cr: short cursor
        :param int connection_id: id of the connection
        :param int lease_seconds: how long a probe may take; no second one comes in meanwhile
        :return: ``"open"``, ``"probe"``, or None for "not now"
        """
        now = fields.Datetime.now()
        cr.execute(
            """
            SELECT COALESCE(health.needs_reauth, FALSE) OR NOT connection.active,
                   gate.failures, gate.paused_until
              FROM xb_connection connection
              LEFT JOIN xb_connection_health health ON health.connection_id = connection.id
              LEFT JOIN xb_outbox_gate gate ON gate.connection_id = connection.id
             WHERE connection.id = %s
            """,
            [connection_id],
        )
        locked, failures, paused_until = cr.fetchone() or (True, 0, None)
        if locked or (paused_until and paused_until > now):
            return None
        if (failures or 0) < FAILURES_TO_CLOSE:
            return "open"
        cr.execute(
            """
            UPDATE xb_outbox_gate SET paused_until = %s
             WHERE connection_id = %s AND (paused_until IS NULL OR paused_until <= %s)
            """,
            [now + timedelta(seconds=lease_seconds), connection_id, now],
        )
        return "probe" if cr.rowcount else None

    @api.model
    def _leave_failed(self, cr, connection_id):
        """Note that a send failed for a reason that may be the connection's."""
        cr.execute(
            """
            INSERT INTO xb_outbox_gate AS gate (connection_id, company_id, failures)
            SELECT id, company_id, 1 FROM xb_connection WHERE id = %s
            ON CONFLICT (connection_id) DO UPDATE SET failures = gate.failures + 1
            RETURNING failures
            """,
            [connection_id],
        )
        row = cr.fetchone()
        if row and row[0] >= FAILURES_TO_CLOSE:
            cap = self.env["xb.outbox"]._get_setting("outbox_probe_seconds")
            self._pause(cr, connection_id, backoff(row[0] - 1, cap=cap), replace=True)

    @api.model
    def _leave_limited(self, cr, connection_id, error):
        """Note that the vendor asked us to wait: nothing failed, but everybody waits."""
        self._pause(cr, connection_id, wait_seconds(error, 1, base=10))

    @api.model
    def _leave_answered(self, cr, connection_id):
        """Note that the vendor answered. What failed before is due at once.

        :return: whether the gate had been failing
        :rtype: bool
        """
        cr.execute(
            """
            WITH before AS (
                SELECT id, failures FROM xb_outbox_gate
                 WHERE connection_id = %s AND failures > 0 FOR UPDATE
            )
            UPDATE xb_outbox_gate gate SET failures = 0, paused_until = NULL
              FROM before WHERE gate.id = before.id
            RETURNING before.failures
            """,
            [connection_id],
        )
        row = cr.fetchone()
        if not row or row[0] < FAILURES_TO_CLOSE:
            return False
        self._make_due(cr, connection_id)
        return True

    @api.model
    def _open(self, cr, connection_id):
        """Open the gate and make everything that waits due: somebody repaired the connection."""
        cr.execute(
            "UPDATE xb_outbox_gate SET failures = 0, paused_until = NULL WHERE connection_id = %s",
            [connection_id],
        )
        self._make_due(cr, connection_id)

    @api.model
    def _pause(self, cr, connection_id, seconds, replace=False):
        until = fields.Datetime.now() + timedelta(seconds=seconds)
        cr.execute(
            """
            INSERT INTO xb_outbox_gate AS gate (connection_id, company_id, failures, paused_until)
            SELECT id, company_id, 0, %(until)s FROM xb_connection WHERE id = %(connection_id)s
            ON CONFLICT (connection_id) DO UPDATE
               SET paused_until = CASE WHEN %(replace)s THEN excluded.paused_until
                   ELSE GREATEST(gate.paused_until, excluded.paused_until) END
            """,
            {"connection_id": connection_id, "until": until, "replace": replace},
        )

    @api.model
    def _make_due(self, cr, connection_id):
        cr.execute(
            "UPDATE xb_outbox SET next_try = %s WHERE connection_id = %s AND state = 'retry'",
            [fields.Datetime.now(), connection_id],
        )
