"""./xb test: lint, the addons' tests, and what crosses addons."""

import copy
import os
import shutil
import subprocess
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from . import browser, database, postgres, proc, redis_server, server
from .paths import REPOSITORY, beside, glue
from .paths import addons as our_addons
from .ui import Failure, Step, say

ADDONS = REPOSITORY / "addons"
TESTS = REPOSITORY / "tests"
NO_TESTS = 5  # pytest's status when it found nothing to run
CLUSTER, CLUSTER_BESIDE = "pgtest", "pgtest2"
HOUSE_RULES = "addons/xb_base/tests/test_house_rules.py"


class Bench:
    """What every test run stands on: a throw-away server, a template, a browser.

    :ivar Server pg: the test cluster (never the one of `./xb up`)
    :ivar str template: database to clone
    :ivar str browser: path of a browser, or the sentence why there is none
    :ivar str redis: likewise of redis-server
    """

    def __init__(self, home):
        self.home = home
        self.data = home.root / "data-test"
        self.data.mkdir(exist_ok=True)
        with Step("Browser for the tests") as step:
            self.browser = browser.ensure(home, step)
        with Step("Redis for the tests") as step:
            self.redis = redis_server.ensure(home, step)
        with Step("Starting the test PostgreSQL") as step:
            self.pg = postgres.start(home, step, name=CLUSTER, tuning=postgres.TUNING_TEST)
        with Step("Template database") as step:
            self.template = database.template(home, self.pg, step, data=self.data)

    def copy(self):
        """The same on a server of its own, copied from this one's files: what crosses addons stops
        and kills PostgreSQL while the addons' tests go on here.

        :return: Bench
        """
        other = copy.copy(self)
        source, target = (self.home.root / name for name in (CLUSTER, CLUSTER_BESIDE))
        with Step("A second server for the tests that stop it") as step:
            postgres.stop(self.home, CLUSTER_BESIDE)
            postgres.stop(self.home, CLUSTER)
            shutil.rmtree(target, ignore_errors=True)
            # Owner and modes too: under root the server is another user.
            subprocess.run(["cp", "-a", str(source), str(target)], check=True)
            tuning = postgres.TUNING_TEST
            self.pg = postgres.start(self.home, step, name=CLUSTER, tuning=tuning)
            other.pg = postgres.start(self.home, step, name=CLUSTER_BESIDE, tuning=tuning)
        return other

    @property
    def has_browser(self):
        return os.path.isabs(self.browser)

    def environment(self):
        """What tests/ reads (tests/support/place.py)."""
        return database.environment(
            self.home,
            XB_TEST_HOME=str(self.home.root),
            XB_TEST_TEMPLATE=self.template,
            XB_TEST_BROWSER=self.browser if self.has_browser else "",
            XB_TEST_NO_BROWSER="" if self.has_browser else self.browser,
            PYTHONDONTWRITEBYTECODE="1",
            **{f"XB_TEST_{key.upper()}": value for key, value in self.pg.options().items()},
            XB_TEST_PG_FOLDER=str(self.pg.folder),
            XB_TEST_PG_BINARIES=str(self.pg.binaries),
        )

    def pytest(self, *arguments, env, log=None):
        """Run pytest on our terminal, or at the end of a file; returns its status."""
        command = [str(self.home.python), "-m", "pytest", "-p", "no:cacheprovider",
                   *map(str, arguments)]
        if not log:
            return proc.attach(command, env=env, cwd=REPOSITORY)
        with open(log, "a", encoding="utf-8") as sink:
            sink.write(f"\n{arguments[-1]}\n")
            sink.flush()
            return subprocess.run(command, env=env, cwd=REPOSITORY, check=False, stdout=sink,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode


def run(home, names, rest, *, lint):
    """Everything, or the named addons.

    :param names: addons or paths below tests/; everything where none is given
    :param rest: arguments for pytest
    :param lint: whether to lint as well
    :return: exit status
    """
    paths = [name for name in names if name.startswith("tests") and (REPOSITORY / name).exists()]
    addons = [name for name in names if name not in paths]
    there = [*our_addons(), *glue()]
    unknown = [name for name in addons if name not in there]
    if unknown:
        raise Failure(f"There is no addon {', '.join(unknown)}.",
                      f"There are: {', '.join(there)}; or name a file below tests/.")
    results = {}
    # One core tests the addons; lint, and then what crosses addons, goes on beside it. Whoever has
    # done his part takes the next file of what is left.
    beside = ThreadPoolExecutor(1)
    linted = lint and not paths and beside.submit(_lint, home, addons)
    try:
        bench = Bench(home)
        files = deque(paths or ([] if names else _crossing_files()))
        log = home.log / "tests.log"
        log.unlink(missing_ok=True)
        crossing = None if names else beside.submit(_crossing, bench.copy(), files, rest, log)
        if addons or not names:
            results["addons"] = _addons(bench, addons, rest)
        if files or paths:
            results["tests/"] = _crossing(bench, files, rest)
        if crossing:
            with Step("Tests of the whole, going on beside it"):
                results["tests/"] = crossing.result() or results.get("tests/", 0)
            say(log.read_text(errors="replace"))
        results.update(linted.result() if linted else {})
    finally:
        for name in (CLUSTER, CLUSTER_BESIDE):
            postgres.stop(home, name)
    return _summary(bench, results)


def _summary(bench, results):
    say()
    if not bench.has_browser:
        say(f"skipped: browser tests — {bench.browser}")
    if not os.path.isabs(bench.redis):
        say(f"skipped: tests with Redis — {bench.redis}")
    skipped = [name for name, status in results.items() if status is None]
    for name in skipped:
        say(f"skipped: {name}")
    failed = [name for name, status in results.items() if status]
    done = len(results) - len(failed) - len(skipped)
    say(f"xb test: {done} passed, {len(failed)} failed, {len(skipped)} skipped"
        + (f" ({', '.join(failed)})" if failed else ""))
    return 1 if failed else 0


def _addons(bench, names, rest):
    """The suite's addons on one database; those beside it on a database each, where they and what
    they stand on have been installed."""
    chosen = names or [*our_addons(), *glue()]
    apart = set(beside())
    suite = [name for name in chosen if name not in apart]
    status = _addons_on(bench, suite, rest) if suite else 0
    for name in chosen:
        if name in apart:
            status = _addons_on(bench, [name], rest, install=True) or status
    return status


def _addons_on(bench, names, rest, *, install=False):
    folders = [f"addons/{name}/tests" for name in names if (ADDONS / name / "tests").is_dir()]
    if not folders:
        return 0
    name = "t_addons"
    with Step("Cloning the database for the addons' tests"):
        database.clone(bench.home, bench.pg, bench.template, name, data=bench.data)
    if install:
        folders.append(HOUSE_RULES)  # they walk what is installed, and this is nowhere else
        with Step(f"Installing {' '.join(names)} and what it stands on") as step:
            database.install(bench.home, bench.pg, name, names, step, demo=False, data=bench.data)
    config = database.configure(bench.home, bench.pg, name, port=server.free_port(),
                                data=bench.data)
    say(f"\nTests of the addons: {' '.join(folders)}")
    begin = time.monotonic()
    # rootdir-relative conftest files are for tests/ alone; Odoo's loader names the modules here.
    status = bench.pytest("-q", "--odoo-http", f"--odoo-config={config}", f"--odoo-database={name}",
                          "-rs", "--durations=5", *rest, *folders, env=bench.environment())
    say(f"({time.monotonic() - begin:.0f} s)")
    database.drop(bench.pg, name)
    return 0 if status == NO_TESTS and rest else status


def _crossing_files():
    """The files below tests/, those that take longest first."""
    order = ["faults", "e2e"]
    found = sorted(TESTS.rglob("test_*.py"), key=lambda path: (
        order.index(path.parent.name) if path.parent.name in order else len(order), path))
    return [str(path.relative_to(REPOSITORY)) for path in found]


def _crossing(bench, files, rest, log=None):
    """What crosses addons, file by file until none is left.

    :param deque files: paths below the repository, shared with who else takes some
    :param log: a file to append to; else our terminal
    :return: the worst of pytest's statuses
    """
    worst = 0
    while files:
        try:
            path = files.popleft()
        except IndexError:  # the other one was faster
            break
        if not log:
            say(f"\nTests of the whole: {path}")
        status = bench.pytest("-q", "-p", "no:odoo", "-rs", "--durations=3", *rest, path,
                              env=bench.environment(), log=log)
        worst = max(worst, 0 if status == NO_TESTS and rest else status)
    return worst


def _lint(home, names):
    """Ruff, pylint-odoo's mandatory list, and (where there is npm) eslint and prettier.

    :return: {name of the check: exit status, None when it was skipped}
    """
    results = {}
    for name, command in _lint_commands(home, names).items():
        results[name] = _lint_one(name, command)
    if not names:
        results.update(_lint_web(home))
    return results


def _lint_commands(home, names):
    chosen = [f"addons/{name}" for name in names]
    addons = chosen or [f"addons/{name}" for name in (*our_addons(), *glue())]
    python = str(home.python)
    places = chosen or ["xb", "config", "addons", "tests"]
    return {
        "ruff": [python, "-m", "ruff", "check", *places],
        "pylint-odoo": [python, "-m", "pylint", "--rcfile=config/pylintrc", "-j1", *addons],
    }


def _lint_one(name, command):
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=env, cwd=REPOSITORY, text=True, capture_output=True,
                          check=False, stdin=subprocess.DEVNULL)
    said = f"see below\n{done.stdout}{done.stderr}" if done.returncode else "clean"
    say(f"\nLint: {name} — {said}")
    return done.returncode


def _lint_web(home):
    if not shutil.which("npm"):
        return {"eslint and prettier (no npm on this machine; Debian: apt-get install npm)": None}
    folder = home.root / "npm"
    folder.mkdir(exist_ok=True)
    # The tools live under XB_HOME like everything else; the configuration stays in the repository.
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(REPOSITORY / name, folder / name)
    try:
        proc.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                 log=home.log / "npm.log", what="eslint and prettier cannot be installed")
    except Failure as error:
        return {f"eslint and prettier ({error.what.splitlines()[0]})": None}
    link = REPOSITORY / "node_modules"
    if not link.exists():
        link.symlink_to(folder / "node_modules")
    return {script: _lint_one(script, ["npm", "run", "--silent", script])
            for script in ("lint:js", "lint:xml")}
