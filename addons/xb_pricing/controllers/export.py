import io
import json

import numpy as np
import xlsxwriter
from werkzeug.exceptions import BadRequest

from odoo.http import Controller, content_disposition, request, route
from odoo.tools.misc import split_every


class PriceExport(Controller):
    """The simulation as a workbook, written row by row."""

    @route("/xb_pricing/export", type="http", auth="user", methods=["POST"])
    def export(self, data):
        """Return the workbook.

        :param str data: JSON ``{"domain", "what_if"}``, as the workbench asks.
        """
        try:
            asked = dict(json.loads(data))
        except ValueError as error:
            raise BadRequest("data is no JSON object") from error
        desk = request.env["xb.price.desk"]
        source, quotes = desk._price(asked.get("domain") or [], desk._what_if(
            asked.get("what_if")))
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"constant_memory": True, "in_memory": False,
                                            "strings_to_formulas": False})
        self._write(book, desk, source, quotes)
        book.close()
        name = request.env._("Prices.xlsx")
        return request.make_response(stream.getvalue(), [
            ("Content-Type",
             "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("Content-Disposition", content_disposition(name))])

    def _write(self, book, desk, source, quotes):
        env = request.env
        sheet = book.add_worksheet(env._("Prices"))
        bold = book.add_format({"bold": True})
        share = book.add_format({"num_format": "0.0%"})
        for place, heading in enumerate((
                env._("Shop"), env._("SKU"), env._("Name"), env._("Currency"),
                env._("Price Today"), env._("Price"), env._("Floor"), env._("Margin Today"),
                env._("Margin"), env._("Rule"), env._("Problem"))):
            sheet.write(0, place, heading, bold)
        line = 0
        for rows in split_every(1000, range(len(source)), list):
            for row in desk._rows(source, quotes, np.array(rows)):
                line += 1
                values = [row["shop"], row["sku"], row["name"], row["currency"],
                          _number(row["old"]), _number(row["new"]), _number(row["floor"])]
                for place, value in enumerate(values):
                    sheet.write(line, place, value)
                for place, value in ((7, row["old_margin"]), (8, row["margin"])):
                    if value is not False:
                        sheet.write_number(line, place, value, share)
                sheet.write(line, 9, row["rule"] or "")
                sheet.write(line, 10, row["problem"] or "")
            request.env.invalidate_all()


def _number(text):
    return float(text) if text else ""


