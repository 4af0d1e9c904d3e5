from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.xb_base.controllers.inbox import REFUSALS

from .exchange_common import TOKEN, WEBHOOK_SECRET, ExchangeCase, sign

DOOR = "odoo.addons.xb_base.controllers.inbox"


@tagged("post_install", "-at_install")
class TestInboxDoor(ExchangeCase, HttpCase):
    """The door over real HTTP."""

    registry_test_mode = False  # the base class enters it

    def post(self, body=b'{"a": 1}', key="event-1", token=TOKEN, secret=WEBHOOK_SECRET, **headers):
        """Knock, and return the answer's status."""
        signed = sign(body, secret) if secret else {}
        headers = {
            "Content-Type": "application/json",
            "X-Test-Id": key,
            "X-Test-Topic": "order.created",
            "Authorization": "Bearer not-for-the-database",
            **signed,
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        response = self.url_open(f"/xb/in/{token}", data=body, headers=headers)
        self.env.invalidate_all()
        self.assertNotIn("Set-Cookie", response.headers, "a webhook has no session")
        return response.status_code

    @property
    def events(self):
        return self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])

    def test_a_genuine_event_is_stored_and_wakes_the_drain(self):
        body = '{"name": "Łódź", "access_token": "hidden-from-people"}'.encode()
        self.assertEqual(self.post(body), 200)
        event = self.events
        self.assertEqual(len(event), 1)
        self.assertEqual(event._get_body(), body)
        self.assertEqual(event._get_json()["name"], "Łódź")
        self.assertEqual((event.event_key, event.topic), ("event-1", "order.created"))
        self.assertEqual((event.state, event.attempts), ("pending", 0))
        self.assertEqual(event.company_id, self.connection.company_id)
        self.assertTrue(event.occurred_at)
        self.assertIn("Łódź", event.body_text)
        self.assertNotIn("hidden-from-people", event.body_text)
        self.assertNotIn("not-for-the-database", str(event.headers))
        self.assertEqual(event.headers["X-Test-Topic"], "order.created")
        self.assertEqual(self.job_keys(), [f"xb.inbox:{self.connection.id}:now"])

    def test_a_repeat_is_welcome_and_changes_nothing(self):
        self.assertEqual(self.post(), 200)
        first = self.events
        for _ in range(3):
            self.assertEqual(self.post(), 200)
        self.assertEqual(self.events, first)
        self.assertEqual(len(self.job_keys()), 1)

    def test_the_same_event_of_another_account_is_another_event(self):
        other = self.make_connection(
            name="Other", webhook_token="another-token-entirely", webhook_secret=WEBHOOK_SECRET
        )
        self.env.flush_all()
        self.assertEqual(self.post(), 200)
        self.assertEqual(self.post(token="another-token-entirely"), 200)
        self.assertEqual(self.env["xb.inbox"].search_count([("event_key", "=", "event-1")]), 2)
        self.assertEqual(len(other), 1)

    @mute_logger(DOOR)
    def test_a_forgery_is_refused_and_leaves_no_trace(self):
        self.assertEqual(self.post(secret="guessed"), 401)
        self.assertEqual(self.post(secret=None), 401)
        genuine = sign(b'{"a": 1}')
        self.assertEqual(self.post(b'{"a": 2}', secret=None, **genuine), 401)
        self.assertFalse(self.events)
        self.assertFalse(self.job_keys())

    @mute_logger(DOOR)
    def test_without_a_secret_nothing_is_genuine(self):
        self.connection.webhook_secret = False
        self.env.flush_all()
        self.assertEqual(self.post(secret=""), 401)
        self.assertEqual(self.post(), 401)

    @mute_logger(DOOR)
    def test_a_genuine_message_from_the_past_is_refused(self):
        self.assertEqual(self.post(secret=None, **sign(b'{"a": 1}', stamp="1700000000")), 401)
        self.assertFalse(self.events)

    @mute_logger(DOOR)
    def test_while_a_secret_is_replaced_both_are_good(self):
        self.connection.write(
            {"webhook_secret": "the-new-secret", "webhook_secret_previous": WEBHOOK_SECRET}
        )
        self.env.flush_all()
        self.assertEqual(self.post(key="old", secret=WEBHOOK_SECRET), 200)
        self.assertEqual(self.post(key="new", secret="the-new-secret"), 200)
        self.assertEqual(self.post(key="neither", secret="a-third-secret"), 401)
        self.connection.webhook_secret_previous = False
        self.env.flush_all()
        self.assertEqual(self.post(key="late", secret=WEBHOOK_SECRET), 401)
        self.assertEqual(sorted(self.events.mapped("event_key")), ["new", "old"])

    def test_an_unknown_address_does_not_exist(self):
        self.assertEqual(self.post(token="no-such-token"), 404)
        self.assertEqual(self.post(token=TOKEN[:-1]), 404)
        self.assertFalse(self.events)

    def test_an_address_ends_with_its_connection(self):
        self.assertEqual(self.post(key="before"), 200)
        self.connection.active = False
        self.env.flush_all()
        self.assertEqual(self.post(key="off"), 404)
        self.connection.active = True
        self.connection.action_new_webhook_token()
        self.env.flush_all()
        self.assertEqual(self.post(key="old address"), 404)
        self.assertEqual(self.events.event_key, "before")

    def test_a_large_message_is_refused_before_it_is_read(self):
        self.env["ir.config_parameter"].set_param("xb_base.inbox_max_bytes", "100")
        self.assertEqual(self.post(b"x" * 100, key="just right"), 200)
        self.assertEqual(self.post(b"x" * 101), 413)
        self.assertEqual(self.post(b"x" * 101, token="no-such-token"), 413)
        self.assertEqual(self.events.event_key, "just right")

    def test_a_large_message_without_a_length_is_refused_too(self):
        self.env["ir.config_parameter"].set_param("xb_base.inbox_max_bytes", "100")
        for parts, status in (([b"x" * 60, b"x" * 39], 200), ([b"x" * 60, b"x" * 60], 413)):
            headers = {"X-Test-Id": str(status), **sign(b"".join(parts))}
            response = self.url_open(f"/xb/in/{TOKEN}", data=iter(parts), headers=headers)
            self.assertEqual(response.status_code, status)
        self.env.invalidate_all()
        self.assertEqual(self.events.event_key, "200")

    def test_a_form_keeps_its_bytes(self):
        body = b"b=2&a=%C3%A9&csrf_token=x"
        status = self.post(body, Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(status, 200)
        self.assertEqual(self.events._get_body(), body)

    def test_without_an_id_the_same_bytes_are_the_same_event(self):
        self.assertEqual(self.post(b"same", key=""), 200)
        self.assertEqual(self.post(b"same", key=""), 200)
        self.assertEqual(self.post(b"other", key=""), 200)
        self.assertEqual(len(self.events), 2)

    def test_a_very_long_id_fits(self):
        self.assertEqual(self.post(key="k" * 5000), 200)
        self.assertEqual(self.post(key="k" * 5000), 200)
        self.assertEqual(self.post(key="k" * 4999 + "l"), 200)
        self.assertEqual(len(self.events), 2)

    @mute_logger(DOOR, "odoo.sql_db")
    def test_trouble_with_the_database_asks_for_a_repeat(self):
        self.env.cr.execute("ALTER TABLE xb_inbox RENAME TO xb_inbox_gone")
        self.assertEqual(self.post(), 503)
        self.env.cr.execute("ALTER TABLE xb_inbox_gone RENAME TO xb_inbox")
        self.assertFalse(self.events)
        self.assertEqual(self.post(), 200)
        self.assertEqual(len(self.events), 1)

    @mute_logger(DOOR)
    def test_without_the_key_nothing_can_be_verified_so_it_shall_come_again(self):
        self.use_keys()
        self.assertEqual(self.post(), 503)
        self.assertFalse(self.events)

    def test_only_post(self):
        self.assertEqual(self.url_open(f"/xb/in/{TOKEN}").status_code, 405)

    def test_the_door_costs_few_queries(self):
        self.post(key="warm the caches")
        counts = []
        for number in range(2):
            before = self.env.cr.sql_log_count
            self.assertEqual(self.post(key=f"event {number}"), 200)
            counts.append(self.env.cr.sql_log_count - before)
        # the connection, its secrets, the INSERT, the look for a waiting job
        self.assertLessEqual(max(counts), 7, counts)

    @mute_logger(DOOR)
    def test_who_forges_too_often_waits_outside(self):
        """Refusals are limited per sender; genuine messages never are."""
        self.env["ir.config_parameter"].set_param("xb_base.inbox_refusals_per_minute", "3")
        REFUSALS.clear()
        self.addCleanup(REFUSALS.clear)
        for number in range(8):
            self.assertEqual(self.post(key=f"good-{number}"), 200)
        for _forged in range(4):
            self.assertEqual(self.post(secret="wrong"), 401)
        self.assertEqual(self.post(secret="wrong"), 429)
        self.assertEqual(self.post(token="guess"), 429)
        REFUSALS.clear()
        self.assertEqual(self.post(key="afterwards"), 200)
