"""The simulator, asked over real HTTP."""

import hashlib
import hmac
import http.client
import json
import os
import random
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from simulator import OrderGenerator, Simulator, derive, send_events
from simulator.orders import COUNTRIES
from simulator.sender import Delivery, deliver
from simulator.signing import shop_signature
from simulator.vendors.rest_shop.events import FORGERIES, counts, make_forgery, plan

SEED = "test-seed"
HERE = Path(__file__).parent
SHIPMENT = {
    "carrier": "yunexpress",
    "carrier_name": "YunExpress",
    "tracking": "YT2612345678901234",
    "shipped_at": "2026-11-02T10:00:00+08:00",
    "lines": [],
}


@pytest.fixture
def simulator(tmp_path):
    with Simulator(tmp_path / "state", SEED) as running:
        yield running


class Shop:
    """A client of the own shop, as an ERP is one."""

    def __init__(self, url, seed=SEED):
        self.root, self.url = url, f"{url}/rest_shop"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {derive(seed, 'rest_shop', 'api_key')}"

    def get(self, path, **options):
        return self.session.get(self.url + path, timeout=10, **options)

    def put(self, order, shipment="WH-OUT-1", key="key-00000001", timeout=10, **changes):
        return self.session.put(
            f"{self.url}/api/v1/orders/{order}/shipments/{shipment}",
            json=SHIPMENT | changes,
            headers={"Idempotency-Key": key},
            timeout=timeout,
        )

    def control(self, path, values, vendor=False):
        return requests.post((self.url if vendor else self.root) + path, json=values, timeout=60)

    def shipments(self, order=None):
        answer = requests.get(
            f"{self.url}/_debug/shipments", params={"order": order} if order else {}, timeout=10
        )
        return answer.json()["shipments"]


@pytest.fixture
def shop(simulator):
    return Shop(simulator.url)


# === CREDENTIALS AND SIGNATURES === #


def test_credentials_follow_from_the_seed():
    key = derive("dev-seed", "rest_shop", "api_key")
    assert key == hmac.new(b"dev-seed", b"rest_shop\0api_key", hashlib.sha256).hexdigest()[:40]
    assert derive("a", "rest_shop", "api_key") != derive("b", "rest_shop", "api_key")
    assert derive("a", "rest_shop", "api_key") != derive("a", "rest_shop", "webhook_secret")


def test_the_suite_derives_the_same_credentials():
    source = HERE.parent / "addons" / "xb_base" / "core" / "simulator.py"
    if not source.exists():
        pytest.skip("addons/xb_base is not here, so there is nobody to agree with")
    suite = runpy.run_path(str(source))
    for vendor, name in (("rest_shop", "api_key"), ("paypal", "webhook_secret")):
        assert suite["derive"](SEED, vendor, name) == derive(SEED, vendor, name)


def test_signature_vector_of_the_documentation():
    """The worked example of docs/own-shop-protocol.md, word for word."""
    page = (HERE.parent / "docs" / "own-shop-protocol.md").read_text(encoding="utf-8")
    vector = json.loads(re.search(r"```json vector\n(.+?)\n```", page, re.DOTALL)[1])
    body = vector["body"].encode()
    assert shop_signature(vector["secret"], vector["timestamp"], body) == vector["signature"]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic eDp5", "Bearer", "Bearer ключ"])
def test_no_entry_without_the_key(simulator, header):
    headers = {"Authorization": header.encode()} if header else {}
    for method, path in (("GET", "ping"), ("GET", "orders"), ("PUT", "orders/A/shipments/B")):
        url = f"{simulator.url}/rest_shop/api/v1/{path}"
        answer = requests.request(method, url, headers=headers, json=SHIPMENT, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"
    assert simulator.vendor("rest_shop").shipments() == []


def test_ping_names_the_shop(shop):
    assert shop.get("/api/v1/ping").json()["shop"] == "Simulator shop"


# === HTTP === #


def test_connection_is_kept_alive(simulator):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    connection.request("GET", "/_health")
    connection.getresponse().read()
    first = connection.sock
    connection.request("GET", "/rest_shop/api/v1/ping")
    assert connection.getresponse().status == 401
    assert connection.sock is first and first is not None
    connection.close()


def test_wrong_addresses_and_methods(shop):
    assert shop.get("/api/v1/nothing").json()["error"]["code"] == "not_found"
    answer = shop.session.delete(f"{shop.url}/api/v1/ping", timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert requests.get(f"{shop.root}/unknown_vendor/", timeout=10).status_code == 404
    assert requests.head(f"{shop.root}/rest_shop/", timeout=10).status_code == 200


def test_body_must_be_json_and_of_bearable_size(simulator, shop):
    url = f"{shop.url}/api/v1/orders/A/shipments/B"
    headers = {"Idempotency-Key": "key-00000001"}
    for body in (b"", b"{", b"[1]", b"\xff"):
        answer = shop.session.put(url, data=body, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")
    raw = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    raw.putrequest("PUT", "/rest_shop/api/v1/orders/A/shipments/B")
    raw.putheader("Content-Length", str(10**9))
    raw.endheaders()
    assert raw.getresponse().status == 413
    raw.close()


def test_stop_answers_what_is_under_way(simulator, shop):
    simulator.faults.add(kind="slow", seconds=60)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(shop.put, "A-1")
        while not simulator.app.log:
            time.sleep(0.01)
        simulator.stop()
        assert waiting.result().status_code == 201
    with pytest.raises(requests.ConnectionError):
        shop.get("/api/v1/ping")


# === ORDERS === #


def test_orders_come_in_pages_and_none_is_missed(simulator, shop):
    simulator.vendor("rest_shop").make_orders(60)
    seen, cursor = [], None
    while True:
        page = shop.get("/api/v1/orders", params={"limit": 25, "cursor": cursor}).json()
        seen += [order["ref"] for order in page["orders"]]
        if len(seen) == 25:  # a change while somebody reads: the order comes again, at the end
            shop.put(seen[0])
        if not page["next"]:
            break
        cursor = page["next"]
    assert len(seen) == 24 + 60 + 1
    assert Counter(seen)[seen[0]] == 2 and seen[-1] == seen[0]


def test_updated_since(simulator, shop):
    orders = shop.get("/api/v1/orders").json()["orders"]
    latest = max(order["updated_at"] for order in orders)
    new = simulator.vendor("rest_shop").make_orders(2)
    since = {"updated_since": new[0]["updated_at"]}
    refs = [order["ref"] for order in shop.get("/api/v1/orders", params=since).json()["orders"]]
    assert refs == [order["ref"] for order in new]
    assert new[0]["updated_at"] > latest
    for wrong in ("yesterday", "2026-11-02T10:00:00"):
        answer = shop.get("/api/v1/orders", params={"updated_since": wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_time")
    assert shop.get("/api/v1/orders", params={"cursor": "x"}).status_code == 400
    assert shop.get("/api/v1/orders", params={"limit": "0"}).status_code == 400


def test_order_tells_its_shipments_and_their_effect(shop):
    ref = shop.get("/api/v1/orders").json()["orders"][0]["ref"]
    order = shop.get(f"/api/v1/orders/{ref}").json()
    line = order["lines"][0]
    part = [{"ref": line["ref"], "qty": line["qty"]}]
    assert shop.put(ref, lines=part).status_code == 201
    told = shop.get(f"/api/v1/orders/{ref}").json()
    assert told["status"] == "partially_shipped" and told["updated_at"] > order["updated_at"]
    assert told["shipments"][0]["tracking"] == SHIPMENT["tracking"]
    rest = [{"ref": other["ref"], "qty": other["qty"]} for other in order["lines"][1:]]
    shop.put(ref, shipment="WH-OUT-2", key="key-00000002", lines=rest)
    assert shop.get(f"/api/v1/orders/{ref}").json()["status"] == "shipped"
    assert shop.get("/api/v1/orders/none").json()["error"]["code"] == "unknown_order"


def test_generated_orders_are_valid_and_repeatable():
    jsonschema = pytest.importorskip("jsonschema")
    schema = HERE.parent / "addons" / "xb_orders" / "data" / "order.schema.json"
    if not schema.exists():
        pytest.skip("addons/xb_orders is not here, so there is no schema to hold orders against")
    checker = jsonschema.Draft202012Validator(
        json.loads(schema.read_text(encoding="utf-8")),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    now = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)
    orders = OrderGenerator("x").orders(1, 400, now)
    for order in orders:
        checker.validate(order)
    assert {order["ship_to"]["country"] for order in orders} == {c.code for c in COUNTRIES}
    assert len(COUNTRIES) == 15
    assert orders == OrderGenerator("x").orders(1, 400, now)
    assert orders != OrderGenerator("y").orders(1, 400, now)
    assert {len(order["lines"]) for order in orders} == {2}
    euros = OrderGenerator("x", currencies=["EUR"]).orders(1, 50, now)
    assert {order["currency"] for order in euros} == {"EUR"}
    with pytest.raises(ValueError, match="currencies"):
        OrderGenerator("x", currencies=["XXX"])


# === SHIPMENTS === #


def test_same_key_gets_the_same_answer(shop):
    first, again = shop.put("A-1"), shop.put("A-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.json() == {
        "shipment": "WH-OUT-1", "tracking": SHIPMENT["tracking"], "revision": 1,
    }  # fmt: skip
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    (told,) = shop.shipments("A-1")
    assert (told["requests"], told["revision"], len(told["revisions"])) == (2, 1, 1)


def test_same_key_for_another_request_is_a_conflict(shop):
    shop.put("A-1")
    for answer in (
        shop.put("A-1", tracking="YT9999999999"),
        shop.put("A-2"),
        shop.put("A-1", shipment="WH-OUT-2"),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "idempotency_conflict"
    (told,) = shop.shipments()
    assert told["tracking"] == SHIPMENT["tracking"]


def test_corrected_number_is_a_new_revision_and_back_again_too(shop):
    assert shop.put("A-1", key="version-1").json()["revision"] == 1
    changed = shop.put("A-1", key="version-2", tracking="YT9999999999")
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    # A late repeat of the first write is answered and changes nothing …
    assert shop.put("A-1", key="version-1").json()["revision"] == 1
    assert shop.shipments("A-1")[0]["tracking"] == "YT9999999999"
    # … so who wants the first number back must say so with a key of its own.
    assert shop.put("A-1", key="version-3").json()["revision"] == 3
    (told,) = shop.shipments("A-1")
    assert told["tracking"] == SHIPMENT["tracking"]
    assert [revision["tracking"] for revision in told["revisions"]] == [
        SHIPMENT["tracking"], "YT9999999999", SHIPMENT["tracking"],
    ]  # fmt: skip


def test_equal_shipment_under_a_new_key_is_no_new_revision(shop):
    shop.put("A-1", key="version-1")
    again = shop.put("A-1", key="version-2")
    assert (again.status_code, again.json()["revision"]) == (200, 1)
    assert shop.shipments("A-1")[0]["requests"] == 2


def test_key_is_required(shop):
    for key in ("", "short", "with space"):
        answer = shop.put("A-1", key=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"carrier": "pigeon"}, "unknown_carrier"),
        ({"carrier": None}, "unknown_carrier"),
        ({"tracking": "SHORT"}, "invalid_tracking"),
        ({"tracking": "YT 1234 5678"}, "invalid_tracking"),
        ({"tracking": "Y" * 41}, "invalid_tracking"),
        ({"tracking": "ЯТ12345678"}, "invalid_tracking"),
        ({"shipped_at": "2026-11-02T10:00:00"}, "invalid_time"),
        ({"shipped_at": 5}, "invalid_time"),
        ({"lines": {"ref": "1"}}, "invalid_lines"),
        ({"lines": [{"ref": "1"}]}, "invalid_lines"),
        ({"lines": [{"ref": "1", "qty": 1}]}, "invalid_quantity"),
        ({"trackingno": "1"}, "unknown_field"),
    ],
)
def test_refused_shipment_leaves_a_trace_but_no_answer_under_its_key(shop, changes, code):
    answer = shop.put("A-1", **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert shop.shipments() == []
    refusals = requests.get(f"{shop.url}/_debug/refusals", timeout=10).json()["refusals"]
    assert [refusal["code"] for refusal in refusals] == [code]
    assert shop.put("A-1").status_code == 201, "the repaired shipment goes through"


def test_line_must_be_one_of_the_order(shop):
    ref = shop.get("/api/v1/orders").json()["orders"][0]["ref"]
    answer = shop.put(ref, lines=[{"ref": "77", "qty": "1"}])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_line")


def test_number_is_kept_in_upper_case(shop):
    assert shop.put("A-1", tracking="yt-1234567").json()["tracking"] == "YT-1234567"


def test_open_shop_takes_any_order_and_a_strict_one_does_not(simulator, shop):
    assert shop.put("INV/2026/7".replace("/", "%2F")).status_code == 201
    assert shop.shipments("INV/2026/7")[0]["order"] == "INV/2026/7"
    assert "INV/2026/7" not in {o["ref"] for o in shop.get("/api/v1/orders").json()["orders"]}
    settings = shop.control("/_settings", {"mode": "strict"}, vendor=True)
    assert settings.json()["mode"] == "strict"
    answer = shop.put("B-1", key="key-00000002")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_order")
    assert shop.put("INV%2F2026%2F7", key="key-00000003", tracking="YT1111111").status_code == 200
    assert shop.control("/_settings", {"mode": "odd"}, vendor=True).status_code == 400
    assert shop.control("/_settings", {"color": "red"}, vendor=True).status_code == 400


def test_the_same_write_from_many_at_once_happens_once(shop):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _n: shop.put("A-1"), range(48)))
    assert {answer.status_code for answer in answers} == {201}
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 47
    (told,) = shop.shipments()
    assert (told["requests"], len(told["revisions"])) == (48, 1)


# === FAULTS === #


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        ({"kind": "timeout_before", "seconds": 30}, 0),
        ({"kind": "timeout_after", "seconds": 30}, 1),
        ({"kind": "slow", "seconds": 30}, 1),
    ],
)
def test_fault_no_answer_in_time(shop, fault, stored):
    assert shop.control("/_faults", fault | {"match": "PUT", "count": 1}).status_code == 201
    with pytest.raises(requests.ReadTimeout):
        shop.put("A-1", timeout=0.3)
    assert len(shop.shipments()) == stored
    assert shop.put("A-1").status_code == 201, "the fault is used up"
    assert shop.shipments()[0]["revision"] == 1


def test_fault_timeout_ends_without_an_answer(shop):
    shop.control("/_faults", {"kind": "timeout_before", "seconds": 0})
    with pytest.raises(requests.ConnectionError):
        shop.put("A-1")


def test_fault_reset(simulator, shop):
    shop.control("/_faults", {"kind": "reset", "count": 1})
    body = json.dumps(SHIPMENT)
    raw = socket.create_connection(("127.0.0.1", simulator.port), timeout=10)
    raw.sendall(
        (
            "PUT /rest_shop/api/v1/orders/A-1/shipments/WH-OUT-1 HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {shop.session.headers['Authorization']}\r\n"
            f"Idempotency-Key: key-00000001\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
    )
    with pytest.raises(ConnectionResetError):
        raw.recv(1)
    raw.close()
    assert shop.shipments()[0]["tracking"] == SHIPMENT["tracking"]


def test_fault_reset_before_acting(shop):
    shop.control("/_faults", {"kind": "reset", "count": 1, "acts": False})
    with pytest.raises(requests.ConnectionError):
        shop.put("A-1")
    assert shop.shipments() == []


def test_fault_500_does_nothing(shop):
    shop.control("/_faults", {"kind": "error_500"})
    assert shop.put("A-1").status_code == 500
    assert shop.shipments() == []
    requests.delete(f"{shop.root}/_faults", timeout=10)
    assert shop.put("A-1").status_code == 201


def test_fault_429_says_when(shop):
    shop.control("/_faults", {"kind": "429", "retry_after": 7, "count": 1})
    answer = shop.put("A-1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert shop.shipments() == []


def test_fault_truncated_answer(shop):
    shop.control("/_faults", {"kind": "truncate", "count": 1})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        shop.put("A-1")
    assert len(shop.shipments()) == 1


def test_fault_not_json(shop):
    shop.control("/_faults", {"kind": "not_json", "count": 1})
    answer = shop.put("A-1")
    assert answer.status_code == 201 and "html" in answer.headers["Content-Type"]
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(shop.shipments()) == 1


def test_fault_hits_what_it_matches_as_often_as_it_should(simulator, shop):
    simulator.faults.add(kind="error_500", vendor="rest_shop", match=r"PUT .*/A-2/")
    assert shop.get("/api/v1/ping").status_code == 200
    assert shop.put("A-1", key="key-00000001").status_code == 201
    assert shop.put("A-2", key="key-00000002").status_code == 500
    assert requests.get(shop.url + "/", timeout=10).status_code == 200, "pages have no faults"
    simulator.faults.clear()
    simulator.faults.add(kind="error_500", rate=0.3)
    hits = [shop.get("/api/v1/ping").status_code == 500 for _n in range(100)]
    chance = random.Random(f"{SEED}:faults")
    assert chance.random() is not None  # the fault with rate 1 drew once before
    assert hits == [chance.random() < 0.3 for _n in range(100)], "the same seed, the same luck"
    assert 15 < sum(hits) < 45
    listed = requests.get(f"{shop.root}/_faults", timeout=10).json()["faults"]
    assert listed[0]["hits"] == sum(hits)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explode"},
        {"kind": "reset", "rate": 2},
        {"kind": "reset", "count": 0},
        {"kind": "reset", "match": "("},
        {"kind": "reset", "vendor": "nobody"},
        {"kind": "reset", "hits": 3},
        {"kind": "slow", "seconds": "x"},
        {},
    ],
)
def test_nonsense_fault_is_refused(simulator, shop, wrong):
    assert shop.control("/_faults", wrong).status_code == 400
    assert simulator.faults.listed() == []


@pytest.mark.parametrize("mode", ["503", "reset"])
def test_outage(shop, mode):
    shop.control("/_outage", {"vendor": "rest_shop", "on": True, "mode": mode})
    if mode == "503":
        assert shop.put("A-1").status_code == 503
    else:
        with pytest.raises(requests.ConnectionError):
            shop.put("A-1")
    assert "outage" in requests.get(shop.root, timeout=10).text
    assert shop.shipments() == []
    shop.control("/_outage", {"vendor": "rest_shop", "on": False})
    assert shop.put("A-1").status_code == 201
    assert shop.control("/_outage", {"vendor": "nobody", "on": True}).status_code == 400


def test_outage_by_the_button_on_the_page(simulator, shop):
    answer = requests.post(
        f"{shop.root}/_outage", data={"vendor": "rest_shop", "on": "1"}, timeout=10
    )
    assert answer.url.rstrip("/") == simulator.url and "End outage" in answer.text
    assert shop.put("A-1").status_code == 503


def test_log_of_requests(shop):
    shop.control("/_faults", {"kind": "429", "count": 1})
    shop.put("A-1")
    shop.put("A-1")
    entries = requests.get(f"{shop.root}/_requests?vendor=rest_shop", timeout=10).json()["requests"]
    assert [(e["method"], e["status"], e["fault"]) for e in entries] == [
        ("PUT", 429, "429"), ("PUT", 201, None),
    ]  # fmt: skip
    assert entries[0]["idempotency_key"] == "key-00000001"


# === CONTROLS === #


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "simulator.example.com"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
    ],
)
def test_controls_answer_to_this_machine_only(simulator, headers):
    for path in ("/_faults", "/_outage", "/rest_shop/_send", "/rest_shop/_settings"):
        answer = requests.post(simulator.url + path, json={}, headers=headers, timeout=10)
        assert (answer.status_code, "error" in answer.json()) == (403, True), path
    url = f"{simulator.url}/rest_shop/_debug/shipments"
    assert requests.get(url, headers=headers, timeout=10).status_code == 403


def test_controls_refuse_a_caller_from_outside(tmp_path):
    address = _outside_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    with Simulator(tmp_path, SEED, host="0.0.0.0") as simulator:  # noqa: S104
        url = f"http://{address}:{simulator.port}"
        headers = {"Host": "localhost"}
        assert requests.get(f"{url}/_health", headers=headers, timeout=10).status_code == 200
        assert requests.get(f"{url}/_faults", headers=headers, timeout=10).status_code == 403


def _outside_address():
    """Return an address of this machine that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


# === MEMORY === #


def _run(state, port=0):
    environ = os.environ | {"PYTHONPATH": str(HERE), "XB_SIMULATOR_SEED": SEED}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", str(port), "--state", str(state)],
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = process.stdout.readline()
    return process, line.removeprefix("simulator: ").strip().rstrip("/")


def test_command_line_kill_and_restart_keep_the_state(tmp_path):
    process, url = _run(tmp_path)
    shop = Shop(url)
    before = shop.get("/api/v1/orders").json()
    for number in range(20):
        shop.put(f"A-{number}", key=f"key-{number:08}")
    process.kill()
    process.communicate(timeout=20)

    process, url = _run(tmp_path, port=int(url.rpartition(":")[2]))
    shop = Shop(url)
    assert len(shop.shipments()) == 20
    assert shop.put("A-3", key="key-00000003").headers["Idempotent-Replayed"] == "true"
    assert shop.get("/api/v1/orders").json() == before
    process.send_signal(signal.SIGTERM)
    _out, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, "")


def test_command_line_says_what_is_wrong(tmp_path, simulator):
    process, line = _run(tmp_path, port=simulator.port)
    _out, error = process.communicate(timeout=20)
    assert (process.returncode, line) == (1, "")
    assert f"cannot serve on port {simulator.port}" in error
    environ = {k: v for k, v in os.environ.items() if k != "XB_SIMULATOR_SEED"}
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--state", str(tmp_path)],
        env=environ | {"PYTHONPATH": str(HERE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "XB_SIMULATOR_SEED" in done.stderr


def test_start_again_serves_the_same_address(simulator, shop):
    shop.put("A-1")
    url = simulator.url
    simulator.stop()
    with pytest.raises(requests.ConnectionError):
        shop.get("/api/v1/ping")
    assert simulator.start() == url
    assert shop.shipments()[0]["order"] == "A-1"
    simulator.stop()
    simulator.stop()


# === PAGES === #


def test_page_shows_numbers_and_filters(shop):
    shop.put("<b>A&1</b>".replace("/", "%2F"), carrier_name="<i>Yun</i>")
    shop.put("B-1", key="key-00000002", tracking="DHL-1234567", carrier="dhl")
    shop.put("B-1", key="key-00000003", tracking="DHL-7654321", carrier="dhl")
    page = requests.get(f"{shop.url}/", timeout=10)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "&lt;b&gt;A&amp;1&lt;/b&gt;" in page.text and "<b>A" not in page.text
    row = re.search(r'<tr data-ref="B-1".*?</tr>', page.text, re.DOTALL)[0]
    assert 'data-tracking="DHL-7654321"' in row and 'data-revision="2"' in row
    assert re.search(r'<td class="number">2</td><td class="number">2</td>', row)
    for wanted, refs in (("7654321", {"B-1"}), ("b-", {"B-1"}), ("%", set()), ("yunex", 1)):
        found = requests.get(f"{shop.url}/", params={"q": wanted}, timeout=10).text
        shown = set(re.findall(r'<tr data-ref="([^"]+)"', found))
        assert len(shown) == refs if isinstance(refs, int) else shown == refs, wanted
    assert "Nothing matches" in requests.get(f"{shop.url}/?q=%25", timeout=10).text


def test_page_of_an_order_shows_every_revision(shop):
    shop.put("A%2F1")
    shop.put("A%2F1", key="key-00000002", tracking="YT7777777")
    page = requests.get(f"{shop.url}/orders/A%2F1", timeout=10).text
    assert SHIPMENT["tracking"] in page and "YT7777777" in page and "key-00000002" in page
    assert requests.get(f"{shop.url}/orders/none", timeout=10).status_code == 404


def test_pages_turn(simulator, shop):
    simulator.vendor("rest_shop").make_orders(120)
    first = requests.get(f"{shop.url}/", timeout=10).text
    second = requests.get(f"{shop.url}/?page=2", timeout=10).text
    refs = [set(re.findall(r'data-ref="([^"]+)"', page)) for page in (first, second)]
    assert [len(found) for found in refs] == [100, 44] and not refs[0] & refs[1]
    assert "Older" in first and "Newer" in second


def test_overview_and_refusals_are_shown(shop):
    shop.put("A-1", carrier="pigeon")
    assert 'data-refused="A-1"' in requests.get(f"{shop.url}/", timeout=10).text
    overview = requests.get(shop.root, timeout=10).text
    assert 'data-vendor="rest_shop"' in overview and "24 orders, 0 shipments" in overview


# === WEBHOOKS === #


class ReceiverServer(ThreadingHTTPServer):
    request_queue_size = 128  # the sender opens its connections at once; 5 would refuse some


class Receiver:
    """An inbox that verifies as docs/own-shop-protocol.md says; ``fail`` first answers are 500."""

    def __init__(self, secret, fail=0):
        self.events, self.refused, self.fail = {}, [], fail
        lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp = self.headers["X-Shop-Timestamp"]
                signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
                key = self.headers["X-Shop-Event-Id"]
                with lock:
                    if receiver.fail:
                        receiver.fail -= 1
                        status = 500
                    elif self.headers.get("X-Shop-Signature") != "v1=" + signed.hexdigest():
                        receiver.refused.append(key)
                        status = 401
                    else:
                        receiver.events.setdefault(key, []).append(json.loads(body)["order"])
                        status = 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self.server = ReceiverServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/xb/in/token"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_send_over_http(simulator, shop):
    with Receiver(derive(SEED, "rest_shop", "webhook_secret")) as receiver:
        answer = shop.control(
            "/_send",
            {"target": receiver.url, "count": 200, "per_second": 400, "repeat": 0.3, "forge": 0.1},
            vendor=True,
        )
    report = answer.json()
    assert answer.status_code == 200, report
    assert not report["errors"]
    assert report["statuses"] == {
        "forged": {"401": 20}, "first": {"200": 120}, "repeat": {"200": 60},
    }  # fmt: skip
    assert (report["answered"], report["distinct"]["first"]) == (200, 120)
    assert len(receiver.events) == 120 and len(set(receiver.refused)) == 20
    assert sum(len(orders) for orders in receiver.events.values()) == 180
    assert {json.dumps(o[0]) for o in receiver.events.values() if len(o) > 1} == {
        json.dumps(o[-1]) for o in receiver.events.values() if len(o) > 1
    }
    assert not set(receiver.refused) & set(receiver.events)
    order = next(iter(receiver.events.values()))[0]
    assert shop.get(f"/api/v1/orders/{order['ref']}").json() == order, "the shop tells the same"
    assert report["latency_ms"]["p50"] <= report["latency_ms"]["p99"] <= report["latency_ms"]["max"]


def test_send_again_has_new_events(simulator):
    vendor = simulator.vendor("rest_shop")
    with Receiver(vendor.credential("webhook_secret")) as receiver:
        vendor.configure(webhook_url=receiver.url)
        for _n in range(2):
            vendor.send(count=5, per_second=500, repeat=0, forge=0)
    assert len(receiver.events) == 10


def test_send_tries_again_after_a_failure(simulator):
    vendor = simulator.vendor("rest_shop")
    with Receiver(vendor.credential("webhook_secret"), fail=2) as receiver:
        report = vendor.send(receiver.url, count=4, per_second=500, repeat=0, forge=0, retries=2)
    assert report.retries == 2 and report.statuses["first"] == {500: 2, 200: 4}
    assert len(receiver.events) == 4


def test_send_refuses_nonsense(shop):
    for wrong in ({}, {"target": "ftp://x", "count": 1, "repeat": 0, "forge": 0},
                  {"target": "http://127.0.0.1:9", "repeat": 0.5, "forge": 0.5},
                  {"target": "http://127.0.0.1:9", "count": 0},
                  {"target": "http://127.0.0.1:9", "speed": 9}):  # fmt: skip
        assert shop.control("/_send", wrong, vendor=True).status_code == 400, wrong


def test_send_events_from_outside_the_simulator():
    with Receiver("secret") as receiver:
        report = send_events(
            receiver.url, "secret", count=20, per_second=500, generator=OrderGenerator(seed=7)
        )
        with pytest.raises(ValueError, match="12 distinct"):
            send_events(receiver.url, "secret", count=20, orders=[])
    assert not report.errors
    assert report.as_dict()["statuses"] == {
        "first": {"200": 12}, "forged": {"401": 2}, "repeat": {"200": 6},
    }  # fmt: skip
    assert len(receiver.events) == 12


def test_report_counts_an_answer_that_never_came():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    report = deliver(
        [Delivery("first", "1", lambda: ({}, b"{}"))], f"http://127.0.0.1:{port}/", per_second=9
    )
    assert report.errors == {"ConnectionRefusedError": 1} and report.latencies == []


def test_plan_keeps_the_shares_and_repeats_come_after_their_original():
    assert counts(1000, 0.3, 0.1) == (600, 300, 100)
    assert counts(1, 0, 1) == (0, 0, 1)
    for wrong in ((0, 0, 0), (10, 1, 0), (10, 0.5, 0.5), (10, -1, 0)):
        with pytest.raises(ValueError, match="repeat"):
            counts(*wrong)
    orders = [{"ref": str(n)} for n in range(60)]
    false = [{"ref": f"F{n}"} for n in range(10)]
    sent = plan("secret", orders, false, 30, random.Random(1), "evt")
    assert Counter(delivery.kind for delivery in sent) == {
        "first": 60, "repeat": 30, "forged": 10,
    }  # fmt: skip
    seen = set()
    for delivery in sent:
        assert delivery.kind != "repeat" or delivery.key in seen
        seen.add(delivery.key)


@pytest.mark.parametrize("how", FORGERIES)
def test_no_forgery_holds(how):
    order = OrderGenerator("x").order(1, datetime(2026, 11, 2, tzinfo=UTC))
    headers, body = make_forgery("secret", "k", order, how, clock=lambda: 1793613000.0).build()
    signature = shop_signature("secret", headers["X-Shop-Timestamp"], body)
    assert headers.get("X-Shop-Signature") != signature
