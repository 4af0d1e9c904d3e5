import hmac
import os

from prometheus_client import CONTENT_TYPE_LATEST

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..const import ENV_METRICS_TOKEN


class XbMetricsController(http.Controller):
    @http.route(
        "/xb/metrics", type="http", auth="none", methods=["GET"], save_session=False, readonly=True
    )
    def metrics(self):
        """Answer a scrape: 404 when no token is configured, 401 with a wrong one."""
        token = os.environ.get(ENV_METRICS_TOKEN)
        if not token:
            return Response(status=404)
        given = request.httprequest.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        body = request.env(user=SUPERUSER_ID)["xb.metrics"]._render()
        return Response(body, content_type=CONTENT_TYPE_LATEST)
