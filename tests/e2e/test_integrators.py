"""The examples of docs/integrators.md, run as they stand there against a real server."""

import re
from pathlib import Path

import pytest
from xbcli import database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "integrators.md"
KEY = """
user = env["res.users"].search([("login", "=", "integrator")])
print("KEY:" + env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "docs", None))
env.cr.commit()
"""


@pytest.fixture
def api_key(erp):
    """An API key of the integrator."""
    config = database.configure(erp.place.home, erp.place.pg, erp.name, port=erp.port,
                                data=erp.place.data)
    told = database.shell(erp.place.home, erp.name, config, KEY)
    return re.search(r"KEY:(\w+)", told)[1]


def test_examples_of_the_page(erp, api_key):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    names = {"URL": erp.url, "DB": erp.name, "API_KEY": api_key}
    states = []
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102
        assert not any(value is None for verdict in names["verdicts"] for value in verdict.values())
        states.append([verdict["state"] for verdict in names["verdicts"]])
    assert states == [["created"], ["unchanged"], ["unchanged"], ["created"]]
    assert erp.count("SELECT count(*) FROM sale_order WHERE xb_ref = 'INT-1'") == 1
