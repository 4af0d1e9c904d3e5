from odoo import fields, models
from odoo.tools import SQL

from ..db import own_cursor


class XbConnectionLimit(models.Model):
    """The state of a connection's rate limiter, shared by all processes.

    The limiter is GCRA, the leaky bucket as one timestamp: ``tat`` is when the bucket would be
    empty again. A request moves it ahead by one interval and may go when it then lies no more than
    ``burst`` intervals ahead of now. The decision is a single conditional UPDATE at READ COMMITTED:
    PostgreSQL evaluates the condition again, on the newest row and the newest clock, after waiting
    for a concurrent one, which is what makes it right for any number of processes.
    """

    _name = "xb.connection.limit"
    _description = "Connection Rate Limit"
    _log_access = False
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "xb.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, readonly=True)
    tat = fields.Datetime(
        string="Free Again On", readonly=True, help="When all the allowance would be there again."
    )

    _connection_unique = models.Constraint("UNIQUE(connection_id)", "A connection has one limiter.")

    def _reserve(self, connection_id, rate_per_minute, burst, max_wait):
        """Take one turn if it comes within ``max_wait`` seconds.

        :param int connection_id: id of the connection
        :param int rate_per_minute: requests per minute in the long run, above 0
        :param int burst: requests that may go at once after a pause, 1 or more
        :param float max_wait: seconds the caller is ready to wait
        :return: ``(True, seconds)``: wait that long, the turn is ours; ``(False, seconds)``: no
            turn was taken, ask again after that time
        :rtype: tuple[bool, float]
        """
        interval = SQL("%s * interval '1 second'", 60.0 / rate_per_minute)
        now = SQL("(clock_timestamp() AT TIME ZONE 'UTC')")
        following = SQL("GREATEST(COALESCE(tat, %s), %s) + %s", now, now, interval)
        wait = SQL("EXTRACT(EPOCH FROM %s - %s * %s - %s)", following, burst, interval, now)
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                SQL(
                    """
                    UPDATE xb_connection_limit SET tat = %(following)s
                     WHERE connection_id = %(connection)s AND %(wait)s <= %(max_wait)s
                    RETURNING EXTRACT(EPOCH FROM tat - %(burst)s * %(interval)s - %(now)s)
                    """,
                    following=following,
                    connection=connection_id,
                    wait=wait,
                    max_wait=max_wait,
                    burst=burst,
                    interval=interval,
                    now=now,
                )
            )
            if row := cr.fetchone():
                return True, max(0.0, float(row[0]))
            cr.execute(
                SQL(
                    "SELECT %s FROM xb_connection_limit WHERE connection_id = %s",
                    wait,
                    connection_id,
                )
            )
            row = cr.fetchone()
        # No row: the connection was created in the caller's still open transaction, so nobody
        # else can be using it.
        return (False, max(0.0, float(row[0]))) if row else (True, 0.0)

    def _pause(self, connection_id, rate_per_minute, burst, seconds):
        """Give no turn for ``seconds``, in any process: the vendor asked for it.

        Parameters as in :meth:`_reserve`.
        """
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(
                """
                UPDATE xb_connection_limit
                   SET tat = GREATEST(
                           COALESCE(tat, '-infinity'),
                           (clock_timestamp() AT TIME ZONE 'UTC')
                             + %(ahead)s * interval '1 second')
                 WHERE connection_id = %(connection)s
                """,
                {
                    "connection": connection_id,
                    "ahead": seconds + (burst - 1) * 60.0 / rate_per_minute,
                },
            )
