from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.xb_base.db import own_cursor

from ..const import LOCK_SHELVES, SHELVES_MAX
from ..gate import ask_gate, shelves_held

# Moves reserved for in one transaction: the shelves are taken for as long.
RESERVE_AT_MOST = 200
# Where a transaction notes which products' shelves it leaves alone.
LATER = "xb.stock.later"
WAKING = "xb.stock.waking"
IDENTITY = "xb.stock.due"
# Most who ask find a job that waits already: they come by the hundreds, and it takes care of all.
UNATTENDED = f"""
    SELECT 1
     WHERE EXISTS (SELECT 1 FROM xb_stock_due) AND NOT EXISTS (
        SELECT 1 FROM queue_job job
         WHERE job.identity_key = '{IDENTITY}' AND job.state IN ('pending', 'enqueued'))
"""
# Whose moves have waited longest; no more products than one transaction has moves for.
WAITING = f"""
    SELECT product_id
      FROM (SELECT product_id, id FROM xb_stock_due ORDER BY id LIMIT {RESERVE_AT_MOST}) due
     GROUP BY product_id ORDER BY MIN(id)
"""


class XbStockDue(models.Model):
    """“This move was confirmed and is yet to be reserved for”: a note made by its confirmation.

    Orders that are confirmed at the same moment and want the same product would all write the same
    quant, and at REPEATABLE READ all but one of them fail and begin again. An order that went
    through the gate needs no quant to be sure of its goods: its claim, and from its commit on its
    demand (*waiting*), is taken off what is available. So the first one at a product's shelf
    reserves at once, as core does; who finds the shelf taken, or changed since his snapshot, leaves
    a note, and one job reserves for all of them, many products at a time, oldest first.
    """

    _name = "xb.stock.due"
    _description = "Reservation Due"
    _log_access = False

    # === FIELDS === #

    # No foreign keys: what is deleted meanwhile needs no reservation, and the note must not wait.
    move_id = fields.Integer(required=True)
    product_id = fields.Integer(required=True, index=True)

    # === BUSINESS METHODS: THE CONFIRMING TRANSACTION === #

    @api.model
    def _approach(self, product_ids):
        """Decide for which products this transaction may reserve at once; it keeps their shelves
        until it ends. The others' moves are confirmed and reserved for later.

        :param product_ids: ids of products that a claim of this transaction holds
        """
        chosen = sorted(product_ids)[:SHELVES_MAX]
        if not chosen:
            return
        self.env.cr.execute(
            "SELECT product FROM unnest(%s) product WHERE pg_try_advisory_xact_lock(%s, product)",
            [chosen, LOCK_SHELVES],
        )
        held = [row[0] for row in self.env.cr.fetchall()]
        stale = self._find_stale(held)
        later = self.env.cr.postcommit.data.setdefault(LATER, set())
        later.difference_update(chosen)
        later.update(set(chosen).difference(held), stale)

    @api.model
    def _find_stale(self, product_ids):
        """Return the products of which somebody has changed a quant after our snapshot: writing it
        would fail, and reserving by what the snapshot shows would be wrong.

        :param list product_ids: their shelves are held, so nobody changes them from now on
        :rtype: set[int]
        """
        if not product_ids:
            return set()
        # From outside first: what is committed in between is missing in both.
        outside = ask_gate(
            self.env, "SELECT * FROM xb_stock_shelf(%s)", [product_ids], durable=False)
        self.env.cr.execute("SELECT * FROM xb_stock_shelf(%s)", [product_ids])
        mine = {row[1]: row for row in self.env.cr.fetchall()}
        stale = set()
        for product_id, quant_id, version, _is_mine in outside:
            seen = mine.pop(quant_id, None)
            if not seen or (seen[2] != version and not seen[3]):
                stale.add(product_id)
        # deleted by somebody, unless we have made it ourselves
        stale.update(row[0] for row in mine.values() if not row[3])
        return stale

    @api.model
    def _get_later(self):
        """Return the products that this transaction does not reserve.

        :rtype: set[int]
        """
        return self.env.cr.postcommit.data.get(LATER, ())

    @api.model
    def _note(self, moves):
        """Note which moves are to be reserved for later, and see to it after the commit.

        :param stock.move moves: that have just been confirmed
        """
        later = self._get_later()
        due = moves.filtered(lambda move: (
            move.product_id.id in later and move.state in ("confirmed", "partially_available")
            and move.with_context(xb_stock_due=True)._should_assign_at_confirm()
        )) if later else moves.browse()
        if not due:
            return
        self.env.cr.execute(
            "INSERT INTO xb_stock_due (move_id, product_id)"
            " SELECT * FROM unnest(%s::int[], %s::int[])",
            [due.ids, [move.product_id.id for move in due]],
        )
        data = self.env.cr.postcommit.data
        if not data.get(WAKING):
            data[WAKING] = True
            self.env.cr.postcommit.add(self._wake)

    # === BUSINESS METHODS: LATER === #

    @api.model
    def _wake(self):
        """Enqueue the job that reserves, where there is something to reserve for and none waits."""
        with self.env["xb.stock.level"]._after_commit():
            if not ask_gate(self.env, UNATTENDED, [], durable=False):
                return
            with own_cursor(self.env, durable=False) as cr:
                due = api.Environment(cr, SUPERUSER_ID, {})["xb.stock.due"]
                due.with_delay(
                    priority=5, identity_key=IDENTITY,
                    description=self.env._("Reserve for confirmed orders"),
                )._job_reserve()

    @api.model
    def _job_reserve(self):
        """Reserve for all moves that were left for later. Safe to run at any time."""
        while self._reserve_some():
            pass

    @api.model
    def _reserve_some(self):
        """Reserve for the oldest of them, in a transaction of its own that is alone at their
        shelves.

        :return: number of notes that were seen to, 0 where there are none
        :rtype: int
        """
        with shelves_held(self.env, WAITING) as product_ids, \
                own_cursor(self.env, isolation="REPEATABLE READ") as cr:
            cr.execute(
                "SELECT id, move_id FROM xb_stock_due WHERE product_id = ANY(%s)"
                " ORDER BY id LIMIT %s",
                [product_ids, RESERVE_AT_MOST],
            )
            rows = cr.fetchall()
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.with_env(env)._reserve(
                env["stock.move"].browse({row[1] for row in rows}).exists())
            cr.execute("DELETE FROM xb_stock_due WHERE id = ANY(%s)", [[row[0] for row in rows]])
        return len(rows)

    # === HOOKS === #

    @api.model
    def _reserve(self, moves):
        """Hook: reserve for moves, in the order in which core's scheduler would.

        :param stock.move moves: of any products and companies
        """
        # A part of their confirmation still: that their transfer waited for a moment is not worth
        # a line in its history, and core's own has none.
        moves = moves.with_context(mail_notrack=True)
        moves.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
        ).sorted(lambda move: (-int(move.priority or 0), move.date, move.id))._action_assign()
        moves.env.flush_all()
