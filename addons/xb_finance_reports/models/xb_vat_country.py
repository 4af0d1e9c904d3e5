from odoo import fields, models
from odoo.tools import SQL

# Kinds of settlement lines that are what buyers paid, and what the marketplace kept of it as tax.
PAID = ("sale", "shipping", "discount", "refund", "tax")


class XbVatCountry(models.Model):
    """Base and tax by the country the goods went to, tax and day, in the company's currency.

    Invoices tell by their tax lines. Where settlements book the sales there are no invoices:
    what was settled is shared out as the order's own lines are, by their taxes.
    """

    _name = "xb.vat.country"
    _description = "VAT by Country"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "tax_id"

    # What must have been written down before the query looks.
    _depends = {
        "account.move": ["date", "move_type", "partner_id", "partner_shipping_id", "state"],
        "account.move.line": ["balance", "move_id", "parent_state", "partner_id", "tax_ids",
                              "tax_line_id"],
        "account.tax": ["amount", "amount_type", "children_tax_ids", "type_tax_use"],
        "res.partner": ["country_id"],
        "sale.order": ["amount_tax", "amount_total", "partner_shipping_id", "xb_country_id"],
        "sale.order.line": ["price_subtotal", "price_tax", "tax_ids"],
        "xb.settlement": ["date_end", "move_id", "state"],
        "xb.settlement.line": ["is_correction", "kind", "match", "order_id", "settles_invoice",
                               "value"],
        "xb.shop": ["settlement_mode"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date("Accounting Date", readonly=True)
    direction = fields.Selection([("sale", "Sales"), ("purchase", "Purchases")], "Side",
                                 readonly=True)
    source = fields.Selection([("invoice", "Invoice"), ("settlement", "Settlement")], "Told By",
                              readonly=True)
    country_id = fields.Many2one(
        "res.country", readonly=True,
        help="Sales: where the goods went. Purchases: the supplier's.")
    tax_id = fields.Many2one("account.tax", readonly=True,
                             help="Empty: nobody's tax is on the order or the invoice line.")
    base = fields.Monetary(currency_field="company_currency_id", readonly=True)
    tax = fields.Monetary("Tax Amount", currency_field="company_currency_id", readonly=True)
    withheld = fields.Monetary(
        "Paid by Marketplace", currency_field="company_currency_id", readonly=True,
        help="Tax that the marketplace has kept and pays over itself.")
    due = fields.Monetary("Tax to Declare", currency_field="company_currency_id", readonly=True,
                          help="Tax less what the marketplace pays.")
    move_id = fields.Many2one("account.move", "Journal Entry", readonly=True)
    settlement_id = fields.Many2one("xb.settlement", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)

    # === ACTION METHODS === #

    def action_open_source(self):
        """Open the document that the row is from."""
        self.ensure_one()
        return (self.settlement_id or self.move_id).get_formview_action()

    # === QUERIES === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT ROW_NUMBER() OVER (ORDER BY day, move_id, settlement_id, order_id, tax_id) AS id,
                   t.*, t.tax - t.withheld AS due
              FROM (%s UNION ALL %s) t
            """, self._query_invoiced(), self._query_settled())

    def _query_invoiced(self):
        """Bases: lines that bear a tax; amounts: lines that a tax has made. A group counts by
        its members; these have no side of their own and take the document's."""
        return SQL(
            """
            SELECT m.company_id, m.date AS day, side.direction, 'invoice' AS source,
                   COALESCE(CASE WHEN side.direction = 'sale' THEN ship.country_id END,
                            partner.country_id) AS country_id,
                   part.tax_id, SUM(part.base * side.sign) AS base,
                   SUM(part.tax * side.sign) AS tax, 0::numeric AS withheld,
                   m.id AS move_id, NULL::int AS settlement_id, NULL::int AS order_id
              FROM (
                   SELECT l.move_id, l.partner_id, COALESCE(member.id, t.id) AS tax_id,
                          t.type_tax_use, l.balance AS base, 0::numeric AS tax
                     FROM account_move_line l
                     JOIN account_move_line_account_tax_rel r ON r.account_move_line_id = l.id
                     JOIN account_tax t ON t.id = r.account_tax_id
                     LEFT JOIN account_tax_filiation_rel f
                            ON f.parent_tax = t.id AND t.amount_type = 'group'
                     LEFT JOIN account_tax member ON member.id = f.child_tax
                    WHERE l.parent_state = 'posted'
                    UNION ALL
                   SELECT l.move_id, l.partner_id, t.id, t.type_tax_use, 0::numeric, l.balance
                     FROM account_move_line l JOIN account_tax t ON t.id = l.tax_line_id
                    WHERE l.parent_state = 'posted'
                   ) part
              JOIN account_move m ON m.id = part.move_id
              JOIN LATERAL (
                   SELECT CASE WHEN part.type_tax_use != 'none' THEN part.type_tax_use
                               WHEN m.move_type LIKE 'out_%%' THEN 'sale'
                               WHEN m.move_type LIKE 'in_%%' THEN 'purchase' END AS direction
                   ) known ON known.direction IS NOT NULL
              JOIN (VALUES ('sale', -1), ('purchase', 1)) side(direction, sign)
                   ON side.direction = known.direction
              LEFT JOIN res_partner ship ON ship.id = m.partner_shipping_id
              LEFT JOIN res_partner partner ON partner.id = COALESCE(m.partner_id, part.partner_id)
             GROUP BY m.id, side.direction, part.tax_id, ship.country_id, partner.country_id
            """)

    def _query_settled(self):
        """What posted settlements have booked as sales, order by order, shared out over the
        taxes of the order's lines. Not rounded: the shares add up to what was settled."""
        return SQL(
            """
            SELECT paid.company_id, paid.day, 'sale', 'settlement', paid.country_id, share.tax_id,
                   CASE WHEN share.taxed THEN paid.gross * share.net ELSE paid.gross - paid.tax END,
                   CASE WHEN share.taxed THEN paid.gross * share.tax ELSE paid.tax END,
                   paid.withheld * share.part,
                   paid.move_id, paid.settlement_id, paid.order_id
              FROM (%s) paid
              JOIN LATERAL (
                   SELECT NULL::int AS tax_id, FALSE AS taxed, 0::numeric AS net,
                          0::numeric AS tax, 1::numeric AS part
                    WHERE COALESCE(paid.order_tax, 0) = 0 OR paid.order_total = 0
                    UNION ALL
                   SELECT line.tax_id, TRUE,
                          SUM(line.net) / NULLIF(SUM(SUM(line.net + line.tax)) OVER (), 0),
                          SUM(line.tax) / NULLIF(SUM(SUM(line.net + line.tax)) OVER (), 0),
                          SUM(line.tax) / NULLIF(SUM(SUM(line.tax)) OVER (), 0)
                     FROM (%s) line
                    WHERE paid.order_tax != 0 AND paid.order_total != 0
                    GROUP BY line.tax_id
                   ) share ON TRUE
            """, self._query_paid(), self._query_order_lines())

    def _query_paid(self):
        """What was settled per order; sales without an order are a row without a country."""
        return SQL(
            """
            SELECT s.company_id, s.date_end AS day, s.move_id, s.id AS settlement_id,
                   o.id AS order_id, o.amount_total AS order_total, o.amount_tax AS order_tax,
                   COALESCE(o.xb_country_id, ship.country_id) AS country_id,
                   COALESCE(SUM(l.value) FILTER (WHERE l.kind IN %(paid)s), 0) AS gross,
                   COALESCE(SUM(l.value) FILTER (WHERE l.kind = 'tax'), 0) AS tax,
                   COALESCE(-SUM(l.value) FILTER (WHERE l.kind = 'tax_withheld'), 0) AS withheld
              FROM xb_settlement s
              JOIN xb_shop shop ON shop.id = s.shop_id AND shop.settlement_mode = 'revenue'
              JOIN xb_settlement_line l ON l.settlement_id = s.id
              LEFT JOIN sale_order o ON o.id = l.order_id
              LEFT JOIN res_partner ship ON ship.id = o.partner_shipping_id
             WHERE s.state = 'posted' AND l.kind IN %(kinds)s AND l.settles_invoice IS NOT TRUE
               AND (l.match != 'left' OR COALESCE(l.is_correction, FALSE))
             GROUP BY s.id, o.id, ship.country_id
            """, paid=PAID, kinds=(*PAID, "tax_withheld"))

    def _query_order_lines(self):
        """Net and tax of the order's lines by tax; a line of several taxes by their rates."""
        return SQL(
            """
            SELECT r.account_tax_id AS tax_id,
                   ol.price_subtotal / COUNT(*) OVER (PARTITION BY ol.id) AS net,
                   ol.price_tax::numeric * COALESCE(
                       t.amount / NULLIF(SUM(t.amount) OVER (PARTITION BY ol.id), 0), 1) AS tax
              FROM sale_order_line ol
              LEFT JOIN account_tax_sale_order_line_rel r ON r.sale_order_line_id = ol.id
              LEFT JOIN account_tax t ON t.id = r.account_tax_id
             WHERE ol.order_id = paid.order_id AND ol.display_type IS NULL
            """)
