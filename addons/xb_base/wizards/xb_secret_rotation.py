from odoo import api, fields, models
from odoo.exceptions import AccessError


class XbSecretRotation(models.TransientModel):
    """Shows which keys the stored secrets are encrypted with, and re-encrypts them."""

    _name = "xb.secret.rotation"
    _description = "Re-encrypt Secrets"

    current_key = fields.Char(compute="_compute_keys", help="New secrets are encrypted with it.")
    usage = fields.Text(string="Stored Secrets", compute="_compute_keys")
    problems = fields.Text(compute="_compute_keys")
    done = fields.Boolean(readonly=True)
    rotated = fields.Integer(string="Re-encrypted", readonly=True)
    current = fields.Integer(string="Already Current", readonly=True)
    unreadable = fields.Integer(string="Left as They Were", readonly=True)

    @api.depends("done")
    def _compute_keys(self):
        mixin = self.env["xb.secret.mixin"]
        current, counts = mixin._get_key_usage()
        usage = "\n".join(
            self.env._("%(key)s: %(count)s secrets", key=key, count=count)
            for key, count in sorted(counts.items())
        )
        problems = "\n".join(mixin._check_keys())
        for wizard in self:
            wizard.current_key = current
            wizard.usage = usage or self.env._("No secret is stored.")
            wizard.problems = problems or False

    def action_rotate(self):
        """Re-encrypt every secret with the current key and show what was done."""
        self.ensure_one()
        if not self.env.user.has_group("xb_base.group_manager"):
            raise AccessError(self.env._("Only a manager re-encrypts secrets."))
        report = self.env["xb.secret.mixin"]._rotate_secrets()
        self.write(
            {
                "done": True,
                **{name: report[name] for name in ("rotated", "current", "unreadable")},
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Re-encrypt Secrets"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
