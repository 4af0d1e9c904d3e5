"""Credentials of the vendor simulator.

Both sides compute them from one seed, so nothing has to be typed or stored to work with the
simulator, and no real credential can ever reach it by mistake.
"""

import hashlib
import hmac


def derive(seed, vendor, name):
    """Return the simulator's credential ``name`` for ``vendor``.

    :param str seed: the shared seed (environment variable ``XB_SIMULATOR_SEED``)
    :param str vendor: technical name of the vendor
    :param str name: name of the credential, such as ``api_key``
    :return: 40 hexadecimal characters

    >>> derive("seed", "rest_shop", "api_key") == derive("seed", "rest_shop", "api_key")
    True
    >>> derive("seed", "rest_shop", "api_key") == derive("seed", "rest_shop", "api_secret")
    False
    """
    message = f"{vendor}\0{name}".encode()
    return hmac.new(seed.encode(), message, hashlib.sha256).hexdigest()[:40]
