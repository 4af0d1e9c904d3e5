from odoo import api, fields, models

from ..core.redact import redact_text
from ..db import own_cursor
from ..exceptions import NeedsReauthorization

# Success is noted at most this often (seconds): it is read by people, and a busy connection would
# otherwise write a row per request to say the same thing.
SUCCESS_EVERY = 30

LONGEST_ERROR = 500


class XbConnectionHealth(models.Model):
    """How a connection does, apart from its settings.

    Written by ``xb.connection._record_success`` and ``_record_failure`` in a cursor of their own,
    so that the reason of a failure survives the rollback that the failure causes, and so that two
    jobs on one connection never conflict over its row.
    """

    _name = "xb.connection.health"
    _description = "Connection Health"
    _log_access = False
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "xb.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, readonly=True)
    last_success = fields.Datetime(readonly=True)
    last_error = fields.Char(readonly=True)
    last_error_class = fields.Char(string="Kind of Error", readonly=True)
    last_error_at = fields.Datetime(string="Last Error On", readonly=True)
    failures = fields.Integer(
        string="Failures in a Row", readonly=True, help="Failed calls since the last good one."
    )
    needs_reauth = fields.Boolean(string="Needs Re-authorization", readonly=True)

    _connection_unique = models.Constraint(
        "UNIQUE(connection_id)", "A connection has one health record."
    )

    @api.model
    def _mark_success(self, connection_ids):
        """Note that these connections work, in a cursor of its own.

        :param list[int] connection_ids: ids of ``xb.connection``
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                UPDATE xb_connection_health
                   SET last_success = clock_timestamp() AT TIME ZONE 'UTC',
                       failures = 0,
                       needs_reauth = FALSE
                 WHERE connection_id = ANY(%s)
                   AND (failures > 0
                        OR needs_reauth
                        OR last_success IS NULL
                        OR last_success < clock_timestamp() AT TIME ZONE 'UTC'
                                          - %s * interval '1 second')
                """,
                (list(connection_ids), SUCCESS_EVERY),
            )
        self._forget(connection_ids)

    @api.model
    def _mark_failure(self, connection_ids, error):
        """Note that these connections do not work, in a cursor of its own.

        :param list[int] connection_ids: ids of ``xb.connection``
        :param Exception error: why; its class decides whether a person has to authorize again
        """
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                UPDATE xb_connection_health
                   SET last_error = %s,
                       last_error_class = %s,
                       last_error_at = clock_timestamp() AT TIME ZONE 'UTC',
                       failures = COALESCE(failures, 0) + 1,
                       needs_reauth = COALESCE(needs_reauth, FALSE) OR %s
                 WHERE connection_id = ANY(%s)
                """,
                (
                    redact_text(str(error))[:LONGEST_ERROR],
                    type(error).__name__,
                    isinstance(error, NeedsReauthorization),
                    list(connection_ids),
                ),
            )
        self._forget(connection_ids)

    @api.model
    def _forget(self, connection_ids):
        """Drop from this environment's cache what another cursor has changed."""
        self.invalidate_model(flush=False)
        connections = self.env["xb.connection"].browse(connection_ids)
        names = [
            name
            for name, field in connections._fields.items()
            if name == "state" or (field.related or "").startswith("health_ids.")
        ]
        connections.invalidate_recordset(names, flush=False)
