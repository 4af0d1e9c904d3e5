"""Credentials of the vendor simulator.

Both sides compute them from one seed, so nothing has to be typed or stored to work with the
simulator, and no real credential can ever reach it by mistake.
"""

import functools
import hashlib
import hmac
import itertools

from cryptography.hazmat.primitives.asymmetric import rsa

_SMALL_PRIMES = [n for n in range(2, 2000) if all(n % d for d in range(2, int(n**0.5) + 1))]


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


@functools.lru_cache(maxsize=32)
def derive_rsa(seed, vendor, name, bits=2048):
    """Return an RSA private key that is a function of the seed, for the simulator only.

    Both sides compute it, so that real signatures are made and checked although no key is stored
    anywhere. Takes about a second, once per process.

    :param str seed: the shared seed
    :param str vendor: technical name of the vendor
    :param str name: whose key it is, such as ``merchant`` or ``vendor``
    :param int bits: of the modulus
    :rtype: cryptography.hazmat.primitives.asymmetric.rsa.RSAPrivateKey
    """
    stream = _stream(f"{seed}\0{vendor}\0{name}\0rsa".encode())
    exponent = 65537
    while True:
        first, second = (_prime(stream, bits // 2, exponent) for _half in range(2))
        if first != second:
            break
    private = pow(exponent, -1, (first - 1) * (second - 1))
    numbers = rsa.RSAPrivateNumbers(
        first,
        second,
        private,
        private % (first - 1),
        private % (second - 1),
        rsa.rsa_crt_iqmp(first, second),
        rsa.RSAPublicNumbers(exponent, first * second),
    )
    return numbers.private_key()


def _stream(seed):
    """Yield bytes without end: SHA-256 in counter mode, as good as random for a stand-in."""
    for counter in itertools.count():
        yield from hashlib.sha256(seed + counter.to_bytes(8, "big")).digest()


def _prime(stream, bits, exponent):
    """Return a prime of exactly ``bits`` bits, drawn from the stream."""
    draw = bytes(itertools.islice(stream, bits // 8))
    top = 0b11 << (bits - 2)  # so that the product of two has all its bits
    candidate = int.from_bytes(draw, "big") | top | 1
    while True:
        if all(candidate % small for small in _SMALL_PRIMES) and _is_prime(candidate):
            if candidate.bit_length() == bits and (candidate - 1) % exponent:
                return candidate
        candidate += 2


def _is_prime(number, rounds=24):
    """Miller-Rabin with fixed bases: these keys guard nothing."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _SMALL_PRIMES[:rounds]:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _step in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True
