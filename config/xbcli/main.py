"""The commands of ./xb."""

import argparse
import contextlib
import sys

from . import bench, checks, database, doctor, odoo_source, postgres, proc, server, venv
from .paths import Home
from .ui import Failure, Step, say

USERS = ("clerk", "warehouse", "buyer", "finance", "manager", "integrator")
EPILOG = """\
Everything built lives under XB_HOME (default .xb/). XB_ODOO names an Odoo 19 tree to use instead
of Debian's package, XB_PG_DSN a PostgreSQL server to use instead of the embedded one.
"""


def main(arguments):
    """Run one command; returns the exit status."""
    options, rest = _split(arguments)
    try:
        return options.run(options, rest) or 0
    except Failure as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nxb: {error.what}\n")
        if error.remedy:
            sys.stderr.write(f"  Remedy: {error.remedy}\n")
        return 1
    except OSError as error:
        if not proc.is_disk_full(error):
            raise
        full = proc.disk_full()
        sys.stderr.write(f"\nxb: {full.what}\n  Remedy: {full.remedy}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nxb: stopped; the same command goes on.\n")
        return 130


def _split(arguments):
    """What stands before `--` is ours, what comes after is pytest's."""
    rest = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, rest = arguments[:cut], arguments[cut + 1:]
    return _parser().parse_args(arguments), rest


def _parser():
    parser = argparse.ArgumentParser(prog="xb", epilog=EPILOG,
                                     description="XB: an ERP for cross-border sellers, on Odoo 19.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name, run, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    command = add("up", up, "build what is missing, and start")
    command.add_argument("--port", type=int, default=8069)
    command.add_argument("--db", default="xb")
    command.add_argument("--no-demo", action="store_true", help="an empty company instead")
    command.add_argument("--detach", action="store_true", help="come back when it answers")
    command.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS",
                         help="network interface (default: this machine only)")
    command = add("test", test, "lint, addons' tests, tests/ (arguments for pytest after --)")
    command.add_argument("addon", nargs="*", help="addons, or files below tests/; default: all")
    command.add_argument("--no-lint", action="store_true")
    command = add("bench", run_bench, "figures side by side with plain Odoo")
    command.add_argument("name", nargs="?")
    command.add_argument("--json", action="store_true")
    add("down", down, "stop everything")
    command = add("shell", shell, "a Python prompt with `env`")
    command.add_argument("--db", default="xb")
    add("doctor", lambda options, rest: doctor.report(Home.from_environment()),
        "what is there, what is missing, and the remedy")
    return parser


def up(options, rest):
    """./xb up"""
    home = Home.from_environment()
    database.check_name(options.db)
    home.prepare()
    demo = not options.no_demo
    with home.locked():
        running = server.Service(home, "odoo").known()
        if running:
            return _already(running, options, demo)
        if not server.port_free(options.port, options.listen):
            raise Failure(f"Port {options.port} is taken by another program.",
                          "Stop that program, or choose another one with --port.")
        build(home, "run")
        with Step("Starting PostgreSQL") as step:
            pg = postgres.start(home, step)
        with Step(f"Database {options.db}") as step:
            database.prepare(home, pg, options.db, step, demo=demo)
        simulator = False
        if demo:
            with Step("Starting the vendor simulator") as step:
                simulator = server.start_simulator(home, step)
        with Step("Starting Odoo") as step:
            process, url = server.start_odoo(home, pg, options.db, options.port, options.listen,
                                             simulator, step)
    _welcome(home, url, options.db, demo, simulator)
    if not options.detach:
        say("Ctrl-C stops everything.\n")
        server.follow(process, home.log / "odoo.log")
        server.down(home)
    return 0


def _already(running, options, demo):
    if (running["database"], running["port"]) != (options.db, options.port):
        raise Failure(
            f"XB is already running: database {running['database']}, port {running['port']}.",
            "Stop it with ./xb down first, or set XB_HOME to run a second one beside it.")
    say("Already running.")
    _welcome(Home.from_environment(), f"http://127.0.0.1:{running['port']}", running["database"],
             demo, running.get("simulator"))
    return 0


def _welcome(home, url, name, demo, simulator):
    say(f"\n  XB            {url}")
    if simulator:
        say(f"  Simulator     {simulator}")
    if demo:
        say("  Sign in as    admin / admin — or, with the login as the password: "
            + ", ".join(USERS))
    else:
        password = home.root / f"{name}.admin"
        if password.exists():
            say(f"  Sign in as    admin / {password.read_text().strip()}")
    say(f"  Logs          {home.log}\n")


def build(home, *kinds):
    """Get Odoo and the libraries; returns the Odoo tree."""
    with Step("Getting Odoo 19") as step:
        tree = odoo_source.get(home, step)
    with Step("Installing the libraries") as step:
        venv.build(home, tree, step, *kinds)
    return tree


def test(options, rest):
    """./xb test"""
    home = Home.from_environment()
    home.prepare()
    with home.locked("testing"):
        with home.locked():
            build(home, "run", "test")
        return checks.run(home, options.addon, rest, lint=not options.no_lint)


def run_bench(options, rest):
    """./xb bench"""
    home = Home.from_environment()
    home.prepare()
    with home.locked("testing"):
        # Nothing but rows goes to the standard output: it may be read by a program.
        with home.locked(), contextlib.redirect_stdout(sys.stderr):
            build(home, "run", "test")
        return bench.run(home, options.name, as_json=options.json)


def down(options, rest):
    """./xb down"""
    home = Home.from_environment()
    stopped = server.down(home) if home.run.is_dir() else []
    say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def shell(options, rest):
    """./xb shell"""
    home = Home.from_environment()
    database.check_name(options.db)
    if not venv.ready(home, "run"):
        raise Failure("XB is not built yet.", "Run ./xb up first.")
    with Step("Starting PostgreSQL") as step:
        pg = postgres.start(home, step)
    if not database.exists(pg, options.db):
        raise Failure(f"There is no database {options.db}.", "Make it with ./xb up.")
    config = database.configure(home, pg, options.db, name=f"{options.db}.shell")
    return proc.attach(
        [home.python, "-m", "odoo", "shell", "-c", config, "-d", options.db, "--no-http",
         "--log-level=warn", *rest],
        env=database.environment(home),
    )
