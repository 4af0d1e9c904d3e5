from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from ..core import number as numbers
from ..core import plan as planning
from ..core.status import TERMINAL
from ..messages import get_message


class XbParcel(models.Model):
    """Lists of tracking numbers: read, decide (`core.plan`), write.

    Reading takes a constant number of searches however long the list is; the decision is pure and
    looks at the list as a whole; writing falls back to row by row when something refuses.
    """

    _inherit = "xb.parcel"

    # === BUSINESS METHODS - THE ONE WAY IN === #

    @api.model
    def set_tracking(self, rows, dry_run=False):
        """Enter tracking numbers for many orders; RPC-callable, the same list twice is harmless.

        A row whose number the order has already is `unchanged`. One row for an order that is
        wholly packed in one parcel with another number (or carrier) corrects that parcel:
        `changed`. Anything else makes a parcel or puts the order's goods into the parcel that has
        the number already: `created`. A wrong row is `refused` and never stops its neighbours.

        :param list rows: `{"order", "number", "carrier"}` each: the order by its name or any
            reference `_find_orders` knows; the carrier by code or name, by default that of the
            order's delivery method. Optional are `"weight"` (`"0.35"` in the unit of the screens,
            or `"350 g"`) and `"cost"` (`"12.50"` in the company's currency, or `"12.50 USD"`).
        :param bool dry_run: Only say what would happen.
        :return: One verdict per row, in order: `{"row": position from 0, "state":
            created|changed|unchanged|refused, "parcel_id": id or False, "problems": [{"code",
            "message", "field"}]}`. A row that is written can carry a remark among its problems.
        :rtype: list[dict]
        :raise AccessError: If the user may not write parcels at all.
        """
        self.browse().check_access("create")
        self.browse().check_access("write")
        book = self.env["xb.carrier"]._get_book()
        batch = self._tracking_read(rows, book)
        verdicts = planning.plan(batch, self._tracking_holders(batch))
        self._tracking_remark(verdicts)
        self._tracking_plan_details(verdicts)
        if not dry_run:
            self._tracking_write(verdicts)
        return self._tracking_answers(verdicts, book)

    # === BUSINESS METHODS - READING === #

    @api.model
    def _tracking_read(self, rows, book):
        """Return the rows as `core.plan.Row`, with the problems that need no comparison."""
        cells = [self._tracking_cells(row) for row in rows]
        refs = {cell["order"] for cell in cells if cell and cell["order"]}
        found = {ref: self._tracking_choose(o) for ref, o in self._find_orders(refs).items()}
        orders = self.env["sale.order"].union(*found.values()) if found else []
        facts = self._tracking_facts(orders) if orders else {}
        currencies = {currency.name: currency for currency in self.env["res.currency"].search([])}
        kilogram = self._tracking_get_kilogram()
        batch = []
        for index, cell in enumerate(cells):
            row = planning.Row(index)
            batch.append(row)
            if cell is None:
                row.problems.append(planning.Problem("bad_row", "order"))
                continue
            self._tracking_read_order(row, cell["order"], found, facts)
            self._tracking_read_number(row, cell["number"])
            self._tracking_read_carrier(row, cell["carrier"], book)
            self._tracking_read_details(row, cell, currencies, kilogram)
        return batch

    @api.model
    def _tracking_cells(self, row):
        """Return a row's cells as clean strings, None when it is no row."""
        if not isinstance(row, dict):
            return None
        clean = {}
        for name in ("order", "carrier", "weight", "cost"):
            value = row.get(name)
            clean[name] = "" if value in (None, False) else str(value).strip()
        clean["number"] = numbers.normalize(row.get("number"))
        return clean

    @api.model
    def _tracking_choose(self, orders):
        """Return the order that is meant: cancelled ones do not count beside one that lives."""
        if len(orders) < 2:
            return orders
        live = orders.filtered(lambda order: order.state != "cancel")
        return live if len(live) == 1 else orders

    def _tracking_read_order(self, row, ref, found, facts):
        orders = found.get(ref) or self.env["sale.order"]
        code, params = "", {"order": ref}
        if not ref:
            code = "missing_order"
        elif not orders:
            code = "unknown_order"
        elif len(orders) > 1:
            code = "ambiguous_order"
            params["orders"] = ", ".join(orders.mapped("display_name"))
        elif orders.state == "cancel":
            code = "cancelled_order"
        elif orders.state != "sale":
            code = "unconfirmed_order"
        elif orders.id not in facts:
            code = "nothing_to_ship"
        else:
            row.order = facts[orders.id]
        if code:
            row.problems.append(planning.Problem(code, "order", params))

    def _tracking_read_number(self, row, number):
        row.number = number
        if code := numbers.problem(number):
            params = {"number": number, "bad": numbers.bad_characters(number)}
            row.problems.append(planning.Problem(code, "number", params))

    def _tracking_read_carrier(self, row, text, book):
        if not text:
            return
        ids = book.find(text)
        if len(ids) == 1:
            row.carrier = ids[0]
            return
        near = [book.name(i) for i in ids] or book.suggest(text)
        code = "ambiguous_carrier" if ids else "unknown_carrier_near" if near else "unknown_carrier"
        params = {"carrier": text, "suggestions": ", ".join(near)}
        row.problems.append(planning.Problem(code, "carrier", params))

    @api.model
    def _tracking_facts(self, orders):
        """Return {order id: core.plan.Order} of the orders that have goods."""
        goods = orders.order_line._xb_filter_goods()
        open_orders = {line.order_id for line, qty in goods._xb_get_qty_to_pack().items() if qty}
        parcels = self.search(
            [("order_ids", "in", orders.ids), ("direction", "=", "outbound")], order="id"
        )
        by_order = defaultdict(list)
        for parcel in parcels:
            for order_id in parcel.order_ids.ids:
                by_order[order_id].append(parcel._tracking_fact())
        return {
            order.id: planning.Order(
                order.id,
                order.company_id.id,
                order._xb_get_default_carrier().id or 0,
                order in open_orders,
                tuple(by_order[order.id]),
            )
            for order in goods.order_id
        }

    def _tracking_fact(self):
        self.ensure_one()
        return planning.Parcel(
            self.id,
            self.name,
            self.company_id.id,
            self.carrier_id.id or 0,
            self.number or "",
            frozenset(self.order_ids.ids),
            # What came back stays as it is: another number is another attempt.
            fixed=self.status == "returned",
            closed=self.status in TERMINAL,
        )

    @api.model
    def _tracking_holders(self, batch):
        """Return the parcels that have one of the numbers already, as `core.plan.Parcel`."""
        wanted = {row.number for row in batch if row.number}
        companies = {row.order.company for row in batch if row.order}
        parcels = self.search(
            [
                ("number", "in", list(wanted)),
                ("company_id", "in", list(companies)),
                ("direction", "=", "outbound"),
            ]
        )
        return [parcel._tracking_fact() for parcel in parcels]

    @api.model
    def _tracking_remark(self, verdicts):
        """Say of numbers that are to be written what is odd about them; it stops nothing."""
        Carrier = self.env["xb.carrier"]
        for verdict in verdicts:
            if verdict.state not in ("created", "changed"):
                continue
            _company, carrier, number = verdict.key
            code, near = Carrier._judge_number(carrier, number)
            if not code:
                continue
            params = {"number": number, "carrier": carrier, "suggestions": ", ".join(near)}
            code = f"odd_{code}_near" if near else f"odd_{code}"
            verdict.problems.append(planning.Problem(code, "number", params, refuses=False))

    # === BUSINESS METHODS - WRITING === #

    @api.model
    def _tracking_write(self, verdicts):
        """Write all verdicts together; if something refuses, each by itself."""
        try:
            with self.env.cr.savepoint():
                self._tracking_write_unit(verdicts)
        except UserError:
            for unit in self._tracking_units(verdicts):
                try:
                    with self.env.cr.savepoint():
                        self._tracking_write_unit(unit)
                except UserError as error:
                    for verdict in unit:
                        verdict.refuse("not_written", "order", reason=str(error))

    @api.model
    def _tracking_units(self, verdicts):
        """Return the verdicts in groups that can be written apart from each other.

        Numbers that change places go together, rows that share a new parcel as well.
        """
        changed = [v for v in verdicts if v.state == "changed"]
        parcels = self.browse({v.parcel for v in changed})
        former = {self._tracking_key(p): p.id for p in parcels}
        exchanging = {p for v in changed if (p := former.get(v.key)) and p != v.parcel}
        exchanging |= {v.parcel for v in changed if former.get(v.key) in exchanging}
        units = defaultdict(list)
        for verdict in verdicts:
            if verdict.state == "changed":
                place = "exchange" if verdict.parcel in exchanging else verdict.parcel
                units["changed", place].append(verdict)
            elif verdict.state == "created":
                units["created", verdict.key].append(verdict)
        return units.values()

    @api.model
    def _tracking_write_unit(self, verdicts):
        self._tracking_write_changes([v for v in verdicts if v.state == "changed"])
        self._tracking_write_creations([v for v in verdicts if v.state == "created"])
        self._tracking_write_details(verdicts)
        # What the database or a computation refuses must be refused inside the savepoint.
        self.env.flush_all()

    @api.model
    def _tracking_write_changes(self, verdicts):
        keys = {verdict.parcel: verdict.key for verdict in verdicts}
        parcels = self.browse(keys)
        former = {self._tracking_key(parcel): parcel for parcel in parcels}
        # One that keeps its number (its weight or cost is what changes) leaves nothing.
        leaving = self.union(
            *(former[key] for own, key in keys.items() if key in former and former[key].id != own)
        )
        if leaving:
            # Numbers change places: the unique index judges each row at once, so free them first.
            # By SQL, so that the chatter later tells old and new, not old, none and new.
            leaving.flush_recordset(["number"])
            self.env.cr.execute(
                "UPDATE xb_parcel SET number = NULL WHERE id IN %s", [tuple(leaving.ids)]
            )
        for parcel in parcels:
            _company, carrier_id, number = keys[parcel.id]
            parcel.write({"number": number, "carrier_id": carrier_id or False})

    @api.model
    def _tracking_write_creations(self, verdicts):
        orders = self.env["sale.order"].browse({v.row.order.id for v in verdicts})
        unpacked = orders.order_line._xb_get_qty_to_pack()
        # A record that is browsed by itself reads by itself: these read together.
        together = {order.id: order for order in orders}
        contents, packed = {}, set()
        for verdict in verdicts:
            order = together[verdict.row.order.id]
            content = contents.setdefault(
                verdict.key, {"items": [], "picking_ids": [], "shipped_at": False, "weight": 0.0}
            )
            # The first parcel takes what is left; a second one at once has unstated content.
            first = order.id not in packed
            packed.add(order.id)
            content["items"] += order._xb_prepare_parcel_items(unpacked if first else {})
            pickings = order._xb_get_parcel_pickings()
            content["picking_ids"] += pickings.ids
            content["weight"] += sum(pickings.mapped("weight")) if first else 0.0
            dates = [*pickings.mapped("date_done"), content["shipped_at"]]
            content["shipped_at"] = max(filter(None, dates), default=False)
            content.setdefault("details", verdict.row.details)
        parcels = self._assign(contents) if contents else {}
        for verdict in verdicts:
            verdict.parcel = parcels[verdict.key].id

    @api.model
    def _tracking_key(self, parcel):
        return (parcel.company_id.id, parcel.carrier_id.id or 0, parcel.number or "")

    # === BUSINESS METHODS - ANSWERING === #

    @api.model
    def _tracking_answers(self, verdicts, book):
        """Return the verdicts as RPC values with messages that name the remedy."""
        order_ids = {
            i
            for v in verdicts
            for p in v.problems
            for i in p.params.get("orders") or ()
            if isinstance(i, int)
        }
        names = {o.id: o.name for o in self.env["sale.order"].browse(order_ids).exists()}
        return [
            {
                "row": verdict.row.index,
                "state": verdict.state,
                "parcel_id": verdict.parcel or False,
                "problems": [
                    {
                        "code": problem.code.removesuffix("_near"),
                        "message": self._tracking_message(problem, names, book),
                        "field": problem.field,
                    }
                    for problem in verdict.problems
                ],
            }
            for verdict in verdicts
        ]

    @api.model
    def _tracking_message(self, problem, names, book):
        params = dict(problem.params)
        if isinstance(params.get("carrier"), int):
            params["carrier"] = book.name(params["carrier"]) or self.env._("no carrier")
        if isinstance(params.get("orders"), frozenset):
            params["orders"] = ", ".join(names.get(i, "?") for i in sorted(params["orders"])) or (
                self.env._("no order")
            )
        return get_message(self.env, problem.code, params)

    # === HOOKS === #

    @api.model
    def _find_orders(self, refs):
        """Hook: find the orders that people call by these references. Constant searches.

        Our own number wins over what others call their orders; several hits of the other
        references are all returned, so that the row is refused as ambiguous instead of guessed.

        :param set[str] refs: Cleaned, not empty references.
        :return: {ref: sale.order}; several orders where ambiguous, none (or no key) if unknown.
        """
        Order = self.env["sale.order"]
        ids = {ref: [] for ref in refs}
        for tier in self._get_order_ref_fields():
            pending = [ref for ref in refs if not ids[ref]]
            for name in tier:
                for order in Order.search([(name, "in", pending)]) if pending else Order:
                    hits = ids.get(order[name])
                    if hits is not None and order.id not in hits:
                        hits.append(order.id)
        # They read together: one that is browsed by itself reads its fields by itself.
        together = [order_id for hits in ids.values() for order_id in hits]
        return {ref: Order.browse(hits).with_prefetch(together) for ref, hits in ids.items()}

    @api.model
    def _get_order_ref_fields(self):
        """Hook: return the order fields a reference may be in, in tiers; an earlier tier wins."""
        return [["name"], ["client_order_ref"]]
