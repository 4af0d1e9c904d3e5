"""The simulator's exchange rates, read by the suite's own parsers over real HTTP."""

import importlib.util
import json
import sys
import types
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from simulator import Simulator

ROOT = Path(__file__).resolve().parents[1] / "addons" / "xb_finance" / "core" / "rates"


@pytest.fixture(scope="module")
def parsers():
    """The pure room of the addon, without the framework."""
    package = types.ModuleType("rates_room")
    package.__path__ = [str(ROOT)]
    sys.modules["rates_room"] = package
    found = {}
    for name in ("table", "ecb", "frankfurter"):
        spec = importlib.util.spec_from_file_location(f"rates_room.{name}", ROOT / f"{name}.py")
        found[name] = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found[name])
    return types.SimpleNamespace(**found)


@pytest.fixture
def simulator(tmp_path):
    with Simulator(tmp_path, "seed") as running:
        yield running


def get(simulator, path):
    answer = requests.get(f"{simulator.url}/rates/{path}", timeout=10)
    answer.raise_for_status()
    return answer


def test_both_sources_tell_the_same(simulator, parsers):
    history = parsers.ecb.parse(get(simulator, parsers.ecb.HISTORY_90).content)
    assert not [day for day in history.days if day.weekday() > 4]
    assert len(history.days) > 55
    first, last = min(history.days), max(history.days)
    answer = get(simulator, parsers.frankfurter.path(first, last)).content
    other = parsers.frankfurter.parse(json.loads(answer, parse_float=Decimal))
    assert set(other.days) == set(history.days)
    for day, rates in history.days.items():
        for code, rate in rates.items():
            assert other.rate(day, code) == rate
    # What the first source lacks is why there is a second.
    assert history.rate(last, "TWD") is None
    assert other.rate(last, "TWD") > 30


def test_the_newest_day(simulator, parsers):
    daily = parsers.ecb.parse(get(simulator, parsers.ecb.DAILY).content)
    assert len(daily.days) == 1
    latest = parsers.frankfurter.parse(
        json.loads(get(simulator, "v1/latest").content, parse_float=Decimal))
    assert set(latest.days) == set(daily.days)
    assert max(daily.days) <= date.today()


def test_no_such_day(simulator):
    assert requests.get(f"{simulator.url}/rates/v1/soon", timeout=10).status_code == 404


def test_faults_reach_it(simulator, parsers):
    simulator.faults.add(kind="not_json", match="eurofxref", count=1)
    with pytest.raises(ValueError):
        parsers.ecb.parse(get(simulator, parsers.ecb.DAILY).content)
    simulator.faults.add(kind="error_500", match="v1/latest", count=1)
    assert requests.get(f"{simulator.url}/rates/v1/latest", timeout=10).status_code == 500
