"""The virtual environment, from the locked and hashed files in config/."""

import hashlib
import os
import shutil
import subprocess
import sys

from . import proc
from .paths import REPOSITORY
from .ui import Failure

CONFIG = REPOSITORY / "config"
LOCKS = {
    "run": (CONFIG / "requirements.txt", CONFIG / "requirements-odoo.txt"),
    "test": (CONFIG / "requirements-test.txt",),
}
PTH = "odoo-tree.pth"
CREATED = "created.stamp"
PROGRESS = ("Collecting", "Downloading", "Building", "Installing")


def ready(home, kind):
    """Whether the environment holds what the lock files of that kind say now."""
    return home.python.exists() and _stamp(home, kind).exists()


def build(home, tree, step, *kinds):
    """Make the environment, or bring it to what the lock files say.

    :param Path tree: the Odoo tree to be seen from it
    :param kinds: keys of LOCKS
    :raise Failure: no venv module, no network, a full disk
    """
    wanted = [kind for kind in kinds if not ready(home, kind)]
    if wanted:
        home.need_room()
        # The stamp and not the interpreter: that one is there before pip is.
        if not (home.venv / CREATED).exists():
            _create(home, step)
    _link(home, tree)
    if not wanted:
        step.result("already there")
    for kind in wanted:
        for lock in LOCKS[kind]:
            _install(home, lock, step)
        for old in home.venv.glob(f"{kind}-*.stamp"):
            old.unlink()
        _stamp(home, kind).touch()


def _stamp(home, kind):
    content = b"".join(lock.read_bytes() for lock in LOCKS[kind])
    return home.venv / f"{kind}-{hashlib.sha256(content).hexdigest()[:16]}.stamp"


def _create(home, step):
    step.note("a new environment")
    shutil.rmtree(home.venv, ignore_errors=True)
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        _apt_install(home, step, package, f"This Python has no venv module ({package}).")
    proc.run(
        [sys.executable, "-m", "venv", home.venv],
        log=home.log / "pip.log",
        what="The virtual environment cannot be made",
        remedy="Install Python's venv module (Debian: python3-venv), and run again.",
    )
    (home.venv / CREATED).touch()


def _apt_install(home, step, package, what):
    if os.geteuid() or not shutil.which("apt-get"):
        raise Failure(what, f"Install it (as root: apt-get install {package}), and run again.")
    apt_install(home, step, [package])


def apt_install(home, step, packages):
    """Install packages of the machine's own distribution, as root.

    :raise Failure: when apt cannot
    """
    log = home.log / "apt.log"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    step.note("apt-get update")
    remedy = f"Look at the network, or install {' '.join(packages)} by hand, and run again."
    proc.run(["apt-get", "update"], log=log, env=env, what="apt-get update failed", remedy=remedy)
    step.note("apt-get install " + " ".join(packages))
    proc.run(
        ["apt-get", "install", "-y", "--no-install-recommends", *packages],
        log=log, env=env, what=f"{' '.join(packages)} cannot be installed", remedy=remedy,
    )


def _install(home, lock, step):
    options = ["--require-hashes", "--disable-pip-version-check", "--no-input"]
    if lock.name == "requirements-odoo.txt":
        options.append("--no-deps")  # these name `odoo` itself, which no index has
    proc.run(
        [home.python, "-m", "pip", "install", *options, "-r", lock],
        log=home.log / "pip.log",
        step=step,
        on_line=lambda line: line.strip()[:70] if line.startswith(PROGRESS) else None,
        what=f"The libraries of {lock.name} cannot be installed",
        remedy="Look at the network, and run the same command again.",
    )


def _link(home, tree):
    """A .pth file makes `import odoo` work, and pip see `odoo` as installed."""
    for packages in home.venv.glob("lib/python3.*/site-packages"):
        link = packages / PTH
        if not link.exists() or link.read_text() != f"{tree}\n":
            link.write_text(f"{tree}\n")


def addons(home):
    """The folder in which pip puts Odoo addons."""
    found = list(home.venv.glob("lib/python3.*/site-packages/odoo/addons"))
    return found[0] if found else False
