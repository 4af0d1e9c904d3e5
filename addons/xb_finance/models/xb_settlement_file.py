import io

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

LIVE_JOBS = ("wait_dependencies", "pending", "enqueued", "started")
# A file of the same shop is being imported: so many seconds later again.
PATIENCE = 10
# What a job's progress is made of: the file is read, then written down.
READING, WRITING = 40, 60


class XbSettlementFile(models.Model):
    """A statement as it was handed in, and what became of it.

    What an import writes is one transaction: a file that is refused, and a process that dies,
    leave no settlement and no line. How far it has come stands in a row of its own
    (``xb.settlement.progress``), for that one is written beside the transaction.
    """

    _name = "xb.settlement.file"
    _description = "Statement File"
    _order = "id desc"

    # === FIELDS === #

    name = fields.Char("File", required=True, readonly=True)
    shop_id = fields.Many2one("xb.shop", required=True, readonly=True, index=True,
                              ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    file = fields.Binary("Content", readonly=True, attachment=True)
    sha256 = fields.Char("Checksum", readonly=True, index="btree_not_null")
    options = fields.Json(readonly=True, help="How a person wanted it to be read.")
    state = fields.Selection(
        [("waiting", "In Work"), ("done", "Imported"), ("refused", "Refused")],
        required=True, default="waiting", readonly=True, index=True)
    verdicts = fields.Json(readonly=True, help="One per document of the file.")
    problem_text = fields.Text("Refused Because", compute="_compute_verdicts")
    settlement_ids = fields.Many2many("xb.settlement", compute="_compute_verdicts",
                                      string="Settlements")
    settlement_count = fields.Integer(compute="_compute_verdicts")
    finished_at = fields.Datetime(readonly=True)
    progress_ids = fields.One2many("xb.settlement.progress", "file_id", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    progress_text = fields.Char(compute="_compute_progress")
    job_problem = fields.Text("Stopped Because", compute="_compute_job_problem")

    # === COMPUTE METHODS === #

    @api.depends("verdicts")
    def _compute_verdicts(self):
        for file in self:
            verdicts = file.verdicts or []
            file.problem_text = "\n".join(
                problem["message"] for verdict in verdicts if not verdict["settlement_id"]
                for problem in verdict["problems"]) or False
            # A settlement that somebody deleted is gone from here as well.
            file.settlement_ids = self.env["xb.settlement"].search(
                [("id", "in", [verdict["settlement_id"] for verdict in verdicts
                               if verdict["settlement_id"]])])
            file.settlement_count = len(file.settlement_ids)

    @api.depends("state", "progress_ids.phase", "progress_ids.count", "progress_ids.total")
    def _compute_progress(self):
        for file in self:
            row = file.progress_ids[:1]
            share = row.count / row.total if row.total else 0
            if file.state != "waiting":
                file.progress, file.progress_text = 100, False
            elif row.phase == "reading":
                file.progress = READING * share
                file.progress_text = self.env._("Reading and proving the file")
            elif row.phase == "writing":
                file.progress = READING + WRITING * share
                file.progress_text = self.env._(
                    "%(count)s of %(total)s lines written", count=row.count, total=row.total)
            else:
                file.progress, file.progress_text = 0, self.env._("Waiting for its turn")

    def _compute_job_problem(self):
        for file in self:
            # In sudo mode: finance follows its import, it does not manage the queue.
            job = self.env["queue.job"].sudo().search(
                [("identity_key", "=", file._get_identity_key()), ("state", "=", "failed")],
                order="id desc", limit=1)
            file.job_problem = file.state == "waiting" and (
                job.exc_message or job.exc_name or job.name)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: every file has the row in which its progress is told."""
        files = super().create(vals_list)
        self.env["xb.settlement.progress"].sudo().create(
            [{"file_id": file.id} for file in files])
        return files

    # === ACTION METHODS === #

    def action_continue(self):
        """Try again what an error has stopped, once its cause is repaired."""
        self.shop_id._check_finance_access()
        for file in self.filtered(lambda file: file.state == "waiting"):
            file._enqueue()

    def action_view_settlements(self):
        """Open the settlements that the file tells about.

        :raise UserError: when there are none
        """
        self.ensure_one()
        if not self.settlement_ids:
            raise UserError(self.env._("There is no settlement of this file."))
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_settlement_action")
        if len(self.settlement_ids) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.settlement_ids.id,
                    "domain": []}
        return {**action, "domain": [("id", "in", self.settlement_ids.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_identity_key(self):
        return f"xb.settlement.file:{self.id}"

    def _enqueue(self):
        self.ensure_one()
        self.with_delay(
            channel=CHANNEL_IMPORT, identity_key=self._get_identity_key(),
            description=self.env._("Import statement %(file)s", file=self.name),
        )._job_import()

    @api.model
    def _cron_resume(self):
        """Enqueue files whose job has got lost. A failed job waits for a person instead."""
        waiting = {file._get_identity_key(): file
                   for file in self.search([("state", "=", "waiting")])}
        jobs = self.env["queue.job"].sudo().search(
            [("identity_key", "in", list(waiting)), ("state", "in", (*LIVE_JOBS, "failed"))])
        for key in set(waiting) - set(jobs.mapped("identity_key")):
            waiting[key].with_user(waiting[key].create_uid)._enqueue()

    def _job_import(self):
        """Read, prove and import the file in one transaction. Safe to run twice: what is done
        stays done, and what another one is at is left to it.

        :raise RetryableJobError: while another file of the shop is being imported
        """
        file = self.exists()
        if not file or not file._take():
            return
        with file._open() as stream:
            verdicts = file.shop_id._import_stream(
                {"filename": file.name, "file": file}, stream, file.options or {}, file._tell)
        file._close(verdicts)

    def _take(self):
        """Keep everybody else away until the end of the transaction; tell whether there is
        anything to do.

        One file of a shop at a time: its documents must see those of the file before. Who was
        here meanwhile has changed the file's row, and PostgreSQL makes the job start anew.
        """
        [[mine]] = self.env.execute_query(SQL(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            f"xb.settlement.file:shop:{self.shop_id.id}"))
        if not mine:
            raise RetryableJobError(
                "Another statement of the shop is being imported.", seconds=PATIENCE,
                ignore_retry=True)
        [[state]] = self.env.execute_query(SQL(
            "SELECT state FROM xb_settlement_file WHERE id = %s FOR UPDATE", self.id))
        return state == "waiting"

    def _open(self):
        """Return the file for reading; where files are kept on disk, none of it is in the memory.

        :rtype: typing.BinaryIO
        """
        self.ensure_one()
        # In sudo mode: attachments of fields are read by nobody else.
        attachment = self.env["ir.attachment"].sudo().search([
            ("res_model", "=", self._name), ("res_field", "=", "file"), ("res_id", "=", self.id)])
        if not attachment.store_fname:
            return io.BytesIO(attachment.raw or b"")
        return open(attachment._full_path(attachment.store_fname), "rb")

    def _close(self, verdicts):
        """Write down what became of the file, and tell who waits for it."""
        refused = all(verdict["state"] == "refused" for verdict in verdicts)
        # In sudo mode: what became of a file follows from it, nobody types it.
        self.sudo().write({
            "verdicts": verdicts, "state": "refused" if refused else "done",
            "finished_at": fields.Datetime.now()})
        self._notify()

    def _notify(self, env=None):
        """Tell the open forms of this file that there is news."""
        (env or self.env)["bus.bus"]._sendone(
            self.create_uid.partner_id, "xb_finance/statement_progress", {"file_id": self.id})

    def _tell(self, phase, count, total):
        """Say how far the import has come, in a transaction of its own: its own ends last.

        :param str phase: of ``xb.settlement.progress``
        """
        with self.env.registry.cursor() as cr:
            cr.execute(SQL(
                "UPDATE xb_settlement_progress SET phase = %s, count = %s, total = %s "
                "WHERE file_id = %s", phase, count, total, self.id))
            self._notify(self.env(cr=cr))
