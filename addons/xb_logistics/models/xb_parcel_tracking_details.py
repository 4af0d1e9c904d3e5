from odoo import api, models

from ..core import details as reading
from ..core import plan as planning


class XbParcel(models.Model):
    """Weight and cost in lists of tracking numbers; they decide nothing about the numbers."""

    _inherit = "xb.parcel"

    @api.model
    def _tracking_read_details(self, row, cell, currencies, kilogram):
        """Put weight and cost of a row into `row.details` as field values, or say what is wrong.

        :param dict currencies: {ISO code: res.currency} of the active ones.
        :param float kilogram: a kilogram in the unit of the screens.
        """
        if text := cell["weight"]:
            weight = reading.read_weight(text)
            if weight:
                number, unit = weight
                row.details["weight"] = float(number) if not unit else (
                    float(number * reading.WEIGHT_UNITS[unit]) * kilogram
                )
            else:
                row.problems.append(planning.Problem("bad_weight", "weight", {"text": text}))
        if text := cell["cost"]:
            self._tracking_read_cost(row, text, currencies)

    @api.model
    def _tracking_read_cost(self, row, text, currencies):
        cost = reading.read_cost(text)
        if not cost:
            row.problems.append(planning.Problem("bad_cost", "cost", {"text": text}))
            return
        amount, code = cost
        currency = currencies.get(code)
        if code and not currency:
            params = {"currency": code}
            row.problems.append(planning.Problem("unknown_currency", "cost", params))
            return
        if not currency and row.order:
            currency = self.env["res.company"].browse(row.order.company).currency_id
        row.details["cost"] = float(amount)
        if currency:
            row.details["currency_id"] = currency.id

    @api.model
    def _tracking_get_kilogram(self):
        """Return a kilogram in the unit of the screens."""
        own = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        return self.env.ref("uom.product_uom_kgm")._compute_quantity(1.0, own, round=False)

    @api.model
    def _tracking_plan_details(self, verdicts):
        """Say which rows change weight or cost of a parcel; of several the first one counts."""
        first = {}
        for verdict in verdicts:
            details = verdict.row.details
            if not details or verdict.state == "refused":
                continue
            target = verdict.parcel or verdict.key
            before = first.setdefault(target, details)
            if before is not details:
                if before != details:
                    remark = planning.Problem("details_differ", "weight", refuses=False)
                    verdict.problems.append(remark)
                verdict.row.details = {}
            elif verdict.state == "unchanged" and verdict.parcel:
                parcel = self.browse(verdict.parcel)
                if parcel._tracking_filter_details(details):
                    verdict.state = "changed"

    def _tracking_filter_details(self, details):
        """Return what of the details is new to the parcel."""
        self.ensure_one()
        now = {
            "weight": round(self.weight, 4),
            "cost": round(self.cost, 4),
            "currency_id": self.currency_id.id,
        }
        rounded = {k: round(v, 4) if k != "currency_id" else v for k, v in details.items()}
        return {name: details[name] for name, value in rounded.items() if value != now[name]}

    @api.model
    def _tracking_write_details(self, verdicts):
        """Write weight and cost of the rows that are written."""
        detailed = [
            verdict
            for verdict in verdicts
            if verdict.state in ("created", "changed") and verdict.parcel and verdict.row.details
        ]
        together = {parcel.id: parcel for parcel in self.browse({v.parcel for v in detailed})}
        for verdict in detailed:
            parcel = together[verdict.parcel]
            if vals := parcel._tracking_filter_details(verdict.row.details):
                parcel.write(vals)
