from odoo import api, fields, models

from ..const import STOCK_SHORT


class XbOrderIntake(models.Model):
    """What a person can do about what is held."""

    _inherit = "xb.order.intake"

    remedy = fields.Text("What to Do", compute="_compute_remedy")

    # === COMPUTE METHODS === #

    @api.depends("problems")
    @api.depends_context("lang")
    def _compute_remedy(self):
        remedies = self._get_remedies()
        for intake in self:
            codes = dict.fromkeys(problem["code"] for problem in intake.problems or [])
            texts = dict.fromkeys(remedies[code] for code in codes if code in remedies)
            intake.remedy = "\n".join(texts) or False

    # === HOOKS === #

    @api.model
    def _get_remedies(self):
        """What a person can do about each problem code, in the user's language.

        :rtype: dict[str, str]
        """
        return {
            **self._get_catalog_remedies(),
            **self._get_order_remedies(),
            **self._get_cancellation_remedies(),
        }

    @api.model
    def _get_catalog_remedies(self):
        """Remedies for what this database does not know."""
        return {
            "unknown_sku": self.env._(
                "Give a product this SKU as internal reference or barcode (or let the shop create"
                " missing products), then press Retry."
            ),
            "ambiguous_sku": self.env._(
                "More than one active product has this SKU. Archive or rename the wrong one, then"
                " press Retry."
            ),
            "unknown_currency": self.env._(
                "Activate the currency in Accounting, then press Retry."
            ),
            "unknown_country": self.env._(
                "The country code does not exist. Have its sender correct it."
            ),
            "tax_mismatch": self.env._(
                "No sales tax of the company yields the stated amount. Create or activate the tax"
                " (price included or not, as the shop states prices), then press Retry."
            ),
        }

    @api.model
    def _get_order_remedies(self):
        """Remedies for orders that Odoo cannot take as they are."""
        return {
            "total_mismatch": self.env._(
                "The order's lines do not add up to the stated total. Open the quotation, compare,"
                " and confirm it by hand or have the document corrected."
            ),
            "address": self.env._(
                "Ask the buyer, correct the address in its contact (the original stays with the"
                " order, under Platform), or waive the warning if it is right as it is."
            ),
            "quantity_precision": self.env._(
                "The quantity has more decimals than the unit of measure precision keeps."
            ),
            "too_late": self.env._(
                "The order is already on its way or billed. Either leave it (Dismiss), or make the"
                " return or credit note by hand and dismiss this document then."
            ),
            "cancelled_here": self.env._(
                "The order was cancelled here but goes on at the platform. Set it to quotation and"
                " press Retry, or dismiss this document."
            ),
            STOCK_SHORT: self.env._(
                "The order goes on by itself, the oldest first, as soon as there is enough: when"
                " goods arrive, a claim ends, or another order is cancelled. A product that is"
                " bought after it is sold gets “Sell Beyond Stock”; then press Retry."
            ),
            "confirm_failed": self.env._(
                "Open the quotation, repair what is named, then press Retry."
            ),
            "refused": self.env._("Repair what is named, then press Retry."),
        }

    @api.model
    def _get_cancellation_remedies(self):
        """Remedies for cancellations and documents that are no sales."""
        return {
            "sale_unknown": self.env._(
                "The sale of this cancellation has not been imported. It is tried again by itself"
                " when the sale arrives; dismiss it if the sale is older than your records."
            ),
            "sale_not_named": self.env._(
                "The cancellation names neither a sale nor a buyer. Find the sale, cancel it by"
                " hand and dismiss this document."
            ),
            "already_delivered": self.env._(
                "The goods have left. Make a return from the delivery and dismiss this document."
            ),
            "more_than_sold": self.env._(
                "Compare with the order, correct it by hand and dismiss this document."
            ),
            "not_a_sale": self.env._(
                "Book it where it belongs (stock or accounting), then dismiss it."
            ),
        }
