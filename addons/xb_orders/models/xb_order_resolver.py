from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core import pricing
from ..core.problem import _lt


class XbOrderResolver(models.AbstractModel):
    """From the platform's words to records of this database: products, taxes, currencies.

    Everything is looked up once per batch, never per order. What cannot be found becomes a
    problem of the order, never an exception.
    """

    _name = "xb.order.resolver"
    _description = "Order Import: Look-ups"

    # === BUSINESS METHODS === #

    @api.model
    def _resolve(self, shop, drafts, options):
        """Fill currency, products, lines and taxes of the drafts; add problems where it cannot.

        :param xb.shop shop: the shop.
        :param list drafts: :class:`~..core.draft.Draft` objects.
        :param dict options: ``create_products`` and ``track_products`` (bool), see the wizard.
        """
        self._resolve_currencies(drafts)
        self._resolve_countries(drafts)
        for draft in drafts:
            self._plan_lines(draft)
        self._resolve_products(shop, drafts, options)
        self._resolve_taxes(shop, drafts)

    # === BUSINESS METHODS - MONEY === #

    @api.model
    def _resolve_currencies(self, drafts):
        codes = {draft.value["currency"] for draft in drafts}
        found = self.env["res.currency"].search([("name", "in", list(codes))])
        by_code = {currency.name: currency for currency in found}
        for draft in drafts:
            code = draft.value["currency"]
            draft.currency = by_code.get(code)
            if not draft.currency:
                draft.problem("unknown_currency", _lt(
                    "Currency %(code)s is not active."
                ), code=code)

    @api.model
    def _plan_lines(self, draft):
        """Work out the order lines, and refuse the quantities an order line cannot hold."""
        digits = self.env["decimal.precision"].precision_get("Discount")
        cent = Decimal(str(draft.currency.rounding)) if draft.currency else Decimal("0.01")
        draft.lines = pricing.plan_lines(draft.value, cent, digits)
        quantum = Decimal(10) ** -self.env["decimal.precision"].precision_get("Product Unit")
        for line in draft.lines:
            if line.kind == pricing.GOODS and line.qty % quantum:
                draft.problem("quantity_precision", _lt(
                    "Line %(line)s (%(sku)s): quantity %(qty)s has too many decimals."
                ), line.ref, line=line.ref, sku=line.sku, qty=line.qty)

    @api.model
    def _resolve_taxes(self, shop, drafts):
        """Explain every stated tax amount by one percentage tax of the company."""
        stated = [draft for draft in drafts if any(line.tax for line in draft.lines)]
        if not stated:
            return
        company = shop.company_id
        taxes = self.env["account.tax"].search([
            *self.env["account.tax"]._check_company_domain(company),
            ("type_tax_use", "=", "sale"), ("amount_type", "=", "percent"), ("amount", ">", 0),
        ])
        rates = [pricing.Rate(tax.id, Decimal(str(tax.amount)), tax.price_include)
                 for tax in taxes]
        for draft in stated:
            if not draft.currency:
                continue
            self._resolve_taxes_of(draft, rates, company)

    @api.model
    def _resolve_taxes_of(self, draft, rates, company):
        products = self.env["product.product"].browse(draft.products.values())
        own = {
            ref: set(product.taxes_id._filter_taxes_by_company(company).ids)
            for ref, product in zip(draft.products, products, strict=True)
        }
        draft.taxes, unexplained = pricing.explain_taxes(
            draft.lines, rates, own, draft.value.get("prices_include_tax", False),
            Decimal(str(draft.currency.rounding)),
        )
        stated = {line.of: line for line in draft.lines if line.tax}
        for ref in unexplained:
            draft.problem("tax_mismatch", _lt(
                "Line %(line)s: no sales tax of %(company)s yields %(tax)s on %(base)s."
            ), ref, line=ref, company=company.name, tax=stated[ref].tax, base=stated[ref].base)

    # === BUSINESS METHODS - PRODUCTS === #

    @api.model
    def _resolve_products(self, shop, drafts, options):
        """Map every line's SKU to a product: internal reference first, then barcode."""
        listings = self._apply_listings(shop, drafts)
        goods = [(draft, line) for draft in drafts for line in draft.lines
                 if line.kind == pricing.GOODS and line.ref not in draft.products]
        skus = {line.sku for _draft, line in goods}
        found = self._find_products(shop, skus)
        missing = skus - set(found)
        if missing and (shop.product_policy == "create" or options.get("create_products")):
            wanted = [(draft, line) for draft, line in goods if line.sku in missing]
            found.update(self._create_products(shop, wanted, options))
        for draft, line in goods:
            products = found.get(line.sku)
            if products and len(products) == 1:
                draft.products[line.ref] = products.id
            elif products:
                draft.problem("ambiguous_sku", _lt(
                    "Line %(line)s: %(count)s products have SKU %(sku)s."
                ), line.ref, line=line.ref, count=len(products), sku=line.sku)
            else:
                draft.problem("unknown_sku", _lt(
                    "Line %(line)s: no product has SKU %(sku)s (%(title)s)."
                ), line.ref, line=line.ref, sku=line.sku, title=line.title or "?",
                    listing=line.listing)
        return listings

    @api.model
    def _apply_listings(self, shop, drafts):
        """Put the products of the shop's listings into the lines; a bundle's line becomes one
        line per product."""
        keys = {(line.listing, line.sku) for draft in drafts for line in draft.lines
                if line.kind == pricing.GOODS}
        listings = self.env["xb.listing"]._find(shop, keys) if keys else {}
        if not listings:
            return listings
        digits = self.env["decimal.precision"].precision_get("Discount")
        for draft in drafts:
            lines = []
            for line in draft.lines:
                listing = line.kind == pricing.GOODS and listings.get((line.listing, line.sku))
                if not listing:
                    lines.append(line)
                elif listing.product_id:
                    draft.products[line.ref] = listing.product_id.id
                    lines.append(line)
                else:
                    lines += self._split_bundle(draft, line, listing, digits)
                if listing:
                    draft.listings[line.ref] = listing.id
            draft.lines = lines
        return listings

    @api.model
    def _split_bundle(self, draft, line, listing, digits):
        cent = Decimal(str(draft.currency.rounding)) if draft.currency else Decimal("0.01")
        lines = []
        for part, planned in pricing.split_line(line, [
            (part, Decimal(str(part.quantity)), Decimal(str(part.product_id.lst_price)))
            for part in listing.line_ids
        ], cent, digits):
            lines += planned
            draft.products[planned[0].ref] = part.product_id.id
        return lines

    @api.model
    def _find_products(self, shop, skus):
        """Products by SKU as the shop's company sees them.

        The platform plug-ins and the listings extend this hook.

        :param xb.shop shop: the shop.
        :param set skus: SKUs of the whole batch.
        :return: SKU -> products; several where the SKU is ambiguous.
        :rtype: dict[str, product.product]
        """
        Product = self.env["product.product"]
        scope = Domain(Product._check_company_domain(shop.company_id))
        found = {}
        for field in ("default_code", "barcode"):
            left = [sku for sku in skus if sku and sku not in found]
            if not left:
                break
            products = Product.search(scope & Domain(field, "in", left), order="id")
            for code, same in products.grouped(field).items():
                # what belongs to the company itself goes before what all companies share
                found[code] = same.filtered("company_id") or same
        return found

    @api.model
    def _create_products(self, shop, wanted, options):
        """Create one product per missing SKU.

        :param list wanted: ``(draft, line)`` pairs, several may name one SKU.
        :rtype: dict[str, product.product]
        """
        # Two imports that create the same product at once: the second waits on the shop's row,
        # then fails to serialize, is run again and finds the product.
        self.env.execute_query(SQL(
            "UPDATE xb_shop SET products_created_at = %s WHERE id = %s RETURNING id",
            fields.Datetime.now(), shop.id,
        ))
        first = {}
        for draft, line in wanted:
            known = first.get(line.sku)
            # of all lines that sell it, prefer one that has a name and a price
            if line.sku and (known is None or (not known[1].title, not known[1].unit_price)
                             > (not line.title, not line.unit_price)):
                first[line.sku] = (draft, line)
        products = self.env["product.product"].create([
            self._prepare_product_vals(shop, draft, line, options)
            for draft, line in first.values()
        ])
        return dict(zip(first, products, strict=True))

    @api.model
    def _prepare_product_vals(self, shop, draft, line, options):
        """Values of a product that is created because a sale names it.

        :param Draft draft: the order that names it.
        :param PlannedLine line: the line that names it.
        """
        price = float(line.unit_price)
        if draft.currency:
            price = draft.currency._convert(
                price, shop.company_id.currency_id, shop.company_id, fields.Date.today())
        return {
            "name": line.title or line.sku,
            "default_code": line.sku,
            "type": "consu",
            "is_storable": bool(options.get("track_products")),
            # nobody has counted it yet: not having any is no reason to hold its orders
            "xb_sell_beyond": True,
            "list_price": price,
        }

    # === BUSINESS METHODS - PLACES === #

    @api.model
    def _resolve_countries(self, drafts):
        codes = {
            address["country"] for draft in drafts
            for address in (draft.ship_to, draft.bill_to) if address
        }
        known = set(self._countries(codes))
        for draft in drafts:
            for address in (draft.ship_to, draft.bill_to):
                if address and address["country"] not in known:
                    draft.problem("unknown_country", _lt(
                        "There is no country with the code %(code)s."
                    ), code=address["country"])

    @api.model
    def _countries(self, codes):
        """Country per ISO code."""
        if not codes:
            return {}
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        return {country.code: country for country in countries}
