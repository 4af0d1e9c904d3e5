from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

from ..batch import TRIAL
from ..const import CHUNK, CHUNK_ROWS

LIVE_JOBS = ("wait_dependencies", "pending", "enqueued", "started")


class XbImportRun(models.Model):
    """The import of one file.

    The documents are written down first, one line each, in the transaction that also enqueues
    the job. The job takes them in chunks, each chunk in a transaction of its own in which also
    its verdicts are written: whenever the process dies, every document is either still waiting
    or has its orders *and* its verdict.
    """

    _name = "xb.import.run"
    _description = "File Import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(required=True, readonly=True)
    shop_id = fields.Many2one("xb.shop", required=True, readonly=True, index=True,
                              ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    file = fields.Binary(readonly=True, attachment=True)
    sha256 = fields.Char("File Checksum", readonly=True, index="btree_not_null", copy=False)
    settings = fields.Json(readonly=True, help="How the file was read and why.")
    settings_text = fields.Text("Read As", compute="_compute_settings_text")
    dry_run = fields.Boolean("Trial", readonly=True, help="Only says what an import would do.")
    create_products = fields.Boolean("Create Missing Products", readonly=True)
    track_products = fields.Boolean("Track Stock of New Products", readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")], required=True, default="running",
        readonly=True, index=True,
    )
    finished_at = fields.Datetime(readonly=True, copy=False)
    line_ids = fields.One2many("xb.import.line", "run_id", "Documents", readonly=True)
    received_count = fields.Integer("Received", compute="_compute_counts")
    pending_count = fields.Integer("Waiting", compute="_compute_counts")
    imported_count = fields.Integer("Imported", compute="_compute_counts")
    unchanged_count = fields.Integer("Unchanged", compute="_compute_counts")
    held_count = fields.Integer("Held", compute="_compute_counts")
    rejected_count = fields.Integer("Rejected", compute="_compute_counts")
    open_count = fields.Integer("Still Open", compute="_compute_open_count")
    progress = fields.Float(compute="_compute_counts")
    job_problem = fields.Text("Stopped Because", compute="_compute_job_problem")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {}
        for run, state, count in self.env["xb.import.line"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]):
            counts.setdefault(run.id, {})[state] = count
        for run in self:
            by_state = counts.get(run.id, {})
            run.received_count = sum(by_state.values())
            run.pending_count = by_state.get("pending", 0)
            run.imported_count = by_state.get("created", 0) + by_state.get("updated", 0)
            run.unchanged_count = by_state.get("unchanged", 0)
            run.held_count = by_state.get("held", 0)
            run.rejected_count = by_state.get("rejected", 0)
            done = run.received_count - run.pending_count
            run.progress = 100.0 * done / run.received_count if run.received_count else 100.0

    def _compute_open_count(self):
        counts = {run.id: count for run, count in self.env["xb.order.intake"]._read_group(
            [("run_id", "in", self.ids), ("state", "in", ("held", "rejected"))],
            ["run_id"], ["__count"])}
        for run in self:
            run.open_count = counts.get(run.id, 0)

    @api.depends("settings")
    def _compute_settings_text(self):
        for run in self:
            run.settings_text = "\n".join(
                f"{setting['label']}: {setting['text']} – {setting['message']}"
                for setting in run.settings or []
            )

    def _compute_job_problem(self):
        for run in self:
            # In sudo mode: clerks follow their import, they do not manage the queue.
            job = self.env["queue.job"].sudo().search(
                [("identity_key", "=", run._get_identity_key())], order="id desc", limit=1)
            failed = run.state == "running" and job.state == "failed"
            run.job_problem = failed and (job.exc_message or job.exc_name or job.name)

    # === ACTION METHODS === #

    def action_continue(self):
        """Go on with a run whose job failed, once the cause is repaired."""
        self.shop_id._check_import_access()
        for run in self.filtered(lambda run: run.state == "running"):
            run._enqueue()

    def action_import(self):
        """Import the very documents of a trial for good."""
        self.ensure_one()
        if not self.dry_run:
            raise UserError(self.env._("This file has been imported already."))
        self.shop_id._check_import_access()
        # In sudo mode, as in _start.
        run = self.sudo().copy({"dry_run": False, "state": "running", "file": self.file})
        run.env["xb.import.line"].create([
            {"run_id": run.id, "sequence": line.sequence, "ref": line.ref, "kind": line.kind,
             "rows": line.rows, "amount": line.amount, "document": line.document}
            for line in self.line_ids
        ])
        run = run.sudo(False)
        run._enqueue()
        return run.get_formview_action()

    def action_view_open(self):
        """Open what of this file still needs a person."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_order_intake_action")
        return {**action, "domain": [("run_id", "=", self.id)],
                "context": {"search_default_attention": 1}}

    def action_view_lines(self):
        """Open the documents with their verdicts as a list of their own."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_import_line_action")
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    @api.model
    def _start(self, shop, vals, documents):
        """Write down a file's documents and enqueue their import.

        :param xb.shop shop: the shop.
        :param dict vals: values of the run.
        :param list documents: ``core.document.Document`` objects.
        :rtype: xb.import.run
        """
        shop._check_import_access()
        # In sudo mode: clerks import files, but do not write the record of what was in them.
        run = self.sudo().create({**vals, "shop_id": shop.id})
        run.env["xb.import.line"].create([
            run._prepare_line_vals(sequence, document)
            for sequence, document in enumerate(documents, start=1)
        ])
        run = run.sudo(False)
        run._enqueue()
        return run

    def _prepare_line_vals(self, sequence, document):
        plain = document.as_dict(self.env._)
        rows = plain["rows"]
        return {
            "run_id": self.id,
            "sequence": sequence,
            "ref": plain["ref"],
            "kind": plain["kind"],
            "rows": f"{rows[0]}–{rows[-1]}" if len(rows) > 1 else str(rows[0]) if rows else False,
            "amount": plain["amount"],
            "document": plain,
        }

    def _get_identity_key(self):
        return f"xb.import.run:{self.id}"

    def _enqueue(self):
        """Enqueue the next chunk, unless a job for it waits already."""
        for run in self:
            run.with_delay(
                channel=CHANNEL_IMPORT, identity_key=run._get_identity_key(), max_retries=0,
                description=self.env._("Import %(file)s", file=run.name),
            )._job_process()

    def _job_process(self):
        """Import the next chunk of documents; enqueues itself until none is left. Safe to run
        twice, and at the same time: who comes second finds the run locked and leaves it."""
        run_sudo = self.exists().sudo()
        if not run_sudo or run_sudo.state != "running":
            return
        if not run_sudo.try_lock_for_update(allow_referencing=True):
            return
        run_sudo._process(run_sudo._get_next_chunk())
        if run_sudo._get_pending_lines(limit=1):
            self._enqueue()
        else:
            run_sudo._finish()
        run_sudo._notify_progress()

    def _get_pending_lines(self, limit=None):
        return self.env["xb.import.line"].search(
            [("run_id", "=", self.id), ("state", "=", "pending")], limit=limit)

    def _get_next_chunk(self):
        """The documents of the next transaction, at least one; large ones make it short."""
        self.ensure_one()
        if self.dry_run:
            # a trial undoes what it does, so its documents must see each other at once
            return self._get_pending_lines()
        lines = self._get_pending_lines(limit=CHUNK)
        rows = 0
        for position, line in enumerate(lines):
            rows += len(line.document["value"].get("lines") or [])
            if position and rows > CHUNK_ROWS:
                return lines[:position]
        return lines

    def _process(self, lines):
        """Give each of the lines its verdict."""
        self.ensure_one()
        results = []

        def work():
            for start in range(0, len(lines), CHUNK):
                results.extend(self._import_chunk(lines[start:start + CHUNK]))
            return [verdict for _part, verdicts in results for verdict in verdicts]

        if self.dry_run:
            self.env["xb.order.importer"]._dry_run(work)
        else:
            work()
        for part, verdicts in results:
            part._set_verdicts(verdicts)

    def _import_chunk(self, lines):
        """Import some documents: first the sales, then what cancels them, then the rest.

        :return: ``[(lines, verdicts)]``
        """
        options = {
            "run_id": self.id,
            "create_products": self.create_products,
            "track_products": self.track_products,
        }
        known = lines._get_known_values()
        blocked = lines.filtered(lambda line: line._is_blocked(known))
        orders = (lines - blocked).filtered(lambda line: line.kind == "order")
        cancellations = (lines - blocked).filtered(lambda line: line.kind == "cancellation")
        others = lines - orders - cancellations
        shop = self.shop_id.with_context(xb_trial=TRIAL) if self.dry_run else self.shop_id
        return [
            (orders, self.env["xb.order.importer"]._import(
                shop, [line._get_order_value(known) for line in orders], options)),
            (cancellations, self.env["xb.order.canceller"]._import(
                shop, [line._prepare_cancellation() for line in cancellations], options)),
            (others, self.env["xb.order.intake"]._hold(shop, others, options)),
        ]

    def _finish(self):
        """Close the run; nothing may have got lost on the way."""
        self.ensure_one()
        verdicts = (self.imported_count + self.unchanged_count + self.held_count
                    + self.rejected_count)
        if verdicts != self.received_count:
            raise UserError(self.env._(
                "%(received)s documents came in, %(verdicts)s have a verdict.",
                received=self.received_count, verdicts=verdicts))
        self.write({"state": "done", "finished_at": fields.Datetime.now()})

    def _notify_progress(self):
        """Tell the open forms of this run that there is news."""
        for run in self:
            self.env["bus.bus"]._sendone(
                run.create_uid.partner_id, "xb_orders/import_progress",
                {"run_id": run.id, "progress": run.progress, "state": run.state},
            )

    @api.model
    def _cron_resume(self):
        """Enqueue runs whose job has got lost. A failed job waits for a person instead."""
        running = self.search([("state", "=", "running")])
        keys = {run._get_identity_key(): run for run in running}
        jobs = self.env["queue.job"].sudo().search(
            [("identity_key", "in", list(keys)), ("state", "in", (*LIVE_JOBS, "failed"))])
        attended = {job.identity_key for job in jobs}
        for key, run in keys.items():
            if key not in attended:
                run.with_user(run.create_uid)._enqueue()
