"""The cache with a real Redis: alive, dead, stale, full."""

import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.xb_inventory import cache
from odoo.addons.xb_inventory.models import xb_stock_cache

from .common import StockCase

SERVER = shutil.which("redis-server")
ITEM = (1, 2)
VALUE = [True, 10.0, 0.0, 0.0, 0.0]


class Redis:
    """A redis-server of our own on loopback."""

    def __init__(self, *options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = tempfile.mkdtemp()
        self.options = options
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
             "--save", "", *self.options],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", self.port)):
                    return
            time.sleep(0.05)
        raise AssertionError("redis-server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(SERVER and cache.redis, "no redis-server on this machine")
class TestLevelCache(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.generation = 1
        self.now = 0.0
        self.levels = self.make()

    def make(self):
        levels = cache.LevelCache(
            self.redis.url, "test", lambda: self.generation, clock=lambda: self.now)
        self.addCleanup(levels.close)
        return levels

    def fill(self, levels=None):
        levels = levels or self.levels
        _found, versions = levels.get([ITEM])
        levels.put({ITEM: VALUE}, versions)

    def test_miss_fill_hit(self):
        self.assertEqual(self.levels.get([ITEM]), ({}, {ITEM: ""}))
        self.fill()
        self.assertEqual(self.levels.get([ITEM])[0], {ITEM: VALUE})

    def test_older_value_is_not_stored(self):
        """The reader took the version, then somebody committed, then the reader stores."""
        _found, versions = self.levels.get([ITEM])
        self.levels.begin([ITEM])
        self.levels.end([ITEM])
        self.levels.put({ITEM: VALUE}, versions)
        self.assertEqual(self.levels.get([ITEM])[0], {})
        self.fill()
        self.assertEqual(self.levels.get([ITEM])[0], {ITEM: VALUE})

    def test_nothing_is_stored_while_a_commit_is_under_way(self):
        self.fill()
        self.levels.begin([ITEM])
        self.assertEqual(self.levels.get([ITEM])[0], {})
        self.fill()
        self.assertEqual(self.levels.get([ITEM])[0], {})
        self.levels.end([ITEM])
        self.fill()
        self.assertTrue(self.levels.get([ITEM])[0])

    def test_entries_end_by_themselves(self):
        self.fill()
        left = self.levels._redis.pttl(self.levels._keys([ITEM])[0][0])
        self.assertTrue(0 < left <= cache.ENTRY_SECONDS * 1000)

    def test_sold_out_only_while_fresh(self):
        self.assertEqual(self.levels.sold_out([ITEM]), set())
        _found, versions = self.levels.get([ITEM])
        self.levels.put({ITEM: [True, 10.0, 6.0, 1.0, 3.0]}, versions)
        self.assertEqual(self.levels.sold_out([ITEM]), {ITEM})
        entry = self.levels._keys([ITEM])[0][0]
        self.levels._redis.pexpire(entry, (cache.ENTRY_SECONDS - 2) * 1000)
        self.assertEqual(self.levels.sold_out([ITEM]), set())

    def test_dead_redis(self):
        self.fill()
        self.redis.kill()
        with mute_logger("odoo.addons.xb_inventory.cache"), \
                self.assertNoLogs("odoo.addons.xb_inventory.cache", "ERROR"):
            self.assertEqual(self.levels.get([ITEM]), ({}, {}))
            self.assertFalse(self.levels.end([ITEM]))
            self.assertEqual(self.levels.sold_out([ITEM]), set())
            self.levels.put({ITEM: VALUE}, {ITEM: ""})
        # it comes back; after the pause it is asked again
        self.redis.start()
        self.now += cache.PAUSE_SECONDS + 1
        self.fill()
        self.assertTrue(self.levels.get([ITEM])[0])

    def test_stale_redis_that_returns(self):
        """What it still holds is of a generation nobody reads any more."""
        other = self.make()
        self.fill()
        self.redis.process.send_signal(19)  # SIGSTOP: it hangs, and keeps what it knows
        with mute_logger("odoo.addons.xb_inventory.cache"):
            self.assertFalse(self.levels.end([ITEM]))
        self.generation = 2
        self.levels.forget_generation()
        self.redis.process.send_signal(18)
        self.now += cache.PAUSE_SECONDS + cache.GENERATION_SECONDS + 0.1
        self.assertEqual(self.levels.get([ITEM])[0], {})
        self.assertEqual(other.get([ITEM])[0], {})

    def test_full_redis(self):
        self.redis.close()
        self.redis = Redis("--maxmemory", "1kb", "--maxmemory-policy", "noeviction")
        self.addCleanup(self.redis.close)
        levels = self.make()
        with mute_logger("odoo.addons.xb_inventory.cache"):
            self.assertEqual(levels.get([ITEM])[0], {})
            levels.put({ITEM: VALUE}, {ITEM: ""})
            self.now += cache.PAUSE_SECONDS + 1
            # it cannot note that something changed, and says so
            self.assertFalse(levels.end([ITEM]))


@unittest.skipUnless(SERVER and cache.redis, "no redis-server on this machine")
@tagged("post_install", "-at_install")
class TestCachedAvailability(StockCase):
    def setUp(self):
        super().setUp()
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.startPatcher(patch.object(cache, "url", self.redis.url))
        self.startPatcher(patch.dict(xb_stock_cache._caches, clear=True))
        self.settle()

    def settle(self):
        """End the transaction as far as the cache is concerned."""
        self.env.cr.flush()
        self.env["xb.stock.level"]._follow_touched()

    def look(self):
        return self.free(warehouse_id=self.warehouse.id)

    def test_second_read_asks_no_database(self):
        self.assertEqual(self.look(), 10)
        with self.assertQueryCount(0):
            self.assertEqual(self.look(), 10)

    def test_claims_and_stock_show_at_once(self):
        self.assertEqual(self.look(), 10)
        token = self.claim(4)["token"]
        self.assertEqual(self.look(), 6)
        self.availability.release(token)
        self.assertEqual(self.look(), 10)
        self.put(self.product, 5)
        # in the transaction that changed it, too
        self.assertEqual(self.look(), 15)
        self.settle()
        self.assertEqual(self.look(), 15)

    def test_refused_early_when_sold_out(self):
        self.claim(10, key="all")
        self.assertEqual(self.look(), 0)
        with patch.object(type(self.availability), "_decide_one") as decide:
            answer = self.claim(1, key="late")
            decide.assert_not_called()
        self.assertEqual(
            answer["short"], [{"product_id": self.product.id, "asked": 1, "available": 0}])

    @mute_logger("odoo.addons.xb_inventory.cache")
    def test_right_with_redis_gone(self):
        self.assertEqual(self.look(), 10)
        self.redis.kill()
        token = self.claim(4)["token"]
        self.assertTrue(token)
        self.assertEqual(self.look(), 6)
        self.put(self.product, 1)
        self.settle()
        self.assertEqual(self.look(), 7)

    def test_warms_up(self):
        self.env["xb.stock.cache"]._warm()
        with self.assertQueryCount(0):
            self.assertEqual(self.look(), 10)
