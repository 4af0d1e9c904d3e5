"""An own shop to talk to: the vendor simulator, over real HTTP."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.addons.xb_base.const import ENV_SIMULATOR_SEED, ENV_SIMULATOR_URL
from odoo.addons.xb_base.tests.common import XbBaseCase

from ..const import VENDOR

SEED = "seed"


def import_simulator():
    """Return the repository's simulator package.

    :raise SkipTest: the addon is tested without its repository
    """
    folder = Path(__file__).resolve().parents[3] / "tests"
    if not (folder / "simulator").is_dir():
        raise SkipTest("the vendor simulator (tests/simulator of the repository) is not here")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module("simulator")


class RestShopMixin:
    """Adds the simulator, a connection to it, a shop and products it sells."""

    @classmethod
    def setUpClass(cls):
        simulator = import_simulator()
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = simulator.Simulator(folder.name, SEED)
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        environ = {ENV_SIMULATOR_SEED: SEED, ENV_SIMULATOR_URL: cls.simulator.url}
        cls.startClassPatcher(patch.dict(os.environ, environ))
        cls.other_side = cls.simulator.vendor(VENDOR)
        cls.connection = cls.env["xb.connection"].create(
            {
                "name": "Own shop under test",
                "vendor": VENDOR,
                "environment": "simulator",
                "rate_per_minute": 0,
                "read_timeout": 1,
            }
        )
        cls.shop = cls.env["xb.shop"].create(
            {
                "name": "Own shop under test",
                "platform": VENDOR,
                "connection_id": cls.connection.id,
                "tz": "Europe/Berlin",
            }
        )
        cls.catalogue = (("REST-1", "Rest One", "10.00"), ("REST-2", "Rest Two", "2.50"))
        products = cls.env["product.product"].create(
            [
                {"default_code": sku, "name": name, "list_price": price, "is_storable": True}
                for sku, name, price in cls.catalogue
            ]
        )
        for product in products:
            cls.env["stock.quant"]._update_available_quantity(
                product, cls.shop._get_warehouse().lot_stock_id, 1000
            )

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        self.addCleanup(self.simulator.faults.set_outage, VENDOR, False)

    def make_orders(self, count=1):
        """Have the shop sell something; return the order values."""
        currency = self.env.company.currency_id.name
        return self.other_side.make_orders(count, products=self.catalogue, currencies=[currency])


class RestShopCase(RestShopMixin, XbBaseCase):
    """Base of the tests that need no browser and no server of ours."""
