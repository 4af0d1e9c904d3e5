from functools import partial

from odoo import models
from odoo.tools import SQL

from odoo.addons.xb_base.db import own_cursor

from ..const import LOCK_SOLD
from .xb_settlement_invoice import DOCUMENTS, TRADE

# Where a transaction notes what it has decided.
DECIDED = "xb_settlement_once"
# As a collision that PostgreSQL has found: Odoo and the queue begin the transaction again.
COLLISION = """
    DO $$ BEGIN RAISE EXCEPTION 'could not serialize access: an order was settled and invoiced at '
    'the same moment' USING ERRCODE = 'serialization_failure'; END $$
"""


class Decided:
    """What a transaction has decided about orders.

    :ivar settled: ids of orders, by what their documents say
    :ivar invoiced: ids of orders, by what their settlements say
    :ivar settlement_ids: posted or reversed by the transaction itself
    :ivar move_ids: customer documents posted or taken back by the transaction itself
    """

    def __init__(self):
        self.settled, self.invoiced = set(), set()
        self.settlement_ids, self.move_ids = set(), set()


class XbSettlement(models.Model):
    """A settlement asks for invoices, an invoice for settlements, and neither sees what is not
    committed yet: at REPEATABLE READ not even what has been since it began, and that may be long
    ago, when a month is invoiced at once.

    So both look again in the last moment, from outside, one after the other.
    """

    _inherit = "xb.settlement"

    def _post(self):
        """Override: of its orders no invoice may have come meanwhile."""
        result = super()._post()
        self._note_decided().settled.update(self._get_orders()._ids)
        return result

    def _reverse(self):
        """Override: likewise."""
        orders = self._get_orders()
        result = super()._reverse()
        self._note_decided().settled.update(orders._ids)
        return result

    def _book_invoices(self, moves):
        """Override: of their orders no settlement may have come meanwhile."""
        result = super()._book_invoices(moves)
        orders = moves.invoice_line_ids.sale_line_ids.order_id
        if orders:
            decided = self._note_decided()
            decided.invoiced.update(orders._ids)
            decided.move_ids.update(moves._ids)
        return result

    def _note_decided(self):
        """Return what this transaction has decided; it is looked at again before it commits."""
        # Not with the hook: that runs at each savepoint, too, and forgets what is beside it.
        decided = self.env.cr.postcommit.data.setdefault(DECIDED, Decided())
        decided.settlement_ids.update(self.ids)
        if DECIDED not in self.env.cr.precommit.data:
            self.env.cr.precommit.data[DECIDED] = True
            self.env.cr.precommit.add(partial(self._check_decided, decided))
        return decided

    def _check_decided(self, decided):
        """Begin the transaction again where somebody has committed what it should have seen.

        :raise psycopg2.errors.SerializationFailure: he has
        """
        if not self.env.registry.ready:
            # While an addon is installed: nobody else is at work, and its transaction has locked
            # the tables that it has changed, so that another connection would wait in vain.
            return
        # Whoever comes after us waits for our commit, and sees it.
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_SOLD])
        if not (self._is_invoiced_as_seen(decided) and self._is_settled_as_seen(decided)):
            self.env.cr.execute(COLLISION)
        # Held until we commit: of these orders nobody else decides any more.
        decided.settled.clear()
        decided.invoiced.clear()

    def _is_invoiced_as_seen(self, decided):
        """Whether the orders that were settled have the documents that they have for us."""
        if not decided.settled:
            return True
        mine, others = self._query_both(SQL(
            "SELECT DISTINCT m.id FROM %s WHERE s.order_id = ANY(%s) AND m.id != ALL(%s)",
            DOCUMENTS, list(decided.settled), list(decided.move_ids)))
        return mine == others

    def _is_settled_as_seen(self, decided):
        """Whether the lines of orders that were invoiced are posted where they are for us."""
        if not decided.invoiced:
            return True
        mine, others = self._query_both(SQL(
            """
            SELECT l.id
              FROM xb_settlement_line l JOIN xb_settlement t ON t.id = l.settlement_id
             WHERE l.order_id = ANY(%s) AND l.kind_group IN %s AND t.state = 'posted'
               AND t.id != ALL(%s)
            """, list(decided.invoiced), TRADE, list(decided.settlement_ids)))
        return mine == others

    def _query_both(self, query):
        """Return the rows of a query: as this transaction sees it, and as everybody else does."""
        mine = self.env.execute_query(query)
        with own_cursor(self.env, durable=False) as cr:
            cr.execute(query)
            return sorted(mine), sorted(cr.fetchall())
