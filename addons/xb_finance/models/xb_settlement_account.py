from odoo import api, fields, models

from ..const import KIND_SELECTION
from ..core.chart import number_after

# What a settlement needs beside the accounts of kinds: role -> (name, account type).
ROLES = {
    "clearing": ("Clearing", "asset_current"),
    "reserve": ("Reserve", "asset_current"),
    "transit": ("Payouts in Transit", "asset_current"),
    "left": ("Settlement Lines in Clarification", "asset_current"),
    # What carriers' bills are booked on.
    "carrier_freight": ("Freight", "expense"),
    "carrier_duty": ("Duty and Customs Clearance", "expense"),
    "carrier_vat": ("Import VAT as a Cost", "expense"),
    "carrier_vat_back": ("Import VAT to Come Back", "asset_current"),
}
PER_SHOP = ("clearing", "reserve")
KIND_TYPES = {
    "sale": "income", "shipping": "income", "discount": "income", "refund": "income",
    "tax": "liability_current", "tax_withheld": "liability_current",
    "chargeback": "expense", "fee_selling": "expense", "fee_payment": "expense",
    "fee_fulfilment": "expense", "fee_shipping": "expense", "fee_advertising": "expense",
    "fee_storage": "expense", "fee_service": "expense",
    "compensation": "income_other", "adjustment": "income_other",
    "conversion": "income_other", "deposit": "asset_current",
}
# Kinds that share an account unless somebody parts them.
SHARED = {"tax_withheld": "tax"}


class XbSettlementAccount(models.Model):
    """Which account a kind of line, or a role in the entry, is booked on.

    A row of a shop goes before one of the company; what has no row gets an account of its own
    when it is first needed, in the company's chart, and a row that says so.
    """

    _name = "xb.settlement.account"
    _description = "Settlement Account"
    _order = "company_id, shop_id, purpose, id"
    _rec_name = "account_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    shop_id = fields.Many2one("xb.shop", check_company=True, index="btree_not_null",
                              help="Empty: every shop of the company.")
    currency_id = fields.Many2one("res.currency", help="Of a clearing or reserve account.")
    purpose = fields.Selection(
        [*((role, name) for role, (name, _type) in ROLES.items()),
         *((kind, label) for kind, label in KIND_SELECTION
           if kind in KIND_TYPES)], required=True)
    account_id = fields.Many2one("account.account", required=True, check_company=True,
                                 ondelete="restrict")

    _purpose_uniq = models.UniqueIndex(
        "(company_id, purpose, COALESCE(shop_id, 0), COALESCE(currency_id, 0))",
        "There is an account for this purpose already.")

    # === BUSINESS METHODS === #

    @api.model
    def _get_account(self, purpose, shop, currency, company=None):
        """Return the account for a purpose, made when there is none.

        :param str purpose: role or kind
        :param xb.shop shop: whose settlement it is
        :param res.currency currency: of the settlement
        :param res.company company: where there is no shop
        :rtype: account.account
        """
        company = company or shop.company_id
        purpose = SHARED.get(purpose, purpose)
        if purpose == "unclassified":
            purpose = "left"
        rows = self.search([
            ("company_id", "=", company.id), ("purpose", "=", purpose),
            ("shop_id", "in", (shop.id, False)), ("currency_id", "in", (currency.id, False))])
        # Of several the one that says most.
        best = rows.sorted(lambda row: (bool(row.shop_id), bool(row.currency_id)))[-1:]
        if best:
            return best.account_id
        # In sudo mode: who posts the first settlement need not manage the chart of accounts.
        own = purpose in PER_SHOP
        row = self.sudo().create({
            "company_id": company.id, "purpose": purpose,
            "shop_id": shop.id if own else False, "currency_id": currency.id if own else False,
            "account_id": self._make_account(purpose, shop, currency, own, company).id,
        })
        return row.sudo(False).account_id

    def _make_account(self, purpose, shop, currency, own, company):
        Account = self.env["account.account"].sudo().with_company(company)
        account_type = ROLES[purpose][1] if purpose in ROLES else KIND_TYPES[purpose]
        if account_type == "income" and company.income_account_id:
            return company.income_account_id
        name = dict(self._fields["purpose"]._description_selection(self.env))[purpose]
        if own:
            name = f"{name} {shop.name} {currency.name}"
        # Numbers are each company's own: another one's accounts have none here.
        like = Account.search([
            ("account_type", "=", account_type), ("company_ids", "=", company.id)])
        last = max((account.code or "" for account in like), default="")
        after = number_after(company.chart_template, purpose) or last or "101000"
        return Account.create({
            "name": name,
            "code": Account._search_new_account_code(after),
            "account_type": account_type,
            "company_ids": [(4, company.id)],
            "reconcile": purpose == "transit",
        })
