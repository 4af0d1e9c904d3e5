import os
from unittest.mock import patch

from prometheus_client.parser import text_string_to_metric_families

from odoo.tests import HttpCase, tagged

from odoo.addons.xb_base.const import ENV_METRICS_TOKEN

from .common import XbBaseCase


def parse(text):
    """Return ``{sample name: {labels: value}}``."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = tuple(sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[key] = sample.value
    return found


@tagged("post_install", "-at_install")
class TestMetricsFigures(XbBaseCase):
    def figures(self):
        return parse(self.env["xb.metrics"]._render().decode())

    def test_requests(self):
        counter = self.env["xb.request.counter"]
        counter._count("test", "ok", 0.5)
        counter._count("test", "ok", 0.25)
        counter._count("test", "retryable", 1.0)
        figures = self.figures()
        ok = (("outcome", "ok"), ("vendor", "test"))
        self.assertEqual(figures["xb_requests_total"][ok], 2)
        self.assertEqual(figures["xb_request_seconds_total"][ok], 0.75)
        self.assertEqual(figures["xb_request_errors_total"][(("vendor", "test"),)], 1)

    def test_jobs(self):
        # pylint: disable-next=sql-injection
        self.env.cr.execute(
            """
            INSERT INTO queue_job (uuid, model_name, method_name, state, channel, date_created,
                                   name, priority, retry, max_retries, company_id)
            SELECT 'metrics-' || n, 'res.partner', 'x', state, 'root.metrics_test',
                   now() AT TIME ZONE 'UTC' - n * interval '1 hour', 'x', 10, 0, 5, NULL
              FROM unnest(ARRAY['pending', 'pending', 'failed', 'done'])
                   WITH ORDINALITY AS t(state, n)
            """
        )
        figures = self.figures()
        depth = {
            dict(labels)["state"]: value
            for labels, value in figures["xb_queue_jobs"].items()
            if dict(labels)["channel"] == "root.metrics_test"
        }
        self.assertEqual(depth, {"pending": 2, "failed": 1})
        pending = (("channel", "root.metrics_test"), ("state", "pending"))
        self.assertAlmostEqual(figures["xb_queue_oldest_job_seconds"][pending], 2 * 3600, delta=60)

    def test_connections(self):
        self.make_connection()
        labels = (("state", "new"), ("vendor", "test"))
        self.assertEqual(self.figures()["xb_connections"][labels], 1)

    def test_an_addon_can_add(self):
        extra = patch.object(type(self.env["xb.metrics"]), "_collect", lambda self: [])
        with extra:
            self.assertEqual(self.env["xb.metrics"]._render(), b"")


@tagged("post_install", "-at_install")
class TestMetricsDoor(HttpCase):
    def get(self, token=None, configured="metrics-token"):
        headers = {"Authorization": token} if token is not None else {}
        with patch.dict(os.environ, {ENV_METRICS_TOKEN: configured}):
            return self.url_open("/xb/metrics", headers=headers, timeout=30)

    def test_right_token(self):
        answer = self.get("Bearer metrics-token")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/plain", answer.headers["Content-Type"])
        self.assertIn("# TYPE xb_queue_jobs gauge", answer.text)
        self.assertIsInstance(parse(answer.text), dict)

    def test_wrong_token(self):
        for token in (
            None,
            "",
            "metrics-token",
            "Bearer",
            "Bearer wrong",
            "Bearer metrics-tokenx",
            "bearer metrics-token",
            "Bearer ü".encode(),
        ):
            answer = self.get(token)
            self.assertEqual(answer.status_code, 401, token)
            self.assertNotIn("xb_", answer.text)
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_signed_in_people_need_the_token_too(self):
        self.authenticate("admin", "admin")
        self.assertEqual(self.get().status_code, 401)

    def test_not_configured(self):
        for token in (None, "Bearer", "Bearer ", "Bearer metrics-token"):
            self.assertEqual(self.get(token, configured="").status_code, 404)

    def test_only_get(self):
        with patch.dict(os.environ, {ENV_METRICS_TOKEN: "metrics-token"}):
            answer = self.url_open("/xb/metrics", data="x", timeout=30)
        self.assertEqual(answer.status_code, 405)
