"""The browser of the tests."""

import os
import shutil

from . import venv
from .ui import Failure

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# With a font that has Chinese glyphs: the screenshots show both languages.
PACKAGES = ("chromium", "fonts-noto-cjk")
REMEDY = "Install one (Debian, as root: apt-get install chromium fonts-noto-cjk)."


def find():
    """The path of a browser, or False."""
    return next((path for path in map(shutil.which, NAMES) if path), False)


def ensure(home, step):
    """Install a browser where we may.

    :return: its path, or a sentence that says why there is none
    """
    found = find()
    if found:
        step.result("already there")
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        return f"no browser, and only root may install one. {REMEDY}"
    try:
        venv.apt_install(home, step, list(PACKAGES))
    except Failure as error:
        return f"no browser could be installed: {error.what.splitlines()[0]} {REMEDY}"
    return find() or f"apt installed no browser. {REMEDY}"
