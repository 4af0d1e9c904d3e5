"""PostgreSQL restarts while events come in: the sender is told to repeat, and nothing is lost."""

import threading
import time

from support.erp import until
from xbcli import postgres
from xbcli.ui import Step

COUNT = 60


def test_events_while_the_database_restarts(erp):
    shop = erp.simulator.vendor("rest_shop")
    target = erp.webhook_url()
    reports = []

    def send():
        reports.append(shop.send(target, count=COUNT, per_second=20, repeat=0, forge=0, retries=6))

    sender = threading.Thread(target=send)
    sender.start()
    until(lambda: erp.count("SELECT count(*) FROM xb_inbox"), pause=0.05)
    cluster = erp.place.pg.folder.name
    assert postgres.stop(erp.place.home, cluster)
    time.sleep(1.5)
    with Step("Starting PostgreSQL again") as step:
        postgres.start(erp.place.home, step, name=cluster, tuning=postgres.TUNING_TEST)
    sender.join()
    (report,) = reports
    statuses = report.statuses["first"]
    # 5xx is what a sender repeats; 503 from our door, 500 where a connection broke underneath
    assert 503 in statuses and set(statuses) <= {200, 500, 503}, report.as_dict()
    assert statuses[200] == COUNT and not report.errors, report.as_dict()
    assert erp.count("SELECT count(*) FROM xb_inbox") == COUNT
    until(lambda: erp.count("SELECT count(*) FROM xb_inbox WHERE state = 'done'") == COUNT,
          patience=180, what="the inbox was not drained after the restart")
    assert_scheduled_actions_go_on(erp)


def assert_scheduled_actions_go_on(erp):
    """Core's thread of scheduled actions ends with the database it lost; ours comes back."""
    [[cron]] = erp.sql("SELECT res_id FROM ir_model_data WHERE module = 'xb_base'"
                       " AND model = 'ir.cron' ORDER BY name LIMIT 1")
    before = erp.sql(f"SELECT lastcall FROM ir_cron WHERE id = {cron}")
    erp.sql("INSERT INTO ir_cron_trigger (cron_id, call_at)"
            f" VALUES ({cron}, now() AT TIME ZONE 'UTC' - interval '1 s')")
    erp.place.pg.sql("postgres", f"SELECT pg_notify('cron_trigger', '{erp.name}')")
    until(lambda: erp.sql(f"SELECT lastcall FROM ir_cron WHERE id = {cron}") != before,
          patience=90, what="no scheduled action ran after the restart")
