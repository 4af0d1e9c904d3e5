from datetime import date

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FinanceExport(http.Controller):
    """Workbooks of what finance looks at."""

    @http.route("/xb/finance/settlement/<int:settlement_id>.xlsx", type="http", auth="user",
                readonly=True)
    def settlement(self, settlement_id):
        """Hand out the lines of a settlement, as far as the user may read it."""
        settlement = request.env["xb.settlement"].browse(settlement_id).exists()
        if not settlement:
            raise request.not_found()
        settlement.check_access("read")
        return request.make_response(settlement._get_workbook(), [
            ("Content-Type", XLSX),
            ("Content-Disposition", content_disposition(f"{settlement.name}.xlsx")),
        ])

    @http.route("/xb/finance/profit.xlsx", type="http", auth="user", readonly=True)
    def profit(self, start, end, shop=""):
        """Hand out the profit of the current company's orders, as far as the user may read it.

        :param str start: first and ``end`` last day, ISO
        :param str shop: id of one shop, or empty
        """
        try:
            start, end = date.fromisoformat(start), date.fromisoformat(end)
            shop = request.env["xb.shop"].browse(int(shop) if shop else []).exists()
        except ValueError:
            raise request.not_found() from None
        shop.check_access("read")
        company = request.env.company
        content = request.env["xb.order.profit"]._get_workbook(company, start, end, shop)
        return request.make_response(content, [
            ("Content-Type", XLSX),
            ("Content-Disposition", content_disposition(f"profit {start} {end}.xlsx")),
        ])
