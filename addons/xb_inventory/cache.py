"""Levels in Redis: a copy that may be lost, full, stale or gone without anybody getting it wrong.

PostgreSQL decides; what is here only spares it questions. The rules are one page:
``docs/cache-rules.md``. In short:

- A reader that misses takes the entry's *version* first, reads PostgreSQL in a fresh snapshot and
  stores what it read only if the version is still the same.
- Whoever changes stock raises the version before its commit (nobody stores while it is under way)
  and again after it. So nothing older than the newest commit is ever stored.
- A raise that fails moves everybody to a new *generation*, kept in PostgreSQL: all keys of the old
  one are never read again, whatever a returning Redis still holds.
- Entries live half a minute. That is the net under everything above.
"""

import json
import logging
import os
import threading
import time

try:
    import redis
except ImportError:  # optional: without the package there is no cache
    redis = None

from .const import ENV_REDIS_URL

_logger = logging.getLogger(__name__)

# Of this process; looking into the environment at every reading would cost a tenth of it.
url = os.environ.get(ENV_REDIS_URL)

ENTRY_SECONDS = 30
# A commit that takes longer than this after it was announced may be overtaken by a reader; the
# second raise follows it anyway.
PENDING_SECONDS = 5
VERSION_SECONDS = 3600
# How old a generation may be that a process goes by.
GENERATION_SECONDS = 1.0
# After an error, a process leaves Redis alone for a moment: a dead one must not slow anything.
PAUSE_SECONDS = 2.0
SOCKET_SECONDS = 0.2
# "Sold out" from here is believed only while it is this fresh.
REFUSAL_SECONDS = 1.0

# KEYS: entry, version, pending. ARGV: version the reader saw, value, milliseconds.
_STORE = """
if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
local now = redis.call('GET', KEYS[2]) or ''
if now ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class LevelCache:
    """The cache of one database.

    :param str url: ``redis://…``
    :param str prefix: names the database
    :param generation: function that reads the generation from PostgreSQL
    :param clock: function that gives seconds, for tests
    """

    def __init__(self, url, prefix, generation, clock=time.monotonic):
        self._redis = redis.Redis.from_url(
            url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS,
            decode_responses=True, protocol=2,
        )
        self._store = self._redis.register_script(_STORE)
        self._prefix = prefix
        self._read_generation = generation
        self._clock = clock
        self._lock = threading.Lock()
        self._generation = (0, float("-inf"))
        self._paused_until = float("-inf")

    # === READING === #

    def get(self, items):
        """Look up entries.

        :param list items: ``(product_id, warehouse_id)``
        :return: ``(found, missed)``: values by item; versions by item, to hand to :meth:`put`.
            Both empty when the cache cannot be asked.
        """
        keys = self._keys(items)
        if not keys:
            return {}, {}
        flat = [key for entry, version, _pending in keys for key in (entry, version)]
        answers = self._call(lambda: self._redis.mget(flat))
        if answers is None:
            return {}, {}
        found, missed = {}, {}
        for item, value, version in zip(items, answers[::2], answers[1::2], strict=True):
            if value is None:
                missed[item] = version or ""
            else:
                found[item] = json.loads(value)
        return found, missed

    def put(self, values, versions):
        """Store what was read from PostgreSQL after the versions were taken.

        :param dict values: JSON values by item
        :param dict versions: versions by item, from :meth:`get`
        """
        items = [item for item in values if item in versions]
        keys = self._keys(items)
        if not keys:
            return

        def store():
            pipe = self._redis.pipeline(transaction=False)
            for item, names in zip(items, keys, strict=True):
                self._store(
                    keys=names, client=pipe,
                    args=[versions[item], json.dumps(values[item]), ENTRY_SECONDS * 1000],
                )
            pipe.execute()
            return True

        self._call(store)

    def sold_out(self, items):
        """Return the items that an entry of this very moment says nothing is left of.

        :param list items: ``(product_id, warehouse_id)``
        :rtype: set
        """
        keys = self._keys(items)
        if not keys:
            return set()

        def ask():
            pipe = self._redis.pipeline(transaction=False)
            for entry, _version, _pending in keys:
                pipe.get(entry)
                pipe.pttl(entry)
            return pipe.execute()

        answers = self._call(ask)
        if answers is None:
            return set()
        young = (ENTRY_SECONDS - REFUSAL_SECONDS) * 1000
        gone = set()
        for item, value, left in zip(items, answers[::2], answers[1::2], strict=True):
            if value is not None and left >= young:
                on_hand, reserved, waiting, claimed = json.loads(value)[1:]
                if on_hand - reserved - waiting - claimed <= 0:
                    gone.add(item)
        return gone

    # === CHANGING === #

    def begin(self, items):
        """Announce that a transaction is about to commit a change of the items.

        :return: whether it could be announced
        """
        return self._raise(items, pending=True)

    def end(self, items):
        """Say that a change of the items was committed.

        :return: whether it could be said; else the caller starts a new generation
        """
        return self._raise(items, pending=False)

    def _raise(self, items, *, pending):
        keys = self._keys(items)
        if keys is None:
            return False

        def change():
            pipe = self._redis.pipeline(transaction=True)
            for entry, version, mark in keys:
                pipe.incr(version)
                pipe.expire(version, VERSION_SECONDS)
                pipe.delete(entry)
                if pending:
                    pipe.set(mark, "1", ex=PENDING_SECONDS)
                else:
                    pipe.delete(mark)
            pipe.execute()
            return True

        return bool(self._call(change))

    def is_cold(self):
        """Whether nobody has warmed this cache up lately; who asks first shall do it."""
        keys = self._keys([(0, 0)])
        if not keys:
            return False
        mark = keys[0][0] + ":warm"
        return bool(self._call(lambda: self._redis.set(mark, "1", nx=True, ex=VERSION_SECONDS)))

    def forget_generation(self):
        """Read the generation anew at the next call."""
        self._generation = (0, float("-inf"))

    def close(self):
        """Give the connections back."""
        self._redis.close()

    # === INSIDE === #

    def _keys(self, items):
        """Names of the items' entry, version and pending mark; None while Redis is left alone."""
        now = self._clock()
        if now < self._paused_until:
            return None
        number, read_at = self._generation
        if now - read_at > GENERATION_SECONDS:
            with self._lock:
                number = self._read_generation()
                self._generation = (number, now)
        root = f"xb:{self._prefix}:{number}"
        return [
            (f"{root}:l:{product}:{warehouse}", f"{root}:v:{product}:{warehouse}",
             f"{root}:p:{product}:{warehouse}")
            for product, warehouse in items
        ]

    def _call(self, work):
        """Ask Redis; None when it does not answer as it should (down, full, too slow)."""
        try:
            return work()
        except redis.RedisError as error:
            self._paused_until = self._clock() + PAUSE_SECONDS
            _logger.warning("Redis does not help (%s); asking PostgreSQL instead", error)
            return None
