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
    names = {"URL": erp.url, "DB": erp.name, "API_KEY": api_key}
    states, stock = [], []
    for block in blocks:
        names.pop("verdicts", None)
        names.pop("stock", None)
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102
        rows = names.get("verdicts") or names.get("stock") or []
        assert not any(value is None for row in rows for value in row.values())
        if "verdicts" in names:
            states.append([verdict["state"] for verdict in names["verdicts"]])
        if "stock" in names:
            stock.append([(row["product_id"], row["available"]) for row in names["stock"]])
    assert states == [["created"], ["unchanged"], ["unchanged"], ["created"]]
    assert erp.count("SELECT count(*) FROM sale_order WHERE xb_ref = 'INT-1'") == 1
    # what was claimed was given back
    assert len(stock) == 3 and stock[0] == stock[1] == stock[2]
    assert [product for product, _available in stock[0]] == names["products"]
    assert "Row 1, qty" in names["message"]
    assert erp.count("SELECT count(*) FROM xb_stock_claim WHERE key = 'basket-4712'") == 0
