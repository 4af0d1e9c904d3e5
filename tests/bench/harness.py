"""What every bench needs: an Odoo environment, rounds in turn, rows on standard output."""

import contextlib
import json
import os
import statistics
import time

from support.place import Place
from xbcli import database

DATABASE = os.environ.get("XB_TEST_DATABASE", "")


def row(name, unit, ours, plain=None, limit=None):
    """Print one row; each figure is a list of rounds, quoted by its median.

    :param list ours: one figure per round, likewise `plain` and `limit`
    """
    ratios = [a / b for a, b in zip(ours, plain or [], strict=False) if b]
    print(json.dumps({
        "name": name,
        "unit": unit,
        "ours": _median(ours),
        "plain": _median(plain),
        "limit": _median(limit),
        "ratio": _median(ratios),
        "runs": len(ours),
    }), flush=True)


def _median(figures):
    return round(statistics.median(figures), 4) if figures else None


def place():
    """Where the cluster is; ends with a sentence outside `./xb bench`."""
    found = Place.from_environment()
    if not found:
        raise SystemExit("Run it by ./xb bench.")
    return found


@contextlib.contextmanager
def odoo():
    """An environment as superuser on the bench's database, on committed data."""
    here = place()
    config = database.configure(here.home, here.pg, DATABASE, data=here.data)
    import odoo.api
    import odoo.modules.registry
    import odoo.tools

    odoo.tools.config.parse_config(["-c", str(config), "-d", DATABASE, "--log-level=error"])
    registry = odoo.modules.registry.Registry(DATABASE)
    with registry.cursor() as cursor:
        yield odoo.api.Environment(cursor, 1, {})


def timed(work):
    """:return: seconds that `work()` took"""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
