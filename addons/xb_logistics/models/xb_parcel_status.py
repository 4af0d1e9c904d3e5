import logging

from odoo import fields, models

from ..core import status as rules

_logger = logging.getLogger(__name__)

# Only code that holds this object passes: a context key alone could be set over RPC.
STATUS_DOOR = object()


class XbParcel(models.Model):
    _inherit = "xb.parcel"

    def write(self, vals):
        """Override: a status, whoever writes it, moves through `_set_status`."""
        if "status" not in vals or self.env.context.get("xb_status_door") is STATUS_DOOR:
            return super().write(vals)
        vals = dict(vals)
        status = vals.pop("status")
        result = super().write(vals) if vals else True
        self._set_status(status)
        return result

    # === ACTION METHODS === #

    def action_mark_delivered(self):
        """Say by hand that the parcels arrived."""
        self.check_access("write")
        self._set_status("delivered")

    def action_mark_returned(self):
        """Say by hand that the parcels came back; their goods may be packed again."""
        self.check_access("write")
        self._set_status("returned")

    def action_mark_exception(self):
        """Say by hand that something is wrong with the parcels on their way."""
        self.check_access("write")
        self._set_status("exception")

    # === BUSINESS METHODS === #

    def _set_status(self, status, at=None):
        """Move parcels to a status: the only way a parcel's status changes.

        Late events (older than the one that gave the present status) change nothing; delivered
        and returned are left only by a later event. See `core.status.accepts`.

        :param str status: A code of `const.STATUSES`.
        :param datetime at: When it happened (naive UTC); now if left out.
        :return: The parcels that moved.
        :rtype: xb.parcel
        :raise ValueError: If the status is unknown.
        """
        at = at or fields.Datetime.now()
        moved = self.filtered(lambda p: rules.accepts(p.status, p.status_at or None, status, at))
        for parcel in self - moved:
            _logger.debug(
                "parcel %(name)s stays %(status)s",
                {
                    "name": parcel.name,
                    "status": parcel.status,
                },
            )
        previous = {parcel.id: parcel.status for parcel in moved}
        for parcel in moved:
            parcel._write_status(parcel._prepare_status_vals(status, at))
        if moved:
            moved._on_status_changed(previous)
        return moved

    def _reset_status(self):
        """Start over at `pending`: another number or carrier, hence another journey."""
        self.filtered(lambda p: p.status != "pending")._write_status(
            {
                "status": "pending",
                "status_at": False,
                "first_movement_at": False,
                "delivered_at": False,
                "returned_at": False,
            }
        )

    def _prepare_status_vals(self, status, at):
        """Return what a new status writes: itself, its time and its stop on the timeline."""
        self.ensure_one()
        vals = {"status": status, "status_at": at}
        if status in rules.MOVING:
            if not self.first_movement_at:
                vals["first_movement_at"] = at
            if not self.shipped_at:
                vals["shipped_at"] = at
        if status in rules.TERMINAL:
            vals[f"{status}_at"] = at
        return vals

    def _write_status(self, vals):
        self.with_context(xb_status_door=STATUS_DOOR).write(vals)

    # === HOOKS === #

    def _on_status_changed(self, previous):
        """Hook: the parcels of `self` have just moved; `previous` is {id: former status}."""
