"""The vendor simulator of the repository, for tests that talk to a vendor over real HTTP."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.addons.xb_base.const import ENV_SIMULATOR_SEED, ENV_SIMULATOR_URL

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


class SimulatorMixin:
    """Starts the simulator for a test class.

    :cvar Simulator simulator: it, as long as the class's tests run
    :cvar other_side: what the simulator plays of :attr:`vendor`
    """

    vendor = None

    @classmethod
    def start_simulator(cls, simulator):
        """Start it, and point connections of the environment *Simulator* at it.

        :param simulator: the package, from :func:`import_simulator`: that is called first of all,
            so that a class without its repository is skipped before anything is made
        """
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.simulator = simulator.Simulator(folder.name, SEED)
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        environ = {ENV_SIMULATOR_SEED: SEED, ENV_SIMULATOR_URL: cls.simulator.url}
        cls.startClassPatcher(patch.dict(os.environ, environ))
        cls.other_side = cls.simulator.vendor(cls.vendor)

    @classmethod
    def connect_to_simulator(cls, name, **vals):
        """Return a connection to it, without a limit of our own."""
        return cls.env["xb.connection"].create(
            {
                "name": name,
                "vendor": cls.vendor,
                "environment": "simulator",
                "rate_per_minute": 0,
                "read_timeout": 1,
                **vals,
            }
        )
