from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    xb_settlement_journal_id = fields.Many2one(
        "account.journal", "Settlement Journal", check_company=True,
        help="Settlements of shops are booked in it. Made when the first one is posted.")

    # === BUSINESS METHODS === #

    def _xb_get_settlement_journal(self):
        """Return the journal of settlements, made when there is none.

        :rtype: account.journal
        """
        self.ensure_one()
        if not self.xb_settlement_journal_id:
            # In sudo mode: who posts the first settlement need not manage journals.
            self.sudo().xb_settlement_journal_id = self.env["account.journal"].sudo().create({
                "name": self.env._("Settlements"), "code": "SETL", "type": "general",
                "company_id": self.id, "show_on_dashboard": False,
            })
        return self.sudo().xb_settlement_journal_id
