from odoo import api, models


class XbOrderIntake(models.Model):
    """What a person can do about problems that only files have."""

    _inherit = "xb.order.intake"

    # === HOOKS === #

    @api.model
    def _get_remedies(self):
        return {
            "price_pending": self.env._(
                "Nothing to do: import a later report, and the order goes on."),
            "prices_missing": self.env._(
                "Import the report of all orders, then this file again."),
            "line_total_differs": self.env._(
                "Compare with the platform. If the decimal sign was read wrongly, import the file"
                " again and choose it under Read It Differently."),
            "ref_missing": self.env._(
                "Download the rows to repair, fill in the order number and upload that file."),
            "cut_off": self.env._("Get the whole file and import it."),
            "row_too_short": self.env._(
                "Download the rows to repair, complete them and upload that file."),
            "row_too_long": self.env._(
                "Download the rows to repair, correct the cells and upload that file."),
            "number_unreadable": self.env._(
                "Download the rows to repair, correct the number and upload that file."),
            "time_unreadable": self.env._(
                "Download the rows to repair, correct the time and upload that file."),
            "status_unknown": self.env._(
                "Download the rows to repair, write a status such as paid, and upload that file."),
            "rows_differ": self.env._(
                "Download the rows to repair, write it alike in all rows and upload that file."),
            **super()._get_remedies(),
        }
