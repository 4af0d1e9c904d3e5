import base64

from odoo import models

from odoo.addons.xb_base.jobs import vendor_job

# What a label's first bytes say of its type; printers are told by the name.
_FILE_TYPES = ((b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"^XA", "zpl"))


class XbParcel(models.Model):
    """The label as a file: addresses of services expire, a label is reprinted for weeks."""

    _inherit = "xb.parcel"

    # === ACTION METHODS === #

    def action_open_label(self):
        """Open the label to print it: the file, or where the service keeps it."""
        self.ensure_one()
        url = self.label_url
        if self.label:
            url = f"/web/content/xb.parcel/{self.id}/label/{self.label_name or 'label'}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    # === BUSINESS METHODS === #

    def _enqueue_label_file(self):
        """Fetch the file of a label that was bought, in the background."""
        self.ensure_one()
        if self.label_url and self.label_connection_id:
            self.with_delay(
                identity_key=f"xb.parcel.label:{self.id}:{self.label_ref}",
                description=self.env._("Fetch the label of %(parcel)s", parcel=self.name),
            )._job_fetch_label(self.label_connection_id)

    @vendor_job
    def _job_fetch_label(self, connection):
        """Keep the label's file. Safe to run twice.

        :param connection: The `xb.connection` that sold it.
        :raise RetryableJobError: The service could not answer; by its error family.
        """
        self.ensure_one()
        if not self.label_url or self.label_state != "bought":
            return
        # In sudo mode: the job needs the connection's secrets.
        content = connection.sudo()._get_adapter().get_label(self.label_url)
        kind = next((name for start, name in _FILE_TYPES if content.startswith(start)), "bin")
        self.write(
            {
                "label": base64.b64encode(content),
                "label_name": f"{self.number or self.name}.{kind}",
            }
        )
