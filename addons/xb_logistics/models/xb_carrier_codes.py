import csv

from odoo import api, fields, models
from odoo.tools import file_open

from ..core import formats as shapes

SEED = "xb_logistics/data/tables/carriers.csv"
# Columns of the seed that are no code system.
_OWN_COLUMNS = {"code", "name", "aliases", "country", "tracking_url", "formats"}


class XbCarrier(models.Model):
    """Codes at other systems, number formats, and the table both are seeded from."""

    _inherit = "xb.carrier"

    code_ids = fields.One2many("xb.carrier.code", "carrier_id", string="Codes")
    format_ids = fields.One2many("xb.carrier.format", "carrier_id", string="Number Formats")

    # === BUSINESS METHODS - CODES === #

    def _get_code(self, system, variant=None):
        """Return what the carrier is called at a platform or aggregator.

        :param str system: Key of an `xb.code.system`, such as ``"paypal_v2"``.
        :param str variant: Marketplace or country whose own spelling wins, if there is one.
        :return: The code, False when nobody has entered one.
        """
        codes = self.env["xb.carrier.code"]._get_map(system)
        own = codes.get((self.id, variant.upper())) if variant else None
        return own or codes.get((self.id, "")) or False

    @api.model
    def _find_by_code(self, system, code):
        """Return the carrier that a platform or aggregator calls by this code, empty if unknown.

        :param str system: See `_get_code`.
        :param str code: In any case.
        """
        carriers = self.env["xb.carrier.code"]._get_carriers_by_code(system)
        return self.browse(carriers.get((code or "").strip().lower(), ()))

    def _on_codes_changed(self):
        """Hook: what the carriers are called was entered, repaired or removed.

        What was refused or still waits is sent again by itself, to shops, payment providers and
        tracking services alike. What was confirmed under the old code stays as it is.
        """
        # In sudo mode: the manager of codes need not see every company's parcels.
        parcels_sudo = self.env["xb.parcel"].sudo()
        open_sudo = parcels_sudo.search(
            [
                ("carrier_id", "in", self.ids),
                ("upload_state", "in", ("refused", "waiting", "sent")),
            ]
        )
        if open_sudo:
            open_sudo._upload_tracking(insist=True)
        parcels_sudo._enqueue_track(self)

    # === BUSINESS METHODS - NUMBERS === #

    @api.model
    def _judge_number(self, carrier_id, number):
        """Say what is odd about a number of a carrier.

        :param int carrier_id: The carrier that was chosen; 0 for none.
        :param str number: A normalised number.
        :return: (code of the oddity or "", names of carriers whose numbers look like that)
        :rtype: tuple[str, list[str]]
        """
        formats = self.env["xb.carrier.format"]._get_formats()
        code = shapes.judge(number, formats.get(carrier_id, ()))
        if code != "shape":
            return code, []
        found = shapes.suggest(number, formats)
        return code, self.sudo().browse(found[:3]).mapped("name")

    # === SEED === #

    @api.model
    def _load_seed(self):
        """Create the carriers, codes and formats of the table that are not there yet.

        What is there already is left alone: it may have been edited. Existing carriers get codes
        and formats only where they have none at all, so the loader is safe to run again.
        """
        with file_open(SEED, "r") as file:
            rows = list(csv.DictReader(file))
        existing = {c.code: c for c in self.with_context(active_test=False).search([])}
        countries = {c.code: c.id for c in self.env["res.country"].search([])}
        missing = [row for row in rows if row["code"] not in existing]
        created = self.create([self._prepare_seed_vals(row, countries) for row in missing])
        existing.update({carrier.code: carrier for carrier in created})
        self.env["ir.model.data"].create(
            [
                {
                    "module": "xb_logistics",
                    "name": f"xb_carrier_{carrier.code}",
                    "model": self._name,
                    "res_id": carrier.id,
                    "noupdate": True,
                }
                for carrier in created
            ]
        )
        System = self.env["xb.code.system"]
        systems = {key: System._get(key) for key in rows[0] if key not in _OWN_COLUMNS}
        pairs = [(row, existing[row["code"]]) for row in rows]
        self.env["xb.carrier.code"].create(
            [
                {"carrier_id": carrier.id, "system_id": system.id, "code": row[key]}
                for row, carrier in pairs
                if not carrier.code_ids
                for key, system in systems.items()
                if row[key]
            ]
        )
        self.env["xb.carrier.format"].create(
            [
                {"carrier_id": carrier.id, **vals}
                for row, carrier in pairs
                if not carrier.format_ids
                for vals in self._prepare_seed_formats(row["formats"])
            ]
        )

    @api.model
    def _prepare_seed_vals(self, row, countries):
        return {
            "code": row["code"],
            "name": row["name"],
            "aliases": row["aliases"],
            "tracking_url": row["tracking_url"] or False,
            "country_id": countries.get(row["country"], False),
            "color": sum(row["code"].encode()) % 11 + 1,
        }

    @api.model
    def _prepare_seed_formats(self, text):
        """Read ``pattern @ check || pattern``."""
        parts = [part.split(" @ ") for part in text.split(" || ") if part]
        return [
            {"pattern": part[0], "check": part[1] if len(part) > 1 else False} for part in parts
        ]
