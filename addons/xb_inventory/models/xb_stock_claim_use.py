from odoo import fields, models


class XbStockClaimUse(models.Model):
    """“This transaction uses the claim up”: inserted beside the reservation, visible with it.

    Odoo's transactions work on a snapshot: they cannot update a claim that was made after it. They
    can insert. Whoever reads sees this row and the reservation at the same moment, the commit; a
    rollback takes both back. Afterwards the row becomes the claim's state (``xb_stock_settle``).
    """

    _name = "xb.stock.claim.use"
    _description = "Stock Claim Use"
    _log_access = False

    # No foreign key: its check works on the snapshot as well, and would not find the claim.
    claim_id = fields.Integer(required=True)
    order_id = fields.Integer()

    _claim_unique = models.Constraint("UNIQUE (claim_id)", "The claim is used up already.")
