from prometheus_client.core import GaugeMetricFamily

from odoo import api, fields, models

# What nobody counts: the row of a finished thing is history.
UNFINISHED_INBOX = ("pending", "retry", "dead")
UNFINISHED_OUTBOX = ("pending", "sending", "retry", "refused")


class XbMetrics(models.AbstractModel):
    """The figures of the inbox and the outbox."""

    _inherit = "xb.metrics"

    @api.model
    def _collect(self):
        """Override of `xb_base`: adds inbox lag and outbox depth."""
        return [*super()._collect(), *self._collect_inbox(), *self._collect_outbox()]

    @api.model
    def _collect_inbox(self):
        """Events that are not done, and how long the oldest one waits, per connection."""
        depth = GaugeMetricFamily(
            "xb_inbox_events", "Inbox events that are not done", labels=["connection", "state"]
        )
        lag = GaugeMetricFamily(
            "xb_inbox_oldest_event_seconds",
            "Age of the oldest event that waits to be processed",
            labels=["connection"],
        )
        oldest = {}
        for connection, state, count, received_at in self.env["xb.inbox"]._read_group(
            [("state", "in", UNFINISHED_INBOX)],
            ["connection_id", "state"],
            ["__count", "received_at:min"],
        ):
            depth.add_metric([str(connection.id), state], count)
            # a dead letter waits for a person, and has a figure of its own
            if state != "dead":
                oldest[connection] = min(received_at, oldest.get(connection, received_at))
        now = fields.Datetime.now()
        for connection in self._exchanging_connections():
            waits = (now - oldest[connection]).total_seconds() if connection in oldest else 0.0
            lag.add_metric([str(connection.id)], max(0.0, waits))
        return [depth, lag]

    @api.model
    def _collect_outbox(self):
        """Rows that are not confirmed, and since when the oldest change waits, per connection."""
        depth = GaugeMetricFamily(
            "xb_outbox_rows", "Outbox rows that are not confirmed", labels=["connection", "state"]
        )
        age = GaugeMetricFamily(
            "xb_outbox_oldest_row_seconds",
            "Age of the oldest row that waits to be sent",
            labels=["connection"],
        )
        oldest = {}
        for connection, state, count, wanted_at in self.env["xb.outbox"]._read_group(
            [("state", "in", UNFINISHED_OUTBOX)],
            ["connection_id", "state"],
            ["__count", "wanted_at:min"],
        ):
            depth.add_metric([str(connection.id), state], count)
            if state != "refused":
                oldest[connection] = min(wanted_at, oldest.get(connection, wanted_at))
        now = fields.Datetime.now()
        for connection in self._exchanging_connections():
            waits = (now - oldest[connection]).total_seconds() if connection in oldest else 0.0
            age.add_metric([str(connection.id)], max(0.0, waits))
        return [depth, age]

    @api.model
    def _exchanging_connections(self):
        # A figure that vanishes when it is zero makes alerts on it go blind.
        return self.env["xb.connection"].search([("active", "=", True)])
