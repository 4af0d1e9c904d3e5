"""Get Odoo 19: an existing tree by XB_ODOO, else Debian's package, checked by apt's signatures.

Odoo is not on PyPI. Debian sid carries `odoo-19`; it is only unpacked (no root, nothing installed
on the machine) and runs on our own Python with PyPI's libraries. apt works here in a configuration
of its own: its own source list, lists and cache, and the mirror that this machine uses already.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import proc
from .paths import NEEDED_BYTES
from .ui import Failure

SERIES = "19.0"
PACKAGE = "odoo-19"
# What the web client's symlinks point to. Odoo's fonts left sid, the stable suite has them.
FROM_SID = (
    PACKAGE,
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
FROM_STABLE = ("fonts-font-awesome", "fonts-inconsolata")
LIBRARY = Path("usr/lib/python3/dist-packages")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Missing from Debian's build (an optional camera effect); asking for it fails every browser test.
STUB = LIBRARY / "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
REMEDY = "Look at the network, and run the same command again; what is there already is kept."


def series(tree):
    """The series of an Odoo tree, e.g. `19.0`; False where there is none.

    :param Path tree: folder that holds the `odoo` package
    """
    try:
        text = (tree / "odoo" / "release.py").read_text(encoding="utf-8")
    except OSError:
        return False
    found = re.search(r"^version_info\s*=\s*\(\s*'?(?:saas~)?(\d+)'?\s*,\s*(\d+)", text, re.M)
    return f"{found[1]}.{found[2]}" if found else False


def find(home):
    """The Odoo tree there is, without getting one.

    :return: folder to put on the Python path, or False
    :raise Failure: when XB_ODOO names something that is no Odoo 19
    """
    given = os.environ.get("XB_ODOO")
    if not given:
        tree = home.odoo / LIBRARY
        return tree if series(tree) == SERIES and (home.odoo / "complete").exists() else False
    tree = Path(given).expanduser().resolve()
    found = series(tree)
    if found != SERIES:
        what = f"is Odoo {found}" if found else "holds no Odoo (no odoo/release.py)"
        raise Failure(
            f"XB_ODOO={given} {what}, and XB needs Odoo {SERIES}.",
            f"Point XB_ODOO at an Odoo {SERIES} tree, or unset it to use Debian's package.",
        )
    return tree


def addon_folders(tree):
    """The folders of an Odoo tree that hold addons (a package has one, a checkout two)."""
    return [p for p in (tree / "odoo" / "addons", tree / "addons") if (p / "base").is_dir()
            or (p / "sale").is_dir()]


def get(home, step):
    """Bring Odoo 19 into `home`, or say that it is there.

    :return: folder to put on the Python path
    :raise Failure: no apt, no mirror, a broken download, a full disk
    """
    tree = find(home)
    if tree:
        step.result("already there")
        return tree
    home.need_room(NEEDED_BYTES)
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(program):
            raise Failure(
                f"This machine has no {program}, so Debian's package of Odoo cannot be had.",
                f"Get an Odoo {SERIES} tree by other means and set XB_ODOO to its folder.",
            )
    apt = _Apt(home, step)
    debs = apt.download()
    step.note("unpacking")
    return _unpack(home, debs)


def _unpack(home, debs):
    fresh = home.root / "odoo.part"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for deb in debs:
        proc.run(
            ["dpkg-deb", "-x", deb, fresh],
            log=home.log / "odoo.log",
            what=f"{deb.name} cannot be unpacked",
            remedy=f"Delete {deb} and run the same command again.",
        )
    stub = fresh / STUB
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("/* Not part of this build of Odoo. */\n")
    found = series(fresh / LIBRARY)
    if found != SERIES:
        raise Failure(
            f"The package {PACKAGE} holds Odoo {found}, and XB needs {SERIES}.",
            f"Set XB_ODOO to an Odoo {SERIES} tree.",
        )
    (fresh / "complete").write_text("".join(f"{deb.name}\n" for deb in debs))
    shutil.rmtree(home.odoo, ignore_errors=True)
    fresh.rename(home.odoo)
    shutil.rmtree(home.root / "apt", ignore_errors=True)
    return home.odoo / LIBRARY


class _Apt:
    """apt with a configuration of its own: nothing of the machine's is read or written but the
    mirror's address and the keyring."""

    def __init__(self, home, step):
        self.home = home
        self.step = step
        self.root = home.root / "apt"
        self.log = home.log / "apt.log"
        self.extra = []
        for folder in ("lists/partial", "cache/archives/partial", "state", "debs"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "state" / "status").touch()

    def download(self):
        """:return: paths of the packages, each checked by apt against the signed index"""
        mirror, keyring = self._mirror()
        signed = f"[signed-by={keyring}] " if keyring else ""
        (self.root / "sources.list").write_text(
            "".join(f"deb {signed}{mirror} {suite} main\n" for suite in ("sid", "stable"))
        )
        self._update()
        folder = self.root / "debs"
        self.step.note("downloading, 130 MB")
        # apt resumes and checks what is there; an earlier, broken-off file is fetched again.
        wanted = [*FROM_SID, *(f"{name}/stable" for name in FROM_STABLE)]
        self._apt("apt-get", "download", *wanted, what="The download of Odoo broke off", cwd=folder)
        debs = sorted(folder.glob("*.deb"))
        names = {deb.name.partition("_")[0] for deb in debs}
        missing = {*FROM_SID, *FROM_STABLE} - names
        if missing:
            raise Failure(f"The mirror gave no {', '.join(sorted(missing))}.", REMEDY)
        return debs

    def _update(self):
        self.step.note("reading the package lists")
        update = ("apt-get", "update", "--error-on=any")
        what = "The package lists cannot be read"
        try:
            self._apt(*update, what=what)
        except Failure as error:
            if "is expired" not in error.what and "not valid yet" not in error.what:
                raise
            # A mirror that is not renewed (a snapshot, a proxy) serves an old index. Its signature
            # is still checked; what is given up is only the promise that it is the newest one.
            self.step.note("the mirror's lists are old; their signature still holds")
            self.extra.append("-oAcquire::Check-Valid-Until=false")
            self._apt(*update, what=what)

    def _apt(self, program, *arguments, what, cwd=None):
        options = {
            "Dir::Etc::sourcelist": self.root / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State": self.root / "state",
            "Dir::State::lists": self.root / "lists",
            "Dir::State::status": self.root / "state" / "status",
            "Dir::Cache": self.root / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": "",
        }
        flags = [f"-o{key}={value}" for key, value in options.items()]
        flags += self.extra
        return proc.run(
            [program, "-y", *flags, *arguments],
            log=self.log,
            what=what,
            remedy=REMEDY,
            on_line=lambda line: line.strip()[:60] if line.startswith("Get:") else None,
            step=self.step,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C"},
        )

    def _mirror(self):
        """The Debian mirror of this machine: (address, keyring or False)."""
        given = os.environ.get("XB_DEBIAN_MIRROR")
        keyring = KEYRING if KEYRING.exists() else False
        if given:
            return given, keyring or self._fetch_keyring()
        for address, signed_by in configured_sources():
            if re.search(r"/debian/?$", address):
                return address, signed_by or keyring
        raise Failure(
            "This machine's apt knows no Debian mirror, and Odoo 19 is a Debian package.",
            "Set XB_DEBIAN_MIRROR to the address of a Debian mirror (ending in /debian), or "
            f"XB_ODOO to an Odoo {SERIES} tree; then run the same command again.",
        )

    def _fetch_keyring(self):
        """Debian's keys on a machine of another distribution, from its own signed archive."""
        folder = self.root / "keyring"
        folder.mkdir(exist_ok=True)
        proc.run(
            ["apt-get", "download", "debian-archive-keyring"],
            log=self.log,
            what="Debian's signing keys cannot be had",
            remedy="Install the package debian-archive-keyring, and run the same command again.",
            cwd=folder,
        )
        for deb in folder.glob("*.deb"):
            proc.run(["dpkg-deb", "-x", deb, folder], log=self.log)
        return folder / KEYRING.relative_to("/")


def configured_sources():
    """What apt reads on this machine, in both of its formats: [(address, keyring or False)].

    Asked of `apt-get indextargets` where lists were read once, else read from the files.
    """
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(SIGNED_BY)"],
        capture_output=True, text=True, check=False,
    )
    found = [tuple(line.split("|", 1)) for line in asked.stdout.splitlines() if "|" in line]
    for name in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.list")]:
        if name.exists():
            pattern = r"^\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)"
            for options, address in re.findall(pattern, name.read_text(), re.M):
                key = re.search(r"signed-by=(\S+)", options or "")
                found.append((address, key[1] if key else ""))
    for name in Path("/etc/apt/sources.list.d").glob("*.sources"):
        for block in re.split(r"\n\s*\n", name.read_text()):
            fields = dict(re.findall(r"^([\w-]+):\s*(.*)$", block, re.M))
            for address in fields.get("URIs", "").split():
                found.append((address, fields.get("Signed-By", "")))
    return [(a, Path(k) if k.startswith("/") else False) for a, k in dict.fromkeys(found)]
