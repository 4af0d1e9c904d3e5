"""The simulator: who answers ``/<vendor>/…``, the controls, and the life of the server."""

import sys
import threading
import traceback
from collections import deque
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from markupsafe import Markup
from werkzeug.wrappers import Request

from .faults import KINDS, Faults
from .pages import page, redirect, table
from .routing import ApiError, collect, find, route, split
from .server import Answer, Server, json_answer
from .store import Store
from .vendors import VENDORS
from .vendors.base import Context, Vendor, read_json, refusal

KEPT_REQUESTS = 5000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Application:
    """Route a request to its vendor, past the faults in force."""

    def __init__(self, store: Store, seed: str, now=_utc_now):
        context = Context(store, seed, now)
        self.now = now
        self.vendors: dict[str, Vendor] = {n: cls(context) for n, cls in VENDORS.items()}
        self.faults = Faults(seed)
        self.log: deque[dict] = deque(maxlen=KEPT_REQUESTS)
        self.routes = collect(type(self))

    def __call__(self, request: Request, raw_path: str) -> Answer:
        segments = split(raw_path)
        vendor = self.vendors.get(segments[0]) if segments else None
        try:
            if vendor:
                return self._ask_vendor(vendor, request, raw_path, segments[1:])
            found, values = find(self.routes, request.method, segments)
            if found.kind == "control":
                _check_control(request)
            return _as_answer(getattr(self, found.handler)(request, **values))
        except ApiError as error:
            return vendor.refuse(error) if vendor else refusal(error)
        except Exception:  # a request must not end its thread without an answer
            traceback.print_exc(file=sys.stderr)
            return json_answer({"error": {"code": "simulator_bug", "message": "See stderr."}}, 500)

    # === VENDORS === #

    def _ask_vendor(self, vendor: Vendor, request: Request, raw_path: str, segments) -> Answer:
        try:
            found, values = find(vendor.routes, request.method, segments)
        except ApiError:
            if segments[:1] != ["api"]:
                raise
            found, values = None, {}
        if found and found.kind == "control":
            _check_control(request)
        if found and found.kind != "api":
            return _as_answer(getattr(vendor, found.handler)(request, **values))

        def act():
            return self._act(vendor, request, segments)

        return self._ask_api(vendor, request, raw_path, act)

    def _ask_api(self, vendor: Vendor, request: Request, raw_path: str, act) -> Answer:
        entry = {
            "at": self.now().isoformat(timespec="milliseconds"),
            "vendor": vendor.name,
            "method": request.method,
            "path": raw_path,
            "idempotency_key": request.headers.get("Idempotency-Key"),
            "fault": None,
        }
        outage = self.faults.outages().get(vendor.name)
        fault = None if outage else self.faults.pick(vendor.name, f"{request.method} {raw_path}")
        if outage:
            entry["fault"] = "outage"
            answer = Answer(503, {"Content-Type": "text/html"}, b"<h1>503 Service Unavailable</h1>")
            answer.wire = "reset" if outage == "reset" else "send"
        elif fault:
            entry["fault"] = fault.kind
            answer = fault.spoil(act() if fault.acts else None)
        else:
            answer = act()
        entry["status"] = answer.status if answer.wire == "send" else None
        self.log.append(entry)
        return answer

    def _act(self, vendor: Vendor, request: Request, segments) -> Answer:
        try:
            vendor.authenticate(request)
            found, values = find(vendor.routes, request.method, segments)
            return _as_answer(getattr(vendor, found.handler)(request, **values))
        except ApiError as error:
            return vendor.refuse(error)

    # === CONTROLS === #

    @route("page", "GET", "/_health")
    def health(self, request: Request):
        """Say that the simulator is up, and which vendors it plays."""
        return {"status": "ok", "vendors": list(self.vendors)}

    @route("control", "GET", "/_faults")
    def list_faults(self, request: Request):
        """List the faults and outages in force."""
        return {"faults": self.faults.listed(), "outages": self.faults.outages()}

    @route("control", "POST", "/_faults")
    def add_fault(self, request: Request):
        """Put a fault in force; the body holds the values of ``faults.Fault``."""
        values = read_json(request)
        self._check_vendor(values.get("vendor", "*"), any_vendor=True)
        unknown = set(values) - {
            "vendor", "match", "kind", "rate", "count", "seconds", "retry_after", "acts",
        }  # fmt: skip
        if unknown:
            raise ApiError(400, "invalid_fault", f"Unknown: {', '.join(sorted(unknown))}")
        if "kind" not in values:
            raise ApiError(400, "invalid_fault", f"kind is one of {', '.join(KINDS)}")
        try:
            return json_answer(self.faults.add(**values).as_dict(), 201)
        except (TypeError, ValueError) as error:
            raise ApiError(400, "invalid_fault", str(error)) from error

    @route("control", "DELETE", "/_faults")
    def clear_faults(self, request: Request):
        """End all faults."""
        self.faults.clear()
        return {"faults": []}

    @route("control", "POST", "/_outage")
    def set_outage(self, request: Request):
        """Begin or end an outage: ``{"vendor", "on", "mode": "503" | "reset"}``, JSON or form."""
        by_form = bool(request.form)
        values = request.form.to_dict() if by_form else read_json(request)
        self._check_vendor(values.get("vendor"))
        try:
            on = values.get("on") in (True, "true", "1")
            self.faults.set_outage(values["vendor"], on, values.get("mode", "503"))
        except ValueError as error:
            raise ApiError(400, "invalid_outage", str(error)) from error
        return redirect("/") if by_form else {"outages": self.faults.outages()}

    @route("control", "GET", "/_requests")
    def list_requests(self, request: Request):
        """List the latest API requests, oldest first; ``?vendor=`` narrows it."""
        vendor = request.args.get("vendor")
        entries = [entry for entry in list(self.log) if vendor in (None, entry["vendor"])]
        return {"requests": entries}

    def _check_vendor(self, name, any_vendor=False) -> None:
        if name not in self.vendors and not (any_vendor and name == "*"):
            known = ", ".join(self.vendors)
            raise ApiError(400, "unknown_vendor", f"vendor must be one of {known}")

    # === PAGES === #

    @route("page", "GET", "/")
    def overview(self, request: Request) -> Answer:
        """Show the vendors, what is wrong with them on purpose, and the latest requests."""
        outages = self.faults.outages()
        vendors = table(
            ("Vendor", "Holds", "State", ""),
            (self._vendor_row(vendor, outages.get(name)) for name, vendor in self.vendors.items()),
            "No vendor is simulated.",
        )
        faults = table(
            ("Fault", "Vendor", "Requests", "Rate", "Hits", "Left"),
            (_fault_row(fault) for fault in self.faults.listed()),
            "No fault is in force. POST /_faults makes one.",
        )
        latest = table(
            ("At (UTC)", "Request", "Answer", "Fault"),
            (_request_row(entry) for entry in list(self.log)[-1:-31:-1]),
            "Nobody has called an API yet.",
        )
        content = Markup("{}<h2>Faults</h2>{}<h2>Latest API requests</h2>{}")
        return page("Vendors", content.format(vendors, faults, latest))

    def _vendor_row(self, vendor: Vendor, outage: str | None) -> Markup:
        holds = ", ".join(f"{value} {words}" for words, value in vendor.summary())
        state = Markup('<span class="{}">{}</span>').format(
            "bad" if outage else "good", f"outage ({outage})" if outage else "up"
        )
        button = Markup(
            '<form method="post" action="/_outage"><input type="hidden" name="vendor" value="{}">'
            '<input type="hidden" name="on" value="{}"><button>{}</button></form>'
        ).format(vendor.name, "" if outage else "1", "End outage" if outage else "Begin outage")
        row = (
            '<tr data-vendor="{}"><td><a href="/{}/">{}</a></td>'
            "<td>{}</td><td>{}</td><td>{}</td></tr>"
        )
        return Markup(row).format(vendor.name, vendor.name, vendor.title, holds, state, button)


def _fault_row(fault: dict) -> Markup:
    left = "no end" if fault["count"] is None else fault["count"] - fault["hits"]
    row = (
        "<tr><td>{}</td><td>{}</td><td><code>{}</code></td>"
        "<td>{:.0%}</td><td>{}</td><td>{}</td></tr>"
    )
    return Markup(row).format(
        fault["kind"], fault["vendor"], fault["match"] or "all", fault["rate"], fault["hits"], left
    )


def _request_row(entry: dict) -> Markup:
    row = "<tr><td>{}</td><td><code>{} {}</code></td><td>{}</td><td>{}</td></tr>"
    return Markup(row).format(
        entry["at"][11:23],
        entry["method"],
        entry["path"],
        entry["status"] or "none",
        entry["fault"] or "",
    )


def _as_answer(result) -> Answer:
    return result if isinstance(result, Answer) else json_answer(result)


def _check_control(request: Request) -> None:
    """Let only this machine use a control, and no page of another site through its browser.

    :raise ApiError: 403 for anybody else
    """
    origin = request.headers.get("Origin")
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    if not ip_address(request.remote_addr).is_loopback:
        raise ApiError(403, "loopback_only", "Controls answer to this machine only.")
    if host != "localhost" and not _is_loopback(host):
        raise ApiError(403, "loopback_only", "Controls answer to a loopback address only.")
    if origin and urlsplit(origin).netloc != request.headers.get("Host"):
        raise ApiError(403, "other_origin", "Controls do not answer to other sites' pages.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Simulator:
    """The simulator in this process: ``with Simulator(directory, seed) as simulator: …``.

    ``start`` after ``stop`` serves the same address with the same state again.
    """

    def __init__(self, state_dir, seed: str, host: str = "127.0.0.1", port: int = 0, now=_utc_now):
        """:param port: 0 for any free one
        :param now: the clock, returning an aware datetime
        """
        self.state_dir, self.seed, self.host, self.port = state_dir, seed, host, port
        self._now = now
        self._server = self._thread = self.app = None

    @property
    def url(self) -> str:
        """The root address, without a slash at its end; a vendor's is ``url + "/" + name``."""
        return f"http://{self.host}:{self.port}"

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.app.faults

    def vendor(self, name: str) -> Vendor:
        """Return a vendor, to look into its books."""
        return self.app.vendors[name]

    def start(self) -> str:
        """Serve from a thread of its own; return the root address.

        :raise OSError: the port is taken
        """
        store = Store(self.state_dir)
        try:
            self.app = Application(store, self.seed, self._now)
            self._server = Server((self.host, self.port), self.app)
        except BaseException:
            store.close()
            raise
        self._store = store
        self.port = self._server.server_address[1]
        for vendor in self.app.vendors.values():
            vendor.base = self.url
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator"
        )
        self._thread.daemon = True
        self._thread.start()
        return self.url

    def stop(self) -> None:
        """Answer what is under way, close everything; nothing when it does not run."""
        if self._server is None:
            return
        self._server.stop()
        self._thread.join()
        self._store.close()
        self._server = self._thread = None

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()
