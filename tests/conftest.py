"""What crosses addons: real servers, a real browser, real signals. Run by `./xb test`."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "config"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from support.erp import Erp  # noqa: E402
from support.place import Place  # noqa: E402
from support.window import Window  # noqa: E402


@pytest.fixture(scope="session")
def place():
    """Where the test cluster, the template database and the browser are."""
    found = Place.from_environment()
    if not found:
        pytest.skip("needs the template database: run it by ./xb test")
    return found


@pytest.fixture(scope="module")
def erp(place, request):
    """A running ERP on a fresh copy of the template, with a simulator; stopped at the end."""
    # Two files of one name may run side by side, see xbcli/checks.py.
    path = Path(request.module.__file__)
    name = f"t_{path.parent.name}_{path.stem.removeprefix('test_')}"
    with Erp(place, name) as server:
        server.start()
        yield server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know whether their test failed."""
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report


@pytest.fixture
def window(place, erp, request):
    """A browser window; skipped with the reason where there is no browser."""
    if not place.browser:
        pytest.skip(place.no_browser or "no browser")
    with Window(place, erp.url) as opened:
        yield opened
        if getattr(request.node, "failed", False):
            opened.picture("failed")


@pytest.fixture(scope="session")
def real_file():
    """The real order file of the Online Retail data set (5,000 lines)."""
    import os

    roots = [os.environ.get("XB_SHARED"), HERE.parent.parent / "shared"]
    name = "data/online_retail/online_retail_2010-12_part1.csv"
    for root in filter(None, roots):
        if (Path(root) / name).exists():
            return Path(root) / name
    pytest.skip("the Online Retail file is not beside the repository (XB_SHARED)")
