from odoo import api, models
from odoo.tools import SQL

from ..batch import KEY, Batch
from ..core.address import area_names, tidy


class XbOrderContacts(models.AbstractModel):
    """Contacts of imported orders: one per buyer and shop, with the addresses below it."""

    _name = "xb.order.contacts"
    _description = "Order Import: Contacts"

    # === BUSINESS METHODS === #

    @api.model
    def _ensure(self, shop, drafts):
        """Find or create the contacts the orders need, in a constant number of statements.

        :param xb.shop shop: the shop.
        :param list drafts: orders without blocking problems.
        :return: per draft index ``(buyer, invoice contact, delivery contact)``
        :rtype: dict[int, tuple]
        """
        geography = self._geography(drafts)
        buyers = self._ensure_buyers(shop, drafts, geography)
        wanted = []
        for draft in drafts:
            buyer = buyers[draft.buyer_key]
            for kind, address in (("delivery", draft.ship_to), ("invoice", draft.bill_to)):
                if address.get("street"):
                    vals = self._prepare_address_vals(draft, address, geography)
                    wanted.append((draft.index, kind, buyer, vals))
        placed = self._ensure_addresses(wanted)
        return {
            draft.index: (
                buyers[draft.buyer_key],
                placed.get((draft.index, "invoice"), buyers[draft.buyer_key]),
                placed.get((draft.index, "delivery"), buyers[draft.buyer_key]),
            )
            for draft in drafts
        }

    @api.model
    def _ensure_buyers(self, shop, drafts, geography):
        firsts = {}
        for draft in drafts:
            firsts.setdefault(draft.buyer_key, draft)
        bindings = self.env["xb.shop.buyer"]._get_or_claim(shop, firsts)
        new = [(binding, firsts[key]) for key, binding in bindings.items()
               if not binding.partner_id]
        # A platform's tax id is kept as stated; whether it is valid is decided on the invoice.
        partners = self.env["res.partner"].with_context(
            **{KEY: Batch()}, no_vat_validation=True).create([
                self._prepare_buyer_vals(shop, draft, geography) for _binding, draft in new
            ]).with_env(self.env)
        for (binding, _draft), partner in zip(new, partners, strict=True):
            binding.partner_id = partner
        return {key: binding.partner_id for key, binding in bindings.items()}

    @api.model
    def _ensure_addresses(self, wanted):
        """Reuse a child contact that is the same address, create the others."""
        if not wanted:
            return {}
        buyers = self.env["res.partner"].union(*(buyer for _i, _k, buyer, _v in wanted))
        children = self._find_children(buyers, {vals["street"] for *_place, vals in wanted})
        known = {
            (child.parent_id.id, child.type, self._address_key(child)): child
            for child in children
        }
        for child in buyers:
            known.setdefault((child.id, "invoice", self._address_key(child)), child)
            known.setdefault((child.id, "delivery", self._address_key(child)), child)
        keyed = [
            ((index, kind), (buyer.id, kind, self._vals_key(vals)),
             {**vals, "type": kind, "parent_id": buyer.id})
            for index, kind, buyer, vals in wanted
        ]
        missing = {key: vals for _place, key, vals in keyed if key not in known}
        batch = Batch()
        created = self.env["res.partner"].with_context(**{KEY: batch}).create(
            list(missing.values())).with_env(self.env)
        self.env["res.partner"]._xb_sync_companies(batch)
        known.update(zip(missing, created, strict=True))
        return {place: known[key] for place, key, _vals in keyed}

    @api.model
    def _find_children(self, buyers, streets):
        """Find the addresses of buyers in these streets; capitals do not matter.

        By street, because the contact of a shop's guests has as many addresses as it had orders.
        """
        partners = self.env["res.partner"]
        partners.flush_model(["parent_id", "type", "street", "active"])
        found = partners.browse(row[0] for row in self.env.execute_query(SQL(
            """
            SELECT id FROM res_partner
             WHERE parent_id IN %s AND street IS NOT NULL AND active
               AND type IN ('delivery', 'invoice')
               AND md5(lower(street)) IN (SELECT md5(lower(unnest(%s))))
            """, tuple(buyers.ids), list(streets))))
        return found._filtered_access("read")

    # === BUSINESS METHODS - VALUES === #

    @api.model
    def _prepare_buyer_vals(self, shop, draft, geography):
        """Values of a buyer's contact; of the guest contact for an anonymous one."""
        address = tidy(draft.bill_to or draft.ship_to)
        country, state = geography(address)
        if draft.is_guest:
            name = self.env._("Guest (%(shop)s)", shop=shop.name)
            if country:
                name = self.env._(
                    "Guest, %(country)s (%(shop)s)", country=country.name, shop=shop.name)
            return {
                "name": name, "country_id": country.id if country else False,
                "company_id": shop.company_id.id,
            }
        buyer = draft.buyer
        same = not draft.ship_to.get("street") or tidy(draft.ship_to) == address
        vals = {
            "name": buyer.get("name") or address.get("name") or buyer.get("email")
            or self.env._("Buyer %(id)s", id=buyer.get("id")),
            "email": buyer.get("email") or address.get("email"),
            "phone": buyer.get("phone") or address.get("phone"),
            "vat": buyer.get("tax_id") or address.get("tax_id"),
            "ref": buyer.get("id"),
            "lang": self._get_lang(shop, buyer.get("language")),
            "company_id": shop.company_id.id,
            "country_id": country.id if country else False,
        }
        if same or draft.bill_to:
            vals.update(self._prepare_place_vals(address, country, state))
        return vals

    @api.model
    def _prepare_address_vals(self, draft, address, geography):
        address = tidy(address)
        country, state = geography(address)
        return {
            "name": address.get("name") or draft.buyer.get("name") or address.get("company"),
            "company_name": address.get("company"),
            # the carrier wants to reach the buyer where the address itself says nothing
            "phone": address.get("phone") or draft.buyer.get("phone"),
            "email": address.get("email") or draft.buyer.get("email"),
            **self._prepare_place_vals(address, country, state),
        }

    @api.model
    def _prepare_place_vals(self, address, country, state):
        # A subdivision that Odoo does not know still belongs on the parcel's label.
        city = address.get("city") or ""
        if address.get("state") and not state:
            city = f"{city}, {address['state']}" if city else address["state"]
        return {
            "street": address.get("street"),
            "street2": address.get("street2"),
            "city": city or False,
            "zip": address.get("zip"),
            "country_id": country.id if country else False,
            "state_id": state.id if state else False,
        }

    _KEY_FIELDS = ("name", "company_name", "street", "street2", "city", "zip", "phone", "email")

    @api.model
    def _vals_key(self, vals):
        texts = tuple((vals.get(name) or "").strip().casefold() for name in self._KEY_FIELDS)
        return (*texts, vals.get("country_id") or False, vals.get("state_id") or False)

    @api.model
    def _address_key(self, partner):
        return self._vals_key({
            **{name: partner[name] for name in self._KEY_FIELDS},
            "country_id": partner.country_id.id, "state_id": partner.state_id.id,
        })

    @api.model
    def _get_lang(self, shop, language):
        """The installed language nearest to a platform's ("de", "de-AT"), else the shop's."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        wanted = (language or "").replace("-", "_")
        for code in installed:
            if wanted and (code == wanted or code.split("_")[0] == wanted.split("_")[0]):
                return code
        return shop.lang or self.env.lang

    @api.model
    def _geography(self, drafts):
        """Look up all countries and states of the batch.

        :return: function from an address value to ``(country, state)``, each a record or None
        """
        codes = {
            address["country"] for draft in drafts
            for address in (draft.ship_to, draft.bill_to) if address
        }
        countries = self.env["xb.order.resolver"]._countries(codes)
        ids = [country.id for country in countries.values()]
        states = {}
        for state in self.env["res.country.state"].search([("country_id", "in", ids)]):
            code, country = state.code.upper(), state.country_id.code
            bare = code.removeprefix(f"{country}-")
            for word in (bare, f"{country}-{bare}", state.name.upper()):
                states.setdefault((country, word), state)

        def geography(address):
            code = address.get("country")
            names = area_names(code or "", address["state"]) if address.get("state") else ()
            found = (states.get((code, name)) for name in names)
            return countries.get(code), next(filter(None, found), None)

        return geography
