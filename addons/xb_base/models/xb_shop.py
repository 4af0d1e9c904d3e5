from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get


class XbShop(models.Model):
    """One place where a seller sells: an account on a platform, an own shop, a file somebody sends.

    Bare on purpose: what a shop does with orders, stock or prices is added by the addon that
    knows about it.
    """

    _name = "xb.shop"
    _description = "Shop"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    # === DEFAULTS === #

    def _default_currency_id(self):
        return self.env.company.currency_id

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    platform = fields.Selection(
        selection=[("file", "File")],
        required=True,
        default="file",
        tracking=True,
        help="Where the orders come from. “File” is for shops that hand over a table.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self._default_currency_id(),
        help="What the shop's prices are in, unless an order says otherwise.",
    )
    tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Times without a zone in the shop's data are read in this one.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.lang,
        help="Language the shop's customers are written to in.",
    )
    connection_id = fields.Many2one(
        "xb.connection",
        check_company=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="The account through which orders are fetched and tracking numbers are uploaded.",
    )
    connection_state = fields.Selection(related="connection_id.state", string="Connection Health")

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "A shop of that name exists already in this company."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("company_id", "currency_id")
    def _check_currency_active(self):
        for shop in self:
            if not shop.currency_id.active:
                raise ValidationError(
                    self.env._(
                        "%(currency)s is not an active currency: activate it before a shop "
                        "sells in it.",
                        currency=shop.currency_id.name,
                    )
                )

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        """Override of `base`: a shop's name is unique, so a copy says that it is one."""
        vals_list = super().copy_data(default=default)
        if "name" not in (default or {}):
            for shop, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=shop.name)
        return vals_list

    # === ACTION METHODS === #

    def action_open_connection(self):
        """Open the connection of this shop."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "xb.connection",
            "res_id": self.connection_id.id,
            "view_mode": "form",
        }
