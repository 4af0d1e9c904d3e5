import contextlib
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import RedirectWarning, UserError

from ..batch import KEY, Batch
from ..const import CANCEL_STATUSES, CONFIRM_STATUSES, STOCK_SHORT
from ..core import order_value
from ..core.draft import Draft, storable
from ..core.problem import _lt, retold
from .xb_order_builder import to_utc

# What a bad order may raise. Database errors are none of these: they always pass through, so
# that Odoo or the queue runs the whole transaction again.
BUSINESS_ERRORS = (UserError, RedirectWarning)


class XbOrderImporter(models.AbstractModel):
    """The one way in: order values to sales orders.

    Works on batches: one look-up, one create and one confirmation for all orders that are in
    order, a savepoint round each. Where a batch is refused it is halved until the bad order
    stands alone, so that it never stops its neighbours.
    """

    _name = "xb.order.importer"
    _description = "Order Import"

    # === BUSINESS METHODS === #

    @api.model
    def _import(self, shop, values, options=None):
        """Import order values.

        :param xb.shop shop: the shop; the caller has checked that the user may import.
        :param list values: order values, see ``data/order.schema.json``.
        :param dict options: ``run_id`` (import run), ``retry`` (also take up what is known),
            ``create_products`` and ``track_products``.
        :return: one verdict per value, in order: ``{"ref", "state", "order_id", "problems",
            "changes"}``.
        """
        options = options or {}
        self, shop = self._with_import_env(shop)
        drafts = [self._examine(index, value) for index, value in enumerate(values)]
        waves = defaultdict(list)
        seen = defaultdict(int)
        for draft in drafts:
            # the same reference twice in one call: the second is an update of the first
            waves[seen[draft.ref]].append(draft)
            seen[draft.ref] += 1
        for _number, wave in sorted(waves.items()):
            self._import_wave(shop, wave, options)
        self.env["xb.order.canceller"]._retry_waiting(shop, drafts)
        return [self._verdict(draft) for draft in drafts]

    @api.model
    def _with_import_env(self, shop):
        """Superuser rights, the shop's company, and none of the e-mails and log lines that a
        person's own clicks would make."""
        # In sudo mode because an import writes contacts, orders and transfers, which a clerk or
        # an integrator may not; the caller has checked that he may import into this shop.
        shop = shop.sudo().with_company(shop.company_id).with_context(
            xb_importing=True, tracking_disable=True,
            mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True,
            mail_activity_quick_update=True, active_test=True,
        )
        if shop.claim_mode == "hold":
            # a changed order that wants more passes the gate, whatever the company says
            shop = shop.with_context(xb_stock_guard=True)
        return self.with_env(shop.env), shop

    @api.model
    def _examine(self, index, value):
        """Validate one value against the schema and give it a key.

        A value without a usable reference is kept under one made of its content, so that it is
        on record, once, and a person can see what its sender sent.
        """
        value = order_value.without_nulls(value)
        problems = order_value.validate(value)
        draft = Draft(index=index, ref="", value=value if isinstance(value, dict) else {})
        draft.digest = order_value.digest(value)
        for problem in problems:
            template, words = problem.pathed
            draft.problem(problem.code, template, problem.line, **words)
        ref = draft.value.get("ref")
        draft.ref = ref.strip() if isinstance(ref, str) else ""
        if problems:
            draft.state = "rejected"
            draft.value = storable(value)
            draft.nameless = not draft.ref
            draft.ref = storable(draft.ref) or f"?{draft.digest[:16]}"
        return draft

    @api.model
    def _import_wave(self, shop, drafts, options):
        """Import drafts that all have different references."""
        known = self._read_known(shop, drafts)
        todo = [draft for draft in drafts
                if self._is_news(draft, known.get(draft.ref), options)]
        if not todo:
            return
        claimed = self.env["xb.order.intake"]._claim(
            shop, {draft.ref: "order" for draft in todo})
        for draft in todo:
            draft.intake = claimed[draft.ref]
            draft.order = draft.intake.order_id
        valid = [draft for draft in todo if draft.state != "rejected"]
        self.env["xb.order.resolver"]._resolve(shop, valid, options)
        self._create_orders(shop, [draft for draft in valid if not draft.order])
        for draft in valid:
            if draft.order and not draft.state:
                self.env["xb.order.updater"]._update(shop, draft)
        self._record(todo, options)

    @api.model
    def _read_known(self, shop, drafts):
        """The intake rows of the batch by reference; one query."""
        intakes = self.env["xb.order.intake"].search_fetch(
            [("shop_id", "=", shop.id), ("ref", "in", [draft.ref for draft in drafts])],
            ["ref", "state", "digest", "value_updated_at", "order_id", "problems",
             "problem_code", "kind"],
        )
        return {intake.ref: intake for intake in intakes}

    @api.model
    def _is_news(self, draft, intake, options):
        """Whether there is anything to do; sets the verdict where there is not."""
        if not intake:
            return True
        draft.intake, draft.order = intake, intake.order_id
        if intake.kind == "cancellation":
            return self._refuse_taken(draft)
        if draft.state == "rejected":
            # a broken repeat of an order we have must not take the good value's place
            return not intake.order_id and (intake.problems or []) != draft.problems
        if options.get("retry"):
            return True
        if intake.digest == draft.digest:
            if intake.state == "held" and (
                    not intake.order_id or intake.problem_code == STOCK_SHORT):
                return True  # what was missing may be there by now
            draft.state = "unchanged"
            draft.problems = intake.problems or [] if intake.state == "held" else []
            return False
        updated_at = to_utc(draft.value.get("updated_at"))
        if updated_at and intake.value_updated_at and updated_at < intake.value_updated_at:
            draft.state = "unchanged"
            draft.problem("stale", _lt(
                "A newer version of this order, of %(time)s UTC, is here already."
            ), time=str(intake.value_updated_at))
            return False
        return True

    @api.model
    def _refuse_taken(self, draft):
        """A reference means one thing only: what is recorded under it stays as it is."""
        draft.order, draft.state = None, "rejected"
        draft.problem("reference_taken", _lt(
            "$.ref: %(ref)s is the reference of another kind of document already."
        ), ref=draft.ref)
        return False

    # === BUSINESS METHODS - CREATION === #

    @api.model
    def _create_orders(self, shop, drafts):
        """Create and confirm what has no problem; the others are held without a sales order."""
        for draft in drafts:
            if draft.problems:
                draft.state = "held"
        ready = [draft for draft in drafts if not draft.problems]
        self._halving(ready, lambda batch: self._create_and_confirm(shop, batch),
                      lambda draft, _error: self._create_one(shop, draft))
        created = [draft for draft in ready if draft.order]
        for draft in created:
            draft.state = draft.state or ("held" if draft.problems else "created")
        self._advance(shop, created)

    @api.model
    def _create_and_confirm(self, shop, drafts):
        """Create the orders and confirm those that may be, all or none."""
        for draft in drafts:
            draft.problems, draft.state = [], ""
        builder = self.env["xb.order.builder"]
        builder._create(shop, drafts)
        self.env["xb.order.rule"]._apply(shop, self._orders_of(drafts))
        orders = self._orders_of(self.env["xb.order.gate"]._claim(shop, [
            draft for draft in drafts
            if builder._check_total(draft) and self._may_confirm(shop, draft)]))
        try:
            self._confirm(orders)
        except BUSINESS_ERRORS:
            self.env["xb.availability"].abandon_orders(orders)
            raise

    @api.model
    def _create_one(self, shop, draft):
        """Create an order that cannot be created and confirmed at once; it is confirmed later,
        or held as the quotation that it then is."""
        draft.problems, draft.order, draft.state = [], None, ""
        self._halving([draft], lambda batch: self.env["xb.order.builder"]._create(shop, batch),
                      self._on_create_refused)
        if draft.order:
            self.env["xb.order.rule"]._apply(shop, draft.order)
            self.env["xb.order.builder"]._check_total(draft)

    @api.model
    def _advance(self, shop, drafts):
        """Confirm or cancel the quotations as the platform's status asks, then add its parcels.

        :param list drafts: drafts with an order.
        """
        good = [draft for draft in drafts if not draft.problems]
        claimed = self.env["xb.order.gate"]._claim(shop, [
            draft for draft in good if draft.order.state in ("draft", "sent")
            and self._may_confirm(shop, draft)])
        self._halving(
            claimed,
            lambda batch: self._confirm(self._orders_of(batch)),
            self._on_confirm_refused,
        )
        self.env["xb.order.gate"]._give_back(
            self._orders_of([draft for draft in claimed if draft.problems]))
        cancelled = [draft for draft in good if draft.value["status"] in CANCEL_STATUSES
                     and draft.order.state in ("draft", "sent")]
        self._orders_of(cancelled)._action_cancel()
        shipments = {draft.order: draft.value["shipments"] for draft in good
                     if draft.order.state == "sale" and draft.value.get("shipments")}
        if shipments:
            self.env["sale.order"]._xb_record_shipments(shipments)

    @api.model
    def _confirm(self, orders):
        """Confirm orders of one company in one go. What they need is claimed already."""
        if orders:
            orders.with_context(**{KEY: Batch(), "xb_stock_guard": False}).action_confirm()
            orders._xb_invoice_by_policy("confirm")

    @api.model
    def _may_confirm(self, shop, draft):
        """Hook: whether an order may be confirmed without a person.

        :rtype: bool
        """
        return (shop.auto_confirm and draft.value["status"] in CONFIRM_STATUSES
                and not draft.order.xb_on_hold)

    @api.model
    def _orders_of(self, drafts):
        return self.env["sale.order"].browse(draft.order.id for draft in drafts)

    @api.model
    def _halving(self, drafts, work, refused):
        """Do ``work`` on all drafts at once; where that is refused, on halves of them.

        :param work: function of a list of drafts.
        :param refused: function of one draft and the error that it alone raises.
        """
        if not drafts:
            return
        try:
            with self.env.cr.savepoint():
                work(drafts)
        except BUSINESS_ERRORS as error:
            if len(drafts) == 1:
                refused(drafts[0], error)
                return
            middle = len(drafts) // 2
            for draft in drafts:
                # a record of the batch that was rolled back is none
                draft.order = draft.order if draft.order and draft.order.exists() else None
            self._halving(drafts[:middle], work, refused)
            self._halving(drafts[middle:], work, refused)

    @api.model
    def _on_create_refused(self, draft, error):
        draft.order = None
        draft.state = "held"
        draft.problem("refused", _lt("Odoo refused it: %(reason)s"), reason=self._describe(error))

    @api.model
    def _on_confirm_refused(self, draft, error):
        draft.state = "held"
        draft.problem("confirm_failed", _lt(
            "The order could not be confirmed: %(reason)s"
        ), reason=self._describe(error))

    @api.model
    def _describe(self, error):
        return str(error.args[0]) if error.args else str(error)

    # === BUSINESS METHODS - VERDICT === #

    @api.model
    def _record(self, drafts, options):
        """Write what became of the drafts to their intake rows."""
        self.env["xb.order.problem"]._sync(drafts)
        for draft in drafts:
            state = "imported" if draft.state in ("created", "updated", "unchanged") \
                else draft.state
            vals = {
                "state": state,
                "order_id": draft.order.id if draft.order else False,
                **draft.intake._prepare_problem_vals(draft.problems),
            }
            if self._is_same_hold(draft, vals):
                draft.state = "unchanged"
                continue
            if options.get("run_id"):
                vals["run_id"] = options["run_id"]
            draft.intake.write({**vals, **self._prepare_value_vals(draft)})

    @api.model
    def _is_same_hold(self, draft, vals):
        """Whether a held order was looked at again and nothing is different: not even a write."""
        intake = draft.intake
        return (
            draft.state == intake.state == "held" and intake.digest == draft.digest
            and (intake.problems or []) == draft.problems and intake.order_id.id == vals["order_id"]
        )

    @api.model
    def _prepare_value_vals(self, draft):
        """Values of the intake that come from the order value itself."""
        vals = {"value": draft.value, "digest": draft.digest or False, "kind": "order"}
        if draft.state != "rejected":
            vals.update(
                buyer_key=draft.buyer_key,
                placed_at=to_utc(draft.value["placed_at"]),
                value_updated_at=to_utc(draft.value.get("updated_at")),
            )
        return vals

    @api.model
    def _verdict(self, draft):
        """The answer for one order; carries False, never None (RPC)."""
        return {
            "ref": False if draft.nameless else draft.ref,
            "state": draft.state,
            "order_id": draft.order.id if draft.order else False,
            "problems": [
                {**problem, "message": retold(problem, self.env._)} for problem in draft.problems
            ],
            "changes": draft.changes,
        }

    @api.model
    def _dry_run(self, work):
        """Run ``work`` and undo all it wrote.

        :param work: function without arguments that returns verdicts.
        :return: its verdicts, without the ids of orders that do not exist any more.
        """
        with contextlib.closing(self.env.cr.savepoint()):
            verdicts = work()
        ids = [verdict["order_id"] for verdict in verdicts if verdict["order_id"]]
        real = set(self.env["sale.order"].sudo().browse(ids).exists().ids)
        for verdict in verdicts:
            if verdict["order_id"] not in real:
                verdict["order_id"] = False
        return verdicts
