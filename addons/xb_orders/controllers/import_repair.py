from odoo.http import Controller, content_disposition, request, route

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ImportRepair(Controller):
    """Download of a file's rows that need a person."""

    @route("/xb/import/<int:run_id>/repair.<string:kind>", type="http", auth="user",
           methods=["GET"], readonly=True)
    def download(self, run_id, kind):
        """Answer with the held and rejected rows of an import and the reason beside each.

        :param int run_id: the import; 404 when there is none, 403 when it may not be read.
        :param str kind: ``csv`` or ``xlsx``.
        """
        run = request.env["xb.import.run"].browse(run_id).exists()
        if not run or kind not in TYPES:
            return request.not_found()
        run.check_access("read")
        name, data = run._build_repair_file(kind)
        return request.make_response(data, [
            ("Content-Type", TYPES[kind]),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ])
