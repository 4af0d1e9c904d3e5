"""A race for the units of one product, through three doors at once, over RPC.

Orders are imported ten at a time and quotations made five at a time, as their senders do; each is
an attempt of its own, and each quotation is confirmed by a call of its own. As long as there are
goods, as many attempts are made at one door as at the others; those who come too late are sent to
the `claim` door eight times out of ten.
"""

import itertools
import sys
import threading
import time
import xmlrpc.client

from .erp import until

NO_ANSWER = (OSError, xmlrpc.client.ProtocolError, xmlrpc.client.expat.ExpatError)
# What a client tries again: the database was away or too busy, nothing is known to be decided.
PASSING = ("serializ", "concurrent", "deadlock", "connection", "shutting down", "recovery",
           "terminat", "Pool", "OperationalError", "InterfaceError", "timeout")
PATIENCE = 300
DOORS = ("claim", "import", "confirm")
AT_ONCE = {"claim": 1, "import": 10, "confirm": 5}
# As many attempts at each door, and with eight times as many at the first one.
EVENLY = ("import", *("claim",) * 5, "confirm", *("claim",) * 5, "confirm")
LATE = (*("claim",) * 40, "import", *("claim",) * 40, "confirm", "confirm")


class Race:
    """One product, many clients.

    :param Erp erp: the server
    :param int units: of the product, on the shelf
    """

    guarded_sales = True

    def __init__(self, erp, units):
        self.erp, self.units = erp, units
        ask = erp.user("admin")
        self.name = f"RACE-{time.monotonic_ns()}"
        (company,) = ask("res.company", "search", [], limit=1, order="id")
        ask("res.company", "write", [company], {"xb_guard_sales": self.guarded_sales})
        (place,) = ask("stock.warehouse", "search_read", [("company_id", "=", company)],
                       ["lot_stock_id"], limit=1)
        self.place = place["id"]
        self.product = ask("product.product", "create", {
            "name": self.name, "default_code": self.name, "type": "consu", "is_storable": True,
            "list_price": 10.0, "taxes_id": [(6, 0, [])]})
        erp.count_stock(self.product, units)
        self.partner = ask("res.partner", "create", {"name": self.name})
        self.shop = ask("xb.shop", "create", {
            "name": self.name, "warehouse_id": self.place, "auto_confirm": True})
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.promised = {"claim": [], "import": [], "confirm": []}
        self.tried = dict.fromkeys(DOORS, 0)
        self.refused = self.repeated = 0
        self.may_go_on = set()
        self.trouble = []

    # -- the doors: each gives the keys that a unit was promised for, and may be called again

    def claim(self, ask, keys):
        line = {"product_id": self.product, "qty": 1}
        return [key for key in keys if ask(
            "xb.availability", "claim", [line], key, False, 3600, False, self.place)["token"]]

    def import_(self, ask, keys):
        orders = [{
            "ref": key, "placed_at": "2026-11-22T10:00:00Z", "status": "paid", "currency": "USD",
            "buyer": {"name": key},
            "ship_to": {"name": key, "street": "1 Main Street", "city": "Austin",
                        "zip": "78701", "state": "TX", "country": "US"},
            "lines": [{"ref": "1", "sku": self.name, "qty": "1", "unit_price": "10.00"}],
        } for key in keys]
        verdicts = ask("xb.shop", "import_orders", [self.shop], orders)
        if not all(verdict["order_id"] for verdict in verdicts):
            raise AssertionError(f"the import door is broken: {verdicts}")
        found = ask("sale.order", "read", [verdict["order_id"] for verdict in verdicts],
                    ["state"])
        sold = {order["id"] for order in found if order["state"] == "sale"}
        return [key for key, verdict in zip(keys, verdicts, strict=True)
                if verdict["order_id"] in sold]

    def confirm(self, ask, keys):
        found = ask("sale.order", "search_read", [("client_order_ref", "in", keys)],
                    ["client_order_ref", "state"])
        known = {order["client_order_ref"]: order for order in found}
        missing = [key for key in keys if key not in known]
        made = ask("sale.order", "create", [{
            "partner_id": self.partner, "client_order_ref": key, "warehouse_id": self.place,
            "order_line": [(0, 0, {"product_id": self.product, "product_uom_qty": 1})],
        } for key in missing]) if missing else []
        known.update((key, {"id": order_id, "state": "draft"})
                     for key, order_id in zip(missing, made, strict=True))
        return [key for key in keys if known[key]["state"] == "sale"
                or self.confirm_one(ask, known[key]["id"])]

    def confirm_one(self, ask, order):
        try:
            ask("sale.order", "action_confirm", [order])
        except xmlrpc.client.Fault as fault:
            if "not enough stock" in fault.faultString:
                return False
            raise
        return True

    # -- the clients

    def run(self, clients, attempts, meanwhile=None):
        """Let clients try so often in all; do something in the middle."""
        def client(number):
            ask = self.erp.user("admin")
            for turn in itertools.count(number):
                doors = EVENLY if self.sold() < self.units else LATE
                door = doors[turn % len(doors)]
                keys = self.take(AT_ONCE[door], attempts)
                if not keys:
                    return
                self.attempt(ask, door, keys)

        start = time.monotonic()
        threads = [threading.Thread(target=self.guarded, args=(client, n)) for n in range(clients)]
        for thread in threads:
            thread.start()
        if meanwhile:
            until(lambda: self.sold() > self.units // 4, patience=PATIENCE,
                  what="the race does not get going")
            meanwhile()
        for thread in threads:
            thread.join()
        assert not self.trouble, self.trouble[:3]
        tried = {door: f"{len(self.promised[door])} of {self.tried[door]}" for door in DOORS}
        seconds = time.monotonic() - start
        print(f"\n{type(self).__name__}: {attempts} attempts by {clients} clients"
              f" in {seconds:.0f} s: {self.sold()} sold, {self.refused} refused,"
              f" {self.repeated} calls repeated; by door {tried}", file=sys.stderr)

    def take(self, number, attempts):
        """Keys of the next so many attempts, fewer at the end."""
        turns = [turn for _ in range(number) if (turn := next(self.numbers)) < attempts]
        return [f"{self.name}-{turn}" for turn in turns]

    def guarded(self, client, number):
        try:
            client(number)
        except Exception as error:
            self.trouble.append(repr(error)[-800:])

    def attempt(self, ask, door, keys):
        """A unit for each key by one door, asked for until there is an answer."""
        deadline = time.monotonic() + PATIENCE
        work = {"claim": self.claim, "import": self.import_, "confirm": self.confirm}[door]
        while True:
            try:
                granted = work(ask, keys)
                break
            except NO_ANSWER:
                reason = "no answer"
            except xmlrpc.client.Fault as fault:
                reason = fault.faultString
                if not any(word in reason for word in PASSING):
                    raise
            assert time.monotonic() < deadline, reason
            with self.lock:
                self.repeated += 1
            time.sleep(0.2)
        with self.lock:
            self.promised[door] += granted
            self.tried[door] += len(keys)
            if door == "import":
                self.may_go_on.update(set(keys).difference(granted))
            self.refused += len(keys) - len(granted)

    def sold(self):
        """Units promised to clients so far."""
        return sum(map(len, self.promised.values()))

    # -- what must hold

    def check(self):
        """Sold exactly, each promise on record, nothing left behind."""
        ask = self.erp.user("admin")
        # a transaction that was killed may have kept a unit from the last who asked
        while self.attempt_last(ask):
            pass
        erp, product = self.erp, self.product
        # what was confirmed at a crowded shelf is reserved right after, by a job
        until(lambda: not erp.count("SELECT COUNT(*) FROM xb_stock_due"), patience=PATIENCE,
              what="confirmed orders wait for their reservation")
        ask("xb.stock.check", "action_check_now", [])
        claims = {key for (key,) in erp.sql(
            "SELECT claim.key FROM xb_stock_claim claim JOIN xb_stock_claim_line line"
            f" ON line.claim_id = claim.id WHERE line.product_id = {product} AND line.is_open")}
        assert claims == set(self.promised["claim"])
        sold = {ref for (ref,) in erp.sql(
            "SELECT DISTINCT sale.client_order_ref FROM sale_order sale JOIN sale_order_line line"
            f" ON line.order_id = sale.id WHERE line.product_id = {product}"
            " AND sale.state = 'sale'")}
        assert sold >= {*self.promised["import"], *self.promised["confirm"]}
        # an imported order that was held goes on by itself when the unit of a dead one is free
        assert self.may_go_on >= sold - {*self.promised["import"], *self.promised["confirm"]}
        demand = erp.count(
            "SELECT COALESCE(SUM(product_uom_qty), 0)::int FROM sale_order_line"
            f" WHERE product_id = {product} AND state = 'sale'")
        assert demand == len(sold)
        assert len(claims) + demand == self.units
        assert demand == erp.count(
            "SELECT COALESCE(SUM(quantity), 0)::int FROM stock_move"
            f" WHERE product_id = {product} AND state = 'assigned'")
        assert demand == erp.count(
            "SELECT SUM(reserved_quantity)::int FROM stock_quant"
            f" WHERE product_id = {product}")
        (row,) = ask("xb.availability", "available", [product], False, self.place)
        assert (row["available"], row["claimed"]) == (0, len(claims)), row
        assert erp.count("SELECT COUNT(*) FROM xb_stock_claim claim JOIN xb_stock_claim_line line"
                         " ON line.claim_id = claim.id AND line.is_open"
                         f" WHERE line.product_id = {product} AND claim.bond IS NOT NULL") == 0
        assert erp.count("SELECT COUNT(*) FROM xb_stock_claim_use used JOIN xb_stock_claim_line"
                         f" line USING (claim_id) WHERE line.product_id = {product}") == 0
        # Of other products as well, but for orders that are being confirmed at this very moment:
        # claims of a race an hour ago expire, and its held orders go on.
        until(lambda: not erp.count("SELECT (SELECT COUNT(*) FROM xb_stock_claim WHERE"
                                    " state = 'open' AND bond IS NOT NULL)"
                                    " + (SELECT COUNT(*) FROM xb_stock_claim_use)"),
              patience=PATIENCE, what="claims of orders are left behind")
        assert erp.count("SELECT drift FROM xb_stock_check ORDER BY id DESC LIMIT 1") == 0
        assert erp.count(f"SELECT COUNT(*) FROM xb_stock_level WHERE product_id = {product}"
                         " AND free < 0") == 0

    def attempt_last(self, ask):
        before = self.sold()
        self.attempt(ask, "claim", [f"{self.name}-last-{next(self.numbers)}"])
        return self.sold() > before
