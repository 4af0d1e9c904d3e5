from odoo import api, models

from ..batch import Batch, default_get, unchecked


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === ACTION METHODS === #

    def action_confirm(self):
        """Override of `stock`: the transfers of a batch are confirmed together, at its end."""
        batch = Batch.of(self.env)
        if batch is None or batch.confirming:
            return super().action_confirm()
        batch.pickings.update(self._ids)
        return True

    # === BUSINESS METHODS === #

    def _action_done(self):
        """Override of `stock`: shops may want the invoice as soon as goods have left."""
        result = super()._action_done()
        self.sale_id.sudo()._xb_invoice_by_policy("deliver")
        return result

    def message_post_with_source(self, source_ref, **kwargs):
        """Override of `mail`: notes on the transfers of a batch are logged together."""
        batch = Batch.of(self.env)
        note = {"render_values", "subtype_xmlid"}
        if (batch is None or not self.env.context.get("mail_create_nosubscribe")
                or source_ref != "mail.message_origin_link" or set(kwargs) != note
                or kwargs["subtype_xmlid"] != "mail.mt_note" or len(self) != 1):
            return super().message_post_with_source(source_ref, **kwargs)
        batch.notes.append((self.id, kwargs["render_values"]["origin"]))
        return self.env["mail.message"]

    def _xb_log_origins(self, batch):
        """Log on the batch's transfers which orders they come from, as `sale_stock` does it; a
        transfer that is a moment old has no followers who would be notified."""
        notes, batch.notes = batch.notes, []
        if not notes:
            return
        template = "mail.message_origin_link"
        pickings = self.browse(picking_id for picking_id, _origin in notes)
        render = self.env["ir.qweb"]._render
        bodies = {
            picking.id: render(template, {"self": picking, "origin": origin, "object": picking,
                                          "ctx": self.env.context, "user": self.env.user,
                                          "is_html_empty": lambda html: not html},
                               minimal_qcontext=True, raise_if_not_found=False)
            for picking, (_id, origin) in zip(pickings, notes, strict=True)
        }
        author_id, email_from = self._message_compute_author()
        same = {
            "author_id": author_id, "email_from": email_from, "model": self._name,
            "message_type": "notification", "email_add_signature": True,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        }
        domains = pickings._mail_get_alias_domains()
        reply_to = pickings._notify_get_reply_to(default=email_from, author_id=author_id)
        pickings.sudo()._message_create([{
            **same, "res_id": picking.id, "body": bodies[picking.id],
            "record_company_id": picking.company_id.id,
            "record_alias_domain_id": domains[picking.id].id,
            "reply_to": reply_to[picking.id],
        } for picking in pickings])

    # === BATCHES === #

    @api.model
    def default_get(self, fields):
        """Override of `base`: asked once per batch."""
        return default_get(self, fields, super().default_get)

    def _check_company(self, fnames=None):
        """Override of `base`: what is the same in many records of a batch is checked once."""
        return super(StockPicking, unchecked(self, fnames))._check_company(fnames)
