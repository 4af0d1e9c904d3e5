"""What the tests of tracking services share: the vendor simulator, over real HTTP."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.addons.xb_base.const import ENV_SIMULATOR_SEED, ENV_SIMULATOR_URL
from odoo.addons.xb_base.tests.common import XbBaseCase

from .common import LogisticsMixin

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


class SimulatedMixin(LogisticsMixin):
    """Adds the simulator and a connection of :attr:`vendor` to it, the only tracker there is."""

    vendor = None

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
        cls.other_side = cls.simulator.vendor(cls.vendor)
        cls.set_up_logistics()
        # Tests are faster than any limit; what is about limits switches them on.
        cls.other_side.store.set_setting(cls.vendor, "limits", False)
        cls.connection = cls.env["xb.connection"].create(
            {
                "name": "Tracker under test",
                "vendor": cls.vendor,
                "environment": "simulator",
                "rate_per_minute": 0,
                "read_timeout": 1,
            }
        )

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
