"""An own shop to talk to: the vendor simulator, over real HTTP."""

from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_base.tests.simulated import SimulatorMixin, import_simulator

from ..const import VENDOR


class RestShopMixin(SimulatorMixin):
    """Adds the simulator, a connection to it, a shop and products it sells."""

    vendor = VENDOR

    @classmethod
    def setUpClass(cls):
        simulator = import_simulator()
        super().setUpClass()
        cls.start_simulator(simulator)
        cls.connection = cls.connect_to_simulator("Own shop under test")
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
