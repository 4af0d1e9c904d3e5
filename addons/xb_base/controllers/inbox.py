import logging

import psycopg2

from odoo import http
from odoo.http import Response, request
from odoo.sql_db import PoolError

from ..core.refusals import RefusalCounter
from ..db import own_cursor
from ..exceptions import InvalidSignature, SecretError, StaleMessage, VendorError
from ..models.xb_exchange_mixin import SETTINGS

_logger = logging.getLogger(__name__)

# Per process: a guesser meets each worker's own limit, a genuine sender none of them.
REFUSALS = RefusalCounter()
MOST = "inbox_refusals_per_minute"


class RawDispatcher(http.HttpDispatcher):
    """Hand the request to its controller with the body unread.

    The usual dispatcher parses forms, which consumes the body: the bytes that a signature was made
    of would be gone for every sender that posts a form instead of JSON.
    """

    routing_type = "xb_raw"

    def pre_dispatch(self, rule, args):
        result = super().pre_dispatch(rule, args)
        if self.request.db:
            # Machines read the answer: any language spares the queries that find the reader's.
            [(lang, _name), *_others] = self.request.env["res.lang"].get_installed()
            self.request.update_context(lang=lang)
        return result

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        if self.request.db:
            return self.request.registry["ir.http"]._dispatch(endpoint)
        return endpoint(**self.request.params)


def _get_max_bytes():
    """Give the largest body, in bytes, that is let in; longer ones are answered 413."""
    if not request.db:
        return SETTINGS["inbox_max_bytes"]
    return request.env["xb.exchange.mixin"]._get_setting("inbox_max_bytes")


class XbInboxController(http.Controller):
    """The one door for what vendors tell us.

    Order of things: size, address, signature, one INSERT, commit, answer. Nothing is stored, and
    nothing is looked at, before the signature is verified; no work is done before the answer.

    ======  ===================================================================
    answer  meaning
    ======  ===================================================================
    200     stored, or known already: do not send it again
    401     the signature is missing, wrong or too old; nothing was stored
    404     there is no such address
    413     the message is too large
    429     too many refused messages from there; later ones may be good
    503     we could not store it: send it again
    ======  ===================================================================
    """

    @http.route(
        "/xb/in/<string:token>",
        type="xb_raw",
        auth="none",
        methods=["POST"],
        readonly=False,
        csrf=False,
        save_session=False,
        # Announced lengths are refused unread. One byte more than allowed is read, because the
        # reading of a body without a length just stops at this limit.
        max_content_length=lambda self: _get_max_bytes() + 1,
    )
    def receive(self, token):
        """Receive one webhook.

        :param str token: the secret last part of the connection's address
        """
        if not request.db:
            return self._answer(503)
        # Before anything else, so that a body which is too long is refused whoever sends it.
        body = request.httprequest.get_data(cache=False)
        if len(body) > _get_max_bytes():
            return self._answer(413)
        sender = request.httprequest.remote_addr
        if REFUSALS.is_closed(sender):
            return self._answer(429)
        try:
            status, acknowledgement = self._take_in(token, body, request.httprequest.headers)
            if status in (401, 404):
                REFUSALS.count(sender, request.env["xb.exchange.mixin"]._get_setting(MOST))
            return self._answer(status, *acknowledgement)
        except (psycopg2.Error, PoolError):
            _logger.exception("A webhook could not be stored; its sender will repeat it")
            return self._answer(503)

    def _take_in(self, token, body, headers):
        """Verify and store one message.

        :return: HTTP status, and what to say: body and content type, nothing for a refusal
        :rtype: tuple[int, tuple]
        """
        env = request.env
        # The address is a secret of its own. What is compared is a digest of it, so the time this
        # takes says nothing about how much of a guessed address is right.
        connection_sudo = env["xb.connection"]._find_by_webhook_token(token)
        if not connection_sudo:
            return 404, ()
        try:
            event = connection_sudo._verify_webhook(body, headers)
        except StaleMessage as error:
            _logger.warning("Webhook for connection %s is stale: %s", connection_sudo.id, error)
            return 401, ()
        except InvalidSignature as error:
            _logger.warning("Webhook for connection %s refused: %s", connection_sudo.id, error)
            return 401, ()
        except (SecretError, VendorError) as error:
            # Ours to repair; the message may well be genuine.
            _logger.error("Webhook for connection %s: %s", connection_sudo.id, error)
            return 503, ()
        inbox_sudo = connection_sudo.env["xb.inbox"]
        with own_cursor(connection_sudo.env) as cr:
            is_new = inbox_sudo._store(cr, connection_sudo.id, event, body, headers)
        if is_new:
            # After the commit: a job that is still to start will then see the event. And a second
            # later, so that a burst of events is one job.
            inbox_sudo._wake(connection_sudo.ids, seconds=1)
        return 200, connection_sudo._get_adapter_class().acknowledgement

    def _answer(self, status, body="", content_type="text/plain; charset=utf-8"):
        headers = [("Retry-After", "60")] if status == 429 else []
        return Response(body, status=status, headers=headers, content_type=content_type)
