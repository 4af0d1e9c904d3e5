import os
from urllib.parse import urlsplit

from odoo import fields, models

from odoo.addons.xb_base.client.transport import Transport
from odoo.addons.xb_base.const import ENV_SIMULATOR_SEED

from ..adapters.paypal import PayPalAdapter
from ..client.api import read_error
from ..client.certificates import CACHE
from ..const import CERT_HOSTS, CERT_TIMEOUTS, CODE, HOSTS
from ..core.simulator import derive_authority


class XbConnection(models.Model):
    _inherit = "xb.connection"

    vendor = fields.Selection(selection_add=[(CODE, "PayPal")], ondelete={CODE: "cascade"})

    def _get_adapter_class(self):
        """Override of `xb_base`."""
        return PayPalAdapter if self.vendor == CODE else super()._get_adapter_class()

    def _get_base_url(self):
        """Override of `xb_base`: PayPal's host, unless another address was entered."""
        if self.vendor != CODE or self.environment == "simulator" or self.base_url:
            return super()._get_base_url()
        return HOSTS[self.environment]

    def _get_adapter_settings(self):
        """Override of `xb_base`: what a webhook's certificate is fetched and trusted by."""
        settings = super()._get_adapter_settings()
        if self.vendor == CODE:
            settings.update(
                cert_hosts=CERT_HOSTS.get(self.environment, ()),
                load_certificate=self._load_paypal_certificate,
                door_transport=lambda: self._get_paypal_door(self._get_base_url()),
            )
            if self.environment == "simulator":
                parts = urlsplit(self._get_base_url())
                settings["cert_origin"] = f"{parts.scheme}://{parts.netloc}"
                settings["cert_roots"] = [derive_authority(os.environ[ENV_SIMULATOR_SEED])]
        return settings

    def _load_paypal_certificate(self, url):
        """Return the certificate at an address that was checked; from memory, or fetched.

        :rtype: bytes
        :raise VendorError: it is not to be had
        """

        def fetch(url):
            parts = urlsplit(url)
            door = self._get_paypal_door(f"{parts.scheme}://{parts.netloc}")
            return door.request("GET", parts.path, expect="bytes").content

        return CACHE.get(url, fetch)

    def _get_paypal_door(self, base_url):
        """Return the way out while a sender waits: impatient, and past our own limiter."""
        return Transport(
            base_url,
            vendor=CODE,
            timeouts=CERT_TIMEOUTS,
            max_bytes=64 * 1024,
            observer=self._get_observer(),
            secrets=tuple(self._get_credentials().values()),
            allow_plain=self.environment == "simulator",
            error_reader=read_error,
        )
