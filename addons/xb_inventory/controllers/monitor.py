"""The stock monitor as a workbook."""

import io
import json

import xlsxwriter

from odoo import fields
from odoo.http import Controller, content_disposition, request, route

CHUNK = 2_000


class StockMonitor(Controller):
    """What the monitor shows, all of it, for a spreadsheet."""

    @route("/xb_stock/monitor.xlsx", type="http", auth="user", methods=["POST"], readonly=True)
    def export(self, data):
        """Write all rows of the monitor's search to a workbook.

        :param str data: JSON ``{"filters", "order"}`` as ``monitor_page`` takes them
        :return: the file
        """
        wish = json.loads(data)
        levels = request.env["xb.stock.level"]
        columns = self._get_columns(request.env)
        buffer = io.BytesIO()
        # row by row to disk: fifty thousand rows need no memory
        with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
            sheet = book.add_worksheet(request.env._("Stock"))
            bold = book.add_format({"bold": True, "bottom": 1})
            sheet.freeze_panes(1, 2)
            for column, (label, width, _value) in enumerate(columns):
                sheet.set_column(column, column, width)
                sheet.write_string(0, column, label, bold)
            line = 0
            for rows in levels._monitor_export(wish.get("filters"), wish.get("order", "product"),
                                               CHUNK):
                for row in rows:
                    line += 1
                    for column, (_label, _width, value) in enumerate(columns):
                        self._write(sheet, line, column, value(row))
        name = f"{request.env._('Stock')} {fields.Date.context_today(levels)}.xlsx"
        return request.make_response(buffer.getvalue(), [
            ("Content-Type",
             "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("Content-Disposition", content_disposition(name)),
        ])

    @staticmethod
    def _write(sheet, line, column, value):
        """Write a cell; text as text, so that nothing in it becomes a formula."""
        if isinstance(value, str):
            sheet.write_string(line, column, value)
        elif value is not False:
            sheet.write_number(line, column, value)

    @staticmethod
    def _get_columns(env):
        """Title, width in characters and value of each column."""
        conditions = dict(env["xb.stock.level"]._fields["condition"]._description_selection(env))

        def shops(row):
            return "; ".join(
                f"{one['shop']}: {one['quantity'] if one['quantity'] is not False else '–'}"
                for one in row["shops"])

        return [
            (env._("Reference"), 16, lambda row: row["code"] or ""),
            (env._("Product"), 36, lambda row: row["product"]),
            (env._("Category"), 24, lambda row: row["category"]),
            (env._("Warehouse"), 18, lambda row: row["warehouse"]),
            (env._("Unit"), 8, lambda row: row["unit"]),
            (env._("Condition"), 12, lambda row: conditions[row["condition"]]),
            (env._("On Hand"), 10, lambda row: row["on_hand"]),
            (env._("Reserved"), 10, lambda row: row["reserved"]),
            (env._("Waiting"), 10, lambda row: row["waiting"]),
            (env._("Claimed"), 10, lambda row: row["claimed"]),
            (env._("Available"), 10, lambda row: row["available"]),
            (env._("Incoming"), 10, lambda row: row["incoming"]),
            (env._("Expected On"), 18, lambda row: row["incoming_date"] or ""),
            (env._("In Transit"), 10, lambda row: row["in_transit"]),
            (env._("Sold, 7 Days"), 12, lambda row: row["sold_7"]),
            (env._("Sold, 30 Days"), 12, lambda row: row["sold_30"]),
            (env._("Days of Cover"), 12,
             lambda row: row["cover_days"] if row["cover_days"] >= 0 else False),
            (env._("Published"), 40, shops),
        ]
