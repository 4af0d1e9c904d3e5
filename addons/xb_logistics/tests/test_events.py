from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.xb_logistics.core.status import Event
from odoo.addons.xb_logistics.core.tracking import VendorEvent

from .common import YT, LogisticsCase
from .test_core_status import JOURNEY

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestEvents(LogisticsCase):
    def make(self, number=1, **values):
        return self.Parcel.create({"carrier_id": self.swift.id, "number": YT % number, **values})

    def timeline(self, parcel):
        return [(e.at, e.status, e.text) for e in parcel.event_ids.sorted("key")]

    def test_any_order_any_repetition_on_the_record(self):
        forward, back, twice = self.make(1), self.make(2), self.make(3)
        self.Parcel._record_events({forward: JOURNEY}, "carrier")
        for event in reversed(JOURNEY):
            self.Parcel._record_events({back: [event]}, "carrier")
        for _turn in range(2):
            self.Parcel._record_events({twice: JOURNEY[::2]}, "carrier")
            self.Parcel._record_events({twice: JOURNEY[1::2]}, "carrier")
        for parcel in forward | back | twice:
            self.assertEqual(parcel.status, "delivered")
            self.assertEqual(parcel.delivered_at, datetime(2026, 3, 11, 10, 21))
            self.assertEqual(parcel.first_movement_at, datetime(2026, 3, 3, 20, 5))
            self.assertEqual(self.timeline(parcel), self.timeline(forward))
        self.assertEqual(len(forward.event_ids), len(JOURNEY))

    def test_corrected_number_is_another_journey(self):
        parcel = self.make(4)
        self.Parcel._record_events({parcel: JOURNEY[:5]}, "carrier")
        self.assertEqual((parcel.status, parcel.issue), ("exception", "customs"))
        parcel.number = YT % 5
        self.assertEqual(parcel.status, "pending")
        self.assertNotEqual(parcel.issue, "customs")
        self.assertFalse(parcel.event_ids)
        self.assertFalse(parcel.last_event_at)
        # The same events may happen to the new number.
        self.Parcel._record_events({parcel: JOURNEY[:2]}, "carrier")
        self.assertEqual(parcel.status, "in_transit")

    def test_unknown_word_is_a_problem_with_its_text(self):
        event = VendorEvent(datetime(2026, 1, 1), ("XX_9", "XX"), "Eaten by a goat")
        value = self.env["xb.status.code"]._read_event("nobody", event)
        self.assertEqual((value.status, value.reason, value.text), (
            "exception", "other", "Eaten by a goat"))  # fmt: skip

    def test_edited_meaning_counts(self):
        system = self.env["xb.code.system"]._get("t_words")
        code = self.env["xb.status.code"].create(
            {"system_id": system.id, "value": "Zoll", "status": "exception", "reason": "customs"}
        )
        event = VendorEvent(datetime(2026, 1, 1), ("zoll",))
        read = self.env["xb.status.code"]._read_event
        self.assertEqual(read("t_words", event).reason, "customs")
        code.write({"status": "in_transit", "reason": False})
        self.assertEqual(read("t_words", event).status, "in_transit")

    def test_queries_do_not_grow_with_the_batch(self):
        parcels = [self.make(10 + n) for n in range(30)]
        self.env.flush_all()
        few = {parcel: JOURNEY[:3] for parcel in parcels[:5]}
        many = {parcel: JOURNEY[:3] for parcel in parcels[5:]}
        self.Parcel._record_events(few, "warm")
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.Parcel._record_events(many, "carrier")
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 25)

    # === PROBLEMS === #

    def run_cron(self):
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            self.Parcel._cron_refresh_issues()

    def test_silence_by_route(self):
        rule = self.env["xb.transit.rule"]
        rule.create(
            {"carrier_id": self.swift.id, "promise_days": 3, "silence_days": 2, "lost_days": 9}
        )
        now = datetime.now()
        fast = self.make(40, shipped_at=now - 4 * DAY)
        slow = self.make(41, shipped_at=now - 4 * DAY, carrier_id=self.slow.id)
        gone = self.make(42, shipped_at=now - 10 * DAY)
        heard = self.make(43, shipped_at=now - 10 * DAY)
        heard._set_status("in_transit", now - DAY)
        self.env.flush_all()
        self.run_cron()
        self.assertEqual(
            (fast.issue, slow.issue, gone.issue, heard.issue),
            ("no_movement", False, "lost", False),
        )
        self.assertTrue(fast.issue_step)
        self.assertEqual(fast.due_on, (fast.shipped_at + 3 * DAY).date())
        fast._set_status("in_transit", now)
        self.assertFalse(fast.issue)

    def test_a_person_has_the_last_word_until_there_is_news(self):
        parcel = self.make(50)
        now = datetime.now()
        parcel._set_status("exception", now - 2 * DAY, text="Held", reason="customs")
        parcel.action_issue_mine()
        self.assertEqual(parcel.issue_user_id, self.env.user)
        parcel.issue = "address"
        parcel._refresh_issue()
        self.assertEqual(parcel.issue, "customs")
        parcel.action_issue_solved()
        self.assertFalse(parcel.issue)
        self.run_cron()
        self.assertFalse(parcel.issue)
        parcel._set_status("delivery_failed", now)
        self.assertEqual(parcel.issue, "failed_attempt")
        parcel._set_status("delivered", now + DAY)
        self.assertFalse(parcel.issue)

    # === PAPERS === #

    def test_customs_gaps_are_shown_before_it_ships(self):
        order = self.make_order((self.mug, 2))
        self.company.partner_id.country_id = self.env.ref("base.cn")
        parcel = self.make(60, item_ids=[(0, 0, {"sale_line_id": order.order_line.id})])
        self.assertIn("HS code, country of origin", parcel.customs_gaps)
        parcel.item_ids.write({"hs_code": "691200", "customs_description": "陶瓷杯"})
        parcel.item_ids.origin_country_id = self.env.ref("base.cn")
        parcel.item_ids.customs_value = 3
        self.assertEqual(parcel.customs_gaps, "Mug: description in English")
        parcel.item_ids.customs_description = "Ceramic mug"
        self.assertFalse(parcel.customs_gaps)

    def test_figures(self):
        rule = self.env["xb.transit.rule"]
        rule.create(
            {"carrier_id": self.slow.id, "promise_days": 5, "silence_days": 6, "lost_days": 9}
        )
        start = datetime(2026, 2, 1)
        for n, (days, weight, cost) in enumerate(((3, 1.0, 10), (9, 4.0, 20))):
            parcel = self.make(
                70 + n, carrier_id=self.slow.id, shipped_at=start, weight=weight, cost=cost
            )
            parcel._set_status("delivered", start + days * DAY)
        self.env.flush_all()
        [(on_time, transit, per_kg)] = self.env["xb.parcel.report"]._read_group(
            [("carrier_id", "=", self.slow.id)],
            [],
            ["on_time:avg", "transit_days:avg", "cost_per_kg:avg"],
        )
        self.assertEqual((on_time, transit, per_kg), (50.0, 6.0, 6.0))

    def test_indexes_serve_the_first_screens(self):
        """What a million parcels would make slow stands on an index (no time is measured)."""
        # Twenty parcels are read and sorted faster than any index; a million are not.
        self.env.cr.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for query, index in (
            (
                f"SELECT id FROM xb_parcel WHERE active AND company_id = {self.company.id}"
                " AND direction = 'outbound' ORDER BY id DESC LIMIT 80",
                "xb_parcel_recent",
            ),
            ("SELECT id FROM xb_parcel WHERE number = 'X'", "xb_parcel__number_index"),
            ("SELECT id FROM xb_parcel WHERE issue IS NOT NULL", "xb_parcel__issue_index"),
            (
                "SELECT id, status FROM xb_parcel WHERE tracker_id = 1 AND active"
                " AND is_over IS NOT TRUE",
                "xb_parcel_tracker_open",
            ),
            (
                "SELECT 1 FROM xb_parcel_event WHERE parcel_id = 1 AND active",
                "xb_parcel_event_key_unique",
            ),
        ):
            self.env.cr.execute(f"EXPLAIN {query}")
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn(index, plan, query)

    def test_manual_event_needs_a_known_status(self):
        with self.assertRaises(ValueError):
            Event(datetime(2026, 1, 1), "gone")

    def test_next_step_is_in_the_readers_language_or_somebodys_words(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        module = self.env["ir.module.module"].search([("name", "=", "xb_logistics")])
        module._update_translations(["zh_CN"])
        parcel = self.Parcel.create({"number": YT % 81, "carrier_id": self.swift.id})
        parcel._set_status("exception", reason="customs")
        self.assertIn("customs waits", parcel.issue_step)
        self.assertIn("海关", parcel.with_context(lang="zh_CN").issue_step)
        parcel.issue_step = "Call Mr Li"
        self.env.invalidate_all()
        self.assertEqual(parcel.with_context(lang="zh_CN").issue_step, "Call Mr Li")
        later = datetime.now() + timedelta(hours=1)
        parcel._set_status("exception", later, reason="address")
        self.assertIn("right address", parcel.issue_step)
