"""The HTTP server: threads, keep-alive, graceful stop, and the faults below HTTP.

werkzeug's own server closes the connection after each answer and hides the socket; a client with
a pool of connections must meet what it meets outside, so this one is made of ``http.server``.
"""

import json
import select
import socket
import struct
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request

MAX_BODY = 4 * 1024 * 1024
IDLE_SECONDS = 75
#: struct linger: on, zero seconds.
RESET = struct.pack("ii", 1, 0)


@dataclass
class Answer:
    """What goes back, and how: ``wire`` is send, hang, reset or truncate; ``delay`` in seconds."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wire: str = "send"
    delay: float = 0.0


def json_answer(data, status: int = 200, headers: dict | None = None) -> Answer:
    """Return ``data`` as a JSON answer."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, {"Content-Type": "application/json", **(headers or {})}, body)


class Server(ThreadingHTTPServer):
    """A threaded server that can stop: requests under way are answered, idle ones are let go."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address, application):
        """:param application: callable ``(request, raw_path) -> Answer``."""
        self.application = application
        self.stopping = threading.Event()
        self._connections: dict[socket.socket, bool] = {}
        self._changed = threading.Condition()
        super().__init__(address, Handler)

    def mark(self, connection: socket.socket, busy: bool | None) -> None:
        """Note whether a connection is at work (True), idle (False) or gone (None)."""
        with self._changed:
            if busy is None:
                self._connections.pop(connection, None)
            else:
                self._connections[connection] = busy
                if not busy and self.stopping.is_set():
                    _shut(connection, socket.SHUT_RD)
            self._changed.notify_all()

    def shutdown_request(self, request):
        """Close a connection, politely unless it is to be reset.

        A linger of zero seconds makes the kernel send RST, but only when no FIN went before it.
        """
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def stop(self, patience: float = 10.0) -> None:
        """Take no new request, answer those under way (``patience`` seconds), close."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection, busy in self._connections.items():
                if not busy:
                    _shut(connection, socket.SHUT_RD)
            self._changed.wait_for(lambda: not self._connections, timeout=patience)
            for connection in self._connections:
                _shut(connection, socket.SHUT_RDWR)


def _shut(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        pass  # the caller was quicker


class Handler(BaseHTTPRequestHandler):
    """Read one request whole, ask the application, write the answer whole (or spoil it)."""

    protocol_version = "HTTP/1.1"
    server_version = "XBSimulator"
    sys_version = ""
    timeout = IDLE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def setup(self):
        super().setup()
        self.server.mark(self.connection, False)

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the caller hung up

    def finish(self):
        try:
            super().finish()
        except (ConnectionError, ValueError):
            pass  # nobody listens any more
        finally:
            self.server.mark(self.connection, None)

    def serve(self):
        """Handle one request of a connection."""
        self.server.mark(self.connection, True)
        try:
            body = self._read_body()
            if body is not None:
                answer = self.server.application(self._make_request(body), self._raw_path())
                self._give(answer)
        finally:
            if self.server.stopping.is_set():
                self.close_connection = True
            self.server.mark(self.connection, False)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    # === REQUEST === #

    def _raw_path(self) -> str:
        return urlsplit(self.path).path

    def _read_body(self) -> bytes | None:
        """Return the body; None when it cannot be read (the refusal is written then)."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.close_connection = True
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST)
            return None
        if int(length) > MAX_BODY:
            self.close_connection = True
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the caller died half-way: there was no request
            self.close_connection = True
            return None
        return body

    def _make_request(self, body: bytes) -> Request:
        url = urlsplit(self.path)
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(url.path, "latin-1"),
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return Request(environ)

    # === ANSWER === #

    def _give(self, answer: Answer) -> None:
        if answer.delay:
            self._wait(answer.delay)
        if answer.wire == "hang":
            self.close_connection = True
            return
        if answer.wire == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.wire == "truncate" or self.server.stopping.is_set():
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            whole = answer.wire != "truncate"
            self.wfile.write(answer.body if whole else answer.body[: len(answer.body) // 2])
        self.wfile.flush()

    def _wait(self, seconds: float) -> None:
        """Wait; give up early when the caller hangs up or the server stops."""
        step = 0.1
        while seconds > 0 and not self.server.stopping.wait(min(step, seconds)):
            seconds -= step
            readable, _w, _x = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def log_message(self, format, *args):
        """Say nothing: the overview page lists the requests."""
