import base64
import os
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.xb_base.client.transport import Transport
from odoo.addons.xb_base.const import ENV_SIMULATOR_SEED, SECRET_MASK
from odoo.addons.xb_base.core.simulator import derive_rsa

from ..adapters.alipay import AlipayAdapter
from ..adapters.antom import AntomAdapter
from ..client import keys
from ..const import ANTOM, CODE, GATEWAY, REGIONS

ADAPTERS = {CODE: AlipayAdapter, ANTOM: AntomAdapter}
SIMULATED_APP = {CODE: "2026000000000001", ANTOM: "SANDBOX_5YBX622Z44XK00000"}
SIMULATED_SELLER = "2088000000000002"


class XbConnection(models.Model):
    _inherit = "xb.connection"

    # === FIELDS === #

    vendor = fields.Selection(
        selection_add=[(CODE, "Alipay"), (ANTOM, "Antom (Alipay+)")],
        ondelete={CODE: "cascade", ANTOM: "cascade"},
    )
    alipay_app_id = fields.Char(
        string="App Id / Client Id",
        help="Alipay's app id (20…), or Antom's client id; SANDBOX_… asks Antom's sandbox.",
    )
    alipay_seller_id = fields.Char(
        string="Seller Id",
        help="Alipay's partner number (2088…). Notifications for another seller are refused.",
    )
    antom_region = fields.Selection(
        [("sea", "Asia"), ("na", "North America"), ("de", "Europe")],
        default="sea",
    )
    antom_method_type = fields.Char(
        string="Wallet",
        default="ALIPAY_CN",
        help="Antom's name of the payment method that the cashier offers.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `xb_base`: a key that cannot work is refused while its person is there."""
        for vals in vals_list:
            self._check_alipay_keys(vals.get("vendor"), vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `xb_base`: see :meth:`create`."""
        for vendor in set(self.mapped("vendor")):
            self._check_alipay_keys(vendor, vals)
        return super().write(vals)

    @api.model
    def _check_alipay_keys(self, vendor, vals):
        """Check keys before they are stored: afterwards nobody can read them any more.

        :raise ValidationError: which one, and why
        """
        if vendor not in ADAPTERS:
            return
        for name, load in (("api_secret", keys.load_private), ("webhook_secret", keys.load_public)):
            value = vals.get(name)
            if not value or value == SECRET_MASK:
                continue
            try:
                load(value)
            except ValueError as error:
                label = self._fields[name]._description_string(self.env)
                raise ValidationError(
                    self.env._(
                        "The key in “%(field)s” cannot be used: %(reason)s. “API Secret” takes our"
                        " own private key, “Webhook Secret” the provider's public key; both RSA,"
                        " PEM or bare base64.",
                        field=label,
                        reason=error,
                    )
                ) from None

    # === BUSINESS METHODS === #

    def _get_adapter_class(self):
        """Override of `xb_base`."""
        return ADAPTERS.get(self.vendor) or super()._get_adapter_class()

    def _get_base_url(self):
        """Override of `xb_base`: the gateway or the region's host, unless one was entered."""
        if self.vendor not in ADAPTERS or self.environment == "simulator" or self.base_url:
            return super()._get_base_url()
        if self.vendor == CODE:
            return GATEWAY[self.environment]
        return REGIONS[self.antom_region or "sea"]

    def _get_credentials(self):
        """Override of `xb_base`: for the simulator, keys that both sides derive from the seed."""
        found = super()._get_credentials()
        if self.vendor in ADAPTERS and self.environment == "simulator":
            seed = os.environ[ENV_SIMULATOR_SEED]
            found["api_secret"] = _private_text(derive_rsa(seed, self.vendor, "merchant"))
            public_key = derive_rsa(seed, self.vendor, "vendor").public_key()
            found["webhook_secret"] = _public_text(public_key)
        return found

    def _get_adapter_settings(self):
        """Override of `xb_base`."""
        settings = super()._get_adapter_settings()
        if self.vendor not in ADAPTERS:
            return settings
        simulated = self.environment == "simulator"
        app = self.alipay_app_id or (SIMULATED_APP[self.vendor] if simulated else "")
        base = self._get_base_url()
        settings.update(
            app_id=app,
            client_id=app,
            seller_id=self.alipay_seller_id or (SIMULATED_SELLER if simulated else ""),
            gateway=base,
            method_type=self.antom_method_type or "ALIPAY_CN",
            notify_path=f"/xb/in/{self._get_secret('webhook_token') or ''}",
            bill_origin="://".join(urlsplit(base)[:2]) if simulated else "",
            bill_transport=self._get_alipay_bill_transport,
        )
        return settings

    def _get_alipay_bill_transport(self, url):
        """Return the way to a bill, which lies on a host of its own; nothing secret goes there."""
        parts = urlsplit(url)
        return Transport(
            f"{parts.scheme}://{parts.netloc}",
            vendor=self.vendor,
            timeouts=(self.connect_timeout, self.read_timeout),
            observer=self._get_observer(),
            allow_plain=self.environment == "simulator",
        )


def _private_text(key):
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(der).decode()


def _public_text(key):
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
