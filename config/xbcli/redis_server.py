"""The Redis server of the tests: they start one of their own from the machine's program."""

import os
import shutil

from . import venv
from .ui import Failure

PROGRAM = PACKAGE = "redis-server"
REMEDY = f"Install it (Debian, as root: apt-get install {PACKAGE})."


def ensure(home, step):
    """Install the program where we may; where not, the tests that need it say that they skip.

    :return: its path, or a sentence that says why there is none
    """
    found = shutil.which(PROGRAM)
    if found:
        step.result("already there")
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        return f"no {PROGRAM}, and only root may install one. {REMEDY}"
    try:
        venv.apt_install(home, step, [PACKAGE])
    except Failure as error:
        return f"no {PROGRAM} could be installed: {error.what.splitlines()[0]} {REMEDY}"
    return shutil.which(PROGRAM) or f"apt installed no {PROGRAM}. {REMEDY}"
