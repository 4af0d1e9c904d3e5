from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..core.rates.table import RateTable, spread, working_days

PROVIDERS = [
    ("ecb", "European Central Bank"),
    ("frankfurter", "Frankfurter"),
    ("file", "File"),
    ("fixed", "Fixed Rates"),
]
HTTP = ("ecb", "frankfurter")


class XbRateSource(models.Model):
    """Where a company's exchange rates come from. Of several the first that has a currency's
    rate decides; what it lacks comes from the next."""

    _name = "xb.rate.source"
    _description = "Rate Source"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer("Priority", default=10)
    company_id = fields.Many2one("res.company", required=True, index=True,
                                 default=lambda self: self.env.company)
    provider = fields.Selection(PROVIDERS, required=True, default="ecb", tracking=True)
    connection_id = fields.Many2one("xb.connection", check_company=True,
                                    domain=[("vendor", "=", "rates")], ondelete="restrict")
    base_currency_id = fields.Many2one(
        "res.currency", "Base", default=lambda self: self.env.company.currency_id,
        help="Of a file and of fixed rates: the currency that one unit is of.")
    fixed_ids = fields.One2many("xb.rate.fixed", "source_id", "Fixed Rates", copy=True)
    spread_percent = fields.Float(
        "Spread (%)", digits=(6, 4), tracking=True,
        help="What the bank keeps when it exchanges: the rate is made that much worse.")
    max_age = fields.Integer(
        "Oldest Rate (Working Days)", default=2, tracking=True,
        help="When a currency's rate is older, the next source is asked and somebody is told.")
    weekend_rule = fields.Selection(
        [("last", "The last working day's rate holds"),
         ("fill", "Write the last rate on every day")], "Weekends", required=True,
        default="last")
    interval = fields.Selection(
        [("day", "Once a Day"), ("hour", "Every Hour")], required=True, default="day",
        help="How often the source is asked; hourly where it has rates within the day.")
    last_success = fields.Datetime(readonly=True, copy=False)
    last_problem = fields.Text(readonly=True, copy=False)
    last_day = fields.Date("Newest Rates", readonly=True, copy=False)
    rate_count = fields.Integer(compute="_compute_rate_count")

    _spread_sane = models.Constraint(
        "CHECK(spread_percent >= 0 AND spread_percent < 100 AND max_age >= 0)",
        "The spread lies between 0 and 100 %, the age is not negative.")

    # === COMPUTE METHODS === #

    def _compute_rate_count(self):
        counts = dict(self.env["xb.rate"]._read_group(
            [("source_id", "in", self.ids)], ["source_id"], ["__count"]))
        for source in self:
            source.rate_count = counts.get(source, 0)

    # === ACTION METHODS === #

    def action_fetch(self):
        """Fetch the newest rates now."""
        self._check_rate_access()
        for source in self:
            written = source._fetch_and_write()
            if source.last_problem:
                raise UserError(source.last_problem)
            source._message_log(body=self.env._("%(count)s rates received.", count=written))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_backfill(self, days=365):
        """Fetch the rates of the past.

        :param int days: how many days back, at most 10 years
        """
        self.ensure_one()
        self._check_rate_access()
        if not isinstance(days, int) or not 0 < days <= 3660:
            raise UserError(self.env._("Fetch between one day and ten years."))
        today = fields.Date.context_today(self)
        self._fetch_and_write(today - timedelta(days=days), today)
        if self.last_problem:
            raise UserError(self.last_problem)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_rates(self):
        """Open what the source has given."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_rate_action")
        return {**action, "domain": [("source_id", "in", self.ids)]}

    # === BUSINESS METHODS === #

    def _check_rate_access(self):
        self.check_access("write")

    def _get_table(self, start=None, end=None):
        """Hook: return what the source has.

        :rtype: odoo.addons.xb_finance.core.rates.table.RateTable
        :raise VendorError: the source did not answer as it should
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.provider in HTTP:
            if not self.connection_id:
                raise VendorError(self.env._("%(name)s has no connection.", name=self.name))
            # In sudo mode: whoever runs the job uses the account, nobody reads its secrets.
            return self.connection_id.sudo()._get_adapter().fetch(
                self.provider, start, end, today)
        if self.provider == "fixed":
            table = RateTable(self.base_currency_id.name, {today: {}})
            for row in self.fixed_ids:
                table.add(today, row.currency_id.name, Decimal(repr(row.rate)))
            return table
        return RateTable(self.base_currency_id.name)

    def _fetch_and_write(self, start=None, end=None, wanted=None):
        """Fetch and write the rates; a failure is kept and told, it stops nobody.

        :param set wanted: ISO codes, None for all active currencies
        :return: number of rates that were new
        """
        self.ensure_one()
        try:
            table = self._get_table(start, end)
        except (VendorError, SecretError, ValueError) as error:
            self.sudo().last_problem = str(error) or type(error).__name__
            return 0
        self.sudo().last_problem = False
        return self._write_table(table, wanted)

    def _write_table(self, table, wanted=None):
        """Write a table to the registry and to core's rates.

        :return: number of rates that were new
        """
        own = self.company_id.currency_id
        currencies = {currency.name: currency for currency in
                      self.env["res.currency"].search([("id", "!=", own.id)])
                      if wanted is None or currency.name in wanted}
        used = table.rebased(own.name, currencies)
        if table.days and not used.days:
            self.sudo().last_problem = self.env._(
                "%(name)s has no rate of %(currency)s, so nothing can be crossed to it.",
                name=self.name, currency=own.name)
            return 0
        percent = Decimal(repr(self.spread_percent))
        used.days = {day: {code: spread(rate, percent) for code, rate in rates.items()}
                     for day, rates in used.days.items()}
        added = self._add_received(table, used, currencies)
        filled = used.filled(fields.Date.context_today(self)) \
            if self.weekend_rule == "fill" else used
        self._write_core_rates(filled, currencies)
        if used.days:
            newest = max(used.days)
            self.sudo().write({
                "last_success": fields.Datetime.now(),
                "last_day": max(newest, self.last_day or newest)})
        return added

    def _add_received(self, table, used, currencies):
        """Add to the registry what differs from the last row of the same day."""
        if not used.days:
            return 0
        rows = self.env["xb.rate"].search_fetch(
            [("source_id", "=", self.id), ("day", ">=", min(used.days)),
             ("day", "<=", max(used.days))],
            ["day", "currency_id", "company_rate"], order="id")
        last = {(row.day, row.currency_id.name): row.company_rate for row in rows}
        base = self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", table.base)], limit=1)
        vals_list = [
            {"company_id": self.company_id.id, "source_id": self.id, "day": day,
             "base_id": base.id, "currency_id": currencies[code].id,
             "rate": float(table.rate(day, code) or 1), "company_rate": float(rate)}
            for day, rates in sorted(used.days.items()) for code, rate in rates.items()
            if last.get((day, code)) != float(rate)
        ]
        # In sudo mode: a registry is written by the sources alone.
        self.env["xb.rate"].sudo().create(vals_list)
        return len(vals_list)

    def _write_core_rates(self, table, currencies):
        """Write core's rates; what a person has entered for a day stays."""
        if not table.days:
            return
        root = self.company_id.root_id
        rates_sudo = self.env["res.currency.rate"].sudo().search([
            ("company_id", "=", root.id), ("name", "in", list(table.days)),
            ("currency_id", "in", [currency.id for currency in currencies.values()])])
        known = {(rate.name, rate.currency_id.name): rate for rate in rates_sudo}
        vals_list = []
        for day, rates in sorted(table.days.items()):
            for code, rate in rates.items():
                row = known.get((day, code))
                if row is None:
                    vals_list.append({
                        "name": day, "currency_id": currencies[code].id, "rate": float(rate),
                        "company_id": root.id, "xb_source_id": self.id})
                elif self._may_overwrite(row) and row.rate != float(rate):
                    row.write({"rate": float(rate), "xb_source_id": self.id})
        rates_sudo.create(vals_list)

    def _may_overwrite(self, row):
        """Whether a rate is from this source or one of less priority, not from a person."""
        other = row.xb_source_id
        return bool(other) and (other.sequence, other.id) >= (self.sequence, self.id)

    # === BACKGROUND === #

    @api.model
    def _cron_fetch(self, interval="day"):
        """Enqueue one job per company with sources of this interval."""
        for company in self.search([("interval", "=", interval)]).company_id:
            self.with_company(company).with_delay(
                channel="root.xb.import", identity_key=f"xb.rate.source:{company.id}:{interval}",
                description=self.env._("Exchange rates of %(company)s", company=company.name),
            )._job_fetch(company.id, interval)

    @api.model
    def _job_fetch(self, company_id, interval="day"):
        """Ask the sources of a company in turn, until every active currency has a fresh rate.
        Safe twice: what is there already makes no row."""
        company = self.env["res.company"].browse(company_id).exists()
        sources = self.search([("company_id", "=", company.id), ("interval", "=", interval)])
        missing = self._get_stale_currencies(company, sources[:1].max_age, all_=True)
        for source in sources:
            if not missing:
                break
            source._fetch_and_write(wanted=set(missing))
            fresh = set(missing) - set(self._get_stale_currencies(company, source.max_age))
            missing = [code for code in missing if code not in fresh]
        sources._alert(missing)

    @api.model
    def _get_stale_currencies(self, company, max_age, all_=False):
        """Return the active currencies without a rate that is young enough.

        :param bool all_: all active ones, fresh or not
        """
        if all_:
            return self.env["res.currency"].search(
                [("id", "!=", company.currency_id.id)]).mapped("name")
        return self._get_stale_by_company({company: max_age})[company]

    @api.model
    def _get_stale_by_company(self, max_ages):
        """Return ``{company: [code]}``, see :meth:`_get_stale_currencies`.

        :param dict max_ages: working days that a rate may be old, by company
        """
        today = fields.Date.context_today(self)
        # pylint: disable-next=no-search-all  # active currencies are few
        currencies = self.env["res.currency"].search([])
        roots = self.env["res.company"].union(*max_ages).root_id
        # In sudo mode: rates are nobody's secret.
        newest = {
            (currency, root): day
            for currency, root, day in self.env["res.currency.rate"].sudo()._read_group(
                [("company_id", "in", (*roots.ids, False)), ("name", "<=", today),
                 ("currency_id", "in", currencies.ids)],
                ["currency_id", "company_id"], ["name:max"])}
        stale = {}
        for company, max_age in max_ages.items():
            known = {currency: max(filter(None, (
                newest.get((currency, root)) for root in (company.root_id, roots.browse()))),
                default=None) for currency in currencies - company.currency_id}
            stale[company] = [currency.name for currency, day in known.items()
                              if not day or working_days(day, today) > max_age]
        return stale

    def _alert(self, missing):
        """Tell the first source's followers once which rates are too old."""
        source = self[:1]
        if not source:
            return
        todo = source.activity_ids.filtered(lambda activity: activity.automated)
        if not missing:
            todo.action_feedback(feedback=self.env._("The rates are fresh again."))
        elif not todo:
            manager = self.env.ref("base.user_admin")
            source.activity_schedule(
                "mail.mail_activity_data_warning", user_id=manager.id,
                summary=self.env._("Rates are too old: %(codes)s", codes=", ".join(missing)))
