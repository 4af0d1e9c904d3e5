"""A many-to-one without a foreign key."""

from odoo import fields


class Loose(fields.Many2one):
    """A many-to-one that PostgreSQL does not watch.

    Checking a foreign key locks the row that is pointed to. Thousands of claims per second on the
    same product, warehouse and company would queue for those rows, and would wait for any Odoo
    transaction that changes one of them. What is deleted takes its claims along by ORM code.
    """

    def update_db_foreign_key(self, model, column):
        """Override of `base`: there is none."""
