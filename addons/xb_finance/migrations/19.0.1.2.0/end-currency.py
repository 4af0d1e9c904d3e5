from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Profit knows the currency that the money moves in: worked out anew, as it always may be.

    At the end, when what other addons know of profit is loaded too.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    Profit = env["xb.order.profit"]
    for company in env["res.company"].search([]):
        Profit._rebuild(company=company)
        for settlement in env["xb.settlement"].search(
                [("company_id", "=", company.id), ("state", "=", "posted")]):
            Profit._rebuild_rest(settlement)
        bills = env["xb.carrier.charge"].search([("company_id", "=", company.id)]).move_id
        if bills:
            Profit._rebuild_bills(bills, env["sale.order"])
