"""./xb in wrong circumstances: one sentence, the remedy, a status that is not 0, and it goes on."""

import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from xbcli import database, main, odoo_source, paths, postgres, proc, server, ui

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def run(tmp_path):
    """Run ./xb with an XB_HOME of its own; returns the finished process."""

    def call(*arguments, program=sys.executable, **variables):
        env = {key: value for key, value in os.environ.items() if not key.startswith("XB_")}
        env.update(XB_HOME=str(tmp_path / "home"), LC_ALL="C.UTF-8", **variables)
        return subprocess.run([program, str(REPOSITORY / "xb"), *arguments], env=env, timeout=300,
                              capture_output=True, text=True, check=False)

    return call


def sentence(done, *words):
    """Assert that it failed with one sentence that has the words, and a remedy."""
    assert done.returncode, done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert "Remedy: " in done.stderr


@pytest.fixture
def tools(tmp_path):
    """A PATH with nothing in it but what is linked there."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def link(*names):
        for name in names:
            (folder / name).symlink_to(shutil.which(name))
        return str(folder)

    return link


def test_no_apt(run, tools):
    sentence(run("up", PATH=tools("env")), "no apt-get", "XB_ODOO")


def test_mirror_out_of_reach(run):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{probe.getsockname()[1]}/debian"
        done = run("up", XB_DEBIAN_MIRROR=mirror)
    sentence(done, "package lists cannot be read")


def test_wrong_odoo(run, tmp_path):
    sentence(run("up", XB_ODOO=str(tmp_path)), "holds no Odoo")
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (17, 0, 0, FINAL, 0, '')\n")
    sentence(run("up", XB_ODOO=str(tmp_path)), "is Odoo 17.0", "needs Odoo 19.0")


def test_wrong_python(run, tools, tmp_path):
    """An interpreter that is too old, and no other one on the machine."""
    old = tmp_path / "old.py"
    old.write_text(
        "import sys, types\nsys.version_info = (3, 8, 0, 'final', 0)\n"
        f"sys.argv = ['xb', 'up']\nsys.path.insert(0, {str(REPOSITORY / 'config')!r})\n"
        "from xbcli.python import ensure_python\nensure_python('xb')\n")
    done = subprocess.run([sys.executable, str(old)], env={"PATH": tools("env")}, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 2
    assert "this is Python 3.8" in done.stderr and "Remedy" in done.stderr


def test_port_taken(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence(run("up", "--port", str(port)), f"Port {port} is taken", "--port")


def test_bad_database_name(run):
    sentence(run("up", "--db", "Not A Name"), "no good name")


def test_unknown_addon(place, run):
    options, rest = main._split(["test", "no_such_addon"])
    from xbcli import checks

    with pytest.raises(ui.Failure, match="There is no addon no_such_addon"):
        checks.run(place.home, options.addon, rest, lint=False)


def test_disk_full(tmp_path, monkeypatch, capsys):
    home = paths.Home(tmp_path)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(paths.shutil, "disk_usage", lambda path: usage(10**10, 10**10, 10**8))
    with pytest.raises(ui.Failure, match=r"has 0\.1 GB left") as caught:
        home.need_room()
    assert "Free some room" in caught.value.remedy
    # … and found out half-way, by a program we run
    with pytest.raises(ui.Failure, match="The disk is full"):
        proc.run([sys.executable, "-c", "raise SystemExit('No space left on device')"],
                 log=tmp_path / "log")


def test_download_broken_half_way(tmp_path):
    """What was unpacked in part is not taken for Odoo, and is begun anew."""
    home = paths.Home(tmp_path)
    tree = home.odoo / odoo_source.LIBRARY / "odoo"
    tree.mkdir(parents=True)
    (tree / "release.py").write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    assert not odoo_source.find(home)
    (home.odoo / "complete").touch()
    assert odoo_source.find(home)
    home.prepare()
    broken = tmp_path / "odoo-19_1_all.deb"
    broken.write_bytes(b"!<arch>\nbroken")
    with pytest.raises(ui.Failure, match="cannot be unpacked"):
        odoo_source._unpack(home, [broken])
    assert odoo_source.find(home)  # the whole one is still there


def test_database_of_another_version(place):
    name = "t_other_version"
    database.drop(place.pg, name)
    database.create(place.pg, name)
    try:
        with pytest.raises(ui.Failure, match="is not an Odoo database"):
            database.prepare(place.home, place.pg, name, None, demo=True)
        place.pg.sql(name, "CREATE TABLE ir_module_module (name text, latest_version text, "
                           "state text)",
                     "INSERT INTO ir_module_module VALUES ('base', '17.0.1.3', 'installed')")
        with pytest.raises(ui.Failure, match=r"is of Odoo 17\.0, and this is Odoo 19\.0"):
            database.prepare(place.home, place.pg, name, None, demo=True)
    finally:
        database.drop(place.pg, name)


def test_only_one_at_a_time(tmp_path):
    home = paths.Home(tmp_path)
    with home.locked(), pytest.raises(ui.Failure, match=r"Another \./xb is building"):
        with home.locked():
            pass


def test_a_stranger_with_our_pid_is_left_alone():
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        assert not proc.stop(stranger.pid, proc.started(stranger.pid) - 1)
        assert stranger.poll() is None
        assert proc.stop(stranger.pid, proc.started(stranger.pid))
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", [
    "postgresql://odoo:s%40f@db:5433/", "host=db port=5433 user=odoo password='s@f'"])
def test_connection_strings(text):
    parts = postgres.parse_dsn(text)
    assert (parts["host"], parts["port"], parts["user"], parts["password"]) == (
        "db", "5433", "odoo", "s@f")
    with pytest.raises(ui.Failure, match="no connection string"):
        postgres.parse_dsn("nonsense")


def test_free_ports():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not server.port_free(port)
        assert server.free_port(port) != port


def test_beside_the_suite():
    """What is set apart by its licence or glues to what the suite does not need is not in it, and
    nothing of the suite depends on it."""
    assert paths.glue() == ["xb_inventory_mrp"]
    assert paths.companions() == ["xb_finance_reports"]
    assert paths.beside() == sorted([*paths.glue(), *paths.companions()])
    manifests = dict(paths._manifests())
    suite = set(manifests) - set(paths.beside())
    assert paths.SUITE in suite
    assert {manifests[name]["license"] for name in suite} == {"LGPL-3"}
    assert not {needed for name in suite for needed in manifests[name]["depends"]} & set(
        paths.beside())
