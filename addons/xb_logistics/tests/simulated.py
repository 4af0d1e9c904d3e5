"""What the tests of tracking services share: the vendor simulator, over real HTTP."""

from odoo.addons.xb_base.tests.common import XbBaseCase
from odoo.addons.xb_base.tests.simulated import SimulatorMixin, import_simulator

from .common import LogisticsMixin


class SimulatedMixin(SimulatorMixin, LogisticsMixin):
    """Adds the simulator and a connection of :attr:`vendor` to it, the only tracker there is."""

    @classmethod
    def setUpClass(cls):
        simulator = import_simulator()
        super().setUpClass()
        cls.start_simulator(simulator)
        cls.set_up_logistics()
        # Tests are faster than any limit; what is about limits switches them on.
        cls.other_side.store.set_setting(cls.vendor, "limits", False)
        cls.connection = cls.connect_to_simulator("Tracker under test")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        self.addCleanup(self.simulator.faults.set_outage, self.vendor, False)

    @classmethod
    def carrier(cls, code):
        return cls.env.ref(f"xb_logistics.xb_carrier_{code}")

    @classmethod
    def make_parcel(cls, number, carrier, **values):
        return cls.Parcel.create(
            {"number": number, "carrier_id": cls.carrier(carrier).id, **values}
        )

    def send_outbox(self):
        """Do what the outbox's job does."""
        self.env.flush_all()
        self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()

    def poll(self, parcels):
        """Do what the polling job does."""
        result = self.connection._job_poll(parcels.ids)
        self.env.invalidate_all()
        return result


class SimulatedCase(SimulatedMixin, XbBaseCase):
    """Base of the tests that need no browser and no server of ours."""
