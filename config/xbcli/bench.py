"""./xb bench: our figures beside plain Odoo's and the physical limit, from one run."""

import contextlib
import json
import re
import sys

from . import database, proc
from .checks import Bench
from .paths import REPOSITORY, addons
from .ui import Failure, Step, say

FOLDER = REPOSITORY / "tests" / "bench"
COLUMNS = ("name", "unit", "ours", "plain", "limit", "ratio", "runs")


def names():
    """The benches there are: the files tests/bench/bench_<name>.py.

    One that measures an addon which cannot be installed (`NEEDS = "xb_…"` in it) is left out.
    """
    there = addons()
    found = []
    for path in FOLDER.glob("bench_*.py"):
        needs = re.findall(r'^NEEDS = "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        if all(name in there for name in needs):
            found.append(path.stem.removeprefix("bench_"))
    return sorted(found)


def run(home, wanted, *, as_json):
    """Run one bench or all; prints a table, or one JSON object per row.

    :return: exit status
    """
    there = names()
    if wanted and wanted not in there:
        raise Failure(f"There is no bench {wanted}.", f"There are: {', '.join(there)}.")
    with contextlib.redirect_stdout(sys.stderr):
        bench = Bench(home)
    rows = []
    for name in [wanted] if wanted else there:
        rows += _one(bench, name, as_json)
    if not as_json:
        _table(rows)
    return 0


def _one(bench, name, as_json):
    database_name = "t_bench"
    database.clone(bench.home, bench.pg, bench.template, database_name, data=bench.data)
    rows = []

    def read(line):
        if line.startswith("{"):
            row = json.loads(line)
            rows.append({key: row.get(key) for key in COLUMNS})
            if as_json:
                say(json.dumps(rows[-1]))
        return line.strip()[:70]

    with Step(f"Bench {name}", stream=sys.stderr) as step:
        proc.run(
            [bench.home.python, "-m", f"bench.bench_{name}"],
            log=bench.home.log / "bench.log", step=step, on_line=read,
            what=f"The bench {name} failed", cwd=REPOSITORY / "tests",
            env={**bench.environment(), "XB_TEST_DATABASE": database_name},
        )
    database.drop(bench.pg, database_name)
    return rows


def _table(rows):
    cells = [COLUMNS] + [tuple(_text(row[key]) for key in COLUMNS) for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    for line in cells:
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _text(value):
    if value is None:
        return "–"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
