from odoo import api, fields, models

from ..db import own_cursor


class XbRequestCounter(models.Model):
    """How many requests went out, by vendor and outcome, since the database exists.

    Counted in a cursor of its own so that what was really sent stays counted when the transaction
    that sent it rolls back.
    """

    _name = "xb.request.counter"
    _description = "Request Counter"
    _log_access = False
    _rec_name = "vendor"
    _order = "vendor, outcome"

    vendor = fields.Char(required=True, readonly=True)
    outcome = fields.Char(
        required=True,
        readonly=True,
        help="“ok”, or the kind of error: retryable, rate_limited, reauth, rejected, malformed.",
    )
    requests = fields.Integer(readonly=True)
    seconds = fields.Float(
        string="Time Spent (s)", readonly=True, help="From sending to the whole answer, summed up."
    )

    _vendor_outcome_unique = models.Constraint(
        "UNIQUE(vendor, outcome)", "Each outcome of a vendor is counted once."
    )

    @api.model
    def _count(self, vendor, outcome, seconds):
        """Count one request.

        :param str vendor: technical name of the vendor
        :param str outcome: see the field
        :param float seconds: how long it took
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                INSERT INTO xb_request_counter AS counter (vendor, outcome, requests, seconds)
                VALUES (%s, %s, 1, %s)
                ON CONFLICT (vendor, outcome) DO UPDATE
                   SET requests = counter.requests + 1,
                       seconds = counter.seconds + excluded.seconds
                """,
                (vendor, outcome, seconds),
            )
