from odoo import api, models

from ..batch import Batch, default_get, extended_by, unchecked

SYNCERS = {"base", "xb_orders"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Its hash: a street may be longer than an entry of an index.
    _xb_street = models.Index(
        "(parent_id, md5(lower(street))) WHERE parent_id IS NOT NULL AND street IS NOT NULL")

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: a repaired address takes its warning off the orders that go there.
        """
        result = super().write(vals)
        # the import checks the addresses of all its orders at the end, in one go
        if self.env["xb.order.address"].FIELDS & set(vals) and not self.env.context.get(
                "xb_importing"):
            self.env["xb.order.address"]._check_partners(self)
        return result

    # === BATCHES === #

    def _company_dependent_commercial_sync(self):
        """Override of `base`: the addresses of a batch are brought in line with their contacts
        together, see :meth:`_xb_sync_companies`."""
        batch = Batch.of(self.env)
        if batch is None or extended_by(self, "_company_dependent_commercial_sync", SYNCERS):
            return super()._company_dependent_commercial_sync()
        batch.addresses.update(self._ids)
        return None

    @api.model
    def _xb_sync_companies(self, batch):
        """Do for all addresses of a batch what core does for each: what their contacts say in the
        other companies holds for them, too."""
        addresses, names = self.browse(batch.addresses), self._company_dependent_commercial_fields()
        batch.addresses = set()
        if not addresses or not names:
            return
        # In sudo mode, as core does it.
        companies = self.env["res.company"].sudo()
        # pylint: disable-next=no-search-all  # companies are few
        for company in companies.search([]) - self.env.company:
            same = {}
            for address in addresses.sudo().with_company(company):
                vals = address.commercial_partner_id._convert_fields_to_values(names)
                same.setdefault(repr(vals), (vals, []))[1].append(address.id)
            for vals, ids in same.values():
                addresses.sudo().with_company(company).browse(ids).write(vals)

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(ResPartner, unchecked(self, fnames))._check_company(fnames)
