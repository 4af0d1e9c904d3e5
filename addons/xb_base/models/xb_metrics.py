from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from odoo import api, fields, models

# Done and cancelled jobs are history, and there are many of them.
OPEN_JOB_STATES = ("wait_dependencies", "pending", "enqueued", "started", "failed")


class XbMetrics(models.AbstractModel):
    """Figures for Prometheus, read from the database when they are asked for.

    Nothing is kept in a process: a scrape gives the same figures whichever worker answers it.
    """

    _name = "xb.metrics"
    _description = "Metrics"

    @api.model
    def _collect(self):
        """Hook: return the metric families of this database.

        An addon extends the list that super returns. Called in superuser mode. Names start with
        ``xb_`` and end with the unit.

        :rtype: list[prometheus_client.core.Metric]
        """
        return [*self._collect_requests(), *self._collect_jobs(), *self._collect_connections()]

    @api.model
    def _render(self):
        """Return all figures in the Prometheus text format.

        :rtype: bytes
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(self.sudo()._collect()))
        return generate_latest(registry)

    @api.model
    def _collect_requests(self):
        """Requests to vendors and the time they took."""
        requests = CounterMetricFamily(
            "xb_requests", "Requests sent to a vendor", labels=["vendor", "outcome"]
        )
        seconds = CounterMetricFamily(
            "xb_request_seconds", "Time spent on requests", labels=["vendor", "outcome"]
        )
        errors = CounterMetricFamily(
            "xb_request_errors", "Requests that did not succeed", labels=["vendor"]
        )
        failed = {}
        for counter in self.env["xb.request.counter"].search([("requests", ">", 0)]):
            labels = [counter.vendor, counter.outcome]
            requests.add_metric(labels, counter.requests)
            seconds.add_metric(labels, counter.seconds)
            failed.setdefault(counter.vendor, 0)
            if counter.outcome != "ok":
                failed[counter.vendor] += counter.requests
        for vendor, number in failed.items():
            errors.add_metric([vendor], number)
        return [requests, errors, seconds]

    @api.model
    def _collect_jobs(self):
        """Jobs that are not finished: how many, and since when the oldest one waits."""
        depth = GaugeMetricFamily(
            "xb_queue_jobs", "Unfinished jobs in the queue", labels=["channel", "state"]
        )
        age = GaugeMetricFamily(
            "xb_queue_oldest_job_seconds",
            "Age of the oldest unfinished job",
            labels=["channel", "state"],
        )
        now = fields.Datetime.now()
        for channel, state, number, oldest in self.env["queue.job"]._read_group(
            [("state", "in", OPEN_JOB_STATES)],
            ["channel", "state"],
            ["__count", "date_created:min"],
        ):
            labels = [channel or "", state or ""]
            depth.add_metric(labels, number)
            age.add_metric(labels, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
        return [depth, age]

    @api.model
    def _collect_connections(self):
        """Connections by health; an alert watches everything but “ok”."""
        gauge = GaugeMetricFamily(
            "xb_connections", "Active connections by health", labels=["vendor", "state"]
        )
        counts = {}
        for connection in self.env["xb.connection"].search([("active", "=", True)]):
            key = connection.vendor, connection.state
            counts[key] = counts.get(key, 0) + 1
        for labels, number in sorted(counts.items()):
            gauge.add_metric(labels, number)
        return [gauge]


class _Collector:
    """Hands ready families to a registry."""

    def __init__(self, families):
        self._families = families

    def collect(self):
        return self._families
