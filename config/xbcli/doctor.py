"""./xb doctor: what is there, what is missing, and the remedy."""

import json
import os
import shutil
import sys

from . import browser, database, odoo_source, postgres, server, venv
from .paths import NEEDED_BYTES
from .ui import Failure, say

GOOD, NOTE, BAD = "✓", "–", "✗"
_SECRETS = """
import json
try:
    problems = env["xb.secret.mixin"].sudo()._check_keys()
except KeyError:
    problems = []
print("XB" + json.dumps([str(problem) for problem in problems]))
"""


def report(home):
    """Print one line per thing; returns 0 when nothing stands in the way of ./xb up."""
    checks = [_python, _odoo, _libraries, _disk, _keys, _server, _running, _secrets, _browser, _pdf]
    worst = GOOD
    for check in checks:
        try:
            mark, text = check(home)
        except Failure as error:
            mark, text = BAD, f"{error.what} Remedy: {error.remedy}"
        worst = BAD if BAD in (mark, worst) else worst
        say(f"{mark} {text}")
    return 1 if worst == BAD else 0


def _python(home):
    return GOOD, f"Python {sys.version.split()[0]}"


def _odoo(home):
    tree = odoo_source.find(home)
    if tree:
        return GOOD, f"Odoo {odoo_source.SERIES} in {tree}"
    if shutil.which("apt-get"):
        return NOTE, "Odoo is not there yet: ./xb up gets it"
    return BAD, "no Odoo and no apt-get. Remedy: set XB_ODOO to an Odoo 19 tree"


def _libraries(home):
    if venv.ready(home, "run"):
        return GOOD, "libraries as locked"
    return NOTE, "libraries missing or of another version: ./xb up installs them"


def _disk(home):
    place = home.root if home.root.exists() else home.root.parent
    free = shutil.disk_usage(place).free / 1024**3
    built = venv.ready(home, "run")
    mark = GOOD if free > NEEDED_BYTES / 1024**3 or (built and free > 1) else BAD
    text = f"{free:.0f} GB free under {place}"
    return mark, text + ("" if mark == GOOD else ". Remedy: free some room, or set XB_HOME")


def _keys(home):
    if os.environ.get("XB_SECRET_KEYS"):
        return GOOD, "secret keys from XB_SECRET_KEYS"
    path = home.root / "secret.keys"
    if not path.exists():
        return NOTE, "no secret key yet: ./xb up makes one"
    if path.stat().st_mode & 0o077:
        return BAD, f"{path} can be read by others. Remedy: chmod 600 {path}"
    return GOOD, f"secret key file {path} (keep a copy: without it no stored secret can be read)"


def _server(home):
    if not venv.ready(home, "run"):
        return NOTE, "PostgreSQL comes with the libraries"
    given = postgres.external(home)
    if given:
        return GOOD, f"PostgreSQL server at {given.host or 'its socket'} answers"
    return GOOD, "embedded PostgreSQL"


def _running(home):
    known = server.Service(home, "odoo").known()
    if not known:
        return NOTE, "Odoo is not running: ./xb up starts it"
    return GOOD, f"Odoo serves {known['database']} on port {known['port']}"


def _secrets(home):
    known = server.Service(home, "odoo").known()
    if not known:
        return NOTE, "stored secrets are checked while Odoo runs"
    config = home.run / f"{known['database']}.conf"
    told = database.shell(home, known["database"], config, _SECRETS)
    lines = [line for line in told.splitlines() if line.startswith("XB")]
    problems = json.loads(lines[-1][2:]) if lines else ["the database could not be asked"]
    if problems:
        return BAD, "secrets: " + "; ".join(problems)
    return GOOD, "every stored secret can be read with the keys there are"


def _browser(home):
    found = browser.find()
    if found:
        return GOOD, f"browser for tests: {found}"
    return NOTE, f"no browser for tests. {browser.REMEDY}"


def _pdf(home):
    found = shutil.which("wkhtmltopdf")
    if found:
        return GOOD, f"PDF printing: {found}"
    return NOTE, "no wkhtmltopdf: documents print as web pages (Debian: install wkhtmltopdf)"
