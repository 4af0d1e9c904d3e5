import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.xb_base.client.transport import Transport

from ..adapters.pingpong import PingPongAdapter
from ..const import CAPTURE, CODE, REGIONS, SANDBOX, STATEMENT_HOST, VOID


class XbConnection(models.Model):
    _inherit = "xb.connection"

    # === FIELDS === #

    vendor = fields.Selection(
        selection_add=[(CODE, "PingPong Checkout")], ondelete={CODE: "cascade"}
    )
    pingpong_account = fields.Char(
        string="Store Id (accId)",
        help="From PingPong's merchant site. The merchant id is it without the last 3 digits.",
    )
    pingpong_region = fields.Selection(
        [("eu", "Europe (Frankfurt)"), ("sg", "Asia (Singapore)"), ("us", "United States")],
        string="Region",
        default="eu",
        help="Follows the PingPong entity you have signed with.",
    )
    pingpong_sign_type = fields.Selection(
        [("SHA256", "SHA-256"), ("MD5", "MD5")], string="Signature", default="SHA256"
    )
    pingpong_capture_path = fields.Char(
        string="Capture Path",
        default=CAPTURE,
        help="PingPong's documentation names another one for production accounts here and there:"
        " change it when captures are answered with 404.",
    )
    pingpong_void_path = fields.Char(string="Void Path", default=VOID)

    # === CONSTRAINT METHODS === #

    @api.constrains("pingpong_account", "vendor")
    def _check_pingpong_account(self):
        for connection in self:
            account = connection.pingpong_account
            if connection.vendor == CODE and account and not re.fullmatch(r"\d{6,64}", account):
                raise ValidationError(
                    self.env._(
                        "“%(account)s” is no store id: it consists of digits only.",
                        account=account,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_adapter_class(self):
        """Override of `xb_base`."""
        return PingPongAdapter if self.vendor == CODE else super()._get_adapter_class()

    def _get_base_url(self):
        """Override of `xb_base`: the region's host, unless another address was entered."""
        if self.vendor != CODE or self.environment == "simulator" or self.base_url:
            return super()._get_base_url()
        return SANDBOX if self.environment == "sandbox" else REGIONS[self.pingpong_region or "eu"]

    def _get_adapter_settings(self):
        """Override of `xb_base`: store, signature, paths, and the way to the statements."""
        settings = super()._get_adapter_settings()
        if self.vendor == CODE:
            settings.update(
                account=self._get_pingpong_account(),
                sign_type=self.pingpong_sign_type or "SHA256",
                paths={
                    "capture": self.pingpong_capture_path or CAPTURE,
                    "void": self.pingpong_void_path or VOID,
                },
                statement_transport=self._get_pingpong_statement_transport,
            )
        return settings

    def _get_pingpong_account(self):
        if self.environment == "simulator":
            return self.pingpong_account or "2026000000000000001001"
        return self.pingpong_account or ""

    def _get_pingpong_statement_transport(self):
        """Return the way to the merchant host, where statements are."""
        if self.environment == "simulator" or self.base_url:
            return self._get_transport()
        return Transport(
            STATEMENT_HOST[self.environment],
            vendor=CODE,
            timeouts=(self.connect_timeout, self.read_timeout),
            limiter=self._get_limiter(),
            observer=self._get_observer(),
            secrets=tuple(self._get_credentials().values()),
        )
