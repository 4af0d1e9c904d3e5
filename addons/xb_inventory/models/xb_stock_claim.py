from datetime import timedelta

from odoo import api, fields, models

from ..fields import Loose

KEEP_DAYS = 90


class XbStockClaim(models.Model):
    """A promise of stock that is not an order yet: a basket, an order being imported, a checkout.

    Rows are written by the gate alone (``sql/gate.sql``), in short transactions of its own. While a
    claim is open, what it holds is not available to anybody else. It ends by being used up by an
    order, released, or over: at its time, or with the transaction it is bound to.
    """

    _name = "xb.stock.claim"
    _description = "Stock Claim"
    _order = "id desc"
    _rec_name = "key"
    _log_access = False

    # === FIELDS === #

    key = fields.Char(readonly=True, help="What the caller calls it: the same key is one claim.")
    digest = fields.Char(readonly=True, help="Of the lines, to tell a repetition from a mistake.")
    nonce = fields.Char(readonly=True, groups="base.group_system")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("consumed", "Used by an Order"),
            ("released", "Released"),
            ("expired", "Expired"),
        ],
        readonly=True,
        required=True,
        default="open",
    )
    company_id = Loose("res.company", readonly=True)
    shop_id = Loose("xb.shop", readonly=True)
    user_id = Loose("res.users", string="Claimed By", readonly=True)
    order_id = Loose("sale.order", readonly=True)
    bond = fields.Integer(
        readonly=True,
        help="Lock of the transaction that the claim lives and dies with; empty for a claim that "
        "lives until its time.",
    )
    created_at = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    line_ids = fields.One2many("xb.stock.claim.line", "claim_id", readonly=True)

    # What is over may be claimed again under its key.
    _key_unique = models.UniqueIndex("(key) WHERE state IN ('open', 'consumed')")
    _open = models.Index("(expires_at) WHERE state = 'open'")
    _by_order = models.Index("(order_id) WHERE order_id IS NOT NULL")

    # === ACTION METHODS === #

    def action_release(self):
        """Release the open claims among these; those that an order is using right now stay."""
        availability = self.env["xb.availability"]
        availability._check_may_claim()
        self.check_access("read")
        for claim_sudo in self.sudo().filtered(lambda claim: claim.state == "open"):
            availability._release(claim_sudo.id)
        self.invalidate_recordset()

    def action_open_order(self):
        """Open the order that used the claim up."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    @api.model
    def _forget(self, name, ids):
        """Empty a field of claims that points to what was deleted.

        :param str name: ``order_id`` or ``shop_id``
        :param list ids: of the deleted records
        """
        self.sudo().search([(name, "in", ids)]).write({name: False})

    @api.autovacuum
    def _gc_closed(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.env.cr.execute(
            "DELETE FROM xb_stock_claim WHERE state <> 'open' AND closed_at < %s", [limit]
        )
