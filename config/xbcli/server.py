"""Start and stop what `./xb up` runs: Odoo with its job runner, the simulator, PostgreSQL."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import database, postgres, proc
from .paths import REPOSITORY
from .ui import Failure

SIMULATOR_PORT = 8099
PATIENCE = 180  # seconds for the login page; a slow machine loads the registry in 30


def port_free(port, interface="127.0.0.1"):
    """Whether something could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError:
            return False
    return True


def free_port(wanted=0):
    """`wanted` when it is free, else any port that is."""
    if wanted and port_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A program of ours in the background, remembered in a file under XB_HOME/run."""

    def __init__(self, home, name):
        self.home = home
        self.name = name
        self.record = home.run / f"{name}.json"
        self.log = home.log / f"{name}.log"

    def known(self):
        """What was written when it was started, where it still runs; else False."""
        try:
            found = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return False
        return found if proc.started(found["pid"]) == found["birth"] else False

    def start(self, command, env, cwd=None, **facts):
        """Start it; `facts` are kept with its pid."""
        process = proc.spawn(command, log=self.log, env=env, cwd=cwd)
        birth = proc.started(process.pid)
        self.record.write_text(json.dumps({"pid": process.pid, "birth": birth, **facts}))
        return process

    def stop(self):
        """Stop it and all that it started; returns whether it ran."""
        try:
            found = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return False
        ran = proc.stop(found["pid"], found["birth"])
        self.record.unlink(missing_ok=True)
        return ran


def start_simulator(home, step):
    """Start the stand-in of the vendors; returns its address."""
    service = Service(home, "simulator")
    known = service.known()
    if known:
        step.result("already running")
        return known["url"]
    port = free_port(SIMULATOR_PORT)
    url = f"http://127.0.0.1:{port}"
    home.simulator.mkdir(exist_ok=True)
    seed = database.environment(home)["XB_SIMULATOR_SEED"]
    process = service.start(
        [home.python, "-m", "simulator", "--port", port, "--state", home.simulator],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tests"), "XB_SIMULATOR_SEED": seed,
             "PYTHONUNBUFFERED": "1"},
        url=url,
    )
    wait_for(f"{url}/", process, service.log, "The simulator", patience=30)
    return url


def commands(home, config, name):
    """The two Odoo processes of one database.

    :return: (command that answers people and webhooks, command that runs jobs and scheduled
        actions and listens only for its own job runner, port of the latter)
    """
    odoo = [home.python, "-m", "odoo", "-c", config, "-d", name]
    port = free_port()
    jobs = [*odoo, "--load=base,web,queue_job,xb_base", "--max-cron-threads=1",
            "--http-interface=127.0.0.1", f"--http-port={port}"]
    return odoo, jobs, port


def start_odoo(home, server, name, port, interface, simulator_url, step):
    """Start Odoo and wait for its login page; returns (process, address)."""
    config = database.configure(home, server, name, port=port, interface=interface)
    more = {"XB_SIMULATOR_URL": simulator_url} if simulator_url else {}
    env = database.environment(home, **more)
    web, jobs, jobs_port = commands(home, config, name)
    service = Service(home, "odoo")
    process = service.start(web, env=env, port=port, database=name, simulator=simulator_url)
    Service(home, "jobs").start(jobs, env={**env, "ODOO_QUEUE_JOB_PORT": str(jobs_port)})
    url = f"http://127.0.0.1:{port}"
    step.note("waiting for the login page")
    wait_for(f"{url}/web/login", process, service.log, "Odoo", patience=PATIENCE)
    return process, url


def wait_for(url, process, log, who, *, patience):
    """Wait until an address answers 200.

    :raise Failure: when the program has ended, or does not answer in time
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace")[-4000:]
            raise proc.failure(said, log, f"{who} has ended instead of serving",
                               "Run ./xb doctor, then the same command again.")
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.3)
    raise Failure(f"{who} did not answer on {url} within {patience} s.",
                  f"Read {log}; ./xb down stops what was started.")


def follow(process, log):
    """Show a log while its program runs; ends with it or with Ctrl-C."""
    tail = subprocess.Popen(["tail", "-n", "0", "-F", str(log)], stderr=subprocess.DEVNULL)
    previous = signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)
        tail.terminate()


def down(home):
    """Stop everything under this XB_HOME; returns what was stopped, by name."""
    stopped = [name for name in ("odoo", "jobs", "simulator") if Service(home, name).stop()]
    stopped += [name for name in ("pg", "pgtest", "pgtest2") if postgres.stop(home, name)]
    return stopped
