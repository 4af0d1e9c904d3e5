"""Never oversold: three doors at once, and the floor pulled away under them.

Claims, imported orders and quotations confirmed over RPC take the units of one product, by many
clients at a time; in the middle the server is killed, or PostgreSQL crashes. In the end exactly
what was there is sold, and everything that was promised to a client is on record.

`XB_OVERSELL=1000,64,10000,20` is the long run: units, clients, attempts, rounds. What each round
did is printed (`-- -s`).
"""

import os
import shutil
import signal
import subprocess
import time

import pytest
from support.race import Race
from xbcli.paths import addons
from xbcli.server import free_port

pytestmark = pytest.mark.skipif(
    "xb_inventory" not in addons(), reason="xb_inventory cannot be installed yet")
UNITS, CLIENTS, ATTEMPTS, ROUNDS = map(
    int, os.environ.get("XB_OVERSELL", "60,12,240,1").split(","))


@pytest.fixture
def race(erp):
    """A product with units, guarded."""
    return Race(erp, UNITS)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_three_doors(race, turn):
    race.run(CLIENTS, ATTEMPTS)
    race.check()
    assert all(race.promised.values()), "a door sold nothing"


def test_server_killed(race, erp):
    def kill():
        erp.kill()
        time.sleep(1)
        erp.start()

    race.run(CLIENTS, ATTEMPTS, kill)
    race.check()


def test_redis_killed(race, erp):
    """Redis helps, then it is gone; nobody notices."""
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("no redis-server on this machine")
    port = free_port()
    redis = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL)
    try:
        erp.stop()
        erp.start(XB_REDIS_URL=f"redis://127.0.0.1:{port}/0")
        race.run(CLIENTS, ATTEMPTS, redis.kill)
        race.check()
    finally:
        redis.kill()
        redis.wait()


def test_postgresql_crashed(race, erp, place):
    """One backend killed: PostgreSQL ends all others, and recovers from its log."""
    if not place.pg.folder:
        pytest.skip("needs the embedded PostgreSQL")
    # The numbers of a copied database are safe from its first checkpoint on: until then, its
    # sequences rely on what the log says of the original's.
    place.pg.sql("postgres", "CHECKPOINT")
    # the test cluster does not wait for the disk; what is promised here must survive a crash
    place.pg.sql("postgres", f'ALTER DATABASE "{erp.name}" SET synchronous_commit = on')
    erp.stop()
    erp.start()

    def crash():
        ((pid,),) = place.pg.sql(
            erp.name, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            f" AND datname = '{erp.name}' AND pid <> pg_backend_pid() LIMIT 1")
        os.kill(int(pid), signal.SIGKILL)

    race.run(CLIENTS, ATTEMPTS, crash)
    race.check()
