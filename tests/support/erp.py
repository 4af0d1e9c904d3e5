"""A real ERP process on a database of its own, that a test may kill and start again."""

import os
import signal
import subprocess
import time
import xmlrpc.client

from simulator import Simulator
from xbcli import database, proc, server

SEED = "test-seed"
METRICS = "test-metrics-token"
PATIENCE = 120
COMPRESSED = 30
PAUSES = {"outbox_probe_seconds": 60, "exchange_retry_cap_seconds": 900, "outbox_lease_seconds": 60}


class Erp:
    """One Odoo with its job runner, one simulator, one database.

    :param Place place: where the cluster is
    :param str name: of the database; dropped at the end
    """

    def __init__(self, place, name):
        self.place = place
        self.name = name
        self.processes = []
        self.uids = {}
        self.port = server.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = place.home.log / f"{name}.log"

    def __enter__(self):
        self.log.unlink(missing_ok=True)
        database.clone(self.place.home, self.place.pg, self.place.template, self.name,
                       data=self.place.data)
        folder = self.place.home.run / f"{self.name}.simulator"
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.mkdir()
        self.simulator = Simulator(folder, SEED)
        self.simulator.start()
        return self

    def __exit__(self, *exception):
        self.stop()
        self.simulator.stop()
        database.drop(self.place.pg, self.name)

    def start(self, **environment):
        """Start the server and wait for its login page.

        :param environment: more variables for its process
        """
        config = database.configure(self.place.home, self.place.pg, self.name, port=self.port,
                                    data=self.place.data)
        env = database.environment(
            self.place.home, **{
                "XB_METRICS_TOKEN": METRICS, "XB_SIMULATOR_SEED": SEED,
                "XB_SIMULATOR_URL": self.simulator.url, **environment,
            })
        web, jobs, port = server.commands(self.place.home, config, self.name)
        env["ODOO_QUEUE_JOB_PORT"] = str(port)
        self.processes = [proc.spawn(web, log=self.log, env=env),
                          proc.spawn(jobs, log=self.log, env=env)]
        server.wait_for(f"{self.url}/web/login", self.processes[0], self.log, "Odoo",
                        patience=PATIENCE)

    def kill(self):
        """SIGKILL, as the kernel does when memory is short: nothing is tidied up."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()

    def stop(self):
        """End it in good order."""
        for process in self.processes:
            if process.poll() is None:
                proc.stop(process.pid, proc.started(process.pid))
                process.wait()

    def sql(self, query):
        """Rows of a query, as lists of strings; on a connection of its own."""
        return self.place.pg.sql(self.name, query)

    def count(self, query):
        """The one number of a query."""
        return int(self.sql(query)[0][0])

    def count_rows(self, shop):
        """Rows of every business table that belong to a shop: the demo's own shops go on
        meanwhile.

        :param int shop: its id
        :return: {what was counted: how many}
        """
        order = f"(SELECT id FROM sale_order WHERE xb_shop_id = {shop})"
        picking = f"(SELECT id FROM stock_picking WHERE sale_id IN {order})"
        buyer = f"xb_shop_buyer WHERE shop_id = {shop}"
        return {query: self.count(f"SELECT count(*) FROM {query}") for query in (
            f"sale_order WHERE xb_shop_id = {shop}",
            f"sale_order_line WHERE order_id IN {order}",
            f"stock_picking WHERE id IN {picking}",
            f"stock_move WHERE picking_id IN {picking}",
            f"stock_move_line WHERE picking_id IN {picking}",
            f"xb_order_intake WHERE shop_id = {shop}", buyer,
            f"res_partner WHERE commercial_partner_id IN (SELECT partner_id FROM {buyer})",
            # no shop of the demo makes any
            "product_product", "xb_parcel")}

    def user(self, login="admin", password=None):
        """What a user may do over XML-RPC: `erp.user("clerk")("sale.order", "search", [])`.

        Signed in once per user: checking a password takes half a second on purpose.
        """
        if login not in self.uids:
            common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
            self.uids[login] = common.authenticate(self.name, login, password or login, {})
        uid = self.uids[login]
        models = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=False)

        def call(model, method, *arguments, **named):
            return models.execute_kw(self.name, uid, password or login, model, method,
                                     list(arguments), named)

        return call

    def hasten(self, *vendors):
        """Compress time thirtyfold: the pauses that the suite makes, and its patience with
        vendors; no limit of our own."""
        ask = self.user("admin")
        for name, seconds in PAUSES.items():
            ask("ir.config_parameter", "set_param", f"xb_base.{name}",
                str(max(seconds // COMPRESSED, 2)))
        for vendor in vendors:
            found = ask("xb.connection", "search", [("vendor", "=", vendor)])
            ask("xb.connection", "write", found, {"read_timeout": 1, "rate_per_minute": 0})

    def count_stock(self, product, units):
        """Say how many of a product are on the first warehouse's shelf, as a person counts them."""
        ask = self.user("admin")
        [place] = ask("stock.warehouse", "search_read", [], ["lot_stock_id"], limit=1, order="id")
        where = {"product_id": product, "location_id": place["lot_stock_id"][0]}
        quants = ask("stock.quant", "search", [(name, "=", one) for name, one in where.items()])
        quants = quants or [ask("stock.quant", "create", where)]
        ask("stock.quant", "write", quants, {"inventory_quantity": units})
        # core's method answers nothing, which XML-RPC cannot say: it is done all the same
        try:
            ask("stock.quant", "action_apply_inventory", quants)
        except xmlrpc.client.Fault as fault:
            assert "None" in fault.faultString, fault.faultString

    def webhook_url(self, vendor="rest_shop"):
        """Where a vendor's webhooks go, on this server."""
        (found,) = self.user("admin")("xb.connection", "search_read", [("vendor", "=", vendor)],
                                      ["webhook_url"], limit=1)
        return f"{self.url}/{found['webhook_url'].split('/', 3)[3]}"

    def errors(self):
        """The lines of the server's log that report an error."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if " ERROR " in line or " CRITICAL " in line]


def until(condition, *, patience=60, pause=0.2, what="it did not happen"):
    """Wait for something that happens in the background; the value that came true.

    :param what: a sentence, or what gives one: how far it is says more when it is over
    :raise AssertionError: after `patience` seconds
    """
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(pause)
