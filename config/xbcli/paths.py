"""Where things are. Everything built lives under XB_HOME, so that deleting it undoes everything."""

import ast
import contextlib
import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .ui import Failure

REPOSITORY = Path(__file__).resolve().parents[2]
SUITE = "xb_suite"
NEEDED_BYTES = 3 * 1024**3


@dataclass(frozen=True)
class Home:
    """The folders below XB_HOME."""

    root: Path

    @classmethod
    def from_environment(cls):
        root = Path(os.environ.get("XB_HOME") or REPOSITORY / ".xb").expanduser()
        return cls(root if root.is_absolute() else Path.cwd() / root)

    @property
    def venv(self):
        return self.root / "venv"

    @property
    def python(self):
        return self.venv / "bin" / "python"

    @property
    def odoo(self):
        return self.root / "odoo"

    @property
    def data(self):
        return self.root / "data"

    @property
    def run(self):
        return self.root / "run"

    @property
    def log(self):
        return self.root / "log"

    @property
    def simulator(self):
        return self.root / "simulator"

    def prepare(self):
        """Make the folders.

        :raise Failure: where the place cannot be written or has no room
        """
        try:
            for folder in (self.root, self.run, self.log, self.data):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failure(
                f"{self.root} cannot be made ({error.strerror}).",
                "Set XB_HOME to a folder you may write, and run the same command again.",
            ) from error
        # The server processes drop to other users under root: they must be able to walk in.
        if os.geteuid() == 0:
            self.root.chmod(self.root.stat().st_mode | 0o111)

    def need_room(self, needed=NEEDED_BYTES):
        """:raise Failure: when the disk has less than `needed` bytes left"""
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise Failure(
                f"The disk under {self.root} has {free / 1024**3:.1f} GB left, and building XB "
                f"needs {needed / 1024**3:.1f} GB.",
                "Free some room, or set XB_HOME to a folder on a larger disk; the same command "
                "goes on where it stopped.",
            )

    @contextlib.contextmanager
    def locked(self, what="building"):
        """Only one `./xb` at a time does this; the next one is told so.

        :param str what: "building" or "testing" (which may go on beside a running ERP)
        """
        with open(self.root / f"{what}.lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Failure(
                    f"Another ./xb is {what} in this XB_HOME.",
                    "Wait until it has ended, and run the same command again.",
                ) from error
            yield


def addons():
    """The names of our addons that can be installed, in the order of the alphabet.

    Without those that install themselves where an addon outside the suite is (see `glue`).
    """
    return sorted(name for name, manifest in _manifests() if not manifest.get("auto_install"))


def glue():
    """The names of our addons that stand between the suite and an addon that it does not need."""
    return sorted(name for name, manifest in _manifests() if manifest.get("auto_install"))


def beside():
    """The names of our addons that the suite does not depend on, directly or by another.

    Glue, and what is set apart by its licence: each is tested on a database of its own, so that
    everybody else's tests prove that the suite works without.
    """
    manifests = dict(_manifests())
    needed, todo = set(), [SUITE]
    while todo:
        name = todo.pop()
        if name in manifests and name not in needed:
            needed.add(name)
            todo += manifests[name]["depends"]
    return sorted(set(manifests) - needed)


def companions():
    """The names of our addons that `./xb up` installs with the suite though it does not need them.

    Glue is not among them: Odoo installs it where its other side is.
    """
    return sorted(set(beside()) - set(glue()))


def _manifests():
    for path in (REPOSITORY / "addons").glob("*/__manifest__.py"):
        manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
        if manifest.get("installable", True):
            yield path.parent.name, manifest


def write_private(path, text):
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_name(path.name + ".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    partial.replace(path)
