"""Access tokens, kept in this process's memory and nowhere else."""

import threading
import time

from .. import const


class TokenCache:
    """One token per account, renewed some minutes before its end.

    :param Callable clock: seconds that never jump
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = {}

    def get(self, account, fetch):
        """Return a good token.

        :param account: what it belongs to, hashable
        :param Callable fetch: returns ``(token, seconds)``
        :rtype: str
        """
        until, token = self._tokens.get(account, (0, None))
        if until > self._clock():
            return token
        token, seconds = fetch()
        with self._lock:
            self._tokens[account] = self._clock() + seconds - const.TOKEN_EARLY, token
        return token

    def forget(self, account):
        """Drop a token that was refused."""
        with self._lock:
            self._tokens.pop(account, None)


CACHE = TokenCache()
