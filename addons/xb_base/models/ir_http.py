from odoo import models
from odoo.http import request

from ..heap import put_registry_aside


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _register_hook(self):
        super()._register_hook()
        put_registry_aside()

    def session_info(self):
        """Override of `web` to add what the top bar shows, so that it needs no request of its own.

        :return: the session's values; for internal users with `xb_languages`, the installed
                 languages as (code, name), and `xb_shops`, see `_xb_get_shop_zones`
        :rtype: dict
        """
        result = super().session_info()
        if self.env.user._is_internal():
            result["xb_languages"] = self.env["res.lang"].get_installed()
            result["xb_shops"] = self._xb_get_shop_zones()
        return result

    def _xb_get_shop_zones(self):
        """Return the active shops the user may read in the companies he works in.

        :return: list of {"id", "name", "tz"}, the shape `search_read` gives the browser when it
                 asks again
        :rtype: list[dict]
        """
        # The web client keeps the selected companies in a cookie and not in the context of the
        # request that loads the page. The cookie is the user's to write: keep only his own.
        cookie = request.cookies.get("cids", "") if request else ""
        selected = [int(part) for part in cookie.split("-") if part.isdecimal()]
        company_ids = [cid for cid in selected if cid in self.env.user._get_company_ids()]
        shops = self.env["xb.shop"]
        if company_ids:
            shops = shops.with_context(allowed_company_ids=company_ids)
        if not shops.has_access("read"):
            return []
        return shops.search_read([("active", "=", True)], ["name", "tz"])
