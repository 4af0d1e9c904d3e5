"""A thousand signed webhooks with repeats and forgeries, at fifty a second, over real HTTP.

How fast the answers come is measured by `./xb bench webhooks`; here only what must be so.
"""

from support.erp import until

COUNT = 1000
WAITING = "SELECT count(*) FROM xb_inbox WHERE state IN ('pending', 'retry')"


def test_one_row_per_event_and_none_for_a_forgery(erp):
    shop = erp.simulator.vendor("rest_shop")
    report = shop.send(erp.webhook_url(), count=COUNT, per_second=50, repeat=0.3, forge=0.1)
    told = report.as_dict()
    assert not told["errors"], told
    assert told["statuses"] == {
        "forged": {"401": 100}, "first": {"200": 600}, "repeat": {"200": 300}}, told
    keys = {key for (key,) in erp.sql("SELECT event_key FROM xb_inbox")}
    assert erp.count("SELECT count(*) FROM xb_inbox") == len(keys) == 600
    assert not any("forged" in key for key in keys)
    # and each of them gets its work done: one order, or one document that says what is missing
    until(lambda: not erp.count(WAITING), patience=300, what="the inbox was not drained")
    assert erp.count("SELECT count(*) FROM xb_inbox WHERE state = 'done'") == 600
    refs = {key.split("-", 1)[1] for key in keys}
    known = {ref for (ref,) in erp.sql("SELECT ref FROM xb_order_intake")}
    assert refs <= known
