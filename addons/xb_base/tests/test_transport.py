"""The transport against a real server on loopback that misbehaves in every way we know of."""

import gzip
import json
import logging
import socket
import struct
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import requests

from odoo.tests import BaseCase

from odoo.addons.xb_base.client.session import shared_session
from odoo.addons.xb_base.client.transport import Transport
from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    NeedsReauthorization,
    RateLimited,
    RetryableVendorError,
    VendorError,
    VendorRejected,
)

from .common import LocalServer, LoopbackMixin

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LOGGER = "odoo.addons.xb_base.client.transport"


class TransportCase(LoopbackMixin, BaseCase):
    def setUp(self):
        super().setUp()
        self.exchanges = []
        logging.getLogger(LOGGER).setLevel(logging.INFO)
        self.addCleanup(logging.getLogger(LOGGER).setLevel, logging.NOTSET)

    def serve(self, handler):
        server = LocalServer(handler)
        self.addCleanup(server.close)
        return server

    def transport(self, server, **options):
        base = server if isinstance(server, str) else server.url
        options = {
            "vendor": "test",
            "timeouts": (2, 2),
            "observer": self.exchanges.append,
            "now": lambda: NOW,
            **options,
        }
        return Transport(base, **options)

    def fails(self, error_class, handler, **options):
        """Send one request that has to fail with exactly this class; return the error."""
        server = self.serve(handler)
        with self.assertLogs(LOGGER, "WARNING"), self.assertRaises(VendorError) as caught:
            self.transport(server, **options).request("GET", "/x")
        self.assertIs(type(caught.exception), error_class, caught.exception)
        self.assertIsNone(caught.exception.__cause__)
        return caught.exception


class TestAnswers(TransportCase):
    def test_json(self):
        body = b'{"amount": 0.1, "n": 3, "name": "\xc3\xa4"}'
        server = self.serve(lambda h: h.answer(201, body, {"X-Trace": "t1"}))
        answer = self.transport(server.url + "/api/").request(
            "post",
            "/orders",
            params={"page": 2},
            json={"total": Decimal("1.10")},
            headers={"X-Own": "1"},
            idempotency_key="idem-1",
        )
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json, {"amount": Decimal("0.1"), "n": 3, "name": "ä"})
        self.assertIsInstance(answer.json["amount"], Decimal)
        self.assertEqual(answer.headers["x-trace"], "t1")
        method, path, headers, sent = server.requests[0]
        self.assertEqual((method, path), ("POST", "/api/orders?page=2"))
        self.assertEqual(json.loads(sent), {"total": "1.10"})
        self.assertEqual(headers["Idempotency-Key"], "idem-1")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["X-Own"], "1")
        [exchange] = self.exchanges
        self.assertEqual(
            (exchange.vendor, exchange.method, exchange.path, exchange.outcome, exchange.status),
            ("test", "POST", "/api/orders", "ok", 201),
        )

    def test_other_expectations(self):
        server = self.serve(lambda h: h.answer(200, b"\x00not json"))
        transport = self.transport(server)
        self.assertEqual(transport.request("GET", "/", expect="bytes").content, b"\x00not json")
        self.assertIsNone(transport.request("GET", "/", expect="none").json)

    def test_no_content(self):
        server = self.serve(lambda h: h.answer(204, b""))
        answer = self.transport(server).request("DELETE", "/x")
        self.assertEqual((answer.status, answer.json), (204, None))

    def test_compressed(self):
        body = gzip.compress(b'{"a": 1}')
        server = self.serve(lambda h: h.answer(200, body, {"Content-Encoding": "gzip"}))
        self.assertEqual(self.transport(server).request("GET", "/").json, {"a": 1})

    def test_signing_callable(self):
        server = self.serve(lambda h: h.answer())

        def sign(prepared):
            prepared.headers["X-Sign"] = str(len(prepared.body))
            return prepared

        self.transport(server).request("POST", "/x", data=b"12345", auth=sign)
        self.assertEqual(server.requests[0][2]["X-Sign"], "5")

    def test_connections_are_reused(self):
        peers = set()

        def handler(h):
            peers.add(h.client_address)
            h.answer()

        transport = self.transport(self.serve(handler), session=requests.Session())
        for _n in range(5):
            transport.request("GET", "/")
        self.assertEqual(len(peers), 1)

    def test_cookies_do_not_travel_between_accounts(self):
        server = self.serve(lambda h: h.answer(200, b"{}", {"Set-Cookie": "sid=1; Path=/"}))
        self.transport(server).request("GET", "/a")
        self.transport(server).request("GET", "/b")
        self.assertNotIn("Cookie", server.requests[1][2])
        self.assertIs(shared_session(), shared_session())


class TestErrors(TransportCase):
    def test_rate_limited_in_seconds(self):
        error = self.fails(RateLimited, lambda h: h.answer(429, b"", {"Retry-After": "17"}))
        self.assertEqual((error.retry_after, error.status), (17.0, 429))
        self.assertEqual(self.exchanges[0].retry_after, 17.0)
        self.assertEqual(self.exchanges[0].outcome, "rate_limited")

    def test_rate_limited_by_date(self):
        date = "Thu, 01 Jan 2026 12:01:30 GMT"
        error = self.fails(RateLimited, lambda h: h.answer(429, b"", {"Retry-After": date}))
        self.assertEqual(error.retry_after, 90.0)

    def test_rate_limited_without_or_with_nonsense(self):
        for header in ({}, {"Retry-After": "soon"}, {"Retry-After": "-5"}):
            error = self.fails(RateLimited, lambda h, header=header: h.answer(429, b"", header))
            self.assertIsNone(error.retry_after)

    def test_server_errors(self):
        for status in (500, 502, 503, 504, 520, 408, 425):
            error = self.fails(
                RetryableVendorError, lambda h, status=status: h.answer(status, b"<html>oops")
            )
            self.assertEqual(error.status, status)

    def test_service_unavailable_says_when(self):
        error = self.fails(
            RetryableVendorError, lambda h: h.answer(503, b"", {"Retry-After": "60"})
        )
        self.assertEqual(error.retry_after, 60.0)

    def test_unauthorized(self):
        error = self.fails(NeedsReauthorization, lambda h: h.answer(401, b'{"error": "expired"}'))
        self.assertIn("expired", str(error))

    def test_rejected(self):
        for body, code, message in (
            (b'{"error": {"code": "bad_sku", "message": "No such SKU"}}', "bad_sku", "No such SKU"),
            (b'{"error": "nope", "error_description": "Not you"}', "nope", "Not you"),
            (b'{"code": 42, "message": "Told you"}', "42", "Told you"),
            (b"<h1>Forbidden</h1>", "http_403", "<h1>Forbidden</h1>"),
            (b"[1]", "http_403", "[1]"),
            (b"", "http_403", "HTTP 403"),
        ):
            error = self.fails(VendorRejected, lambda h, body=body: h.answer(403, body))
            self.assertEqual((error.code, error.message, error.status), (code, message, 403))

    def test_own_error_reader(self):
        error = self.fails(
            VendorRejected,
            lambda h: h.answer(422, b'{"errors": [{"id": "E7", "text": "Too heavy"}]}'),
            error_reader=lambda body: (body["errors"][0]["id"], body["errors"][0]["text"]),
        )
        self.assertEqual(str(error), "E7: Too heavy")

    def test_not_json(self):
        for body in (
            b"<html>Wartung</html>",
            b"",
            b"{'a': 1}",
            b'{"a": NaN}',
            b"\xff\xfe\x00",
            b"[" * 100_000,
        ):
            error = self.fails(MalformedAnswer, lambda h, body=body: h.answer(200, body))
            self.assertEqual(error.status, 200)
            self.assertLess(len(str(error)), 600)

    def test_read_time_out(self):
        release = threading.Event()
        self.addCleanup(release.set)
        error = self.fails(RetryableVendorError, lambda h: release.wait(20), timeouts=(2, 0.2))
        self.assertIn("in time", str(error))

    def test_drip(self):
        """One byte at a time never runs into the read time-out; the whole exchange has an end."""
        release = threading.Event()
        self.addCleanup(release.set)

        def handler(h):
            h.send_response(200)
            h.send_header("Content-Length", "100000")
            h.end_headers()
            for _n in range(1000):
                if release.wait(0.05):
                    return
                try:
                    h.wfile.write(b" " * 66_000)
                    h.wfile.flush()
                except OSError:
                    return

        ticks = iter(range(0, 10_000_000, 7))
        error = self.fails(
            RetryableVendorError, handler, clock=lambda: next(ticks), timeouts=(1, 1)
        )
        self.assertIn("too long", str(error))

    def test_reset(self):
        def handler(h):
            # Linger 0: the kernel answers with RST instead of an orderly end.
            h.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            h.connection.close()

        self.fails(RetryableVendorError, handler)

    def test_closed_without_answer(self):
        self.fails(RetryableVendorError, lambda h: h.connection.shutdown(socket.SHUT_RDWR))

    def test_nobody_listens(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with self.assertLogs(LOGGER, "WARNING"), self.assertRaises(RetryableVendorError):
            self.transport(f"http://127.0.0.1:{port}").request("GET", "/")

    def test_truncated(self):
        def handler(h):
            h.send_response(200)
            h.send_header("Content-Length", "1000")
            h.end_headers()
            h.wfile.write(b'{"a": 1}')
            h.wfile.flush()
            h.connection.shutdown(socket.SHUT_RDWR)

        error = self.fails(MalformedAnswer, handler)
        self.assertIn("cut off", str(error))

    def test_truncated_chunks(self):
        def handler(h):
            h.send_response(200)
            h.send_header("Transfer-Encoding", "chunked")
            h.end_headers()
            h.wfile.write(b'8\r\n{"a": 1}\r\n')
            h.wfile.flush()
            h.connection.shutdown(socket.SHUT_RDWR)

        self.fails(MalformedAnswer, handler)

    def test_reset_in_the_middle(self):
        def handler(h):
            h.send_response(200)
            h.send_header("Content-Length", "10000000")
            h.end_headers()
            h.wfile.write(b"x" * 100_000)
            h.wfile.flush()
            time.sleep(0.05)
            h.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            h.connection.close()

        self.fails(RetryableVendorError, handler)

    def test_broken_compression(self):
        self.fails(
            MalformedAnswer,
            lambda h: h.answer(200, b"not gzip at all", {"Content-Encoding": "gzip"}),
        )

    def test_too_large(self):
        error = self.fails(MalformedAnswer, lambda h: h.answer(200, b"x" * 5000), max_bytes=1000)
        self.assertIn("larger", str(error))

    def test_too_large_after_decompression(self):
        bomb = gzip.compress(b"0" * 5_000_000)
        self.assertLess(len(bomb), 100_000)
        self.fails(
            MalformedAnswer,
            lambda h: h.answer(200, bomb, {"Content-Encoding": "gzip"}),
            max_bytes=100_000,
        )


class TestRedirects(TransportCase):
    def test_same_origin(self):
        def handler(h):
            if h.path.startswith("/old"):
                h.answer(302, b"", {"Location": "/new?x=1"})
            else:
                h.answer(200, b'{"ok": true}')

        server = self.serve(handler)
        headers = {"Authorization": "Bearer secret"}
        answer = self.transport(server).request("GET", "/old", params={"p": 1}, headers=headers)
        self.assertEqual(answer.json, {"ok": True})
        self.assertEqual([path for _m, path, _h, _b in server.requests], ["/old?p=1", "/new?x=1"])
        self.assertEqual(server.requests[1][2]["Authorization"], "Bearer secret")

    def test_other_host_gets_nothing(self):
        other = self.serve(lambda h: h.answer())
        server = self.serve(
            lambda h: h.answer(302, b"", {"Location": f"{other.url}/steal?token=abc"})
        )
        with self.assertRaises(VendorRejected) as caught:
            self.transport(server).request("GET", "/x", headers={"Authorization": "Bearer s"})
        self.assertEqual(caught.exception.code, "redirect")
        self.assertNotIn("abc", str(caught.exception))
        self.assertFalse(other.requests)

    def test_other_scheme(self):
        server = self.serve(
            lambda h: h.answer(301, b"", {"Location": f"https://{h.headers['Host']}/x"})
        )
        with self.assertRaises(VendorRejected):
            self.transport(server).request("GET", "/x")

    def test_writes_are_not_repeated_elsewhere(self):
        server = self.serve(lambda h: h.answer(302, b"", {"Location": "/other"}))
        with self.assertRaises(VendorRejected):
            self.transport(server).request("POST", "/x", json={})
        self.assertEqual(len(server.requests), 1)

    def test_308_keeps_method_and_body(self):
        def handler(h):
            if h.path == "/x":
                h.answer(308, b"", {"Location": "/y"})
            else:
                h.answer()

        server = self.serve(handler)
        self.transport(server).request("PUT", "/x", json={"a": 1}, idempotency_key="i")
        method, path, headers, body = server.requests[1]
        self.assertEqual((method, path, json.loads(body)), ("PUT", "/y", {"a": 1}))
        self.assertEqual(headers["Idempotency-Key"], "i")

    def test_circle(self):
        server = self.serve(lambda h: h.answer(302, b"", {"Location": "/again"}))
        with self.assertRaises(VendorRejected):
            self.transport(server).request("GET", "/x")
        self.assertEqual(len(server.requests), 6)

    def test_paging_address_of_another_host(self):
        server = self.serve(lambda h: h.answer())
        transport = self.transport(server)
        self.assertEqual(transport.request("GET", f"{server.url}/page/2").status, 200)
        with self.assertRaises(VendorRejected):
            transport.request("GET", "https://evil.example/page/2")
        self.assertEqual(len(server.requests), 1)


class TestDiscretion(TransportCase):
    def test_plain_http_only_on_loopback(self):
        for url in ("http://vendor.example", "ftp://vendor.example", "vendor.example", ""):
            with self.subTest(url=url), self.assertRaises(VendorError):
                self.transport(url)
        self.transport("http://simulator:8099", allow_plain=True)
        self.transport("https://vendor.example")

    def test_certificate_is_verified(self):
        self.assertTrue(shared_session().verify)

    def test_nothing_secret_in_log_and_error(self):
        secret = "very-secret-key"
        server = self.serve(lambda h: h.answer(403, f"bad key {secret}".encode()))
        transport = self.transport(server, secrets=(secret,))
        logging.getLogger(LOGGER).setLevel(logging.DEBUG)
        with self.assertLogs(LOGGER, "DEBUG") as logs, self.assertRaises(VendorRejected) as caught:
            transport.request(
                "GET",
                f"/x/{secret}",
                params={"api_key": secret, "page": 1},
                headers={"Authorization": f"Bearer {secret}"},
            )
        self.assertNotIn(secret, str(caught.exception))
        self.assertNotIn(secret, "\n".join(logs.output))
        self.assertIn('"outcome": "rejected"', "\n".join(logs.output))

    def test_netrc_is_not_read(self):
        server = self.serve(lambda h: h.answer())
        self.transport(server).request("GET", "/")
        self.assertNotIn("Authorization", server.requests[0][2])


class TestLimiter(TransportCase):
    def test_called_before_each_request(self):
        calls = []
        server = self.serve(
            lambda h: h.answer(302, b"", {"Location": "/y"}) if h.path == "/x" else h.answer()
        )
        self.transport(server, limiter=lambda: calls.append(len(server.requests))).request(
            "GET", "/x"
        )
        self.assertEqual(calls, [0, 1])

    def test_refusal_sends_nothing(self):
        server = self.serve(lambda h: h.answer())

        def limiter():
            raise RateLimited("full", retry_after=3)

        with self.assertRaises(RateLimited):
            self.transport(server, limiter=limiter).request("GET", "/x")
        self.assertFalse(server.requests)
        self.assertFalse(self.exchanges)
