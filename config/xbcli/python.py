"""Find a Python that can run the suite. Kept free of modern syntax: it must parse on an old one."""

import os
import shutil
import sys

OLDEST = (3, 11)  # the lock file is resolved from here up
NEWEST = (3, 13)


def ensure_python(script):
    """Go on when this interpreter fits, else start again under one that does.

    :param str script: path of the script to run again
    :raise SystemExit: status 2 and a sentence with the remedy, when there is none
    """
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        found = shutil.which("python3.%d" % minor)
        if found:
            os.execv(found, [found, script, *sys.argv[1:]])
    sys.stderr.write(
        "xb: this is Python %d.%d, and XB needs %d.%d to %d.%d.\n"
        "  Remedy: install one of them (Debian 12: apt-get install python3 python3-venv) and run "
        "the same command again.\n" % (sys.version_info[:2] + OLDEST + NEWEST)
    )
    raise SystemExit(2)
