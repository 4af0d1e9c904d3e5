import hmac

from odoo import http
from odoo.http import request


class TrackingController(http.Controller):
    """The customer's page: where his parcels are, by a signed link, without login or script."""

    @http.route(
        "/xb/track/<string:signature>/<int:order_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=False,
        sitemap=False,
        save_session=False,
        readonly=True,
    )
    def track(self, signature, order_id, lang=None, **_other):
        """Show the parcels of one order.

        A wrong signature and an order that is not there are the same to whoever guesses.

        :param str signature: of the order, see `sale.order._xb_get_tracking_signature`
        :param int order_id: id of the order
        :param str lang: another language than the customer's, if it is installed
        """
        order_sudo = request.env["sale.order"].sudo().browse(order_id)
        expected = order_sudo._xb_get_tracking_signature()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            return request.not_found()
        order_sudo = order_sudo.exists()
        if not order_sudo:
            return request.not_found()
        languages = dict(request.env["res.lang"].sudo().get_installed())
        if lang not in languages:
            lang = order_sudo.partner_shipping_id.lang or request.env.lang
        lang = lang if lang in languages else next(iter(languages))
        order_sudo = order_sudo.with_context(lang=lang)
        page = order_sudo._xb_prepare_tracking_page()
        values = {**page, "lang": lang, "languages": languages.items()}
        body = order_sudo.env["ir.qweb"]._render("xb_logistics.tracking_page", values)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            # The address is a secret: it is not told to the pages that are linked to.
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "Cache-Control": "private, max-age=60",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src *",
        }
        return request.make_response(f"<!DOCTYPE html>{body}", headers=list(headers.items()))
