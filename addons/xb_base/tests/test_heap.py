import gc
import weakref

from odoo.tests import BaseCase, TransactionCase, tagged

from odoo.addons.xb_base.heap import put_registry_aside


class Ring:
    """Refers to itself: only a collection gets rid of it."""

    def __init__(self):
        self.ring = self


@tagged("post_install", "-at_install")
class TestLoadedRegistry(TransactionCase):
    def test_collections_do_not_look_at_it(self):
        self.assertGreater(gc.get_freeze_count(), 100_000)
        looked_at = {id(thing) for thing in gc.get_objects()}
        for model in ("ir.http", "res.partner", "xb.connection"):
            self.assertNotIn(id(type(self.env[model])), looked_at)


class TestPutAside(BaseCase):
    def test_what_an_earlier_registry_left_is_collected(self):
        self.addCleanup(put_registry_aside)
        ring = Ring()
        gone = weakref.ref(ring)
        put_registry_aside()
        del ring
        gc.collect()
        self.assertIsNotNone(gone(), "put aside: a collection does not see it")
        put_registry_aside()
        self.assertIsNone(gone())
