"""The process's pooled HTTP session."""

import os
import threading
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

_sessions = {}
_sessions_lock = threading.Lock()


def shared_session(trust_env=True):
    """Return this process's session: pooled connections, and nothing that belongs to an account.

    Cookies are refused, so that two accounts at one vendor can share it. A forked worker gets its
    own, for sockets cannot be shared.

    :param bool trust_env: obey proxy settings of the environment
    """
    key = os.getpid(), trust_env
    with _sessions_lock:
        if key not in _sessions:
            session = requests.Session()
            session.trust_env = trust_env
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            adapter = HTTPAdapter(pool_connections=16, pool_maxsize=16, max_retries=0)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            _sessions[key] = session
        return _sessions[key]
