import base64
import hashlib
import json
from datetime import timedelta
from decimal import Decimal

from psycopg2.extras import Json

from odoo import api, fields, models

from ..core.redact import redact, redact_headers

KEY_LENGTH = 200
TOPIC_LENGTH = 200
RETENTION_BATCH = 1000


class XbInbox(models.Model):
    """Every event that an outside account told us about, once.

    The door is ``controllers/inbox.py``, the work is ``xb_inbox_drain.py``. A row is one event: a
    repeat of it by the sender finds the row and changes nothing.
    """

    _name = "xb.inbox"
    _description = "Inbox Event"
    _inherit = ["xb.exchange.mixin"]
    _order = "id desc"
    _rec_name = "event_key"

    _exchange_job = "_job_drain"
    # What comes in is heard before whatever else waits: it takes little, and says most.
    _exchange_priority = 2
    _retryable_states = ("retry", "dead", "dismissed")
    _dismissable_states = ("pending", "retry", "dead")

    event_key = fields.Char(
        required=True, readonly=True, help="The sender's own identifier of the event."
    )
    topic = fields.Char(readonly=True, help="What the sender says has happened.")
    occurred_at = fields.Datetime(readonly=True, help="When it happened, according to the sender.")
    received_at = fields.Datetime(required=True, readonly=True)
    done_at = fields.Datetime(readonly=True)
    body = fields.Binary(attachment=False, readonly=True, help="The message, byte for byte.")
    body_text = fields.Text(
        string="Message", compute="_compute_body_text", help="Credentials are blacked out."
    )
    headers = fields.Json(string="Stored Headers", readonly=True)
    headers_text = fields.Text(string="Headers", compute="_compute_headers_text")
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("done", "Done"),
            ("retry", "Will Be Retried"),
            ("dead", "Dead Letter"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    unfinished = fields.Integer(
        readonly=True, help="Times a worker took the event and did not come back."
    )
    traceback = fields.Text(string="Technical Details", readonly=True)

    _event_unique = models.Constraint(
        "UNIQUE (connection_id, event_key)", "This event has arrived already."
    )
    _due = models.Index("(connection_id, next_try) WHERE state IN ('pending', 'retry')")
    _dead = models.Index("(connection_id) WHERE state = 'dead'")
    _finished = models.Index("(received_at) WHERE state IN ('done', 'dismissed')")

    # === COMPUTE METHODS === #

    @api.depends("body")
    def _compute_body_text(self):
        for event in self.with_context(bin_size=False):
            event.body_text = event._pretty_body()

    @api.depends("headers")
    def _compute_headers_text(self):
        for event in self:
            headers = event.headers or {}
            event.headers_text = "\n".join(f"{name}: {text}" for name, text in headers.items())

    # === BUSINESS METHODS: WHAT AN EVENT SAYS === #

    def _get_body(self):
        """Give the message exactly as it was received and signed.

        :rtype: bytes
        """
        self.ensure_one()
        # the column holds base64, as Odoo keeps every binary
        return base64.b64decode(self.with_context(bin_size=False).body or b"")

    def _get_json(self):
        """Give the message as parsed JSON, numbers with a fraction as text-exact ``Decimal``.

        :raise ValueError: the message is not JSON in UTF-8 (``UnicodeDecodeError`` is one, too)
        """
        return json.loads(self._get_body().decode(), parse_float=Decimal)

    def _pretty_body(self):
        body = self._get_body()
        try:
            value = json.loads(body.decode())
        except ValueError:
            text = body.decode(errors="replace").replace("\0", "")
            return redact(text)
        return json.dumps(redact(value), indent=2, ensure_ascii=False)

    # === BUSINESS METHODS: ARRIVAL === #

    @api.model
    def _store(self, cr, connection_id, event, body, headers):
        """Store an event whose signature was verified, unless it is there already.

        One statement, without a race: whoever comes second finds the row and stores nothing. Needs
        READ COMMITTED, where a row that a concurrent transaction has just committed is a conflict
        and not a serialization failure.

        :param cr: the short cursor to write with; the caller commits
        :param int connection_id: id of the ``xb.connection``
        :param event: the adapter's ``WebhookEvent``
        :param bytes body: the raw message
        :param headers: mapping of the request's headers
        :return: whether it is new
        :rtype: bool
        """
        now = fields.Datetime.now()
        cr.execute(
            """
            INSERT INTO xb_inbox (
                connection_id, company_id, event_key, topic, occurred_at, received_at, next_try,
                body, headers, state, attempts, unfinished,
                create_uid, write_uid, create_date, write_date
            )
            SELECT id, company_id, %(key)s, %(topic)s, %(occurred_at)s, %(now)s, %(now)s,
                   %(body)s, %(headers)s, 'pending', 0, 0, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM xb_connection
             WHERE id = %(connection_id)s
            ON CONFLICT (connection_id, event_key) DO NOTHING
            """,
            {
                "connection_id": connection_id,
                "key": self._clean_key(event.key, body),
                "topic": (event.topic or "").replace("\0", "")[:TOPIC_LENGTH] or None,
                "occurred_at": self._to_utc(event.occurred_at),
                "now": now,
                "body": base64.b64encode(body),
                "headers": Json(redact_headers(headers)),
                "uid": api.SUPERUSER_ID,
            },
        )
        return bool(cr.rowcount)

    @api.model
    def _clean_key(self, key, body):
        """Give a key that fits an index; without one, the same bytes are the same event."""
        key = (key or "").replace("\0", "")
        if not key:
            return "sha256:" + hashlib.sha256(body).hexdigest()
        if len(key) > KEY_LENGTH:
            return "sha256:" + hashlib.sha256(key.encode()).hexdigest()
        return key

    @api.model
    def _to_utc(self, moment):
        """Give an aware time as Odoo stores it: naive, UTC, whole seconds."""
        if moment is None:
            return None
        offset = moment.utcoffset() or timedelta()
        return (moment - offset).replace(tzinfo=None, microsecond=0)

    # === BUSINESS METHODS: REPAIR === #

    def _reset_for_retry(self):
        """Override of ``xb.exchange.mixin``: a repaired event is a fresh one."""
        result = super()._reset_for_retry()
        self.write({"unfinished": 0, "traceback": False, "done_at": False})
        return result

    def _reject(self, reason):
        """Put events aside as dead letters from inside ``xb.connection._process_inbox``.

        For what only concerns single events of a batch: the others still end as done, in the same
        transaction. To give up the whole batch, raise.

        :param str reason: what is wrong and what a person can do about it
        """
        self.write(
            {
                "state": "dead",
                "reason": self._describe_error(ValueError(reason)),
                "error_class": "rejected",
                "next_try": False,
                "unfinished": 0,
            }
        )

    # === CRONS === #

    @api.model
    def _cron_drain(self):
        """Enqueue a drain wherever events are due: the net under lost wake-up calls."""
        self._wake_due()

    @api.model
    def _cron_retention(self):
        """Delete what was done or dismissed longer ago than ``xb_base.inbox_retention_days``.

        Dead letters stay until a person has decided.
        """
        days = self._get_setting("inbox_retention_days")
        limit = fields.Datetime.now() - timedelta(days=days)
        domain = [("state", "in", ("done", "dismissed")), ("received_at", "<", limit)]
        remaining = self.search_count(domain)
        while remaining:
            events = self.search(domain, limit=RETENTION_BATCH, order="received_at")
            events.unlink()
            remaining = max(remaining - len(events), 0) if events else 0
            if not self.env["ir.cron"]._commit_progress(len(events), remaining=remaining):
                break
