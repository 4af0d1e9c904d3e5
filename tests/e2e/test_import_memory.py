"""A long file is imported by a server whose memory stays as it is.

`XB_IMPORT_MEMORY=50000` is the long run.
"""

import base64
import os

import pytest
from support.erp import until
from support.memory import figure, processes
from support.order_files import Maker
from xbcli.paths import addons

ORDERS = int(os.environ.get("XB_IMPORT_MEMORY", "400"))
WARM_UP = 100
GROWTH = 300  # megabytes
PATIENCE = 240 + ORDERS // 3
pytestmark = [
    pytest.mark.skipif("xb_orders" not in addons(), reason="xb_orders is not installed"),
    pytest.mark.timeout(900 + ORDERS),
]


def import_file(erp, shop, file):
    ask = erp.user("clerk")
    wizard = ask("xb.import.wizard", "create", {
        "shop_id": shop, "filename": file.name, "create_products": True,
        "file": base64.b64encode(file.data).decode()})
    ask("xb.import.wizard", "action_recognise", [wizard])
    run = ask("xb.import.wizard", "action_import", [wizard])["res_id"]
    until(lambda: erp.sql(f"SELECT state FROM xb_import_run WHERE id = {run}") == [["done"]],
          patience=PATIENCE, what="the import did not end")
    return erp.sql(f"SELECT state, count(*) FROM xb_import_line WHERE run_id = {run}"
                   " GROUP BY state")


def test_memory_stays_flat(erp):
    ask = erp.user("admin")
    shop = ask("xb.shop", "create", {"name": "Memory", "tz": "UTC"})
    first = Maker(WARM_UP, seed=1).faultless("Memory", "first")
    assert import_file(erp, shop, first) == [["created", str(WARM_UP)]]
    pids = processes(erp)
    before = {pid: figure(pid, "VmRSS") for pid in pids}
    file = Maker(ORDERS, seed=2).faultless("Memory", "long")
    assert import_file(erp, shop, file) == [["created", str(ORDERS)]]
    grown = {pid: figure(pid, "VmHWM") - size for pid, size in before.items()}
    print(f"\n{ORDERS} orders, {len(file.data) / 1e6:.1f} MB: from {before} MB, highest "
          f"growth {grown} MB")
    assert max(grown.values()) < GROWTH, grown
