from .common import RestShopCase

VALUE = {
    "order": "A-1",
    "shipment": "P00017",
    "carrier": "yunexpress",
    "carrier_name": "YunExpress",
    "tracking": "YT2612345678901234",
    "shipped_at": "2026-11-02T10:00:00+00:00",
    "lines": [],
}


class TestOutbox(RestShopCase):
    """A row's whole way: pushed, sent by the job, stored by the shop."""

    def push(self, **changes):
        return self.env["xb.outbox"].push(
            self.connection, "shipment", "P00017:A-1", VALUE | changes
        )

    def run_job(self):
        self.env.flush_all()
        self.env["xb.outbox"]._job_send(self.connection)
        self.env.invalidate_all()

    def told(self):
        return self.other_side.shipments("A-1")

    def test_number_goes_out_once_and_its_correction_after_it(self):
        row = self.push()
        self.run_job()
        self.assertEqual((row.state, row.answer["revision"]), ("confirmed", 1))
        self.push()
        self.run_job()
        self.assertEqual(self.told()[0]["requests"], 1, "what is confirmed is not sent again")
        self.push(tracking="YT9999999999")
        self.run_job()
        self.push()
        self.run_job()
        (told,) = self.told()
        self.assertEqual(
            [revision["tracking"] for revision in told["revisions"]],
            [VALUE["tracking"], "YT9999999999", VALUE["tracking"]],
        )
        self.assertEqual((row.state, row.answer["revision"]), ("confirmed", 3))

    def test_outage_keeps_the_row_and_the_retry_uses_the_same_key(self):
        self.simulator.faults.add(kind="timeout_after", match="PUT", count=1)
        row = self.push(order="A-2")
        self.run_job()
        self.assertEqual(row.state, "retry")
        row.action_retry()
        self.run_job()
        self.assertEqual(row.state, "confirmed")
        (told,) = self.other_side.shipments("A-2")
        self.assertEqual((told["requests"], len(told["revisions"])), (2, 1))

    def test_refused_carrier_is_repaired_by_a_new_value(self):
        row = self.push(order="A-3", carrier="pigeon")
        self.run_job()
        self.assertEqual(row.state, "refused")
        self.assertIn("pigeon", row.reason)
        self.push(order="A-3")
        self.run_job()
        self.assertEqual(row.state, "confirmed")
