"""A long statement is imported in the background: the server answers meanwhile, its memory stays
as it is, and SIGKILL at any moment leaves nothing half.

`XB_STATEMENT_LINES=100000` is the long run.
"""

import base64
import os
import random
import threading
import time

import pytest
from support.erp import until
from support.memory import figure, processes
from xbcli.paths import addons

LINES = int(os.environ.get("XB_STATEMENT_LINES", "12000"))
PATIENCE = 120 + LINES // 200
TURNS = 3
PAIRS = 4  # orders that are invoiced and settled at once
GROWTH = 60  # megabytes, whatever the file's length
pytestmark = [
    pytest.mark.skipif("xb_finance" not in addons(), reason="xb_finance is not installed"),
    pytest.mark.timeout(600 + LINES // 50),
]
HEAD = ("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\t"
        "currency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\t"
        "marketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t"
        "posted-date-time\torder-item-code\tsku\tquantity-purchased\tpromotion-id")


def statement(key, lines, order="K", cents=1):
    """A settlement of so many cents in each line, four lines to an order."""
    rows = [HEAD, "\t".join((
        key, "2026-05-04 00:00:00 UTC", "2026-05-18 00:00:00 UTC", "2026-05-20 00:00:00 UTC",
        f"{lines * cents / 100:.2f}", "USD", *[""] * 16))]
    rows += ["\t".join((
        key, *[""] * 5, "Order", f"{order}-{place // 4}", "", "", "", "", "ItemPrice", "Principal",
        f"{cents / 100:.2f}", *[""] * 2, "2026-05-05 17:05:12 UTC", *[""] * 4))
        for place in range(lines)]
    return base64.b64encode("\n".join(rows).encode()).decode()


@pytest.fixture(scope="module")
def ask(erp):
    """The admin, with US dollars to be paid in."""
    ask = erp.user("admin")
    dollars = ask("res.currency", "search", [("name", "=", "USD"), ("active", "in", [1, 0])])
    ask("res.currency", "write", dollars, {"active": True})
    return ask


@pytest.fixture
def shop(ask):
    return ask("xb.shop", "create", {"name": f"Statements {time.time()}", "tz": "UTC"})


def state(erp, file):
    return erp.sql(f"SELECT state FROM xb_settlement_file WHERE id = {file}")[0][0]


def lines_of(erp, shop):
    return erp.count(f"SELECT count(*) FROM xb_settlement_line WHERE shop_id = {shop}")


def test_killed_in_the_middle(erp, ask, shop):
    chance = random.Random(20261128)
    file = ask("xb.shop", "enqueue_statement", shop, "long.txt", statement("K1", LINES))
    kills, phases = 0, set()
    for _turn in range(TURNS):
        until(lambda: erp.count("SELECT count(*) FROM xb_settlement_progress "
                                f"WHERE file_id = {file} AND phase IS NOT NULL")
              or state(erp, file) == "done", patience=PATIENCE, pause=0.05,
              what="the import does not begin")
        time.sleep(chance.uniform(0, 1))
        if state(erp, file) == "done":
            break
        phases.update(row[0] for row in erp.sql(
            f"SELECT phase FROM xb_settlement_progress WHERE file_id = {file}"))
        erp.kill()
        kills += 1
        # Whole or not at all.
        assert lines_of(erp, shop) == (LINES if state(erp, file) == "done" else 0)
        erp.start()
    print(f"\nkilled {kills} times while {', '.join(sorted(phases))}")
    assert kills, "the import was faster than its murderer"
    until(lambda: state(erp, file) != "waiting", patience=PATIENCE,
          what="the import did not end")
    assert (state(erp, file), lines_of(erp, shop)) == ("done", LINES)
    sums = erp.sql("SELECT count(*), count(DISTINCT row), sum(amount) FROM xb_settlement_line "
                   f"WHERE shop_id = {shop}")
    assert sums == [[str(LINES), str(LINES), f"{LINES / 100:.2f}"]], "every row once"
    # again is the same
    again = ask("xb.shop", "enqueue_statement", shop, "again.txt", statement("K1", LINES))
    until(lambda: state(erp, again) != "waiting", patience=PATIENCE, what="again did not end")
    (verdict,) = ask("xb.settlement.file", "read", [again], ["verdicts"])[0]["verdicts"]
    assert (verdict["state"], lines_of(erp, shop)) == ("unchanged", LINES)


def test_memory_and_answers(erp, ask, shop):
    first = ask("xb.shop", "enqueue_statement", shop, "first.txt", statement("A", 500))
    until(lambda: state(erp, first) == "done", patience=PATIENCE, what="the first did not end")
    data = statement("B", LINES)
    file = ask("xb.shop", "enqueue_statement", shop, "long.txt", data)
    before = {pid: figure(pid, "VmRSS") for pid in processes(erp)}
    highest, slowest, told = dict(before), 0, set()
    ending = time.monotonic() + PATIENCE
    while state(erp, file) == "waiting":
        started = time.monotonic()
        (seen,) = ask("xb.settlement.file", "read", [file], ["progress", "progress_text"])
        slowest = max(slowest, time.monotonic() - started)
        told.add(seen["progress_text"])
        highest = {pid: max(size, figure(pid, "VmRSS")) for pid, size in highest.items()}
        assert time.monotonic() < ending, "the import did not end"
        time.sleep(0.1)
    grown = {pid: highest[pid] - size for pid, size in before.items()}
    print(f"\n{LINES} lines: from {before} MB, highest growth {grown} MB, slowest answer "
          f"{slowest:.2f} s")
    assert lines_of(erp, shop) == LINES + 500
    assert max(grown.values()) < GROWTH, grown
    assert len(told) > 1, "nobody was told how far it has come"


def test_refused_leaves_nothing(erp, ask, shop):
    data = statement("C", 3000)
    whole = base64.b64decode(data)
    broken = base64.b64encode(whole[:whole.rindex(b"ItemPrice")]).decode()
    file = ask("xb.shop", "enqueue_statement", shop, "broken.txt", broken)
    until(lambda: state(erp, file) != "waiting", patience=PATIENCE, what="it did not end")
    (read,) = ask("xb.settlement.file", "read", [file], ["state", "problem_text"])
    assert read["state"] == "refused"
    assert "Row 3002" in read["problem_text"]
    assert not lines_of(erp, shop)
    assert not erp.count(f"SELECT count(*) FROM xb_settlement WHERE shop_id = {shop}")


class Sales:
    """Orders of twenty dollars, each with a draft of its invoice."""

    def __init__(self, erp, ask, shop):
        self.erp, self.ask, self.shop = erp, ask, shop
        self.product = ask("product.product", "create", {
            "name": "Mug", "type": "service", "invoice_policy": "order", "taxes_id": [(5, 0, 0)]})
        self.buyer = ask("res.partner", "create", {"name": "Buyer"})
        (self.dollars,) = ask("res.currency", "search", [("name", "=", "USD")])

    def make(self, key):
        """Gives the id of the order's invoice."""
        order = self.ask("sale.order", "create", {
            "partner_id": self.buyer, "xb_shop_id": self.shop, "xb_ref": f"{key}-0",
            "currency_id": self.dollars, "order_line": [(0, 0, {
                "product_id": self.product, "product_uom_qty": 1, "price_unit": 20.0})]})
        self.ask("sale.order", "action_confirm", [order])
        (line,) = self.ask("sale.order.line", "search", [("order_id", "=", order)])
        return self.ask("account.move", "create", {
            "move_type": "out_invoice", "partner_id": self.buyer, "currency_id": self.dollars,
            "invoice_line_ids": [(0, 0, {
                "product_id": self.product, "quantity": 1, "price_unit": 20.0,
                "tax_ids": [(5, 0, 0)], "sale_line_ids": [(4, line, 0)]})]})

    def settle(self, key):
        """Import the order's settlement; gives its id."""
        self.ask("xb.shop", "import_statement", self.shop, f"{key}.txt",
                 statement(key, 1, key, 2000))
        (settlement,) = self.ask("xb.settlement", "search", [
            ("shop_id", "=", self.shop), ("state", "=", "ready")])
        return settlement

    def check_sold_once(self, invoice, settlement):
        assert self.erp.sql(f"""
            SELECT COUNT(DISTINCT m.id) FILTER (WHERE m.id = {invoice}), -SUM(i.amount_currency)
              FROM account_move_line i
              JOIN account_move m ON m.id = i.move_id AND m.state = 'posted'
              JOIN account_account a ON a.id = i.account_id AND a.account_type = 'income'
              LEFT JOIN xb_settlement s ON s.id = {settlement}
             WHERE m.id IN ({invoice}, s.move_id, s.payout_move_id) OR m.xb_settlement_id = s.id
        """) == [["1", "20.00"]], "sold twice, or not at all"

    def collisions(self):
        return self.erp.log.read_text(errors="replace").count("could not serialize access")


@pytest.fixture
def sales(erp, ask, shop):
    return Sales(erp, ask, shop)


def test_invoiced_and_settled_at_the_same_moment(erp, sales):
    """Two people post the invoice and the settlement of one order, neither of whom sees what the
    other is doing: it is sold once."""
    chance = random.Random(20261129)
    for turn in range(PAIRS):
        invoice, settlement = sales.make(f"R{turn}"), sales.settle(f"R{turn}")
        at_once([("xb.settlement", settlement), ("account.move", invoice)], erp, chance)
        sales.check_sold_once(invoice, settlement)
    print(f"\n{PAIRS} orders, {sales.collisions()} collisions")


def test_invoicing_that_began_before_the_settlement_came(erp, ask, shop, sales):
    """A month is invoiced at once, and that takes a while: meanwhile a settlement comes in and is
    posted. The invoicing knows nothing of it, not even its lines."""
    invoice = sales.make("B")
    # It waits at the invoice until the settlement is posted.
    holding = threading.Thread(target=erp.sql, args=(f"""
        DO $$ BEGIN
            PERFORM FROM account_move WHERE id = {invoice} FOR UPDATE;
            FOR turn IN 1..600 LOOP
                EXIT WHEN EXISTS (
                    SELECT FROM xb_settlement WHERE shop_id = {shop} AND state = 'posted');
                PERFORM pg_sleep(0.1);
            END LOOP;
        END $$""",))
    holding.start()
    until(lambda: not erp.sql(
        f"SELECT id FROM account_move WHERE id = {invoice} FOR UPDATE SKIP LOCKED"),
        what="the invoice is not held")
    before = sales.collisions()
    posting = threading.Thread(
        target=erp.user("admin"), args=("account.move", "action_post", [invoice]))
    posting.start()
    until(lambda: erp.count("SELECT COUNT(*) FROM pg_locks WHERE NOT granted"),
          what="the invoicing does not wait")
    settlement = sales.settle("B")
    ask("xb.settlement", "action_post", [settlement])
    holding.join(60)
    posting.join(120)
    sales.check_sold_once(invoice, settlement)
    assert sales.collisions() > before, "the invoicing never knew"


def at_once(posted, erp, chance):
    """Post records at the same moment, or nearly so."""
    barrier, errors = threading.Barrier(len(posted)), []

    def post(model, record, delay):
        call = erp.user("admin")
        barrier.wait(60)
        time.sleep(delay)
        try:
            call(model, "action_post", [record])
        except Exception as error:
            errors.append(f"{model}: {error}")

    threads = [threading.Thread(target=post, args=(*one, chance.uniform(0, 0.1)))
               for one in posted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not errors, errors
