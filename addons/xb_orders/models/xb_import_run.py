from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

from ..batch import TRIAL
from ..const import CHUNK, CHUNK_ROWS, LANES
from ..core.lanes import assign_lanes

# Documents written down in one go: more would only fill the memory.
WRITE_DOWN = 500
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
                [("identity_key", "in", [run._get_identity_key(lane) for lane in range(LANES)]),
                 ("state", "=", "failed")], order="id desc", limit=1)
            run.job_problem = run.state == "running" and (
                job.exc_message or job.exc_name or job.name)

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
        count = self.received_count
        run._write_down(count, (
            (line.ref, line.document["cancels"], line.document["buyer_id"],
             line.document["value"]) for line in self._iter_lines()), (
            {"sequence": line.sequence, "ref": line.ref, "kind": line.kind, "rows": line.rows,
             "amount": line.amount, "document": line.document} for line in self._iter_lines()))
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
        :param documents: a sequence of ``core.document.Document`` objects, of any length.
        :rtype: xb.import.run
        """
        shop._check_import_access()
        # In sudo mode: clerks import files, but do not write the record of what was in them.
        run = self.sudo().create({**vals, "shop_id": shop.id})
        run._write_down(len(documents), (
            (document.ref, document.cancels, document.buyer_id, document.value)
            for document in documents), (
            run._prepare_line_vals(sequence, document)
            for sequence, document in enumerate(documents, start=1)))
        run = run.sudo(False)
        run._enqueue()
        return run

    def _write_down(self, count, heads, vals):
        """Write documents down, some at a time: what is written does not stay in the memory.

        A trial has one lane, for its documents must see each other.

        :param int count: how many there are.
        :param heads: iterator of ``(ref, cancels, buyer_id, value)``, see
            :class:`~..core.document.Document`.
        :param vals: iterator of values of ``xb.import.line``, of the same documents.
        """
        lanes = assign_lanes(
            [(ref, cancels, buyer_id or (value.get("buyer") or {}).get("id"))
             for ref, cancels, buyer_id, value in heads],
            1 if self.dry_run else min(LANES, 1 + (count - 1) // CHUNK))
        numbered = zip(vals, lanes, strict=True)
        while part := list(islice(numbered, WRITE_DOWN)):
            self.env["xb.import.line"].create([
                {**line_vals, "run_id": self.id, "lane": lane} for line_vals, lane in part])
            self.env.flush_all()
            self.env.invalidate_all()

    def _iter_lines(self):
        """The documents of the run in their order, some of them in the memory at a time."""
        ids = self.line_ids.ids
        for start in range(0, len(ids), WRITE_DOWN):
            yield from self.env["xb.import.line"].browse(ids[start:start + WRITE_DOWN])
            self.env["xb.import.line"].invalidate_model(["document"])

    def _prepare_line_vals(self, sequence, document):
        plain = document.as_dict(self.env._)
        rows = plain["rows"]
        return {
            "sequence": sequence,
            "ref": plain["ref"],
            "kind": plain["kind"],
            "rows": f"{rows[0]}–{rows[-1]}" if len(rows) > 1 else str(rows[0]) if rows else False,
            "amount": plain["amount"],
            "document": plain,
        }

    def _get_identity_key(self, lane=0):
        return f"xb.import.run:{self.id}:{lane}" if lane else f"xb.import.run:{self.id}"

    def _enqueue(self):
        """Enqueue the next chunk of every lane, unless a job for it waits already."""
        for run in self:
            lanes = {lane for lane, in run.env["xb.import.line"]._read_group(
                [("run_id", "=", run.id), ("state", "=", "pending")], ["lane"])}
            for lane in sorted(lanes) or [0]:
                run._enqueue_lane(lane)

    def _enqueue_lane(self, lane):
        self.with_delay(
            channel=CHANNEL_IMPORT, identity_key=self._get_identity_key(lane), max_retries=0,
            description=self.env._("Import %(file)s", file=self.name),
        )._job_process(lane)

    def _job_process(self, lane=0):
        """Import the next chunk of a lane's documents; enqueues itself until none is left. Safe to
        run twice, and at the same time: who comes second finds the lane locked and leaves it."""
        run_sudo = self.exists().sudo()
        if not run_sudo or run_sudo.state != "running" or not run_sudo._lock_lane(lane):
            return
        run_sudo._process(run_sudo._get_next_chunk(lane))
        if run_sudo._get_pending_lines(lane, limit=1):
            self._enqueue_lane(lane)
        elif not run_sudo._has_lanes():
            run_sudo._finish()
        else:
            # Lanes that end at the same moment do not see each other: who looks after the
            # commit does.
            self.with_delay(
                channel=CHANNEL_IMPORT, max_retries=0,
                description=self.env._("Close the import of %(file)s", file=self.name),
            )._job_finish()
        run_sudo._notify_progress()

    def _has_lanes(self):
        return bool(self.env["xb.import.line"].search_count(
            [("run_id", "=", self.id), ("lane", "!=", 0)], limit=1))

    def _lock_lane(self, lane):
        """Take a lane until the end of the transaction, if nobody has it."""
        [[mine]] = self.env.execute_query(SQL(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            f"xb.import.run:{self.id}:{lane}"))
        return mine

    def _job_finish(self):
        """Close the run where nothing is left to do; every lane asks for it at its end, and the
        last one of them sees that all is done. Safe to run twice."""
        run_sudo = self.exists().sudo()
        if not run_sudo or run_sudo.state != "running" or run_sudo._get_pending_lines(limit=1):
            return
        run_sudo.lock_for_update(allow_referencing=True)
        run_sudo._finish()
        run_sudo._notify_progress()

    def _get_pending_lines(self, lane=None, limit=None):
        domain = Domain("run_id", "=", self.id) & Domain("state", "=", "pending")
        if lane is not None:
            domain &= Domain("lane", "=", lane)
        return self.env["xb.import.line"].search(domain, limit=limit)

    def _get_next_chunk(self, lane):
        """The documents of the next transaction, at least one; large ones make it short."""
        self.ensure_one()
        if self.dry_run:
            # a trial undoes what it does, so its documents must see each other at once
            return self._get_pending_lines(lane)
        lines = self._get_pending_lines(lane, limit=CHUNK)
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
        lanes = {run: {0} for run in running}
        for run, *lane in self.env["xb.import.line"]._read_group(
                [("run_id", "in", running.ids), ("state", "=", "pending")], ["run_id", "lane"]):
            lanes[run] = lanes[run] | set(lane)
        keys = {run._get_identity_key(lane): (run, lane)
                for run, some in lanes.items() for lane in some}
        jobs = self.env["queue.job"].sudo().search(
            [("identity_key", "in", list(keys)), ("state", "in", (*LIVE_JOBS, "failed"))])
        attended = {job.identity_key for job in jobs}
        for key, (run, lane) in keys.items():
            if key not in attended:
                run.with_user(run.create_uid)._enqueue_lane(lane)
