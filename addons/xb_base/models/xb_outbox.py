import hashlib
import json

from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, fields, models

from ..core.redact import redact
from ..db import own_cursor

WAITING = ("pending", "sending", "retry")


# To the sender, whoever holds the row meanwhile, a change is a new version.
UPSERT = """
    INSERT INTO xb_outbox AS old (
        connection_id, company_id, kind, key, value, version, idempotency_key,
        confirmed_version, state, attempts, sends, next_try, wanted_at, res_model, res_id,
        create_uid, write_uid, create_date, write_date
    )
    VALUES (
        %(connection_id)s, %(company_id)s, %(kind)s, %(key)s, %(value)s, 1, %(first_key)s,
        0, 'pending', 0, 0, %(now)s, %(now)s, %(res_model)s, %(res_id)s,
        %(uid)s, %(uid)s, %(now)s, %(now)s
    )
    ON CONFLICT (connection_id, kind, key) DO UPDATE
       SET value = excluded.value,
           version = old.version + 1,
           idempotency_key = NULL,
           state = CASE WHEN old.state = 'sending' THEN 'sending' ELSE 'pending' END,
           next_try = CASE WHEN old.state = 'sending' THEN old.next_try
                      ELSE excluded.next_try END,
           wanted_at = excluded.wanted_at,
           attempts = 0, reason = NULL, error_class = NULL, traceback = NULL,
           res_model = COALESCE(excluded.res_model, old.res_model),
           res_id = COALESCE(excluded.res_id, old.res_id),
           write_uid = excluded.write_uid, write_date = excluded.write_date
     WHERE old.value IS DISTINCT FROM excluded.value
    RETURNING id, version
"""


class XbOutbox(models.Model):
    """What the outside shall know: one row per thing, with what we want and what was confirmed.

    A row is wanted state, not a message: pushing a new value replaces one that was not sent yet,
    pushing the same value again does nothing. The sending is in ``xb_outbox_send.py``.
    """

    _name = "xb.outbox"
    _description = "Outbox Row"
    _inherit = ["xb.exchange.mixin"]
    _order = "wanted_at desc, id desc"
    _rec_name = "key"

    _exchange_job = "_job_send"
    _retryable_states = ("retry", "refused", "dismissed")
    _dismissable_states = ("pending", "retry", "refused")

    kind = fields.Char(required=True, readonly=True, help="What is sent, in the plug-in's words.")
    key = fields.Char(
        string="Business Key", required=True, readonly=True, help="Which one, unique per kind."
    )
    value = fields.Json(string="Wanted Value", readonly=True)
    version = fields.Integer(
        readonly=True, default=1, help="Counts the values that were wanted so far."
    )
    idempotency_key = fields.Char(
        readonly=True,
        help="Sent along, so that the other side recognizes a repeated request. Each version has "
        "its own.",
    )
    wanted_at = fields.Datetime(
        string="Asked For", readonly=True, help="When the newest value was asked for."
    )
    confirmed_value = fields.Json(readonly=True)
    confirmed_version = fields.Integer(readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    answer = fields.Json(readonly=True)
    value_text = fields.Text(string="Wanted", compute="_compute_texts")
    confirmed_text = fields.Text(string="Confirmed", compute="_compute_texts")
    answer_text = fields.Text(string="Last Answer", compute="_compute_texts")
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being Sent"),
            ("confirmed", "Confirmed"),
            ("retry", "Will Be Retried"),
            ("refused", "Refused"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    sends = fields.Integer(readonly=True, help="Times it was sent, ever.")
    res_model = fields.Char(string="About (Model)", readonly=True)
    res_id = fields.Many2oneReference(
        string="About", model_field="res_model", readonly=True, help="The record it is about."
    )
    traceback = fields.Text(string="Technical Details", readonly=True)

    _key_unique = models.Constraint(
        "UNIQUE (connection_id, kind, key)", "There is a row for this already."
    )
    _due = models.Index("(connection_id, next_try) WHERE state IN ('pending', 'sending', 'retry')")
    _refused = models.Index("(connection_id) WHERE state = 'refused'")
    _about = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("value", "confirmed_value", "answer")
    def _compute_texts(self):
        for row in self:
            row.value_text = self._pretty(row.value)
            row.confirmed_text = self._pretty(row.confirmed_value)
            row.answer_text = self._pretty(row.answer)

    @api.model
    def _pretty(self, value):
        return json.dumps(redact(value), indent=2, ensure_ascii=False) if value else False

    # === ACTIONS === #

    def action_open_record(self):
        """Open the record that the row is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS: WANTING === #

    @api.model
    @api.private
    def push(self, connection, kind, key, value, record=None):
        """Want the outside to know ``value``; it will, as soon as it can, without further asking.

        Part of the caller's transaction: nothing is sent before, nor without, its commit. The
        newest value wins over one that was not sent yet. A value that is wanted or confirmed
        already causes no new send; neither does one that was refused, until it changes or a
        person presses *Retry*.

        :param connection: one ``xb.connection``
        :param str kind: one of the adapter's ``outbox_kinds``
        :param str key: business key, unique for the kind and connection; rows of one key are never
            sent out of order
        :param dict value: the wanted state; JSON, money and quantities as decimal strings
        :param record: the record it is about; its ``_xb_outbox_changed(row)`` is called with every
            result
        :return: the ``xb.outbox`` row
        :raise TypeError: the value is not a dict of JSON values
        :raise ValueError: the value is empty, or contains NaN or Infinity
        """
        connection.ensure_one()
        if not isinstance(value, dict):
            raise TypeError("The value of an outbox row is a dict")
        if not value:
            raise ValueError("The value of an outbox row cannot be empty")
        self.flush_model()
        row_id = self._upsert(connection, kind, key, value, record)
        row = self.browse(row_id)
        row.invalidate_recordset(flush=False)
        if row.sudo().state in WAITING:
            row.sudo()._wake_after_commit()
        return row

    @api.model
    def _upsert(self, connection, kind, key, value, record):
        """Insert or change the row of a key.

        :return: its id
        :rtype: int
        """
        self.env.cr.execute(
            UPSERT,
            {
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "kind": kind,
                "key": key,
                "value": Json(value, dumps=canonical),
                "first_key": make_idempotency_key(connection.uuid, kind, key, value, 1),
                "now": fields.Datetime.now(),
                "uid": self.env.uid,
                "res_model": record._name if record else None,
                "res_id": record.id if record else None,
            },
        )
        changed = self.env.cr.fetchone()
        if not changed:
            self.env.cr.execute(
                "SELECT id FROM xb_outbox WHERE connection_id = %s AND kind = %s AND key = %s",
                [connection.id, kind, key],
            )
            return self.env.cr.fetchone()[0]
        row_id, version = changed
        if version > 1:
            self.env.cr.execute(
                "UPDATE xb_outbox SET idempotency_key = %s WHERE id = %s",
                [make_idempotency_key(connection.uuid, kind, key, value, version), row_id],
            )
        return row_id

    def _reset_for_retry(self):
        """Override of ``xb.exchange.mixin``: what was refused is wanted anew.

        A new version, so a new idempotency key: many vendors answer a repeated key with the stored
        refusal, without looking at it again.
        """
        refused = self.filtered(lambda row: row.state in ("refused", "dismissed"))
        result = super()._reset_for_retry()
        self.write({"traceback": False})
        for row in refused:
            version = row.version + 1
            row.write(
                {
                    "version": version,
                    "idempotency_key": make_idempotency_key(
                        row.connection_id.uuid, row.kind, row.key, row.value, version
                    ),
                }
            )
        # a person who retries wants to see it tried: a failing connection is probed at once
        gates = self.env["xb.outbox.gate"].search(
            [("connection_id", "in", self.connection_id.ids), ("failures", ">", 0)]
        )
        gates.paused_until = False
        return result

    # === BUSINESS METHODS: REPAIRED CONNECTIONS === #

    @api.model
    def _kick(self, connections):
        """Send at once what has waited for the connections to be repaired.

        In a cursor of its own: clears the mark that a person has to authorize again (what is sent
        next will show), opens the gate, makes waiting rows and inbox events due, wakes the workers.

        :param connections: ``xb.connection`` records, committed
        """
        now = fields.Datetime.now()
        with own_cursor(self.env) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                "UPDATE xb_connection_health SET needs_reauth = FALSE"
                " WHERE needs_reauth AND connection_id = ANY(%s)",
                [connections.ids],
            )
            for connection_id in connections.ids:
                env["xb.outbox.gate"]._open(cr, connection_id)
            cr.execute(
                "UPDATE xb_inbox SET next_try = %s WHERE connection_id = ANY(%s)"
                " AND state = 'retry' AND error_class IN ('reauth', 'locked', 'retryable')",
                [now, connections.ids],
            )
        for model in ("xb.outbox", "xb.inbox"):
            self.env[model]._wake_due(connections.ids)

    @api.model
    def _kick_after_commit(self, connections):
        """Call :meth:`_kick` when what repairs the connections is committed."""
        postcommit = self.env.cr.postcommit
        kicked = postcommit.data.setdefault("xb.outbox.kick", set())
        if not kicked:
            postcommit.add(lambda: self._kick_kicked(kicked))
        kicked.update(connections.ids)

    @api.model
    def _kick_kicked(self, connection_ids):
        with self._after_commit():
            self._kick(self.env["xb.connection"].sudo().browse(sorted(connection_ids)))

    # === HOOKS === #

    def _on_confirmed(self):
        """Hook: the vendor has confirmed the newest value.

        Runs in the short transaction that stores the confirmation, as superuser.
        """
        self._notify_record()

    def _on_refused(self):
        """Hook: the vendor has refused the newest value, see ``reason``. As `_on_confirmed`."""
        self._notify_record()

    def _on_retry(self):
        """Hook: it did not work but will be tried again, see ``reason``. As `_on_confirmed`."""
        self._notify_record()

    def _notify_record(self):
        """Tell the record the row is about, if its model wants to know."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env or not self.res_id:
            return
        record = self.env[self.res_model].browse(self.res_id).exists()
        if record and hasattr(record, "_xb_outbox_changed"):
            record._xb_outbox_changed(self)

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Enqueue a sender wherever rows are due: the net under lost wake-up calls."""
        self._wake_due()


def canonical(value):
    """Write a JSON value in the one form that equal values share.

    :raise ValueError: NaN or Infinity, which JSON does not know
    :raise TypeError: not a JSON value; a Decimal, for example, is handed over as text
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def make_idempotency_key(uuid, kind, key, value, version):
    """Give what identifies one wanted value of one row to the vendor.

    The version is part of it: a number that is corrected and then corrected back is a third
    request, which a vendor must not take for a repetition of the first.

    :rtype: str
    """
    text = "|".join((uuid, kind, key, str(version), canonical(value)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
