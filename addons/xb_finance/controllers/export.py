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
