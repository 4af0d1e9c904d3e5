from dataclasses import dataclass
from datetime import datetime

import pytz

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..batch import KEY, Batch
from ..const import CONFIRM_STATUSES
from ..core import pricing
from ..core.problem import _lt


def to_utc(text):
    """A naive UTC datetime, as the database keeps it, of an ISO 8601 time; False for none."""
    if not text:
        return False
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class Facts:
    """What all orders of a batch have in common; see ``_collect_facts``."""

    warehouse_id: int
    pricelist_ids: dict
    tags: dict
    shipping_product_id: int
    discount_product_id: int
    line_vals: dict
    rates: dict


class XbOrderBuilder(models.AbstractModel):
    """From a resolved draft to the values of a sale order."""

    _name = "xb.order.builder"
    _description = "Order Import: Values"

    # === BUSINESS METHODS === #

    @api.model
    def _create(self, shop, drafts):
        """Create the quotations of all drafts in one go and set ``draft.order``.

        :param xb.shop shop: the shop.
        :param list drafts: resolved drafts without blocking problems.
        """
        facts = self._collect_facts(shop, drafts)
        contacts = self.env["xb.order.contacts"]._ensure(shop, drafts)
        names = self._draw_names(shop, drafts)
        orders = self.env["sale.order"].with_context(**{KEY: Batch()}).create([
            {
                "name": name,
                **self._prepare_order_vals(shop, draft, facts, contacts[draft.index]),
                **self._prepare_mutable_vals(draft, facts),
                "order_line": [
                    Command.create(self._prepare_line_vals(draft, facts, line, sequence))
                    for sequence, line in enumerate(draft.lines, start=10)
                ],
            }
            for name, draft in zip(names, drafts, strict=True)
        ])
        for draft, order in zip(drafts, orders, strict=True):
            draft.order = order.with_env(self.env)

    @api.model
    def _collect_facts(self, shop, drafts):
        """Look up once per batch what every order or line would look up again.

        :rtype: Facts
        """
        models = self.env["account.analytic.distribution.model"]
        return Facts(
            warehouse_id=shop._get_warehouse().id,
            pricelist_ids={
                currency: shop._get_pricelist(currency).id
                for currency in {draft.currency for draft in drafts if draft.currency}
            },
            tags=self._ensure_tags(drafts),
            shipping_product_id=self.env.ref("xb_orders.product_shipping").id,
            discount_product_id=self.env.ref("xb_orders.product_discount").id,
            # where no distribution model exists, no line can get a distribution from one
            line_vals={} if models.search_count([], limit=1) else {"analytic_distribution": False},
            rates=self._collect_rates(shop, drafts),
        )

    @api.model
    def _collect_rates(self, shop, drafts):
        settlement = shop.settlement_currency_id or shop.currency_id
        days = {(draft.currency, to_utc(draft.value["placed_at"]).date())
                for draft in drafts if draft.currency}
        return self.env["sale.order"]._xb_get_rates(
            shop.company_id, days | {(settlement, day) for _currency, day in days})

    @api.model
    def _draw_names(self, shop, drafts):
        """Numbers from core's own sequence; looking the sequence up once instead of per order
        saves two queries per order."""
        sequence = self.env["ir.sequence"].search([
            ("code", "=", "sale.order"), ("company_id", "in", (shop.company_id.id, False)),
        ], order="company_id", limit=1)
        if not sequence:
            raise UserError(self.env._("There is no number sequence for sales orders."))
        return sequence._xb_draw(
            len(drafts), [to_utc(draft.value["placed_at"]) for draft in drafts])

    # === BUSINESS METHODS - VALUES === #

    @api.model
    def _prepare_order_vals(self, shop, draft, facts, contacts):
        """Values that are settled when the order is created.

        :param tuple contacts: (buyer, invoice contact, delivery contact).
        """
        buyer, invoice, delivery = contacts
        return {
            "xb_shop_id": shop.id,
            "xb_ref": draft.ref,
            "xb_intake_id": draft.intake.id,
            "xb_buyer_key": draft.buyer_key,
            "xb_placed_at": to_utc(draft.value["placed_at"]),
            "date_order": to_utc(draft.value["placed_at"]),
            "company_id": shop.company_id.id,
            "partner_id": buyer.id,
            "partner_invoice_id": invoice.id,
            "partner_shipping_id": delivery.id,
            "currency_id": draft.currency.id,
            "user_id": False,
            "warehouse_id": facts.warehouse_id,
            "team_id": shop.team_id.id,
            "pricelist_id": facts.pricelist_ids[draft.currency],
            "client_order_ref": draft.ref,
            "origin": shop.name,
            # the buyer has agreed and paid at the platform
            "require_signature": False,
            "require_payment": False,
            **self.env["sale.order"]._xb_prepare_rate_vals(
                shop, draft.currency, to_utc(draft.value["placed_at"]).date(), facts.rates),
        }

    @api.model
    def _prepare_mutable_vals(self, draft, facts):
        """Values that follow the platform for the order's whole life."""
        value = draft.value
        ship_by = to_utc(value.get("ship_by"))
        return {
            "xb_status": value["status"],
            "xb_platform_status": value.get("platform_status") or False,
            "xb_paid_at": to_utc(value.get("paid_at")),
            "xb_ship_by": ship_by,
            # the stock moves' deadline, by which core sorts and reserves
            "commitment_date": ship_by,
            "xb_risk": value.get("risk") or False,
            "xb_ioss": value.get("ioss") or False,
            "xb_note": value.get("note") or False,
            **self._prepare_money_vals(draft),
            "tag_ids": [Command.set([facts.tags[name].id for name in value.get("tags") or []])],
        }

    @api.model
    def _prepare_money_vals(self, draft):
        """What was paid and what the platform keeps, in the order's currency."""
        value = draft.value
        payments, fees = value.get("payments") or [], value.get("fees") or []
        # A platform that names no payments still says whether it has the money.
        paid = self._sum_in(draft, payments) if payments else (
            pricing.decimal(value.get("total"))
            if value.get("paid_at") or value["status"] in CONFIRM_STATUSES else pricing.ZERO)
        return {
            "xb_paid_amount": float(paid),
            "xb_fee_amount": float(self._sum_in(draft, fees)),
            "xb_payments": payments or False,
            "xb_fees": fees or False,
        }

    @api.model
    def _sum_in(self, draft, parts):
        """Sum of the amounts that are in the order's currency, its unit when they name none."""
        code = draft.value["currency"]
        return sum((pricing.decimal(part["amount"]) for part in parts
                    if (part.get("currency") or code) == code), pricing.ZERO)

    @api.model
    def _prepare_line_vals(self, draft, facts, line, sequence):
        """Values of one order line.

        :param PlannedLine line: see :func:`~..core.pricing.plan_lines`.
        """
        products = {
            pricing.SHIPPING: facts.shipping_product_id,
            pricing.DISCOUNT: facts.discount_product_id,
        }
        vals = {
            **facts.line_vals,
            "xb_line_ref": line.ref,
            "sequence": sequence,
            "product_id": products.get(line.kind) or draft.products[line.ref],
            "product_uom_qty": float(line.qty),
            "price_unit": float(line.unit_price),
            "discount": float(line.percent),
            "tax_ids": [Command.set([draft.taxes[line.ref]] if line.ref in draft.taxes else [])],
        }
        if line.title:
            vals["name"] = line.title
        if line.kind == pricing.DISCOUNT:
            vals["name"] = self.env._("Discount: %(what)s", what=line.title or draft.ref)
        if line.kind == pricing.SHIPPING:
            vals["is_delivery"] = True
        if line.kind == pricing.GOODS:
            vals["xb_sku"] = line.sku
            vals["xb_listing_id"] = draft.listings.get(line.of, False)
            vals["xb_of_ref"] = line.of
            vals["xb_per_unit"] = float(line.per_unit)
            vals["xb_fulfilled_by"] = "platform" if line.by_platform else "merchant"
            vals["xb_gift_message"] = line.gift or False
        return vals

    @api.model
    def _ensure_tags(self, drafts):
        """Tags by name; the missing ones are created."""
        names = {name for draft in drafts for name in draft.value.get("tags") or []}
        if not names:
            return {}
        Tag = self.env["crm.tag"]
        tags = {tag.name: tag for tag in Tag.search([("name", "in", list(names))])}
        missing = sorted(names - set(tags))
        created = Tag.create([{"name": name} for name in missing])
        tags.update(zip(missing, created, strict=True))
        return tags

    @api.model
    def _check_total(self, draft):
        """Add a problem where the sale order does not cost what the platform says it costs.

        :return: whether it does.
        """
        stated = draft.value.get("total")
        order = draft.order
        total = f"{order.amount_total:.{order.currency_id.decimal_places}f}"
        # also where it states what the currency here cannot say: cents of a yen
        if stated is None or pricing.decimal(stated) == pricing.decimal(total):
            return True
        draft.problem("total_mismatch", _lt(
            "The platform states a total of %(stated)s %(currency)s, the lines add up to"
            " %(total)s."
        ),
            stated=stated,
            currency=order.currency_id.name,
            total=total,
        )
        return False
