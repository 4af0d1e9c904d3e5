from odoo import api, fields, models, tools


class XbTransitRule(models.Model):
    """How long parcels take on a route, and from when on silence is a problem."""

    _name = "xb.transit.rule"
    _inherit = "xb.cached.mixin"
    _description = "Transit Rule"
    _order = "carrier_id, country_id, id"
    _rec_name = "carrier_id"

    carrier_id = fields.Many2one("xb.carrier", ondelete="cascade", help="Empty: any carrier.")
    country_id = fields.Many2one("res.country", string="To Country", help="Empty: any country.")
    promise_days = fields.Integer(
        default=14, required=True, help="Days from hand-over within which it should arrive."
    )
    silence_days = fields.Integer(
        default=7, required=True, help="Days without news after which somebody should ask."
    )
    lost_days = fields.Integer(
        default=30, required=True, help="Days without news after which it counts as lost."
    )

    _route_unique = models.UniqueIndex(
        "(COALESCE(carrier_id, 0), COALESCE(country_id, 0))", "This route has a rule already."
    )
    _days_positive = models.Constraint(
        "CHECK(promise_days > 0 AND silence_days > 0 AND lost_days > silence_days)",
        "Days are positive, and a parcel is silent before it is lost.",
    )

    @api.depends("carrier_id", "country_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = " → ".join(
                (
                    rule.carrier_id.name or self.env._("Any carrier"),
                    rule.country_id.name or self.env._("any country"),
                )
            )

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache()
    def _get_rules(self):
        """Return {(carrier id or 0, country id or 0): (promise, silence, lost)} in days."""
        return {
            (rule.carrier_id.id or 0, rule.country_id.id or 0): (
                rule.promise_days,
                rule.silence_days,
                rule.lost_days,
            )
            for rule in self.sudo().search([])
        }

    @api.model
    def _get_days(self, carrier_id, country_id):
        """Return (promise, silence, lost) in days: the rule that says most about the route wins."""
        rules = self._get_rules()
        for key in (
            (carrier_id or 0, country_id or 0),
            (carrier_id or 0, 0),
            (0, country_id or 0),
            (0, 0),
        ):
            if key in rules:
                return rules[key]
        return (14, 7, 30)
